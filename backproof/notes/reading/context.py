"""What the rest of a statement says of a damaged sign; each repair is named, none mends a slip."""

import re
from dataclasses import replace

from .damage import mapped, names, plain_derivative
from .tree import Call, Derivative, Name, Number, Op, Over, Tree

DEEP = {"q": "4", "q-1": "3"}


def in_context(left: Tree, right: Tree, relation: str, tex: str) -> tuple[Tree, str, Tree, list[str]]:
    """Return the statement as it was meant, with what was read as what."""
    said: list[str] = []
    left, right = (_deep(side, said) for side in (left, right))
    left = _of_its_layer(left, right, said)
    right = _lost_transposes(right, said)
    right = _lost_layers(left, right, said)
    right = _labels(left, right, said)
    right = _one_log(right, said)
    if is_accumulated(left, relation, right):
        said.append(f"{relation} read as +=")
        relation = "+="
        right = mapped(right, _running)
        left = (
            Name(left.base, left.kind, "", "", tuple(p for p in left.parts if p != "t"))
            if isinstance(left, Name)
            else left
        )
    if isinstance(left, Name) and left == Name("J", parts=("t",)):
        said.append("J_t = read as J +=")
        left, relation = Name("J"), "+="
    is_plain = not any(name.layer for side in (left, right) for name in names(side))
    if "hat" in tex and is_plain and _is_called(right, Name("g")):
        said.append("g is the last activation, sigma")
        right = mapped(right, _sigma)
    return left, relation, right, said


def damaged_layer(left: Tree, right: Tree) -> tuple[Tree, list[str]]:
    """The damaged layer of a derivative by a parameter is that of the one dz which its right side is made of."""
    if isinstance(left, Name) and left.kind == "d" and left.layer == "G" and left.base in "wWb":
        layers = [name.layer for name in names(right) if name.kind == "d" and name.base in "zZ"]
        if len(layers) == 1 and layers[0].isdigit():
            return replace(left, layer=layers[0]), [f"(G) read as [{layers[0]}]"]
    return left, []


def replaced_calls(tree: Tree) -> Tree:
    """P(y = 1) is P at 1; the loss of i is that of the i-th example."""
    if isinstance(tree, Op):
        return Op(tree.kind, tuple(replaced_calls(kid) for kid in tree.kids), tree.sign)
    if isinstance(tree, Over):
        return replace(tree, body=replaced_calls(tree.body))
    if isinstance(tree, Call):
        inside = tuple(replaced_calls(kid) for kid in tree.arguments)
        one = inside[0] if len(inside) == 1 else None
        if tree.function == Name("P") and isinstance(one, Op) and one.kind == "compare":
            inside = one.kids[1:]
        if tree.function == Name("L") and one == Name("i"):
            inside = (Name("y_hat", example="i"), Name("y", example="i"))
        return Call(tree.function, inside, tree.keywords)
    return tree


def stacked(tree: Tree) -> list[Name]:
    """The names of which all examples stand side by side."""
    if isinstance(tree, Call):
        own = names(tree) if tree.function == "npcols" else []
        return own + [name for kid in tree.arguments for name in stacked(kid)]
    return [name for kid in tree.kids for name in stacked(kid)] if isinstance(tree, Op) else []


def underlined(tree: Tree, value: Tree | None = None) -> Tree:
    """A fraction of a quantity by itself is what a scan makes of an underlined dV, unless it is said to be 1."""
    if isinstance(tree, Derivative) and isinstance(tree.of, Name) and isinstance(tree.by, Name):
        by = tree.by
        if plain_derivative(tree.of, by) and not (value == Number("1") and tree.of.base in "aubvc" and not by.layer):
            return Name(by.base, "d", by.layer, by.example, by.parts)
    if isinstance(tree, Op):
        return Op(tree.kind, tuple(underlined(kid) for kid in tree.kids), tree.sign)
    return tree


def is_accumulated(left: Tree, relation: str, right: Tree) -> bool:
    """Whether an arrow adds up what each example gives."""
    if relation not in (r"\leftarrow", "=") or not isinstance(left, Name) or left.example or left.layer:
        return False
    if stacked(right) or (relation == "=" and (left.kind != "d" or left.base not in "wWb" or _adds_up(right))):
        return False
    return (
        (left.kind == "d" or left.base == "J")
        and any(name.example == "i" or (name.base == "y" and name.example == "1") for name in names(right))
        and left not in names(right)
    )


def _adds_up(tree: Tree) -> bool:
    if isinstance(tree, Op):
        return any(_adds_up(kid) for kid in tree.kids)
    return isinstance(tree, Over)


def _running(name: Name) -> Name:
    """The first example for any example."""
    if name.example == "1" or (name.layer == "1" and name.base in "ay"):
        return replace(name, layer="", example="i")
    return name


def _is_called(tree: Tree, function: Name) -> bool:
    if isinstance(tree, Call):
        return tree.function == function or any(_is_called(argument, function) for argument in tree.arguments)
    return isinstance(tree, Op) and any(_is_called(kid, function) for kid in tree.kids)


def _sigma(name: Name) -> Name:
    return replace(name, base="sigma") if name == Name("g") else name


def _deep(tree: Tree, said: list[str]) -> Tree:
    def change(name: Name) -> Name:
        if name.layer in DEEP:
            said.append(f"[{name.layer}] read as [{DEEP[name.layer]}]")
            return replace(name, layer=DEEP[name.layer])
        return name

    return mapped(tree, change)


def _of_its_layer(left: Tree, right: Tree, said: list[str]) -> Tree:
    """A derivative whose own index is damaged: what its right side is made of tells its layer."""
    if not isinstance(left, Name) or left.kind != "d":
        return left
    given = [name for name in names(right) if name.kind == "d" and name.base in "zZ" and name.layer.isdigit()]
    if len(given) != 1:
        return left
    layer = given[0].layer
    weights = [name for name in names(right) if name.base in "wW" and not name.kind and name.layer == layer]
    if left.base in "zZ" and left.layer == layer and weights and layer != "1":
        below = str(int(layer) - 1)
        said.append(f"the derivative read as dz^[{below}]")
        return replace(left, layer=below)
    return left


def _lost_transposes(tree: Tree, said: list[str]) -> Tree:
    if isinstance(tree, Op):
        kids = tuple(_lost_transposes(kid, said) for kid in tree.kids)
        if tree.kind == "mul" and kids[1] == Name("T"):
            said.append(r"\cdot T read as ^T")
            first = kids[0]
            if isinstance(first, Op) and first.kind == "mul":
                return Op("mul", (first.kids[0], Op("transpose", (first.kids[1],))), first.sign)
            return Op("transpose", (first,))
        return Op(tree.kind, kids, tree.sign)
    return tree


def _lost_layers(left: Tree, right: Tree, said: list[str]) -> Tree:
    """Where all else carries a layer, a weight or an activation without one has lost it."""
    target = left if isinstance(left, Name) else None
    if target is None or not target.layer or target.base not in "zZwWaA":
        return right
    layer, kind = target.layer, target.kind

    def change(name: Name) -> Name:
        if name.layer or name.example or name.kind or name.parts:
            return name
        if name.base in ("w", "W") and target.base in "zZ" and not kind:
            said.append(f"{name.base} read as {name.base}^[{layer}]")
            return replace(name, layer=layer)
        if name.base in ("a", "A") and kind == "d" and layer.isdigit():
            of = layer if target.base in "zZ" else str(int(layer) - 1)
            said.append(f"{name.base} read as {name.base}^[{of}]")
            return replace(name, layer=of)
        return name

    return mapped(right, change)


def _labels(left: Tree, right: Tree, said: list[str]) -> Tree:
    """A g that is no function is a y: the label in a loss, the prediction after an activation."""
    inside = [name for call in calls(right) for name in call.arguments[1:]]

    def change(name: Name) -> Name:
        if name.base == "g" and name.example and not name.primes:
            new = "y" if name in inside else "y_hat"
            said.append(f"g read as {new}")
            return replace(name, base=new)
        return name

    return mapped(right, change)


def calls(tree: Tree) -> list[Call]:
    """Every call of the loss in a tree."""
    if isinstance(tree, Call):
        own = [tree] if isinstance(tree.function, Name) and tree.function.base == "L" else []
        return own + [call for argument in tree.arguments for call in calls(argument)]
    if isinstance(tree, Op):
        return [call for kid in tree.kids for call in calls(kid)]
    if isinstance(tree, Derivative):
        return calls(tree.of)
    body = getattr(tree, "body", None)
    return calls(body) if body is not None else []


def _one_log(tree: Tree, said: list[str]) -> Tree:
    """Two spellings of one logarithm above each other are no quotient."""
    if isinstance(tree, Op) and tree.kind == "div" and _natural(tree.kids[0]) == _natural(tree.kids[1]) is not None:
        said.append("a fraction read as two spellings of one value")
        return tree.kids[0]
    return tree


def _natural(tree: Tree) -> Call | None:
    """A call, with the one natural logarithm in its spellings."""
    if not isinstance(tree, Call):
        return None
    return replace(tree, function="ln") if tree.function in ("log", "ln", "nplog") else tree


def doubled(tex: str) -> tuple[str, list[str]]:
    r"""An update that takes away `dd w` takes away \alpha dw."""
    changed = re.sub(r"-\s*((?:\\underline\s*\{)?)\s*dd\s*(?=\\?\w)", r"- \1\\alpha d", tex)
    return changed, [r"dd read as \alpha d"] if changed != tex else []
