"""Whole terms and whole lines by the chain rule: products of what is in scope, found by the value that is needed."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from .expression import Expression, addend, factor, is_sum, last_factor
from .plain import agrees
from .scope import Scope, role
from .slips import Edit, Kind, Slip

NEAR = 1e-9


class Table:
    """Terms that a line may lack, by their values; asked for the term that has a given value."""

    def __init__(self, scope: Scope, shape: tuple[int, ...]) -> None:
        self.scope, self.shape = scope, shape
        self._weights = np.random.default_rng(0).normal(size=int(np.prod(shape, dtype=int)) or 1)

    @cached_property
    def _sorted(self) -> tuple[list[float], list[tuple[float, str, Any]]]:
        rows: dict[str, tuple[float, float, Any]] = {}
        for text, cost in self._terms():
            value = self.scope.value(text)
            if np.shape(value) == self.shape and value is not None and np.isfinite(value).all() and text not in rows:
                rows[text] = (self._mark(value), cost, value)
        order = sorted(rows.items(), key=lambda item: item[1][0])
        return [mark for _, (mark, _, _) in order], [(cost, text, value) for text, (_, cost, value) in order]

    def _mark(self, value: Any) -> float:
        return abs(float(np.dot(np.ravel(np.asarray(value, dtype=float)), self._weights)))

    def find(self, value: Any) -> Iterator[tuple[float, str, int]]:
        """The terms of a value, and their signs, the most usual first."""
        if value is None or np.shape(value) != self.shape or not np.any(value):
            return
        marks, rows = self._sorted
        mark = self._mark(value)
        at = bisect_left(marks, mark * (1 - NEAR))
        found = []
        while at < len(marks) and marks[at] <= mark * (1 + NEAR):
            cost, text, there = rows[at]
            for sign in (1, -1):
                if agrees(sign * np.asarray(there), value):
                    found.append((cost, text, sign))
            at += 1
        yield from sorted(found)

    def _terms(self) -> Iterator[tuple[str, float]]:
        """Names, products and quotients of two of them, matrix products, their sums, each with g', each over a size."""
        s = self.scope
        for text, cost in self._products():
            yield text, cost
            if np.shape(s.value(text)) != self.shape:
                continue
            for size in s.sizes:
                yield (f"1 / {size} * {text}" if s.prefix else f"{text} / {size}"), cost + 0.1
            for number in s.numbers:
                yield f"{text} / {number}", cost + 0.25
                yield f"{number} * {text}", cost + 0.25
            for slope, _ in s.slopes:
                if np.shape(s.value(slope)) == self.shape and slope != text:
                    yield f"{text} * {last_factor(slope)}", cost + 0.15
            yield f"2 * {text}", cost + 0.2
            yield f"{factor(text)} / 2", cost + 0.25

    def _products(self) -> Iterator[tuple[str, float]]:
        s, arrays = self.scope, {n: v for n, v in self.scope.arrays.items()}
        for n, v in arrays.items():
            if np.shape(v) == self.shape:
                yield n, 0.3
        for (a, A), (b, B) in product(arrays.items(), repeat=2):
            near = 0.0 if _is_gradient(a) != _is_gradient(b) else 0.35
            if np.ndim(A) == np.ndim(B) == 2 and len(self.shape) == 2:
                for s1, left in (("", np.shape(A)), (".T", np.shape(A)[::-1])):
                    for s2, right in (("", np.shape(B)), (".T", np.shape(B)[::-1])):
                        if left[1] == right[0] and (left[0], right[1]) == self.shape:
                            yield f"{a}{s1} @ {b}{s2}", 0.5 + near
            elif np.ndim(A) == np.ndim(B) == 1 and np.shape(A) + np.shape(B) == self.shape:
                yield f"{s.np}.outer({a}, {b})", 0.5 + near
            elif np.ndim(A) + np.ndim(B) == 3 and len(self.shape) == 1:
                yield f"{a} @ {b}", 0.5 + near
                yield f"{a}.T @ {b}" if np.ndim(A) == 2 else f"{a} @ {b}.T", 0.5 + near
            if _broadcasts(A, B, self.shape):
                if a <= b or _is_gradient(a):
                    yield f"{a} * {b}", 0.5 + near
                yield f"{a} / {b}", 0.8 + near
                yield from self._triples(a, b, A, B)
            if a <= b and self.shape != np.shape(A) == np.shape(B) and len(self.shape) in (0, np.ndim(A) - 1, np.ndim(A)):
                yield from self._sums(f"{a} * {b}", np.ndim(A), 0.6 + near)
        for n, v in arrays.items():
            yield from self._sums(n, np.ndim(v), 0.5)
        yield from self._textbook(arrays)

    def _triples(self, a: str, b: str, A: Any, B: Any) -> Iterator[tuple[str, float]]:
        """da * b / c, da * b * c with a gradient in front."""
        s = self.scope
        if not _is_gradient(a) or _is_gradient(b):
            return
        for c, C in s.arrays.items():
            if c not in (a, b) and not _is_gradient(c) and _broadcasts(A, C, self.shape) and np.shape(C) in ((), self.shape):
                yield f"{a} * {b} / {c}", 0.9
                if b < c:
                    yield f"{a} * {b} * {c}", 0.9
        yield f"{a} * {b}**2", 0.9
        yield f"2 * {a} * {b}", 0.8

    def _sums(self, text: str, dims: int, cost: float) -> Iterator[tuple[str, float]]:
        for name in ("sum", "mean"):
            if self.shape == ():
                yield f"{self.scope.np}.{name}({text})", cost
            for axis in range(dims):
                yield f"{self.scope.np}.{name}({text}, axis={axis}, keepdims=True)", cost + 0.1
                yield f"{self.scope.np}.{name}({text}, axis={axis})", cost + 0.1

    def _textbook(self, arrays: dict[str, Any]) -> Iterator[tuple[str, float]]:
        """a - y, and what cross-entropy has for its derivative; the Jacobian of a softmax."""
        s = self.scope
        same = [n for n, v in arrays.items() if np.shape(v) == self.shape]
        for a, b in product(same, repeat=2):
            if a != b:
                yield f"{a} - {b}", 0.55
                A, B = (np.asarray(arrays[n]) for n in (a, b))
                if np.all((A > 0) & (A < 1)) and np.all((B >= 0) & (B <= 1)):
                    yield f"-{b} / {a} + (1 - {b}) / (1 - {a})", 0.9
                    yield f"({a} - {b}) / ({a} * (1 - {a}))", 0.95
        for P, axis in s.shares():
            for d in same:
                if d != P and np.shape(arrays[P]) == self.shape:
                    yield f"{P} * ({d} - {s.np}.sum({d} * {P}, axis={axis}, keepdims=True))", 0.9


def _is_gradient(name: str) -> bool:
    return name[:1] == "d" and len(name) > 1 or name[:2].lower() == "gr" or (name[:1] == "g" and not role(name)[1])


def _broadcasts(A: Any, B: Any, shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(np.shape(A), np.shape(B)) == shape
    except ValueError:
        return False


def missing_terms(x: Expression, table: Table, truth: Any, value: Any) -> Iterator[Edit]:
    """The expression with the term that its value lacks."""
    if np.shape(value) != np.shape(truth) or value is None:
        return
    for cost, term, sign in table.find(np.asarray(truth) - np.asarray(value)):
        shown = term if sign > 0 else f"-{addend(term)}"
        text = f"{x.text} {'+' if sign > 0 else '-'} {addend(term)}"
        yield Edit(0, len(x.text), text, Slip(Kind.TERM_MISSING, (shown,)), 1.2 + cost)
        inner = _common(x, table, truth, value, term, sign)
        if inner is not None:
            yield inner


def _common(x: Expression, table: Table, truth: Any, value: Any, term: str, sign: int) -> Edit | None:
    return None


def whole(x: Expression, table: Table, truth: Any) -> Iterator[Edit]:
    """A whole line that has the right value."""
    for cost, term, sign in table.find(truth):
        text = term if sign > 0 else f"-{term if not is_sum(Expression(term).tree) else addend(term)}"
        yield Edit(0, len(x.text), text, Slip(Kind.FORMULA, (text,)), 2.0 + cost)


def completed(edit: Edit, x: Expression, table: Table, truth: Any, value: Any) -> Iterator[Edit]:
    """An edit, and the constant or the term that is missing after it."""
    text = edit.apply(x.text)
    for cost, term, sign in table.find(np.asarray(truth) - np.asarray(value)) if np.shape(value) == np.shape(truth) else ():
        shown = term if sign > 0 else f"-{addend(term)}"
        new = f"{text} {'+' if sign > 0 else '-'} {addend(term)}"
        slip = Slip(edit.slip.kind, edit.slip.parts, Slip(Kind.TERM_MISSING, (shown,)))
        yield Edit(0, len(x.text), new, slip, edit.cost + 1.2 + cost)
    ratio = constant_ratio(truth, value)
    for name, f in _constants(table.scope) if ratio is not None else ():
        if abs(f - abs(ratio)) <= NEAR * abs(ratio):
            sign = "-" if ratio < 0 else ""
            new = f"{sign}{name} * {factor(text)}" if not name.startswith("/") else f"{sign}{factor(text)} {name}"
            slip = Slip(edit.slip.kind, edit.slip.parts, Slip(Kind.FACTOR_MISSING, (sign + name.replace("/ ", "1 / "),)))
            yield Edit(0, len(x.text), new, slip, edit.cost + 1.1)


def constant_ratio(truth: Any, value: Any) -> float | None:
    """The number that a value must be multiplied with; None where there is no such number."""
    if value is None or np.shape(value) != np.shape(truth) or np.iscomplexobj(value):
        return None
    v, t = np.ravel(np.asarray(value, dtype=float)), np.ravel(np.asarray(truth, dtype=float))
    if not np.isfinite(v).all() or not v.any() or not t.any():
        return None
    c = float(np.dot(v, t) / np.dot(v, v))
    return c if c and np.linalg.norm(c * v - t) <= 1e-8 * np.linalg.norm(t) else None


def _constants(s: Scope) -> Iterator[tuple[str, float]]:
    """Numbers as a person writes them."""
    yield "", 1.0
    for size, n in s.sizes.items():
        yield f"1 / {size}" if s.prefix else f"/ {size}", 1 / n
        yield size, float(n)
    for a, b in product(s.sizes, repeat=2):
        if a < b:
            yield f"/ ({a} * {b})", 1 / (s.sizes[a] * s.sizes[b])
    yield from (("2", 2.0), ("/ 2", 0.5), ("3", 3.0), ("4", 4.0))
    for name, v in s.numbers.items():
        if v > 0:
            yield name, v
            yield f"/ {name}", 1 / v
