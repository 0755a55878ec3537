"""Where the slip of a backward pass stands, by what the values in it are: which lines are right, which line is to blame."""

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..mean.sense import Sense
from ..record.tape import Node, through_copies
from .backward import Pass, RefusedError, run_pass
from .slices import Place, behind, sliced
from .verdicts import Judged, Meaning, carrier, is_right, last_return, meanings

ELEMENTWISE_MAX = 200  # nodes of the forward pass whose slopes are looked at


class Likely:
    """How likely each place is, by what is known of the values that stand there."""

    def __init__(self, judged: Judged, number: int) -> None:
        self.entry, self.one = judged.entry, judged.passes[number]
        known = meanings(self.one, judged.entry)
        self.right, self.plain = settled(self.one, known)
        self.culprit = culprit(judged, number, known)
        self.line = self.culprit.event.line if self.culprit else 0
        self.before: set[int] = set()
        if self.line:
            for statement in ast.walk(judged.entry.backward):
                if isinstance(statement, ast.stmt) and statement.lineno == self.line and hasattr(statement, "value"):
                    self.before |= {s.lineno for s in behind(judged.entry.backward, statement)}
        self.truths: dict[int, Any] = {}
        for r in self.one.returned:
            if r.is_off and r.node is not None:
                for node in through_copies(r.node):
                    self.truths.setdefault(node.line, np.reshape(r.truth, np.shape(node.value)) if np.size(r.truth) == np.size(node.value) else None)
        if self.culprit:
            self.truths[self.line] = self.culprit.truth

    def truth(self, statement: ast.stmt) -> Any:
        """The right value of what a statement computes, where it is known."""
        return self.truths.get(statement.lineno)

    def penalty(self, place: Place) -> float:
        """What is added to the cost of an edit there."""
        line = place.statement.lineno
        by = {"backward": 0.0, "helper": 0.35, "forward": 0.4}[place.where]
        if isinstance(place.statement, ast.Return) and not place.is_order:
            by += 0.12
        if line in self.right:
            by += 0.8
        elif line in self.plain:
            by += 0.3
        if place.where == "backward" and self.line:
            by += -0.25 if line == self.line else 0.0 if line in self.before else 0.5
        return by


def settled(one: Pass, known: Sequence[Meaning]) -> tuple[set[int], set[int]]:
    """The lines whose values are right: derivatives, slopes, values of the forward pass; and those that only move some."""
    sense = one.sense
    good, bad, plain = {m.event.line for m in known if m.is_right and _made_there(m.event.node, m.event.line)}, set(), set()
    bad |= {m.event.line for m in known if not m.is_right}
    slopes = list(_slopes(sense))
    for event in one.events:
        node = event.node
        if node is None or event.site.kind in ("entered", "loop") or not _made_there(node, event.line):
            continue
        if any(not n.parents or n in sense.forward for n in through_copies(node)):
            plain.add(event.line)
            continue
        value = np.asarray(event.value)
        exact = [n for n in sense.multiples_among(value) if is_right(value, np.asarray(sense.gradients[n]))]
        if exact or any(is_right(value, s) for s in slopes if s.shape == value.shape) or _is_forward(value, sense):
            good.add(event.line)
    return good - bad, plain


def _made_there(node: Node | None, line: int) -> bool:
    return node is not None and node.line == line


def _is_forward(value: Any, sense: Sense) -> bool:
    return value.size > 1 and any(
        n.value.shape == value.shape and is_right(value, np.asarray(n.value)) for n in sense.forward if n.parents
    )


def _slopes(sense: Sense) -> Iterator[Any]:
    """The derivatives of the single steps of the forward pass, entry by entry."""
    for node in [n for n in sense.forward if n.pull is not None and len(n.parents) == 1][:ELEMENTWISE_MAX]:
        parent = node.parents[0]
        if np.shape(parent.value) == np.shape(node.value) and np.size(node.value) > 1 and node.op != "cost":
            for _, slope in node.pull(np.ones_like(node.value)):
                if np.ptp(slope) > 0:
                    yield np.asarray(slope)


def culprit(judged: Judged, number: int, known: Sequence[Meaning]) -> Meaning | None:
    """The first value that makes everything right when the right value stands in its place."""
    one = judged.passes[number]
    wrong = {w.V for w in judged.wrong.values() if w.V}
    for meaning in known:
        if meaning.is_right or meaning.event.node in {r.node for r in one.returned}:
            continue
        event = meaning.event

        def replace(here: Any, value: Any, recorder: Any, event: Any = event, truth: Any = meaning.truth) -> Any:
            if (here.site.number, here.turn, here.name) != (event.site.number, event.turn, event.name):
                return value
            return recorder.started(truth, "given")[0]

        try:
            again = run_pass(judged.module, judged.entry, one.given, None, replace)
        except RefusedError:
            continue
        if not again.error and all(is_right(r.value, r.truth) for r in again.returned if r.V in wrong):
            return meaning
    return None


def unexplained(judged: Judged) -> list[tuple[int, tuple[str, ...], str]]:
    """The lines that are to blame where no edit was found, the arguments with wrong gradients, and what is known."""
    number = min(n for w in judged.wrong.values() for n in w.passes)
    one = judged.passes[number]
    if "" in judged.wrong:
        return [(one.error_line or last_return(judged.entry), (), judged.wrong[""].note)]
    known = meanings(one, judged.entry)
    found = culprit(judged, number, known)
    if found:
        return [(found.event.line, tuple(judged.wrong), "")]
    right, plain = settled(one, known)
    groups = _groups(judged, one)
    return [(_line(judged, one, Vs, right | plain), Vs, judged.wrong[Vs[0]].note) for Vs in groups]


def _groups(judged: Judged, one: Pass) -> list[tuple[str, ...]]:
    """The wrong gradients that are computed from a line that none of the right ones needs, together."""
    wrong = [r for r in one.returned if r.V in judged.wrong]
    shared = _own_lines(judged, one, [r.V for r in wrong])
    return [tuple(r.V for r in wrong)] if shared or len(wrong) == 1 else [(r.V,) for r in wrong]


def _own_lines(judged: Judged, one: Pass, Vs: Sequence[str]) -> dict[int, ast.stmt]:
    """The statements that all of these gradients are computed from and no right one is."""
    def lines(V: str) -> dict[int, ast.stmt]:
        position = next(r.position for r in one.returned if r.V == V)
        return {s.lineno: s for s in sliced(judged.entry.backward, [position]) if hasattr(s, "value")}

    common = lines(Vs[0])
    for V in Vs[1:]:
        other = lines(V)
        common = {n: s for n, s in common.items() if n in other}
    for r in one.returned:
        if r.V not in judged.wrong and r.value is not None:
            common = {n: s for n, s in common.items() if n not in lines(r.V) or isinstance(s, ast.Return)}
    returns = {n for n, s in common.items() if isinstance(s, ast.Return)}
    return common if set(common) - returns or len(Vs) == 1 else {}


def _line(judged: Judged, one: Pass, Vs: Sequence[str], known: set[int]) -> int:
    """The line among those behind some gradients that computes most, and is not known to be right."""
    own = {n: s for n, s in _own_lines(judged, one, Vs).items() if n not in known}
    position = [r.position for r in one.returned if r.V in Vs]

    def weight(statement: ast.stmt) -> int:
        value = getattr(statement, "value", None)
        if isinstance(statement, ast.Return) and isinstance(value, ast.Tuple):
            parts = [e for i, e in enumerate(value.elts) if i in position]
            return max((_operations(p) for p in parts), default=0)
        return _operations(value) if value is not None else 0

    if own:
        return max(own, key=lambda n: (weight(own[n]), n))
    first = next(r for r in one.returned if r.V == Vs[0])
    return carrier(one, first, judged.entry)[0]


def _operations(node: ast.AST) -> int:
    return sum(isinstance(n, (ast.BinOp, ast.Call, ast.UnaryOp, ast.Compare)) for n in ast.walk(node))
