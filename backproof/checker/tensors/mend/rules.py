"""Slips that torch programs make: dims, keepdim, views, einsum letters, masks, scatter, what is indexed."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...explain.edits import missing, operands, rules
from ...explain.edits.expression import Expression, atom, factor, is_sum
from ...explain.edits.rules import swap
from ...explain.edits.scope import Scope
from ...explain.slips import Edit, Kind, Slip
from . import twin_rules
from .call_rules import attribute, functions, reductions

MOVING = ("t", "transpose", "swapaxes", "permute", "contiguous", "flip", "clone", "expand_as")


def _ndim(s: Scope, text: str) -> int:
    value = s.value(text)
    return np.ndim(value) if value is not None else 0


def transposes(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A transpose missing or too many, in torch's words."""
    text = x.of(node)
    if isinstance(node, ast.Attribute) and node.attr in ("mT", "T"):
        yield swap(x, node, x.of(node.value), Kind.TRANSPOSE, (text, x.of(node.value)), 1.1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MOVING:
        inner = node.func.value
        yield swap(x, node, x.of(inner), Kind.TRANSPOSE, (text, x.of(inner)), 1.15)
        if isinstance(inner, ast.Call) and len(inner.args) == 2 and not inner.keywords:  # rows got mixed
            new = f"{x.of(inner.func)}({x.of(inner.args[1])}, {x.of(inner.args[0])})"
            yield swap(x, node, new, Kind.ORDER, (text, new), 1.3)
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)) or missing.is_key(x, node):
        return
    dims = _ndim(s, text)
    if dims == 2:
        for way in (".t()", ".mT") if ".mT" in s.source else (".t()",):
            yield swap(x, node, f"{atom(text)}{way}", Kind.TRANSPOSE, (text, f"{text}{way}"), 1.15)
    elif dims > 2:
        pairs = [(i, j) for i in range(dims) for j in range(i + 1, dims)]
        for i, j in sorted(pairs, key=lambda p: (p != (1, 2), p != (dims - 2, dims - 1))):
            new = f"{atom(text)}.transpose({i}, {j})"
            yield swap(x, node, new, Kind.TRANSPOSE, (text, new), 1.4)


def einsum(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """One letter of an einsum where another belongs."""
    if not (isinstance(node, ast.Call) and x.of(node.func).endswith("einsum") and node.args):
        return
    first = node.args[0]
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return
    pattern = first.value
    letters = sorted({c for c in pattern if c.isalpha()})
    for place, character in enumerate(pattern):
        for other in letters if character.isalpha() else ():
            if other != character:
                new = pattern[:place] + other + pattern[place + 1 :]
                yield swap(x, first, x.of(first).replace(pattern, new), Kind.INDEX, (pattern, new), 1.4)


def masks(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A mask the other way round, another mask."""
    if missing.is_key(x, node):
        return
    text, known = x.of(node), getattr(s, "masks", {})
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield swap(x, node, x.of(node.operand), Kind.COMPARISON, (text, x.of(node.operand)), 1.05)
    value = s.value(text)
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        if not isinstance(x.parents.get(node), ast.UnaryOp):
            yield swap(x, node, f"~{atom(text)}", Kind.COMPARISON, (text, f"~{atom(text)}"), 1.1)
        for name, V in known.items():
            if name != text and np.shape(V) == np.shape(value):
                yield swap(x, node, name, Kind.COMPARISON, (text, name), 1.15)
    elif value is not None and np.ndim(value) and (node is x.tree or isinstance(x.parents.get(node), ast.BinOp)):
        for name, V in known.items():
            if np.shape(V) == np.shape(value):
                yield swap(x, node, f"{factor(text)} * {name}", Kind.MASK, (name,), 1.35)
                yield swap(x, node, f"{atom(text)}.masked_fill(~{name}, 0.0)", Kind.MASK, (name,), 1.5)


def forms(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """x.exp() for x, 1 / sqrt(D), a number for what is a tensor."""
    text, value = x.of(node), s.value(x.of(node))
    if value is None or missing.is_key(x, node):
        return
    if (
        isinstance(node, (ast.Name, ast.Attribute, ast.Call))
        and np.ndim(value)
        and not isinstance(x.parents.get(node), ast.Attribute)
    ):
        for method in ("exp", "log", "sigmoid", "tanh"):
            cost = 1.4 if f".{method}(" in s.source else 1.7
            new = (
                f"{text}.{method}()"
                if f".{method}()" in s.source or f"{s.np}.{method}(" not in s.source
                else f"{s.np}.{method}({text})"
            )
            yield swap(x, node, new, Kind.FUNCTION, (text, new), cost)
    if node is x.tree or isinstance(x.parents.get(node), (ast.BinOp, ast.Call)):
        for size in s.sizes:
            for root in (f"math.sqrt({size})", f"{size} ** 0.5"):
                if root.startswith("math") == ("math" in s.values):
                    yield swap(x, node, f"{factor(text)} / {root}", Kind.FACTOR_MISSING, (f"1 / {root}",), 1.5)
                    yield swap(x, node, f"{factor(text)} * {root}", Kind.FACTOR_MISSING, (root,), 1.6)
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        for name, V in s.arrays.items():
            if np.ndim(V):
                yield swap(x, node, name, Kind.EXPRESSION, (text, name), 1.5)


def broadcast(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A factor that is missing, with a dimension put in: da / d[:, None], g * w.unsqueeze(-1)."""
    if missing.is_key(x, node) or (node is not x.tree and not isinstance(x.parents.get(node), (ast.BinOp, ast.Call))):
        return
    text, value = x.of(node), s.value(x.of(node))
    n = np.ndim(value) if value is not None else 0
    extra = 0.0 if node is x.tree else 0.3
    for name, V in s.arrays.items() if n else ():
        if 0 < np.ndim(V) < n:
            for index in ("[:, None]", "[..., None]", "[None]", "[:, None, None]"):
                if _fits(V, index, value):
                    for sign in ("*", "/"):
                        new = f"{factor(text)} {sign} {name}{index}"
                        part = f"{name}{index}" if sign == "*" else f"1 / {name}{index}"
                        yield swap(x, node, new, Kind.FACTOR_MISSING, (part,), 1.6 + extra)


def _fits(V: Any, index: str, value: Any) -> bool:
    try:
        grown = eval(f"V{index}", {"V": np.asarray(V)})
        return np.broadcast_shapes(np.shape(grown), np.shape(value)) == np.shape(value)
    except (ValueError, IndexError):
        return False


def order(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Two of the values that are returned exchanged."""
    if node is x.tree and isinstance(node, ast.Tuple) and 2 <= len(node.elts) <= 12:
        parts = [x.of(e) for e in node.elts]
        for i in range(len(parts)):
            for j in range(i + 1, len(parts)):
                swapped = parts[:]
                swapped[i], swapped[j] = swapped[j], swapped[i]
                new = ", ".join(swapped)
                if parts[i] != parts[j]:
                    yield Edit(0, len(x.text), new, Slip(Kind.ORDER, (x.text, new)), 1.0)


def in_words(edit: Edit, s: Scope | None = None) -> Edit:
    """An edit in torch's words; another size, and what is left out, is likelier than what is put in."""
    text = edit.text.replace("keepdims=", "keepdim=").replace("axis=", "dim=")
    cost = edit.cost - {Kind.TOO_MANY: 0.15, Kind.WRAPPED: 0.25}.get(edit.slip.kind, 0.0)
    if s is not None and edit.slip.kind in (Kind.NAME, Kind.EXPRESSION) and set(edit.slip.parts) <= set(s.sizes):
        cost -= 0.35
    return Edit(edit.start, edit.end, text, edit.slip, cost)


def summed(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A sum or a mean that is missing, a sum from the other end, 1 / (1 - p)."""
    text, value = x.of(node), s.value(x.of(node))
    if value is None or missing.is_key(x, node) or isinstance(x.parents.get(node), (ast.Attribute, ast.Subscript)):
        return
    n = np.ndim(value)
    names = [w for w in (*s.places, *s.values) if re.search(r"(?:^|\.)(?:dim|axis)\w*$", w)]
    for name in ("sum", "mean") if n else ():
        for dim in ("-1", *names):
            for keep in (", keepdim=True", ""):
                new = f"{atom(text)}.{name}({dim}{keep})"
                yield swap(x, node, new, Kind.REDUCTION, (text, new), 1.6 if keep else 1.75)
    for dim in ("0", "-1", *names) if n else ():
        new = f"{atom(text)}.flip({dim})"
        yield swap(x, node, new, Kind.ORDER, (text, new), 1.5)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("cum"):
            base, last = x.of(node.func.value), text[len(x.of(node.func.value)) :]
            if not base.endswith(f".flip({dim})"):
                new = f"{base}.flip({dim}){last}.flip({dim})"
                yield swap(x, node, new, Kind.ORDER, (text, new), 1.3)
    if node is x.tree and n:
        for number in s.numbers:
            for form in ("{} / (1.0 - {})", "{} * (1.0 - {})"):
                part = form.format("1", number)
                yield swap(x, node, form.format(factor(text), number), Kind.FACTOR_MISSING, (part,), 1.5)


def scaled(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A whole sum that lacks a factor."""
    if node is x.tree and is_sum(node) and (value := s.value(x.text)) is not None:
        for name, V in s.arrays.items():
            if np.ndim(V) <= np.ndim(value) and _fits(V, "[...]", value):
                for new, part in ((f"{name} * ({x.text})", name), (f"({x.text}) / {name}", f"1 / {name}")):
                    yield Edit(0, len(x.text), new, Slip(Kind.FACTOR_MISSING, (part,)), 1.6)


def counts(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A size where a sum of sizes stands."""
    if isinstance(node, ast.BinOp) and type(attribute(s, x.of(node))) is int:
        for size in s.sizes:
            yield swap(x, node, size, Kind.EXPRESSION, (x.of(node), size), 1.3)


OTHERS = tuple(r for r in rules.RULES if r not in (rules.reductions,))
RULES = (
    order,
    reductions,
    functions,
    transposes,
    einsum,
    masks,
    forms,
    broadcast,
    summed,
    scaled,
    counts,
    *twin_rules.RULES,
    *OTHERS,
    *operands.RULES,
    *missing.RULES,
)


def edits_of(x: Expression, s: Scope, budget: int = 5000) -> list[Edit]:
    """All single edits of an expression, the most usual first, each text once, in torch's words."""
    found: dict[str, Edit] = {}
    for node in x.nodes:
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            continue
        for rule in RULES:
            for edit in rule(x, s, node):
                edit = in_words(edit, s)
                whole = edit.apply(x.text)
                if whole != x.text and (whole not in found or found[whole].cost > edit.cost):
                    found[whole] = edit
    longer = {t: 0.004 * max(len(t) - len(x.text) - 14, 0) for t in found}
    made = [Edit(e.start, e.end, e.text, e.slip, e.cost + longer[t]) for t, e in found.items()]
    return sorted(made, key=lambda e: (e.cost, len(e.text) - (e.end - e.start)))[:budget]
