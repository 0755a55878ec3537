"""Slips of what is missing in a line: a factor, a slope, a term, a mask; what takes its place."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..slips import Edit, Kind, Slip
from .expression import Expression, addend, atom, factor, is_product, is_sum, last_factor, renamed
from .rules import swap
from .scope import Scope, fits_in


def factors(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A number, a size or an array that is missing as a factor of the whole, of one term, or inside a sum."""
    parent = x.parents.get(node)
    is_inside = is_product(parent) or isinstance(node, (ast.Constant, ast.Starred, ast.Slice, ast.Lambda))
    may_be = (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.MatMult)) or _is_last_power(x, node)
    if (is_inside or is_key(x, node)) and not may_be:
        return
    value = s.value(x.of(node))
    if value is None and node is not x.tree:
        return
    if np.ndim(value) == 0 and is_sum(parent):
        value = s.value(x.of(parent))  # type: ignore[arg-type]
    text, extra = x.of(node), 0.0 if node is x.tree else 0.45
    if text in s.sizes:
        return
    kind = Kind.FACTOR_MISSING if node is x.tree else Kind.FACTOR_ON_ONE_TERM
    for f, new, cost in _scaled(s, text):
        yield swap(x, node, new, kind, (f, text), cost + extra)
    if is_sum(node) and node is x.tree:
        return  # its terms come one by one
    for slope, z in s.slopes:
        if _matches(s.value(slope), value):
            yield swap(x, node, f"{factor(text)} * {last_factor(slope)}", Kind.SLOPE_MISSING, (slope, z), 1.05 + extra)
    for name, V in s.arrays.items():
        if fits_in(V, value) and np.ndim(V) <= max(np.ndim(value), 1) and name not in s.numbers and _matches(V, value):
            yield swap(x, node, f"{factor(text)} * {name}", kind, (name, text), 1.6 + extra / 2)
            for form in ("(1 - {})", "(2 * {} - 1)", "{}**2", "{np}.sign({})"):
                f = form.format(name, np=s.np)
                yield swap(x, node, f"{factor(text)} * {f}", kind, (f, text), 1.9 + extra / 2)
            yield swap(x, node, f"{factor(text)} / {name}", kind, (f"1 / {name}", text), 1.9 + extra / 2)


def _is_last_power(x: Expression, node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def is_key(x: Expression, node: ast.AST) -> bool:
    """Whether a node stands in a subscript, in a keyword or as a function's name."""
    while (parent := x.parents.get(node)) is not None:
        if isinstance(parent, (ast.keyword, ast.Slice)) or (isinstance(parent, ast.Subscript) and parent.slice is node):
            return True
        if isinstance(parent, ast.Call) and parent.func is node:
            return True
        if isinstance(parent, ast.Attribute) and isinstance(x.parents.get(parent), ast.Call):
            return x.parents[parent].func is parent and isinstance(node, ast.Name) and node.id in ("np", "numpy")  # type: ignore[attr-defined]
        node = parent
    return False


def _matches(new: Any, old: Any) -> bool:
    if new is None:
        return False
    try:
        return np.broadcast_shapes(np.shape(new), np.shape(old)) == np.shape(old) or old is None
    except ValueError:
        return False


def _scaled(s: Scope, text: str) -> Iterator[tuple[str, str, float]]:
    """A text times the usual numbers: what the factor is, the text, and how usual that is."""
    for size in s.sizes:
        divided, product = f"{factor(text)} / {size}", f"1 / {size} * {factor(text)}"
        yield f"1 / {size}", product if s.prefix else divided, 1.0
        yield size, f"{size} * {factor(text)}", 1.5
    for a in s.sizes:
        for b in s.sizes:
            if a < b:
                yield f"1 / ({a} * {b})", f"{factor(text)} / ({a} * {b})", 1.7
    yield "2", f"2 * {factor(text)}", 1.2
    yield "1 / 2", f"{factor(text)} / 2", 1.25
    for n in ("3", "4"):
        yield n, f"{n} * {factor(text)}", 1.6
    for name in s.numbers:
        yield name, f"{name} * {factor(text)}" if text[:1] != "-" else f"{factor(text)} * {name}", 1.45
        yield f"1 / {name}", f"{factor(text)} / {name}", 1.5
    for name in s.sizes:
        yield f"1 / np.sqrt({name})", f"{factor(text)} / {s.np}.sqrt({name})", 1.5


def slopes(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """The wrong slope: g for g', that of another layer or activation, or a part of it."""
    if not isinstance(node, (ast.Name, ast.Call, ast.BinOp, ast.Compare, ast.Subscript, ast.UnaryOp)) or is_key(
        x, node
    ):
        return
    text, value = x.of(node), s.value(x.of(node))
    if value is None or (not isinstance(value, np.ndarray) and not isinstance(value, np.floating)):
        return
    for slope, z in s.slopes:
        if np.shape(s.value(slope)) != np.shape(value) or slope == text:
            continue
        shared = len(set(_words(slope)) & set(_words(text)))
        yield swap(x, node, slope, Kind.SLOPE, (text, slope, z), 1.2 if shared else 1.5)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield from _last_factors(x, node, slope, z)


def _words(text: str) -> list[str]:
    return [w for w in "".join(c if c.isalnum() or c == "_" else " " for c in text).split() if not w.isdigit()]


def _last_factors(x: Expression, node: ast.BinOp, slope: str, z: str) -> Iterator[Edit]:
    """A slope for the last factors of a product: dA * A * (1 + A) is a product of dA * A and 1 + A."""
    end, part = x.span(node)[1], node.left
    if isinstance(x.parents.get(node), ast.BinOp):
        return
    end += len(x.text[end:]) - len(x.text[end:].lstrip(")")) if x.text[:end].count("(") > x.text[:end].count(")") else 0
    while isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
        start = x.span(part.right)[0]
        while x.text[start - 1 : start] == "(" and x.text[start:end].count("(") < x.text[start:end].count(")"):
            start -= 1
        text = x.text[start:end]
        if text.count("(") == text.count(")"):
            yield Edit(start, end, last_factor(slope), Slip(Kind.SLOPE, (text, slope, z)), 1.25)
        part = part.left


def forms(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another form of an operand: 1 - a for a, a squared, |a|, a name for what is computed again."""
    text, value = x.of(node), s.value(x.of(node))
    parent = x.parents.get(node)
    if value is None or isinstance(node, ast.Constant) or text in s.sizes or is_key(x, node):
        return
    if isinstance(node, (ast.Name, ast.Subscript, ast.Attribute, ast.Call)) and text not in s.counters:
        is_label = isinstance(value, np.ndarray) and bool(np.all((value == 0) | (value == 1)))
        for new, cost in (
            (f"1 - {text}", 1.5),
            (f"2 * {text} - 1", 1.4 if is_label else 1.9),
            (f"1 - {text}**2", 1.8),
            (f"1 + {text}", 1.9),
        ):
            yield swap(x, node, new, Kind.EXPRESSION, (text, new), cost)
        for power in ("2", "3"):
            yield swap(x, node, f"{atom(text)}**{power}", Kind.POWER, (text, f"{text}**{power}"), 1.4)
        for f in ("abs", "tanh", "exp", "sqrt", "sign", "log"):
            if f"{s.np}.{f}(" in s.source or f in ("abs", "sign"):
                yield swap(x, node, f"{s.np}.{f}({text})", Kind.FUNCTION, (text, f"{s.np}.{f}({text})"), 1.75)
        for number in s.numbers:
            if number != text and np.ndim(value) == 0 and text in s.numbers:
                for size in s.sizes:
                    yield swap(x, node, f"{text} / {size}", Kind.FACTOR_ON_ONE_TERM, (f"1 / {size}", text), 1.45)
    if is_sum(node) and x.is_enclosed(node) and not isinstance(parent, ast.Call):
        yield Edit(
            x.span(node)[1] + 1, x.span(node)[1] + 1, "**2", Slip(Kind.POWER, (f"({text})", f"({text})**2")), 1.5
        )
    if isinstance(node, (ast.BinOp, ast.Call, ast.UnaryOp)) and np.ndim(value):
        for name, V in s.arrays.items():
            if np.shape(V) == np.shape(value):
                yield swap(x, node, name, Kind.EXPRESSION, (text, name), 1.75)
    if np.ndim(value) and not isinstance(parent, (ast.Subscript, ast.Attribute)):
        for axis in range(np.ndim(value)):
            for name in ("sum", "mean"):
                for keep in (", keepdims=True", ""):
                    new = f"{s.np}.{name}({text}, axis={axis}{keep})"
                    yield swap(x, node, new, Kind.REDUCTION, (text, new), 1.7 if node is x.tree else 1.95)
        if node is x.tree:
            for new in (f"{s.np}.sum({text})", f"{s.np}.mean({text})"):
                yield swap(x, node, new, Kind.REDUCTION, (text, new), 1.6)
    if (isinstance(node, ast.Call) and np.ndim(value) == 0) or isinstance(node, ast.Constant):
        for size in s.sizes:
            yield swap(x, node, size, Kind.EXPRESSION, (text, size), 1.5)


def counts(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A 1 where the number of entries along an axis belongs, or a size where a call stands."""
    text, value = x.of(node), s.value(x.of(node))
    if isinstance(node, ast.Call) and np.ndim(value) == 0 and value is not None:
        for size in s.sizes:
            yield swap(x, node, size, Kind.EXPRESSION, (text, size), 1.5)
    if isinstance(node, ast.Constant) and node.value == 1 and not is_key(x, node):
        for name, V in s.arrays.items():
            for axis in range(np.ndim(V) if np.ndim(V) >= 2 else 0):
                yield swap(
                    x, node, f"{s.np}.sum({name}, axis={axis})", Kind.EXPRESSION, (text, f"the sum of {name}"), 2.2
                )


def masks(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A mask that is missing."""
    if node is not x.tree and not isinstance(x.parents.get(node), ast.Call):
        return
    text, value = x.of(node), s.value(x.of(node))
    if is_key(x, node) or value is None:
        return
    for condition in s.conditions:
        if np.shape(s.value(condition)) == np.shape(value):
            yield swap(x, node, f"{factor(text)} * ({condition})", Kind.MASK, (condition,), 1.65)


def terms(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A term that is missing: a variable, the L2 term, a mean that is taken away, one like another with other names."""
    if (is_product(x.parents.get(node)) and not x.is_enclosed(node)) or is_key(x, node):
        return
    if is_sum(x.parents.get(node)) or isinstance(node, (ast.Constant, ast.Starred, ast.Slice)):
        return
    text, value = x.of(node), s.value(x.of(node))
    if value is None:
        return
    extra = 0.0 if node is x.tree else 0.3
    found: dict[str, float] = {}
    for name, V in s.arrays.items():
        if np.shape(V) == np.shape(value) and name not in s.numbers:
            found.setdefault(name, 1.6)
            for size in s.sizes:
                found.setdefault(f"{name} / {size}", 1.7)
            for lam in s.numbers:
                for over in ("", *(f" / {size}" for size in s.sizes)):
                    found.setdefault(f"{lam}{over} * {name}", 1.5)
                    found.setdefault(f"2 * {lam}{over} * {name}", 1.75)
    if isinstance(value, np.ndarray) and value.ndim:
        for name in (text, *s.arrays):
            V = s.value(name)
            for axis in range(np.ndim(V)) if np.shape(V) == np.shape(value) else ():
                found.setdefault(f"{s.np}.mean({name}, axis={axis}, keepdims=True)", 1.9)
                found.setdefault(f"{s.np}.sum({name}, axis={axis}, keepdims=True)", 1.9)
    for term in [*_like(x, s)] if node is x.tree else ():
        found.setdefault(term, 1.75)
    for term, cost in found.items():
        for sign in ("+", "-"):
            new = (
                f"{term} - {text[1:].strip()}"
                if text.startswith("-") and sign == "+" and not is_sum(node)
                else f"{text} {sign} {addend(term)}"
            )
            yield swap(x, node, new, Kind.TERM_MISSING, (term if sign == "+" else f"-{addend(term)}",), cost + extra)


def _like(x: Expression, s: Scope) -> Iterator[str]:
    """The terms of a sum with one name replaced."""
    waiting, found = [x.tree], []
    while waiting:
        node = waiting.pop()
        if is_sum(node):
            waiting += [node.left, node.right]  # type: ignore[attr-defined]
        else:
            found.append(node)
    for node in found:
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in s.arrays}
        text = x.of(node.operand if isinstance(node, ast.UnaryOp) else node)
        for old in used:
            for new, V in s.arrays.items():
                if new != old and np.shape(V) == np.shape(s.arrays[old]):
                    yield renamed(text, {old: new})


def jacobians(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """The Jacobian of a softmax taken as diagonal, or without what is taken away."""
    if not is_product(node) or is_product(x.parents.get(node)):
        return
    text, value = x.of(node), s.value(x.of(node))
    if "sum(" in text or "mean(" in text:
        return
    for P, axis in s.shares():
        if np.shape(s.arrays[P]) != np.shape(value):
            continue
        for d, V in s.arrays.items():
            if np.shape(V) == np.shape(value) and d != P and _mentions(text, d) and _mentions(text, P):
                new = f"{P} * ({d} - {s.np}.sum({d} * {P}, axis={axis}, keepdims=True))"
                yield swap(x, node, new, Kind.JACOBIAN, (text, new), 1.3)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text) is not None


RULES = (factors, slopes, forms, counts, masks, terms, jacobians)
