"""What a recorded run computed: a graph of values on a tape, and the derivative of one of them by all others."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any
Pull = Callable[[Array], Iterable[tuple["Node", Array]]]
MAX_NODES = 400_000


class Node:
    """One computed value: what it was computed by, from which nodes, in which line, and how to pull a gradient back.

    `pull` maps the derivative by this value to the derivatives by its parents.
    """

    __slots__ = ("constants", "line", "number", "op", "parents", "pull", "value")

    def __init__(
        self,
        op: str,
        value: Array,
        parents: tuple["Node", ...] = (),
        pull: Pull | None = None,
        line: int = 0,
        number: int = 0,
        constants: tuple[Any, ...] = (),
    ) -> None:
        self.op, self.value, self.parents, self.pull = op, value, parents, pull
        self.line, self.number = line, number
        self.constants = constants  # the arguments that are not nodes, for a reader of the graph


class TooLongError(RuntimeError):
    """The script computed more values than are recorded."""


def line_in(filename: str) -> int:
    """The line of a script that is running; 0 where none is."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == filename:
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return 0


@dataclass
class Tape:
    """The nodes of one run, which sides of its comparisons were seen, and how roughly results are rounded."""

    filename: str = ""
    nodes: list[Node] = field(default_factory=list)
    sides: dict[tuple[int, str, int], set[bool]] = field(default_factory=dict)
    noise: np.random.Generator | None = None
    in_line: dict[int, int] = field(default_factory=dict)

    def line(self) -> int:
        """The line of the script that is running."""
        return line_in(self.filename)

    def node(
        self, op: str, value: Array, parents: tuple[Node, ...], pull: Pull | None, constants: tuple[Any, ...] = ()
    ) -> Node:
        """Record a value."""
        if len(self.nodes) >= MAX_NODES:
            raise TooLongError(f"it computes more than {MAX_NODES} values")
        made = Node(op, value, parents, pull, self.line(), len(self.nodes), constants)
        self.nodes.append(made)
        return made

    def saw(self, op: str, outcome: Array) -> None:
        """Note which sides of a comparison occurred."""
        line = self.line()
        seen = self.sides.setdefault((line, op, 0), set())
        if np.any(outcome):
            seen.add(True)
        if not np.all(outcome):
            seen.add(False)


TAPE = Tape()


@contextmanager
def recording(filename: str, noise: np.random.Generator | None = None) -> Iterator[Tape]:
    """Record everything that traced arrays compute on a new tape."""
    global TAPE
    before, TAPE = TAPE, Tape(filename, noise=noise)
    try:
        yield TAPE
    finally:
        TAPE = before


def gradients(of: Node, seed: Array | None = None) -> dict[Node, Array]:
    """The derivative of the sum of a value, or of its product with a seed, by every node that leads to it."""
    found: dict[Node, Array] = {of: np.ones_like(of.value, dtype=float) if seed is None else seed}
    for node in sorted(ancestors([of]), key=lambda n: -n.number):
        if node.pull is None or node not in found:
            continue
        for parent, gradient in node.pull(found[node]):
            found[parent] = found[parent] + gradient if parent in found else gradient
    return found


def ancestors(nodes: Iterable[Node]) -> set[Node]:
    """The nodes themselves and everything that they were computed from."""
    seen: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(parent for parent in node.parents if parent not in seen)
    return seen


def descendants(of: Iterable[Node], among: Iterable[Node]) -> set[Node]:
    """Those of `among`, given in the order of their numbers, that were computed from one of the nodes."""
    reached = set(of)
    for node in among:
        if any(parent in reached for parent in node.parents):
            reached.add(node)
    return reached


def through_copies(node: Node) -> Iterator[Node]:
    """The node, and the nodes of which it is only a copy, a view or a change of shape."""
    while True:
        yield node
        if node.op not in ("view", "copy", "moved") or len(node.parents) != 1:
            return
        node = node.parents[0]
