"""Where the slip of a backward pass stands, by what its values are: which lines are right, which line is to blame."""

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...explain.edits.expression import names_in
from ...mean.claims import hints_of
from ...mean.sense import Sense
from ...record.ledger import Event, Instead
from ...record.tape import Node, gradients, through_copies
from ..backward import Pass, RefusedError, run_pass
from ..said.find import Entry
from ..verdicts import Judged, Meaning, carrier, is_right, last_return, meanings
from .slices import Place, behind, changed_by, sliced

MOST_TRIED = 60
MOST_SLOPES = 40  # values of the forward pass whose slopes are looked at


class Likely:
    """How likely each place is, by what is known of the values that stand there."""

    def __init__(self, judged: Judged, number: int) -> None:
        self.entry, self.one = judged.entry, judged.passes[number]
        known = meanings(self.one, judged.entry)
        self.right, self.plain = settled(self.one, known)
        self.culprit = culprit(judged, number, known)
        self.line = self.culprit.event.line if self.culprit else 0
        self.carrying = _carrying(judged.entry, self.culprit) if self.culprit else 0
        if self.culprit is None and (late := _late(known)) is not None:
            self.line = late.event.line
            self.carrying = _carrying(judged.entry, late)
        self.before: set[int] = set()
        if self.line:
            for statement in ast.walk(judged.entry.backward):
                if isinstance(statement, ast.stmt) and statement.lineno == self.line and hasattr(statement, "value"):
                    self.before |= {s.lineno for s in behind(judged.entry.backward, statement)}
        self.truths: dict[int, Any] = {}
        for r in self.one.returned:
            if r.is_off and r.node is not None:
                for node in through_copies(r.node):
                    self.truths.setdefault(
                        node.line,
                        np.reshape(r.truth, np.shape(node.value)) if np.size(r.truth) == np.size(node.value) else None,
                    )
        if self.culprit is not None and not self.carrying:
            self.truths[self.line] = self.culprit.truth

    def truth(self, statement: ast.stmt) -> Any:
        """The right value of what a statement computes, where it is known."""
        return self.truths.get(statement.lineno)

    def penalty(self, place: Place) -> float:
        """What is added to the cost of an edit there."""
        line = place.statement.lineno
        by = {"backward": 0.0, "helper": 0.35, "forward": 0.9}[place.where]
        if isinstance(place.statement, ast.Return) and not place.is_order:
            by += 0.5 if isinstance(place.node, ast.Name) else 0.2
        if line in self.right:
            by += 0.8
        elif line in self.plain:
            by += 0.1
        if place.where == "backward" and self.line:
            own = self.carrying or self.line
            by += -0.45 if line == own else 0.1 if line in self.before else 0.6
        return by


def settled(one: Pass, known: Sequence[Meaning]) -> tuple[set[int], set[int]]:
    """The lines with right values: derivatives, slopes, values of the forward pass; and those that only move some."""
    sense = one.sense
    named = {m.event.number: m.is_right for m in known}
    good, bad, plain = set[int](), set[int](), set[int]()
    off = {n for r in one.returned if r.is_off and r.node is not None for n in through_copies(r.node)}
    slopes = list(_slopes(sense))
    for event in one.events:
        node = event.node
        if node is None or event.site.kind in ("entered", "loop") or isinstance(event.site.statement, ast.Return):
            continue
        if not _made_there(node, event.line) or any(not n.parents or n in sense.forward for n in through_copies(node)):
            plain.add(event.line)
            continue
        value = np.asarray(event.value)
        is_good = named.get(event.number) if node not in off else False
        if not is_good and node not in off:
            is_good = _is_forward(value, sense) or any(
                is_right(value, s) for s in (*slopes, *_named_slopes(event, sense))
            )
        if is_good is False and event.number not in named and node not in off:
            is_good = any(is_right(value, np.asarray(sense.gradients[n])) for n in sense.multiples_among(value))
        (good if is_good else bad).add(event.line)
    return good - bad, plain - good


def _slopes(sense: Sense) -> Iterator[Any]:
    """The derivatives of single steps of the forward pass, entry by entry."""
    for node in [n for n in sense.forward if n.pull is not None and len(n.parents) == 1][:MOST_SLOPES]:
        if np.shape(node.parents[0].value) == np.shape(node.value) and np.size(node.value) > 1:
            yield from (np.asarray(s) for _, s in node.pull(np.ones_like(node.value)) if np.ptp(s) > 0)  # type: ignore[misc]


def _named_slopes(event: Event, sense: Sense) -> Iterator[Any]:
    """The derivatives of a value of the forward pass whose name an event has, dinner of inner, by what leads to it."""
    nodes = {e.node for hint in hints_of(event) for e in sense.named.get(hint, ()) if e.node is not None}
    for node in nodes:
        for other, slope in gradients(node, np.ones_like(node.value)).items():
            if other is not node and np.shape(slope) == np.shape(event.value):
                yield np.asarray(slope)


def _made_there(node: Node | None, line: int) -> bool:
    return node is not None and node.line == line


def _is_forward(value: Any, sense: Sense) -> bool:
    return value.size > 1 and any(
        n.value.shape == value.shape and is_right(value, np.asarray(n.value)) for n in sense.forward if n.parents
    )


def culprit(judged: Judged, number: int, known: Sequence[Meaning]) -> Meaning | None:
    """The first value that makes everything right when the right value stands in its place."""
    one = judged.passes[number]
    wrong = {w.V for w in judged.wrong.values() if w.V}
    for place, group in _by_place(known).items():
        if all(m.is_right for m in group) or any(m.event.node in {r.node for r in one.returned} for m in group):
            continue
        truths = {m.event.turn: m.truth for m in group}
        if _makes_right(judged, one, place, truths, wrong):
            return group[0] if not group[0].is_right else next(m for m in group if not m.is_right)
    return _unnamed(judged, one, known, wrong)


def _unnamed(judged: Judged, one: Pass, known: Sequence[Meaning], wrong: set[str]) -> Meaning | None:
    """The first value whose name says nothing that makes everything right when it is some derivative."""
    named = {m.event.number for m in known}
    returned = {r.node for r in one.returned}
    right, plain = settled(one, known)
    tried = 0
    for event in one.events:
        is_open = event.number not in named and event.node is not None and event.node not in returned
        if not is_open or event.line in right | plain or event.turn or event.site.kind not in ("assign", "augment"):
            continue
        shape = np.shape(event.value)
        truths = [g for n, g in one.sense.gradients.items() if np.shape(g) == shape and n.parents and np.any(g)]
        for truth in truths[::-1]:
            tried += 1
            if tried > MOST_TRIED:
                return None
            if _makes_right(judged, one, (event.site.number, event.name), {0: truth}, wrong):
                return Meaning(event, event.name, truth, False)
    return None


def _makes_right(judged: Judged, one: Pass, place: Any, truths: Any, wrong: set[str]) -> bool:
    """Whether everything is right when some values stand in a place."""

    def replace(here: Event, value: Any) -> Instead | None:
        is_there = (here.site.number, here.name) == place and here.turn in truths
        return Instead(truths[here.turn]) if is_there else None

    try:
        again = run_pass(judged.module, judged.entry, one.given, None, replace)
    except RefusedError:
        return False
    return not again.error and all(is_right(r.value, r.truth) for r in again.returned if r.V in wrong)


def _late(known: Sequence[Meaning]) -> Meaning | None:
    """The first value that is right in the first turn of a loop and wrong in a later one."""
    first = {(m.event.site.number, m.event.name) for m in known if m.event.turn == 0 and m.is_right}
    later = [m for m in known if m.event.turn and not m.is_right]
    return next((m for m in later if (m.event.site.number, m.event.name) in first), None)


def _carrying(entry: Entry, found: Meaning) -> int:
    """The line that hands a value on to the next turn of a loop, where the first turn of a line is right; else 0."""
    if found.event.turn == 0:
        return 0
    loops = [n for n in ast.walk(entry.backward) if isinstance(n, (ast.For, ast.While))]
    around = [n for n in loops if n.lineno < found.event.line <= (n.end_lineno or 0)]
    statements = [s for n in around for s in ast.walk(n) if isinstance(s, (ast.Assign, ast.AugAssign))]
    used = {n for s in statements if s.lineno == found.event.line for n in names_in(s)}
    later = [s for s in statements if s.lineno > found.event.line and changed_by(s) & used]
    return later[0].lineno if later else 0


def _by_place(known: Sequence[Meaning]) -> dict[tuple[int, str], list[Meaning]]:
    found: dict[tuple[int, str], list[Meaning]] = {}
    for m in known:
        found.setdefault((m.event.site.number, m.event.name), []).append(m)
    return found


def unexplained(judged: Judged) -> list[tuple[int, tuple[str, ...], str]]:
    """The lines that are to blame where no edit was found, the arguments with wrong gradients, and what is known."""
    number = min(n for w in judged.wrong.values() for n in w.passes)
    one = judged.passes[number]
    if "" in judged.wrong:
        return [(one.error_line or last_return(judged.entry), (), judged.wrong[""].note)]
    known = meanings(one, judged.entry)
    found = culprit(judged, number, known) or _late(known)
    if found:
        return [(_carrying(judged.entry, found) or found.event.line, tuple(judged.wrong), "")]
    right, _ = settled(one, known)
    groups = _groups(judged, one)
    return [(_line(judged, one, Vs, right), Vs, judged.wrong[Vs[0]].note) for Vs in groups]


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

    inner = {n: s for n, s in own.items() if not isinstance(s, ast.Return) and weight(s)} or own
    if inner:
        return max(inner, key=lambda n: (weight(inner[n]), n))
    first = next(r for r in one.returned if Vs[0] == r.V)
    return carrier(one, first, judged.entry)[0]


def _operations(node: ast.AST) -> int:
    return sum(isinstance(n, (ast.BinOp, ast.Call, ast.UnaryOp, ast.Compare)) for n in ast.walk(node))
