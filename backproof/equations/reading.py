"""The equations of a declaration, read: each link of a chain is one, with the layers for which it is said."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from backproof.notes.reading.damage import names
from backproof.notes.reading.products import UnreadError
from backproof.notes.reading.reader import read
from backproof.notes.reading.statements import cut
from backproof.notes.reading.tree import Op, Over, Tree

RANGE = re.compile(r"(\d+)\s*\\[cl]?dots\s*(\d+|L|L\s*-\s*1)")
SHAPE = re.compile(r"(.*\S)\s*:\s*\((.*),(.*)\)\s*")
LOOP = re.compile(r"\\text\{((?:repeat|for each|then)[^{}]*)\}")


@dataclass(frozen=True)
class Equation:
    """`left relation right`; `first` and `last` are the ends of the range of l, where it has one."""

    text: str
    left: Tree
    relation: str
    right: Tree
    first: str = ""
    last: str = ""

    @property
    def trees(self) -> tuple[Tree, Tree]:
        """Both sides."""
        return self.left, self.right

    @property
    def is_general(self) -> bool:
        """Whether it is said of every layer l."""
        return any("l" in name.layer for name in names(self.left))

    def layers(self, L: int) -> range:
        """The layers for which it is said; one of no layer is said once, as of layer 1."""
        if not self.is_general:
            return range(1, 2)
        ends = (self.first or "1", self.last or "L")
        first, last = (int(text) if text.isdigit() else L - (text == "L-1") for text in ends)
        return range(first, last + 1)


@dataclass(frozen=True)
class Part:
    """Equations that hold together: once, or in every turn of a loop."""

    loop: str
    equations: tuple[Equation, ...]

    @property
    def is_loop(self) -> bool:
        """Whether it is run in turns."""
        return self.loop not in ("", "then")


@lru_cache(maxsize=1024)
def parts_of(latex: str) -> tuple[Part, ...]:
    """Return the equations of a declaration, before, in and after its loop; raises UnreadError."""
    pieces = LOOP.split(latex)
    return tuple(
        Part(loop.strip(" :"), equations_of(text))
        for loop, text in zip(["", *pieces[1::2]], pieces[::2], strict=True)
        if text.strip()
    )


def equations_of(latex: str) -> tuple[Equation, ...]:
    """Return the equations of a text; a range of l is that of the equations before it."""
    found: list[Equation] = []
    open_from, listed = 0, list[str]()  # of A, B: (n, m)
    for statement in cut(latex.replace(r"\;", "  ")):
        text = f"{statement.left} {statement.relation} {statement.right}".strip()
        if statement.left.strip() == "l" and (ends := RANGE.fullmatch(statement.right.strip())):
            found[open_from:] = [replace(e, first=ends[1], last=ends[2].replace(" ", "")) for e in found[open_from:]]
            open_from = len(found)
        elif shape := SHAPE.fullmatch(statement.left):
            sizes = Op("matrix", (read(shape[2]), read(shape[3])), "1")
            found += [
                Equation(f"{left}: ({shape[2]},{shape[3]})", read(left), ":", sizes) for left in (*listed, shape[1])
            ]
            listed = []
        elif statement.relation:
            try:
                found.append(Equation(text, read(statement.left), statement.relation, read(statement.right)))
            except UnreadError as error:
                raise UnreadError(f"{text}: not read, {error}") from None
        else:
            listed.append(text)
    if listed:
        raise UnreadError(f"{listed[0]}: states nothing")
    return tuple(found)


def cases_in(tree: Tree) -> list[Op]:
    """Return the cases in a tree."""
    if isinstance(tree, Op):
        return ([tree] if tree.kind == "cases" else []) + [found for kid in tree.kids for found in cases_in(kid)]
    return cases_in(tree.body) if isinstance(tree, Over) else []
