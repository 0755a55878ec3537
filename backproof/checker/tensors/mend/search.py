"""The search for the edit that makes a backward pass right: the usual slips first, at the likeliest places."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...explain.edits.expression import Expression, segment
from ...explain.edits.formulas import Table, missing_terms, whole
from ...explain.slips import Edit, Kind, Slip
from ...record.program import rows_of
from ...record.run import quiet
from ..backward import Module, opened
from ..record.exact import in_float64, mapped
from ..said.find import Entry
from ..verdicts import Judged, judge_entry
from .likely import Likely
from .rules import edits_of, in_words
from .scope import TensorScope, copied, evaluated, shown
from .scope import mark as mark_of
from .slices import Place, places
from .statements import statement_edits
from .trial import MAX_TURNS, Bench, entry_again, same_outputs, with_hole

RUNS, USUAL_EVENTS = 3000, 50
MOST_COST = {"backward": 2.6, "helper": 1.9, "forward": 2.4}
FRESH = 1009


@dataclass
class Candidate:
    """One edit at one place."""

    cost: float
    place: Place | None
    edit: Edit | None
    source: str = ""
    line: int = 0
    slip: Slip | None = None


class Repairs:
    """The search for the edits that make a backward pass right."""

    def __init__(self, judged: Judged, shapes: Any, seed: int) -> None:
        self.judged, self.shapes, self.seed = judged, shapes, seed
        self.bench = Bench(judged)
        shown = sorted({n for w in judged.wrong.values() for n in w.passes})
        size = lambda n: (  # noqa: E731
            min(judged.passes[n].given.sizes.values(), default=2) < 2,
            sum(map(np.size, judged.passes[n].values)),
        )
        self.order = sorted(shown, key=size)[:1] + sorted(range(len(judged.passes)), key=size)
        self.order = list(dict.fromkeys(self.order))
        self.first = self.order[0]
        self.all = {r.V for r in judged.passes[self.first].returned_or_expected}
        self.wrong = {w.V for w in judged.wrong.values() if w.V} or self.all
        self.codes: dict[int, Any] = {}
        self.turns: dict[int, list[tuple[dict[str, Any], Any]]] = {}
        self.seen: dict[int, set[Any]] = {}  # values that were tried at each place
        self.marked: Any = None
        self.runs = 0

    def found(self) -> list[Candidate]:
        """The edit that makes everything right, or else one for some of the wrong gradients."""
        partial: dict[frozenset[str], Candidate] = {}
        with quiet(self.judged.module.folder), in_float64(), self.bench.mode():
            for candidate in self.candidates():
                right = self.right_with(candidate, self.first)
                gained = right & self.wrong
                if gained and candidate.place is not None:  # others with this value here may be right elsewhere, too
                    self.seen.get(id(candidate.place), set()).discard(self.marked)
                if not gained or (self.all - self.wrong) - right:
                    continue
                if gained == self.wrong:
                    if all(self.right_with(candidate, n) >= self.awaited(n) for n in self.order[1:]) and self.holds(
                        candidate
                    ):
                        return [candidate]
                elif frozenset(gained) not in partial and self.keeps(candidate, gained):
                    partial[frozenset(gained)] = candidate
        best = max(partial, key=len, default=None)
        return [partial[best]] if best is not None else []

    def awaited(self, number: int) -> set[str]:
        """The arguments that need a gradient on one draw."""
        return {r.V for r in self.judged.passes[number].returned_or_expected}

    def keeps(self, candidate: Candidate, gained: set[str]) -> bool:
        """Whether an edit puts some gradients right on all draws, and leaves right what was."""
        wanted = [(n, (self.awaited(n) - self.wrong) | gained & self.awaited(n)) for n in self.order[1:]]
        return all(self.right_with(candidate, n) >= needed for n, needed in wanted)

    def candidates(self) -> Iterator[Candidate]:
        """All edits, the most usual at the likeliest places first."""
        code = compile(self.judged.module.source, self.judged.module.name, "exec")
        entry = self.judged.entry
        source, waiting = self.judged.module.source, list[Candidate]()
        for function, extra_cost in ((entry.backward, 0.0), (entry.setup, 0.0), (entry.forward, 0.3)):
            made = statement_edits(source, [function]) if function is not None else ()
            waiting += [Candidate(e.cost + extra_cost, None, None, e.source, e.line, e.slip) for e in made]
        extra = Likely(self.judged, self.first)
        positions = [r.position for r in self.judged.passes[self.first].returned_or_expected if r.V in self.wrong]
        kinds = {w.kind for w in self.judged.wrong.values()}
        for place in places(
            self.judged.module.tree, self.judged.entry, () if kinds & {"raises", "count"} else positions
        ):
            by = extra.penalty(place)
            most = MOST_COST[place.where]
            waiting += [Candidate(e.cost + by, place, e) for e in self.edits(place, code) if e.cost + by < most]
            waiting += [Candidate(e.cost + max(by, 0.0), place, e) for e in self.terms(place, code, extra)]
        for candidate in waiting:
            candidate.line = candidate.line or (candidate.place.node.lineno if candidate.place else 0)
        yield from sorted(waiting, key=lambda c: (c.cost, c.line))

    def edits(self, place: Place, code: Any) -> list[Edit]:
        """The edits at one place, with the values that are in scope there."""
        turns = self.captured(place, code)
        if not turns:
            return []
        text = segment(self.judged.module.source, place.node)
        module = self.judged.module
        scope = TensorScope(turns[0][0], module.tree, module.source, ())
        try:
            x = Expression(text)
        except SyntaxError:
            return []
        made = edits_of(x, scope)
        return [e for e in made if e.slip.kind is Kind.ORDER and e.start == 0] if place.is_order else made

    def terms(self, place: Place, code: Any, known: Likely) -> list[Edit]:
        """What the chain rule says at a place whose right value is known: a missing term, the whole line."""
        truth = known.truth(place.statement)
        if truth is None or place.where != "backward" or isinstance(place.statement, ast.AugAssign):
            return []
        turns = self.captured(place, code)
        value = shown(turns[0][1]) if turns else None
        if len(turns) != 1 or value is None or np.shape(value) != np.shape(truth):
            return []
        module = self.judged.module
        scope = TensorScope(turns[0][0], module.tree, module.source, ())
        x, table = Expression(segment(module.source, place.node)), Table(scope, np.shape(truth))
        return [in_words(e) for e in (*missing_terms(x, table, truth, value), *whole(x, table, truth))]

    def captured(self, place: Place, code: Any) -> list[tuple[dict[str, Any], Any]]:
        """What was in scope of an expression in its first turns, and its values."""
        key = id(place)
        if key in self.turns:
            return self.turns[key]
        self.codes[key] = with_hole(self.judged.module, place.node)
        turns: list[tuple[dict[str, Any], Any]] = []

        def hole(scope: dict[str, Any], value: Any) -> Any:
            if len(turns) >= MAX_TURNS:
                return value()
            before = copied(scope)
            turns.append((before, None))
            result = value()
            turns[-1] = (before, mapped(result, lambda t: t.detach().clone()))
            return result

        try:
            if place.where == "backward":
                kept, upstream = self.bench.after_forward(self.first, code)
                self._backward(self.bench.scope(self.codes[key], hole), kept, upstream)
            else:
                self.bench.through(self.judged.entry, self.bench.scope(self.codes[key], hole), self.first)
        except Exception:  # it is known to raise
            pass
        self.turns[key] = turns
        return turns

    def _backward(self, scope: dict[str, Any], kept: Any, upstream: Any) -> Any:
        from ..context import backward

        with self.bench.mode():
            return backward(self.judged.entry, scope, kept, upstream)

    def right_with(self, candidate: Candidate, number: int) -> set[str]:
        """The arguments with right gradients on one draw, with an edit."""
        if candidate.place is None or candidate.edit is None:
            return self.right_with_text(candidate, number)
        place = candidate.place
        text = candidate.edit.apply(segment(self.judged.module.source, place.node))
        try:
            code = compile(f"({text})", "candidate", "eval")
        except (SyntaxError, ValueError):
            return set()
        if number == self.first and not self.is_new(place, text, code):
            return set()
        if self.runs > RUNS:
            return set()
        self.runs += 1 + len(self.judged.passes[number].events) // USUAL_EVENTS
        hole = lambda scope, value: eval(code, scope)  # noqa: E731
        try:
            scope = self.bench.scope(self.codes[id(place)], hole)
            if place.where == "backward" and not self.judged.needs:
                kept, upstream = self.bench.after_forward(number, self._plain)
                return self.bench.right_ones(self._backward(scope, kept, upstream), number)
            return self.through(self.judged.entry, scope, number)
        except Exception:  # an edited function may do anything
            return set()

    @property
    def _plain(self) -> Any:
        return compile(self.judged.module.source, self.judged.module.name, "exec")

    def through(self, entry: Entry, scope: dict[str, Any], number: int) -> set[str]:
        """The arguments with right gradients after a whole run, also where some are frozen."""
        outputs, grads = self.bench.through(entry, scope, number)
        if not same_outputs(outputs, self.judged.passes[number]):
            return set()
        right = self.bench.right_ones(grads, number)
        for index, needs in self.judged.needs if number == self.first else ():
            _, again = self.bench.through(entry, scope, index, needs)
            names = list(self.judged.passes[index].given.values)
            frozen = {n for n, needed in zip(names, needs, strict=True) if not needed}
            right &= self.bench.right_ones(again, index) | frozen
        return right

    def right_with_text(self, candidate: Candidate, number: int) -> set[str]:
        """The same for another text of the file."""
        entry = entry_again(candidate.source, self.judged.entry)
        if entry is None:
            return set()
        try:
            scope = self.bench.scope(compile(candidate.source, self.judged.module.name, "exec"))
            return self.through(entry, scope, number)
        except Exception:  # an edited function may do anything
            return set()

    def is_new(self, place: Place, text: str, code: Any) -> bool:
        """Whether an expression has a value, in its first turns, that was not tried there yet."""
        if self.judged.needs and isinstance(place.statement, ast.If):
            return True  # what it is elsewhere matters
        turns = self.turns[id(place)]
        values = [evaluated(text, scope) for scope, _ in turns[:2]]
        if values[0] is None and "None" not in text:
            return False
        try:
            mark = tuple(mark_of(v) for v in values)
            if mark == tuple(mark_of(v) for _, v in turns[:2]) and len(turns) < 3 and "_(" not in text:
                return False
        except (TypeError, ValueError, RuntimeError):
            return True
        seen = self.seen.setdefault(id(place), set())
        if mark in seen:
            return False
        seen.add(mark)
        self.marked = mark
        return True

    def holds(self, candidate: Candidate) -> bool:
        """Whether with an edit everything is right on draws that the search has not seen."""
        source = self.source_of(candidate)
        entry = entry_again(source, self.judged.entry)
        if entry is None:
            return False
        module = again_with(self.judged.module, source)
        again = judge_entry(module, entry, self.shapes, self.seed + FRESH)
        return again.is_right and bool(again.passes) and set(again.none) <= set(self.judged.none)

    def source_of(self, candidate: Candidate) -> str:
        """The file with an edit."""
        if candidate.place is None or candidate.edit is None:
            return candidate.source
        source, node = self.judged.module.source, candidate.place.node
        rows = rows_of(source)
        start = sum(map(len, rows[: node.lineno - 1])) + _column(rows[node.lineno - 1], node.col_offset)
        end = sum(map(len, rows[: (node.end_lineno or 1) - 1])) + _column(
            rows[(node.end_lineno or 1) - 1], node.end_col_offset or 0
        )
        return source[:start] + candidate.edit.apply(source[start:end]) + source[end:]


def again_with(module: Module, source: str) -> Module:
    """Another text of a file, to be run in the same way."""
    return opened(source, module.name, module.folder, module.device, module.reference, module.package)


def _column(row: str, column: int) -> int:
    return column if row.isascii() else len(row.encode()[:column].decode(errors="replace"))
