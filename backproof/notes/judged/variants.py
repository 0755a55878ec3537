r"""What a statement may mean in the course: P(y|x) written out, g as that of a layer, slopes of one example."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ..reading.damage import mapped, names
from ..reading.tree import Call, Derivative, Name, Number, Op, Over, Tree, rebuilt
from .calculus import Claim

P = Name("P")


def variants(claim: Claim) -> Iterator[Claim]:
    """The claim with P and slopes written out; without a label on its right, for either label; with g of its layer."""
    claim = replace(claim, right=with_slopes(mapped(claim.right, _own_function)))
    if P not in names(claim.left) + names(claim.right):
        yield claim
        layer = claim.left.layer if isinstance(claim.left, Name) else ""
        if layer and any(name.base == "g" and not name.layer for name in names(claim.right)):
            yield replace(claim, right=mapped(claim.right, partial(_of_layer, layer=layer)))
        return
    left, right = _out(claim.left), _out(claim.right)
    yield replace(claim, left=left, right=right)
    if not any(name.base in "yY" for name in names(right)):
        for label in ("0", "1"):
            yield replace(claim, left=mapped(left, partial(_labelled, label=label)), right=right)


def _own_function(name: Name) -> Tree:
    """The activation of a layer by its name in the course, g, where the page calls it f."""
    return replace(name, base="g") if name.base == "f" and name.layer else name


def _of_layer(name: Name, layer: str) -> Tree:
    return replace(name, layer=layer) if name.base == "g" and not name.layer else name


def with_slopes(tree: Tree) -> Tree:
    """The tree with da/dz of a logistic unit and the derivatives of the loss of one example written out."""
    if isinstance(tree, Derivative):
        of, by = tree.of, tree.by
        if (
            isinstance(of, Name)
            and isinstance(by, Name)
            and of in (Name("a"), Name("A"))
            and by in (Name("z"), Name("Z"))
        ):
            return Call(Name("sigma", primes=1), (by,))
        return _of_example(of, by) or tree
    if isinstance(tree, Over):
        return replace(tree, body=with_slopes(tree.body))
    return Op(tree.kind, tuple(with_slopes(kid) for kid in tree.kids), tree.sign) if isinstance(tree, Op) else tree


def _of_example(of: Tree, by: Tree) -> Tree | None:
    """The derivative of the loss of the i-th example by w_1 or b of a logistic unit: x_1^{(i)} dz^{(i)}, dz^{(i)}."""
    is_loss = isinstance(of, Call) and of.function == Name("L")
    index = next((name.example for name in names(of) if name.example), "") if is_loss else ""
    if not index or not isinstance(by, Name) or by.layer:
        return None
    dz = Name("z", "d", example=index)
    if by == Name("b"):
        return dz
    is_weight = by.base == "w" and len(by.parts) == 1
    return Op("mul", (Name("x", example=index, parts=by.parts), dz)) if is_weight else None


def _labelled(name: Name, label: str) -> Tree:
    return Number(label) if name.base in "yY" else name


def _out(tree: Tree) -> Tree:
    """The tree with P(y) as the likelihood of one label, and P alone as that of all."""
    if isinstance(tree, Call) and tree.function == P and len(tree.arguments) == 1:
        return _likelihood(tree.arguments[0])
    if tree == P:
        return Over("prod", "i", "m", _likelihood(Name("y", example="i")))
    return rebuilt(tree, _out)


def _likelihood(label: Tree) -> Tree:
    one = Number("1")
    prediction = Name("y_hat", example=label.example) if isinstance(label, Name) else Name("y_hat")
    return Op(
        "mul",
        (
            Op("pow", (prediction, label)),
            Op("pow", (Op("sub", (one, prediction)), Op("sub", (one, label)))),
        ),
    )
