"""Whole terms and whole lines by the chain rule: products of what is in scope, found by the value that is needed."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from ..slips import Edit, Kind, Slip
from ..trial.values import agrees
from .expression import Expression, addend, factor, is_sum, last_factor
from .scope import Scope, is_gradient

NEAR = 1e-9


class Table:
    """Terms that a line may lack, by their values; asked for the term that has a given value."""

    def __init__(self, scope: Scope, shape: tuple[int, ...]) -> None:
        self.scope, self.shape = scope, shape
        self._weights = np.random.default_rng(0).normal(size=int(np.prod(shape, dtype=int)) or 1)

    @cached_property
    def _sorted(self) -> tuple[list[float], list[tuple[float, str, Any]]]:
        rows: dict[str, tuple[float, float, Any]] = {}
        with np.errstate(all="ignore"):
            for text, cost, value in self._terms():
                if np.shape(value) == self.shape and text not in rows:
                    mark = self._mark(value)
                    if np.isfinite(mark):
                        rows[text] = (mark, cost, value)
        order = sorted(rows.items(), key=lambda item: item[1][0])
        return [mark for _, (mark, _, _) in order], [(cost, text, value) for text, (_, cost, value) in order]

    def _mark(self, value: Any) -> float:
        return abs(float(np.dot(np.ravel(value), self._weights)))

    @cached_property
    def _constants(self) -> list[tuple[str, float, float]]:
        """What a term may be multiplied with: how it is written, by how much, and how usual it is."""
        s = self.scope
        found = [("{}", 1.0, 0.0), ("2 * {}", 2.0, 0.2), ("{} / 2", 0.5, 0.25)]
        for size, n in s.sizes.items():
            found.append((f"1 / {size} * {{}}" if s.prefix else f"{{}} / {size}", 1 / n, 0.1))
        for number, v in s.numbers.items():
            if v:
                found += [(f"{{}} / {number}", 1 / v, 0.25), (f"{number} * {{}}", v, 0.25)]
                found += [(f"{number} / {size} * {{}}", v / n, 0.35) for size, n in s.sizes.items()]
        return found + [(f"{{}} / {s.np}.sqrt({size})", n**-0.5, 0.3) for size, n in s.sizes.items()]

    def find(self, value: Any) -> Iterator[tuple[float, str, int]]:
        """The terms of a value, and their signs, the most usual first."""
        if value is None or np.shape(value) != self.shape or not np.any(value):
            return
        value = np.asarray(value, dtype=float)
        marks, rows = self._sorted
        own, found = self._mark(value), []
        for form, by, extra in self._constants:
            mark = own / by if by else 0.0
            at = bisect_left(marks, mark * (1 - NEAR))
            while at < len(marks) and marks[at] <= mark * (1 + NEAR):
                cost, text, there = rows[at]
                at += 1
                for sign in (1, -1):
                    if agrees(sign * by * np.asarray(there), value):
                        found.append((cost + extra, form.format(factor(text)), sign))
        yield from sorted(found)

    def _terms(self) -> Iterator[tuple[str, float, Any]]:
        """Names, products and quotients of two of them, matrix products, their sums, each with g' behind it."""
        slopes = [(slope, self.scope.value(slope)) for slope, _ in self.scope.slopes]
        slopes = [(slope, V) for slope, V in slopes if np.shape(V) == self.shape and V is not None]
        for text, cost, value, is_chain in self._products():
            yield text, cost, value
            if is_chain and np.shape(value) == self.shape:
                for slope, V in slopes:
                    yield f"{factor(text)} * {last_factor(slope)}", cost + 0.15, value * V
        for text, cost in self._textbook():
            yield text, cost, self.scope.value(text)

    def _products(self) -> Iterator[tuple[str, float, Any, bool]]:
        """Products of what is in scope; whether g' may be multiplied with them."""
        s, arrays = self.scope, self.scope.arrays
        for n, V in arrays.items():
            if np.shape(V) == self.shape:
                yield n, 0.3, V, is_gradient(n)
                yield f"{n}**2", 0.9, np.square(V), False
            yield from self._sums(n, V, 0.5)
        for (a, A), (b, B) in product(arrays.items(), repeat=2):
            chain = is_gradient(a) != is_gradient(b)
            cost = 0.5 if chain else 0.85
            dims, shapes = (np.ndim(A), np.ndim(B)), (np.shape(A), np.shape(B))
            if dims == (2, 2) and len(self.shape) == 2:
                for (t, L), (u, R) in product((("", A), (".T", A.T)), (("", B), (".T", B.T))):
                    if L.shape[1] == R.shape[0] and (L.shape[0], R.shape[1]) == self.shape:
                        yield f"{a}{t} @ {b}{u}", cost, L @ R, chain
            elif dims == (1, 1) and shapes[0] + shapes[1] == self.shape:
                yield f"{s.np}.outer({a}, {b})", cost, np.outer(A, B), chain
            elif sum(dims) == 3 and min(dims) == 1 and len(self.shape) == 1:
                for t, L, u, R in ((a, A, b, B), (f"{a}.T", A.T, b, B), (a, A, f"{b}.T", B.T)):
                    if (
                        L.shape[-1] == R.shape[0]
                        and not (t == a + ".T" and dims[0] == 1)
                        and not (u == b + ".T" and dims[1] == 1)
                    ):
                        yield f"{t} @ {u}", cost, L @ R, chain
            if _broadcasts(A, B, self.shape) and a != b:
                if is_gradient(a) or (not is_gradient(b) and a < b):
                    yield f"{a} * {b}", cost, A * B, chain
                yield f"{a} / {b}", cost + 0.3, np.divide(A, B), False
                if is_gradient(a) and not is_gradient(b):
                    yield from self._triples(a, b, A * B)
            if shapes[0] == shapes[1] != self.shape and a <= b:
                yield from self._sums(f"{a} * {b}", A * B, cost + 0.1)

    def _triples(self, a: str, b: str, AB: Any) -> Iterator[tuple[str, float, Any, bool]]:
        """da * b / c and da * b * c."""
        for c, C in self.scope.arrays.items():
            if c not in (a, b) and not is_gradient(c) and np.shape(C) in ((), self.shape):
                yield f"{a} * {b} / {c}", 0.9, np.divide(AB, C), False
                if b < c:
                    yield f"{a} * {b} * {c}", 0.9, AB * C, False

    def _sums(self, text: str, V: Any, cost: float) -> Iterator[tuple[str, float, Any, bool]]:
        """Sums over all entries or along an axis."""
        dims, np_ = np.ndim(V), self.scope.np
        for name, function in (("sum", np.sum), ("mean", np.mean)) if dims else ():
            if self.shape == ():
                yield f"{np_}.{name}({text})", cost, function(V), False
            for axis in range(dims):
                if len(self.shape) == dims and self.shape == (*np.shape(V)[:axis], 1, *np.shape(V)[axis + 1 :]):
                    yield (
                        f"{np_}.{name}({text}, axis={axis}, keepdims=True)",
                        cost,
                        function(V, axis=axis, keepdims=True),
                        False,
                    )
                elif len(self.shape) == dims - 1 and self.shape == (*np.shape(V)[:axis], *np.shape(V)[axis + 1 :]):
                    yield f"{np_}.{name}({text}, axis={axis})", cost, function(V, axis=axis), False

    def _textbook(self) -> Iterator[tuple[str, float]]:
        """a - y, and what cross-entropy has for its derivative; the Jacobian of a softmax."""
        s, arrays = self.scope, self.scope.arrays
        same = [n for n, v in arrays.items() if np.shape(v) == self.shape]
        for a, b in product(same, repeat=2):
            A, B = (np.asarray(arrays[n]) for n in (a, b))
            if a != b:
                yield f"{a} - {b}", 0.55
                if np.all((A > 0) & (A < 1)) and np.all((B >= 0) & (B <= 1)):
                    yield f"-{b} / {a} + (1 - {b}) / (1 - {a})", 0.9
                    yield f"({a} - {b}) / ({a} * (1 - {a}))", 0.95
        for P, axis in s.shares():
            for d in same if np.shape(arrays[P]) == self.shape else ():
                if d != P:
                    yield f"{P} * ({d} - {s.np}.sum({d} * {P}, axis={axis}, keepdims=True))", 0.9


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


def whole(x: Expression, table: Table, truth: Any) -> Iterator[Edit]:
    """A whole line that has the right value."""
    for cost, term, sign in table.find(truth):
        text = term if sign > 0 else f"-{term if not is_sum(Expression(term).tree) else addend(term)}"
        yield Edit(0, len(x.text), text, Slip(Kind.FORMULA, (text,)), 2.0 + cost)


def completed(edit: Edit, x: Expression, table: Table, truth: Any, value: Any) -> Iterator[Edit]:
    """An edit, and the constant or the term that is missing after it."""
    text = edit.apply(x.text)
    for cost, term, sign in (
        table.find(np.asarray(truth) - np.asarray(value)) if np.shape(value) == np.shape(truth) else ()
    ):
        shown = term if sign > 0 else f"-{addend(term)}"
        new = f"{text} {'+' if sign > 0 else '-'} {addend(term)}"
        slip = Slip(edit.slip.kind, edit.slip.parts, Slip(Kind.TERM_MISSING, (shown,)))
        yield Edit(0, len(x.text), new, slip, edit.cost + 1.2 + cost)
    ratio = constant_ratio(truth, value)
    if ratio is None:
        return
    minus = "-" if ratio < 0 else ""
    for name, f in _numbers(table.scope):
        if abs(f - abs(ratio)) <= NEAR * abs(ratio):
            new = f"{minus}{factor(text)} {name}" if name.startswith("/") else f"{minus}{name} * {factor(text)}"
            slip = Slip(
                edit.slip.kind, edit.slip.parts, Slip(Kind.FACTOR_MISSING, (minus + name.replace("/ ", "1 / "),))
            )
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


def _numbers(s: Scope) -> Iterator[tuple[str, float]]:
    """Numbers as a person writes them."""
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
