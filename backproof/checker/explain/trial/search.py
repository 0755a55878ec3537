"""Try edits of one expression of a script: which of them make a claim right on every sample.

Where a claim's value is the value of the expression, an edit is only evaluated, in the scopes in which the expression
was evaluated; elsewhere the script runs again with the edit in it.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any

import numpy as np

from ..edits import missing, operands, rules
from ..edits.expression import Expression
from ..edits.formulas import Table, completed, missing_terms, whole
from ..edits.scope import Scope
from ..slips import Edit, Slip
from .goal import Budget, Goal, runs_right
from .hooks import Key
from .plain import Bench, opened
from .values import agrees, evaluated, is_value, kept, snapshot

SINGLES, PAIRS = 6000, 20_000  # budgets, in edits tried
COMPLETED, PAIRED = 400, 260
MOST_TURNS = 40
USUAL_CALLS = 300  # statements of a run that counts as one


@dataclass
class Turn:
    """One evaluation of the expression: what was in scope, and its value."""

    scope: dict[str, Any]
    value: Any


@dataclass
class Search:
    """The search for an edit of one expression."""

    source: str
    name: str
    node: ast.expr
    text: str
    benches: Sequence[Bench]
    goal: Goal
    budget: Budget
    is_own: bool  # the expression is the claim's own
    turns: dict[int, list[Turn]] = field(default_factory=dict)
    direct: dict[int, list[tuple[int, Any]] | None] = field(default_factory=dict)
    codes: dict[frozenset[int], Any] = field(default_factory=dict)

    def code(self, bench: Bench) -> Any:
        """The script with the expression left open."""
        guarded = frozenset(bench.sample.guarded) - self.goal.free
        if guarded not in self.codes:
            self.codes[guarded] = opened(self.source, self.name, [self.node], guarded)
        return self.codes[guarded]

    def capture(self, number: int) -> list[Turn]:
        """The turns in which the expression was evaluated on a sample, and whether its value is the claim's."""
        if number in self.turns:
            return self.turns[number]
        bench, truths = self.benches[number], self.goal.truths[number]
        turns: list[Turn] = []
        noted: dict[Key, Any] = {}

        def hole(_: int, scope: dict[str, Any], original: Any) -> Any:
            before = snapshot(scope) if len(turns) < MOST_TURNS else {}
            try:
                value = original()
            except Exception:
                value = None
            turns.append(Turn(before, kept(value)))
            return value if value is not None or not truths else kept(next(iter(truths.values())))

        def note(key: Key, value: Any) -> None:
            noted[key] = kept(value)

        with suppress(Exception):  # what the script raises is known
            bench.run(self.code(bench), hole, noted=self.goal.noted, note=note)
        self.turns[number] = turns
        self.direct[number] = self._direct(turns, truths, noted) if self.is_own and len(turns) <= MOST_TURNS else None
        return turns

    def _direct(self, turns: list[Turn], truths: dict[Key, Any], noted: dict[Key, Any]) -> list[tuple[int, Any]] | None:
        """The turns with their right values, where the expression's value is the claim's."""
        found = []
        for key, truth in truths.items():
            if key[1] >= len(turns) or key[0] != self.goal.site:
                return None
            value = turns[key[1]].value
            if value is None and len(turns) == 1:
                found.append((0, truth))
            elif not is_value(value) or key not in noted or not np.array_equal(value, noted[key], equal_nan=True):
                return None
            else:
                found.append((key[1], truth))
        return found or None

    @cached_property
    def scope(self) -> Scope | None:
        """What is in scope in the first turn that has a right value on the first sample."""
        turns = self.capture(0)
        if not turns or not turns[0].scope:
            return None
        program = self.benches[0].program
        return Scope(turns[0].scope, program.tree, program.source, program.sizes, self.goal.unused)

    @cached_property
    def expression(self) -> Expression:
        """The expression as it was written."""
        return Expression(self.text)

    @cached_property
    def singles(self) -> list[Edit]:
        """All single edits, the most usual slips first."""
        if self.scope is None:
            return []
        found: dict[str, Edit] = {}
        for edit in edits_of(self.expression, self.scope, HEADER_RULES if self.goal.in_the_end else RULES):
            text = edit.apply(self.text)
            if text != self.text and (text not in found or found[text].cost > edit.cost):
                found[text] = edit
        long = {text: 0.005 * max(len(text) - len(self.text) - 14, 0) for text in found}
        made = [replace(e, cost=e.cost + long[text]) for text, e in found.items()]
        return sorted(made, key=lambda e: (e.cost, len(e.text) - (e.end - e.start)))[:SINGLES]

    @cached_property
    def combined(self) -> list[Edit]:
        """What the chain rule says: a missing term, the whole line; and edits after which a factor or a term is missing."""  # noqa: E501
        turns, direct = self.capture(0), self.direct[0]
        if self.scope is None or not direct:
            return []
        turn, truth = turns[direct[0][0]], direct[0][1]
        x, table = self.expression, Table(self.scope, np.shape(truth))
        truths = [truth * scale for scale in dict.fromkeys(scales[0] for scales in self.goal.scales)]
        found = [e for t in truths for e in (*missing_terms(x, table, t, turn.value), *whole(x, table, t))]
        for edit in [e for e in self.singles if e.cost < 1.9][:COMPLETED]:
            code = compiled(edit.apply(self.text))
            value = evaluated(code, turn.scope) if code is not None else None
            if is_value(value):
                found += [e for t in truths for e in completed(edit, x, table, t, value)]
        return sorted(found, key=lambda e: e.cost)

    def pairs(self) -> Iterator[Edit]:
        """Two edits at different places, the most usual first."""
        best = [e for e in self.singles if e.cost < 2.0][:PAIRED]
        couples = [(a.cost + b.cost, i, j) for i, a in enumerate(best) for j, b in enumerate(best[:i]) if _apart(a, b)]
        for cost, i, j in sorted(couples)[:PAIRS]:
            first, second = sorted((best[i], best[j]), key=lambda e: e.start)
            text = first.text + self.text[first.end : second.start] + second.text
            slip = Slip(first.slip.kind, first.slip.parts, second.slip)
            yield Edit(first.start, second.end, text, slip, cost)

    def first(self, edits: Iterable[Edit]) -> Edit | None:
        """The first edit with which the claim is right on all samples."""
        return next(self.all(edits), None)

    def all(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """The edits with which the claim is right on all samples, in their order."""
        seen: set[Any] = set()
        for edit in edits:
            text = edit.apply(self.text)
            code = compiled(text)
            if code is not None and self.is_right(code, seen):
                yield edit

    def is_right(self, code: CodeType, seen: set[Any] | None = None) -> bool:
        """Whether the claim is right on all samples with another expression, in one of its conventions."""
        scales = self.goal.scales
        for number in range(len(self.benches)):
            scales = [s for s in scales if self.is_right_on(number, code, s[number], seen if number == 0 else None)]
            if not scales:
                return False
        return True

    def is_right_on(self, number: int, code: CodeType, scale: float = 1.0, seen: set[Any] | None = None) -> bool:
        """Whether the claim is right on one sample with another expression."""
        if not self.goal.truths[number]:
            return True
        turns = self.capture(number)
        if not turns:
            return True  # the line was not reached on this sample
        direct = self.direct[number]
        with np.errstate(all="ignore"):
            if direct is not None:
                return all(agrees(evaluated(code, turns[i].scope), truth * scale) for i, truth in direct)
            if seen is not None and scale == self.goal.scales[0][0]:
                signature = self._signature(code, turns)
                if signature is None or signature in seen:
                    return False
                seen.add(signature)
            return self._runs_right(number, code, scale)

    def _signature(self, code: CodeType, turns: list[Turn]) -> Any:
        """What the values of an expression are in the first and last turns; None where it has none, or its old ones."""
        chosen = turns if len(turns) <= 6 else [*turns[:3], *turns[-3:]]
        values = [evaluated(code, turn.scope) for turn in chosen if turn.scope]
        if any(value is None for value in values):
            return None
        try:
            if self.goal.in_the_end:
                return code  # another condition may differ in a turn that was not reached
            if all(np.array_equal(v, t.value) for v, t in zip(values, chosen, strict=False)):
                return None
            return tuple(
                np.asarray(v).tobytes() + str(np.shape(v)).encode() if is_value(v) else repr(v) for v in values
            )
        except (TypeError, ValueError):
            return repr(values)

    def _runs_right(self, number: int, code: CodeType, scale: float) -> bool:
        if self.budget.runs <= 0:
            return False
        self.budget.runs -= 1 + self.benches[number].calls // USUAL_CALLS
        return runs_right(
            self.benches[number],
            self.code(self.benches[number]),
            self.goal,
            number,
            lambda _, scope, __: eval(code, scope),
            scale,
        )


def _apart(a: Edit, b: Edit) -> bool:
    return a.end < b.start or b.end < a.start


RULES = (*rules.RULES, *operands.RULES, *missing.RULES)
HEADER_RULES = (rules.dropped, rules.operators, *operands.RULES)


def edits_of(expression: Expression, scope: Scope, by: Sequence[rules.Rule] = RULES) -> Iterator[Edit]:
    """All edits by some rules."""
    for node in expression.nodes:
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            continue
        for rule in by:
            yield from rule(expression, scope, node)


@lru_cache(maxsize=50_000)
def compiled(text: str) -> CodeType | None:
    """An expression ready to be evaluated; None where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(f"({text})", "candidate", "eval")
        except (SyntaxError, ValueError):
            return None
