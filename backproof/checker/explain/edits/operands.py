"""Slips in the operands of a line: another variable, number, index or comparison stands there."""

import ast
from collections.abc import Iterator

import numpy as np

from ..slips import Edit, Kind, Slip
from .expression import Expression, renamed
from .rules import Rule, swap
from .scope import Scope, fits_in, neighbours, role


def comparisons(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A comparison the wrong way round, or one of two that are needed."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    text, left, right = x.of(node), x.of(node.left), x.of(node.comparators[0])
    for symbol, cost in COMPARISONS.get(type(node.ops[0]), ()):
        new = f"{left} {symbol} {right}"
        yield swap(x, node, new, Kind.COMPARISON, (text, new), cost)
    for other in s.conditions:
        if other != text and np.shape(s.value(other)) == np.shape(s.value(text)):
            yield swap(x, node, other, Kind.COMPARISON, (text, other), 1.7)
            yield swap(x, node, f"({text}) & ({other})", Kind.COMPARISON, (text, f"({text}) & ({other})"), 2.1)


COMPARISONS: dict[type[ast.cmpop], tuple[tuple[str, float], ...]] = {
    ast.Gt: (("<", 1.05), (">=", 1.3), ("<=", 1.4)), ast.Lt: ((">", 1.05), ("<=", 1.3), (">=", 1.4)),
    ast.GtE: (("<=", 1.05), (">", 1.3), ("<", 1.1)), ast.LtE: ((">=", 1.05), ("<", 1.3), (">", 1.1)),
    ast.Eq: (("!=", 1.05),), ast.NotEq: (("==", 1.05),),
}  # fmt: skip


def numbers(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another number, or something else where a number stands."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return
    text, n, parent = x.of(node), node.value, x.parents.get(node)
    is_exponent = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow) and parent.right is node
    if isinstance(parent, (ast.Subscript, ast.Slice, ast.Tuple, ast.keyword)):
        return
    near = (n + 1, n - 1, 2 * n, n / 2, 3 * n, 4 * n, 10 * n, n / 10, 0, 1, 2, 3, 0.5, 0.01)
    for new in dict.fromkeys(f"{v:g}" for v in near):
        if new != text and float(new) != float(n):
            kind = Kind.POWER if is_exponent else Kind.NUMBER
            cost = 1.3 if is_exponent or new in ("1", "2") else 1.9 if new.startswith("-") else 1.5
            yield swap(x, node, new, kind, (text, new), cost)
    for other in (*s.sizes, *s.numbers):
        yield swap(x, node, other, Kind.NUMBER, (text, other), 1.35 if other in s.sizes else 1.5)


def indices(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another index: a neighbour, the variable of the loop, the slice that stands elsewhere, another key."""
    if not isinstance(node, ast.Subscript):
        return
    text, base = x.of(node), x.of(node.value)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        old = x.of(part)
        if isinstance(part, ast.Constant) and isinstance(part.value, int):
            for counter in s.counters:
                if counter not in s.sizes:
                    yield swap(x, part, counter, Kind.INDEX, (text, text.replace(old, counter)), 1.2)
        if isinstance(part, ast.Slice):
            yield from _slices(x, s, node, part)
            continue
        for new in neighbours(part, old):
            yield swap(x, part, new, Kind.INDEX, (old, new), 1.15)
        if isinstance(part, ast.Name):
            for other in s.counters:
                if other != old and other not in s.sizes:
                    yield swap(x, part, other, Kind.INDEX, (old, other), 1.3)
    container = s.values.get(base)
    if isinstance(container, dict) and isinstance(node.slice, ast.Constant):
        for key in container:
            if isinstance(key, str) and key != node.slice.value:
                quote = x.of(node.slice)[0]
                yield swap(x, node.slice, f"{quote}{key}{quote}", Kind.INDEX, (text, f"{base}[{key!r}]"), 1.4)
    for other in dict.fromkeys(s.source_of(n.slice) for n in ast.walk(s.tree) if isinstance(n, ast.Subscript)):
        if other != x.of(node.slice) and s.value(f"{base}[{other}]") is not None:
            yield swap(x, node, f"{base}[{other}]", Kind.INDEX, (text, f"{base}[{other}]"), 1.4)
    if len(parts) == 2:
        new = f"{base}[{x.of(parts[1])}, {x.of(parts[0])}]"
        yield swap(x, node, new, Kind.INDEX, (text, new), 1.4)


def _slices(x: Expression, s: Scope, node: ast.Subscript, part: ast.Slice) -> Iterator[Edit]:
    for bound in (part.lower, part.upper):
        if bound is not None:
            old = x.of(bound)
            for new in (f"{old} + 1", f"{old} - 1"):
                yield swap(x, bound, new, Kind.INDEX, (old, new), 1.4)


def names(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """One variable, entry or size for another, here or everywhere in the line."""
    parent = x.parents.get(node)
    is_base = node is getattr(parent, "value", None)
    if not isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)):
        return
    if isinstance(parent, ast.Subscript) and (is_base or not isinstance(node, ast.Name)):
        return
    old = x.of(node)
    value = s.value(old)
    if value is None:
        return
    if old in s.sizes:
        for other in s.sizes:
            if other != old:
                yield swap(x, node, other, Kind.NAME, (old, other), 1.1)
                yield swap(x, node, f"({old} * {other})", Kind.NAME, (old, f"{old} * {other}"), 1.6)
        return
    kind, layer = role(old)
    several = x.text.count(old) > 1 and old.isidentifier()
    for other, V in s.named.items():
        if other == old or not fits_in(V, value):
            continue
        near = (
            (role(other)[0] == kind) * 0.3 + (role(other)[1] == layer) * 0.1 + (np.shape(V) == np.shape(value)) * 0.15
        )
        yield swap(x, node, other, Kind.NAME, (old, other), 1.65 - near)
        if several and np.shape(V) == np.shape(value):
            text = renamed(x.text, {old: other})
            yield Edit(0, len(x.text), text, Slip(Kind.NAME, (old, other)), 1.7 - near)


def calls(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another function of the script, or the same one with the arguments that it is given elsewhere."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
        return
    base, dot, name = x.of(node.func).rpartition(".")
    own = s.functions
    if name not in own:
        return
    given = [*map(x.of, node.args), *(f"{k.arg}={x.of(k.value)}" for k in node.keywords)]
    named = {k.arg for k in node.keywords}
    for other in (n for n in ast.walk(s.tree) if isinstance(n, ast.Call)):
        if ast.unparse(other.func) == x.of(node.func) and len(other.args) >= len(node.args):
            more = [s.source_of(a) for a in other.args[len(node.args) :]]
            more += [f"{k.arg}={s.source_of(k.value)}" for k in other.keywords if k.arg not in named]
            if more:
                new = f"{x.of(node.func)}({', '.join([*given, *more])})"
                yield swap(x, node, new, Kind.FUNCTION, (x.of(node), new), 1.2)
    arity = len(own[name].args.args)
    for other_name, function in own.items():
        if other_name != name and len(function.args.args) == arity and not other_name.startswith("__"):
            yield swap(x, node.func, f"{base}{dot}{other_name}", Kind.FUNCTION, (name, other_name), 1.25)


RULES: tuple[Rule, ...] = (comparisons, numbers, indices, names, calls)
