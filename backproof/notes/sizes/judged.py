"""Whether the shape that a page gives to a quantity is the one that it has in the network of the course."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from ..judged.units import Judged
from ..meaning.python_names import python_name
from ..meaning.shapes import World
from ..reading.pages import Formula, Page
from ..reading.products import UnreadError
from ..reading.reader import read
from ..reading.statements import cut
from ..reading.tree import Name, Number
from ..report import Statement
from .found import Said, shapes

COUNTS = {"n_x": "n_0", "n": "n_0", "N": "m", "M": "m", "m": "m", "1": "1"}
GENERAL = World(layers=4, general=2, last_is_general=True)


@dataclass
class Sizes:
    """The numbers that the page gives for its sizes, by their names in a world."""

    known: dict[str, str] = field(default_factory=dict)

    def note(self, formula: Formula) -> None:
        """Note the sizes that a formula gives, as n^{[1]} = 3."""
        for one in cut(formula.tex) if "n" in formula.tex else ():
            try:
                left, right = read(one.left), read(one.right)
            except UnreadError:
                continue
            if isinstance(left, Name) and left.base == "n" and isinstance(right, Number) and left.layer.isdigit():
                self.known[f"n_{left.layer}"] = right.digits


def shape_statements(found: Page) -> Iterator[tuple[Statement, int]]:
    """Return each shape that a page gives as a judged statement, with the place where it was read."""
    sizes = Sizes()
    for formula, after in zip_longest(found.formulas, found.formulas[1:]):
        sizes.note(formula)
        for said in shapes(found, formula, after):
            try:
                name = read(said.name)
            except UnreadError:
                continue
            if isinstance(name, Name) and name.base not in ("m", "np"):
                name = Name("x") if name == Name("n", parts=("x",)) else name
                name = replace(name, layer="1") if name.layer == "G" else name
                yield _statement(found, said, name, sizes), formula.start + said.at


def _statement(found: Page, said: Said, name: Name, sizes: Sizes) -> Statement:
    formula = said.formula
    start = formula.start + said.at
    stated = Statement(
        found.line_of(formula, said.at), formula.cell, said.tex, "read", start=start, end=start + len(said.right)
    )
    try:
        word = python_name(name, GENERAL)
        given = [f"n[{GENERAL.layer(one[2:-1])}]" if one.startswith("n[") else one for one in said.sizes]
    except KeyError:
        stated.reason = "its layer is not known"
        return stated
    stated.python = f"{word} = {said.entries}" if said.entries else f"{word}.shape == ({', '.join(given)})"
    verdict = judged(name, said, sizes.known)
    if verdict.verdict == "unjudged":
        stated.reason = verdict.reason
        return stated
    stated.status, stated.verdict = "judged", verdict.verdict
    stated.cause, stated.fix_tex = verdict.cause, verdict.fix_tex
    return stated


def judged(name: Name, said: Said, known: dict[str, str]) -> Judged:
    """Right where one of the course's networks gives this shape; wrong where each gives another."""
    strange = [one for one in said.sizes if not (one in COUNTS or one.isdigit() or one[:2] in ("n[", "n_"))]
    clashes = []
    for world in _worlds(name):
        try:
            shape = tuple(world.shape(name))
            if _fits(tuple(_count(one, world) for one in said.sizes), shape, known):
                return Judged("right")
        except KeyError:
            continue
        clashes.append(shape)
    of_one_layer = bool(name.layer) or not all(one.isdigit() for one in said.sizes)
    if strange or not clashes or not clashes[0] or not of_one_layer:
        return Judged("unjudged", reason="its sizes are not known")
    told = ", ".join(known.get(one, one).replace("n_0", "n_x") for one in clashes[0])
    return Judged("wrong", f"its shape is ({told})", fix_tex=_fixed(said, clashes[0], known))


def _fits(said: tuple[str, ...], shape: tuple[str, ...], known: dict[str, str]) -> bool:
    """Whether a shape is this one; a number or a letter may be any size that the page does not give another number."""
    if len(said) != len(shape):
        return False
    return all(
        one in (size, given) or (one not in COUNTS and one[:2] != "n_" and size != "m" and not given)
        for one, size in zip(said, shape, strict=True)
        for given in [known.get(size, "1" if size == "1" else "")]
    )


def _fixed(said: Said, shape: tuple[str, ...], known: dict[str, str]) -> str:
    """The array on the right with the shape that belongs: a column for a list, a row for a column."""
    right = (*said.sizes, "1")[:2] if len(said.sizes) == 1 else said.sizes[::-1]
    if not said.entries or not _fits(right, shape, known):
        return ""
    if said.entries.startswith("np.array"):
        rows = zip(*(re.findall(r"-?[\d.]+", row) for row in re.findall(r"\[([^\[\]]*)\]", said.entries)), strict=True)
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"
    pair = ", ".join(right)
    return re.sub(r"\(([\d,\s()]*)\)", f"({pair})" if "rand" in said.entries else f"(({pair}))", said.entries, count=1)


def _worlds(name: Name) -> list[World]:
    """The networks that a shape may belong to, of all examples and of one."""
    if not name.layer:
        plain = World(layers=1)
    elif name.layer.isdigit():
        return [World(layers=depth, examples=m) for depth in (2, 4) if depth >= int(name.layer) for m in ("m", "1")]
    else:
        plain = GENERAL
    return [plain, replace(plain, examples="1")]


def _count(size: str, world: World) -> str:
    """A size of the page in the words of the world."""
    if size.startswith("n["):
        layer = world.layer(size[2:-1])
        return world.size(layer) if layer else "n_0"
    return COUNTS.get(size, size)
