"""The line of a backward pass that is wrong, and the right line: small edits are tried until everything is right."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..explain.edits.expression import Expression, segment
from ..explain.edits.formulas import Table, missing_terms, whole
from ..explain.slips import Edit, Kind, Slip
from ..program import quiet
from .backward import Module, opened
from .exact import in_float64, mapped
from .find import Entry
from .rules import edits_of, in_words
from .scope import TensorScope, copied, evaluated, shown
from .slices import Place, places
from .trial import MAX_TURNS, Bench, entry_again, same_outputs, with_hole
from .likely import Likely, unexplained
from .verdicts import Judged, judge_entry

RUNS, TEXTS = 5000, 700
ROUNDS = 3
FRESH = 1009


@dataclass
class Repair:
    """One wrong line: where, what the slip is, and the whole right line where it is known."""

    line: int
    slip: Slip | None = None
    fix: str | None = None
    V: tuple[str, ...] = ()  # the arguments whose gradients it makes right
    note: str = ""


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
        size = lambda n: (min(judged.passes[n].given.sizes.values(), default=2) < 2, sum(map(np.size, judged.passes[n].values)))  # noqa: E731,E501
        self.order = sorted(shown, key=size)[:1] + [n for n in sorted(range(len(judged.passes)), key=size)]
        self.order = list(dict.fromkeys(self.order))
        self.first = self.order[0]
        self.all = {r.V for r in judged.passes[self.first].returned_or_expected}
        self.wrong = {w.V for w in judged.wrong.values() if w.V} or self.all
        self.codes: dict[int, Any] = {}
        self.turns: dict[int, list[tuple[dict[str, Any], Any]]] = {}
        self.seen: dict[int, set[Any]] = {}
        self.runs = 0

    def found(self) -> list[Candidate]:
        """The edit that makes everything right, or else one for some of the wrong gradients."""
        partial: dict[frozenset[str], Candidate] = {}
        with quiet(self.judged.module.folder), in_float64(), self.bench.mode():
            for candidate in self.candidates():
                right = self.right_with(candidate, self.first)
                gained = right & self.wrong
                if not gained or (self.all - self.wrong) - right:
                    continue
                if gained == self.wrong:
                    if all(self.right_with(candidate, n) >= self.awaited(n) for n in self.order[1:]) and self.holds(candidate):
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
        waiting: list[Candidate] = list(self.texts())
        extra = Likely(self.judged, self.first)
        positions = [r.position for r in self.judged.passes[self.first].returned_or_expected if r.V in self.wrong]
        kinds = {w.kind for w in self.judged.wrong.values()}
        for place in places(self.judged.module.tree, self.judged.entry, () if kinds & {"raises", "count"} else positions):
            by = extra.penalty(place)
            waiting += [Candidate(e.cost + by, place, e) for e in self.edits(place, code)]
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
        if len(turns) != 1 or np.shape(value) != np.shape(truth):
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
        except Exception:  # noqa: S110  it is known to raise
            pass
        self.turns[key] = turns
        return turns

    def _backward(self, scope: dict[str, Any], kept: Any, upstream: Any) -> Any:
        from .context import backward

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
        self.runs += 1
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
        turns = self.turns[id(place)]
        values = [evaluated(text, scope) for scope, _ in turns[:2]]
        if values[0] is None and "None" not in text:
            return False
        try:
            mark = tuple(_mark(v) for v in values)
            if mark == tuple(_mark(v) for _, v in turns[:2]) and len(turns) < 3 and "_(" not in text:
                return False
        except (TypeError, ValueError, RuntimeError):
            return True
        seen = self.seen.setdefault(id(place), set())
        if mark in seen:
            return False
        seen.add(mark)
        return True

    def texts(self) -> Iterator[Candidate]:
        """Edits of whole statements: the sign of an assignment, what is indexed on its left."""
        source = self.judged.module.source
        rows = source.splitlines(keepends=True)
        offsets = [0]
        for row in rows:
            offsets.append(offsets[-1] + len(row))
        functions = [f for f in (self.judged.entry.backward, self.judged.entry.setup) if f is not None]
        for statement in (s for f in functions for s in ast.walk(f)):
            if not isinstance(statement, (ast.Assign, ast.AugAssign)):
                continue
            target = statement.targets[-1] if isinstance(statement, ast.Assign) else statement.target
            if isinstance(target, ast.Name) and ast.unparse(statement.value).endswith(".saved_tensors"):
                at = offsets[target.lineno - 1] + target.col_offset + len(target.id)
                slip = Slip(Kind.EXPRESSION, (target.id, f"{target.id},"))
                yield Candidate(1.0, None, None, f"{source[:at]},{source[at:]}", statement.lineno, slip)
            start = offsets[(target.end_lineno or 1) - 1] + (target.end_col_offset or 0)
            end = offsets[statement.value.lineno - 1] + statement.value.col_offset
            between = source[start:end]
            written = between.strip().rstrip("(").strip()
            for other, cost in (("+=", 1.1), ("=", 1.2), ("-=", 1.3), ("*=", 1.6), ("/=", 1.6)):
                if other != written and written in ("=", "+=", "-=", "*=", "/="):
                    new = source[:start] + between.replace(written, other) + source[end:]
                    yield Candidate(cost, None, None, new, statement.lineno, Slip(Kind.ASSIGNMENT, (written, other)))
            if isinstance(target, ast.Subscript):
                old = segment(source, target)
                at = offsets[target.lineno - 1] + target.col_offset
                for text in _targets(source, target):
                    new = source[:at] + text + source[at + len(old) :]
                    yield Candidate(1.2, None, None, new, statement.lineno, Slip(Kind.INDEX, (old, text)))

    def holds(self, candidate: Candidate) -> bool:
        """Whether with an edit everything is right on draws that the search has not seen."""
        source = self.source_of(candidate)
        entry = entry_again(source, self.judged.entry)
        if entry is None:
            return False
        module = opened(source, self.judged.module.name, self.judged.module.folder, self.judged.module.device)
        again = judge_entry(module, entry, self.shapes, self.seed + FRESH)
        return again.is_right and bool(again.passes) and set(again.none) <= set(self.judged.none)

    def source_of(self, candidate: Candidate) -> str:
        """The file with an edit."""
        if candidate.place is None or candidate.edit is None:
            return candidate.source
        source, node = self.judged.module.source, candidate.place.node
        rows = source.splitlines(keepends=True)
        start = sum(map(len, rows[: node.lineno - 1])) + _column(rows[node.lineno - 1], node.col_offset)
        end = sum(map(len, rows[: (node.end_lineno or 1) - 1])) + _column(
            rows[(node.end_lineno or 1) - 1], node.end_col_offset or 0
        )
        return source[:start] + candidate.edit.apply(source[start:end]) + source[end:]


def _column(row: str, column: int) -> int:
    return column if row.isascii() else len(row.encode()[:column].decode(errors="replace"))


def _targets(source: str, target: ast.Subscript) -> Iterator[str]:
    """Other things that the left side of an assignment may index."""
    base = segment(source, target.value)
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    texts = [segment(source, p) for p in parts]
    plain = [t for t, p in zip(texts, parts, strict=True) if not isinstance(p, ast.Slice)]
    if len(plain) < len(texts):
        yield f"{base}[{', '.join(plain)}]"
        for size in dict.fromkeys([*re.findall(r"^\s+(\w+)(?:, \w+)* = .*(?:shape|size)", source, re.MULTILINE), f"{base}.shape[0]"]):
            yield f"{base}[torch.arange({size}), {', '.join(plain)}]"
    if len(texts) == 2:
        yield f"{base}[{texts[1]}, {texts[0]}]"
    if len(texts) == 1 and plain:
        yield f"{base}[:, {texts[0]}]"
    for other in dict.fromkeys(segment(source, n.slice) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Subscript)):
        if other and other != ", ".join(texts):
            yield f"{base}[{other}]"


def _mark(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return (tuple(value.shape), str(value.dtype), value.detach().cpu().contiguous().numpy().tobytes())
    if isinstance(value, (tuple, list)):
        return tuple(_mark(v) for v in value)
    return repr(value)


def repairs(judged: Judged, shapes: Any, seed: int) -> list[Repair]:
    """The wrong lines of a backward pass, each with its right line where one is proved."""
    made: list[Repair] = []
    here = judged
    for _ in range(ROUNDS):
        search = Repairs(here, shapes, seed)
        found = search.found()
        if not found:
            break
        candidate = found[0]
        source = search.source_of(candidate)
        old, new = here.module.source.splitlines(), source.splitlines()
        lines = [n for n, (a, b) in enumerate(zip(old, new, strict=False), start=1) if a != b]
        slip = candidate.slip or (candidate.edit.slip if candidate.edit else None)
        if len(lines) != 1 or len(old) != len(new):
            break
        made.append(Repair(lines[0], slip, new[lines[0] - 1].strip()))
        module: Module = opened(source, here.module.name, here.module.folder, here.module.device)
        entry = entry_again(source, here.entry)
        if entry is None:
            break
        here = judge_entry(module, entry, shapes, seed)
        if here.is_right:
            return made
    if here.wrong:
        made += [Repair(line, V=Vs, note=note) for line, Vs, note in unexplained(here)]
    return made
