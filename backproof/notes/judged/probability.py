r"""P(y|x) of a logistic unit, \hat{y}^y (1 - \hat{y})^{1 - y}, in the place of P, and for each label."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ..reading.damage import mapped, names
from ..reading.tree import Call, Derivative, Name, Number, Op, Over, Tree
from .calculus import Claim

P = Name("P")


def with_probability(claim: Claim) -> Iterator[Claim]:
    """The claim with P written out; where its right side has no label, for either label."""
    claim = replace(claim, right=with_slopes(claim.right))
    if P not in names(claim.left) + names(claim.right):
        yield claim
        return
    left, right = _out(claim.left), _out(claim.right)
    yield replace(claim, left=left, right=right)
    if not any(name.base in "yY" for name in names(right)):
        for label in ("0", "1"):
            yield replace(claim, left=mapped(left, partial(_labelled, label=label)), right=right)


def with_slopes(tree: Tree) -> Tree:
    """The tree with the slope of a logistic unit in the place of da/dz."""
    if isinstance(tree, Derivative):
        of, by = tree.of, tree.by
        if (
            isinstance(of, Name)
            and isinstance(by, Name)
            and of in (Name("a"), Name("A"))
            and by in (Name("z"), Name("Z"))
        ):
            return Call(Name("sigma", primes=1), (by,))
        return tree
    return Op(tree.kind, tuple(with_slopes(kid) for kid in tree.kids), tree.sign) if isinstance(tree, Op) else tree


def _labelled(name: Name, label: str) -> Tree:
    return Number(label) if name.base in "yY" else name


def _out(tree: Tree) -> Tree:
    """The tree with P(y) as the likelihood of one label, and P alone as that of all."""
    if isinstance(tree, Call) and tree.function == P and len(tree.arguments) == 1:
        return _likelihood(tree.arguments[0])
    if tree == P:
        return Over("prod", "i", "m", _likelihood(Name("y", example="i")))
    if isinstance(tree, Op):
        return Op(tree.kind, tuple(_out(kid) for kid in tree.kids), tree.sign)
    if isinstance(tree, Call):
        return Call(tree.function, tuple(_out(kid) for kid in tree.arguments), tree.keywords)
    if isinstance(tree, Over):
        return replace(tree, body=_out(tree.body))
    if isinstance(tree, Derivative):
        return Derivative(_out(tree.of), _out(tree.by))
    return tree


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
