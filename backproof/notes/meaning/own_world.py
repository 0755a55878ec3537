"""The network that a page itself speaks of: its layers, its shapes, whether its rows are examples."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..reading.damage import mapped, names
from ..reading.tree import Derivative, Name, Op, Over, Tree, rebuilt
from .python_names import indices
from .shapes import AskError, Shape, World, plain
from .to_python import to_python
from .written import MeaningError

DECLARED = re.compile(
    r"(\\?(?<![A-Za-z])[A-Za-z]+(?:\{\w\})?(?:\^\{?[\[(]\d[\])]\}?)?(?:_\w)?)"
    r"\s*\}?\$?\s*(?:\\in\s*(?:\\mathbb\s*\{?R\}?|\\\{0,\s*1\\\})"
    r"\s*\^\s*\{?([^{}$, ]*(?:\{[^{}]*\}[^{}]*)*)\}|is\s+\$?\(?([A-Za-z_0-9]+)\s*(?:\\times|,)\s*([A-Za-z_0-9]+)\)?\$?)"
)


Read = tuple[Tree, str, Tree]  # left, relation, right


def world_of(reads: Sequence[Read | None], text: str) -> World:
    """The network that a page speaks of: its layers, its outputs, whether its rows are examples."""
    layers = [
        int(name.layer)
        for read in reads
        if read
        for side in (read[0], read[2])
        for name in names(side)
        if name.layer.isdigit()
    ]
    rows = bool(re.search(r"[=(]\s*(?:\\\w+\()?\s*(?:X|H)\s*(?:\\cdot\s*)?W", text))
    outputs = "k" if "softmax" in text.lower() or "one-hot" in text.lower() else "1"
    world = World(layers=max(layers, default=1), rows=rows, outputs=outputs)
    own: dict[str, Shape] = {}
    for word, power, first, second in DECLARED.findall(text):
        sizes = [first, second] if first else re.split(r"\\times", power)
        sizes = [re.sub(r"\W", "", size) for size in sizes]
        key = re.sub(r"[^A-Za-z0-9]", "", word).removeprefix("mathbf")
        if all(sizes):
            own[key] = tuple(sizes) if len(sizes) == 2 else (sizes[0], "1")
    renamed: dict[str, str] = {}
    bases = {name.base for read in reads if read for side in (read[0], read[2]) for name in names(side)}
    has_matrix = "W" in bases and world.layers == 1 and not re.search(r"W\^T\s*[Xx]", text)
    outputs = "k" if has_matrix else outputs
    if "w" in own and "X" not in own and not rows:
        renamed["n_0"] = own["w"][0]
    if "X" in own:
        renamed |= dict(zip(("m", "n_0") if rows else ("n_0", "m"), own["X"], strict=True))
    if has_matrix and "W" in own:
        renamed |= dict(zip(("n_0", "k") if rows else ("k", "n_0"), own["W"], strict=True))
    if not bases & {"X", "W", "w"}:
        for read in reads:
            for side in (read[0], read[2]) if read else ():
                vectors(side, own)
    examples = "m" if bases & {"X", "m", "N"} else "1"
    return replace(
        world, own=own, sizes=renamed, has_matrix=has_matrix, outputs=outputs, examples=examples, is_own=True, said=text
    )


def is_square(tree: Tree) -> bool:
    """Whether it is sigma^2, which then is a name of its own."""
    return isinstance(tree, Op) and tree.kind == "pow" and tree.kids[0] == Name("sigma")


def with_variance(read: Read) -> Read:
    """Return the statement with sigma^2 as a name of its own."""

    def named(tree: Tree) -> Tree:
        return Name("var") if is_square(tree) else rebuilt(tree, named)

    return named(read[0]), read[1], named(read[2])


def of_all(read: Read) -> Read:
    """Return a statement of the i-th example as one of all: z^{(i)} = w^T x^{(i)} + b is Z = w^T X + b."""
    left, relation, right = read
    name = left.by if isinstance(left, Derivative) else left
    index = name.example if isinstance(name, Name) else ""

    def lifted(name: Name) -> Name:
        if name.example != index:
            return name
        base = name.base.capitalize() if name.base in ("x", "y", "z", "a", "y_hat") else name.base
        return replace(name, base=base, example="")

    return (mapped(left, lifted), relation, mapped(right, lifted)) if index == "i" else read


def take_shapes(tree: Tree, world: World) -> None:
    """A name without a shape that is multiplied or added element by element has the shape of what it meets."""
    if not isinstance(tree, Op):
        return
    for kid in tree.kids:
        take_shapes(kid, world)
    if (tree.kind == "mul" and tree.sign in ("odot", "circ")) or tree.kind == "add":
        for name, other in (tree.kids, tree.kids[::-1]):
            vector = tree.kind == "mul" or (isinstance(name, Name) and name.base == "b" and "mathbf{b}" in world.said)
            if isinstance(name, Name) and vector and not world.shape(name) and not indices(name):
                try:
                    world.own[plain(name)] = to_python(other, world, "program").shape  # type: ignore[index]
                except (MeaningError, AskError, KeyError, ValueError):
                    return


def vectors(tree: Tree, own: dict[str, Shape]) -> None:
    """Where entries are summed up to n, what carries their index has n entries."""
    if isinstance(tree, Over) and tree.end.isalpha():
        for name in names(tree.body):
            if len(indices(name)) == 1 and not name.kind:
                own.setdefault(name.base, (tree.end, "1"))
    for kid in tree.kids if isinstance(tree, Op) else ():
        vectors(kid, own)
    if isinstance(tree, Over):
        vectors(tree.body, own)


def kept(name: Name) -> tuple[str, ...]:
    """Return the subscripts that are no running index."""
    return tuple(part for part in name.parts if len(part) > 1 or part.isdigit())
