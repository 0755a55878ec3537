"""Slips of structure: a line unlike its twin, one number for a dimension throughout, a view in another order."""

import ast
import re
from collections.abc import Iterator

import numpy as np

from ...explain.edits.expression import Expression, atom, factor, is_sum, names_in, renamed
from ...explain.edits.rules import swap
from ...explain.edits.scope import Scope
from ...explain.slips import Edit, Kind, Slip

VIEWS = ("view", "reshape", "view_as", "reshape_as")


def twins(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """The line of another variable with its letters exchanged: what stands for da stands for db."""
    if node is not x.tree:
        return
    assigned = [
        (n.targets[0].id, s.source_of(n.value))
        for n in ast.walk(s.tree)
        if isinstance(n, ast.Assign) and len(n.targets) == 1 and isinstance(n.targets[0], ast.Name)
    ]
    own = [name for name, text in assigned if text == x.text]
    for mine in own[:1]:
        for other, text in assigned:
            letters = _difference(mine, other)
            if letters is None or text == x.text:
                continue
            names = {w: _exchanged(w, *letters) for w in dict.fromkeys(re.findall(r"[^\W\d]\w*", text))}
            known = {w: new for w, new in names.items() if new != w and (new in s.values or w not in s.values)}
            new = renamed(text, known)
            if known and new != x.text and set(known) & set(names_in(ast.parse(text, mode="eval"))):
                yield Edit(0, len(x.text), new, Slip(Kind.EXPRESSION, (x.text, new)), 1.45)


def _difference(one: str, other: str) -> tuple[str, str] | None:
    """The two letters in which two names of one length differ, in one place."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return pairs[0] if len(one) == len(other) and len(set(pairs)) == 1 else None


def _exchanged(word: str, a: str, b: str) -> str:
    return word.translate(str.maketrans(a + b, b + a))


def throughout(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A number for a dimension in several places of a line, where a variable belongs."""
    if node is not x.tree:
        return
    for number in ("-1", "0", "1"):
        pattern = rf"(?<=[(, ]){re.escape(number)}(?=[,)])"
        if len(re.findall(pattern, x.text)) < 2:
            continue
        for name in (w for w in (*s.places, *s.values) if re.search(r"(?:^|\.)(?:dim|axis)\w*$", w)):
            new = re.sub(pattern, name, x.text)
            yield Edit(0, len(x.text), new, Slip(Kind.AXIS, (x.text, new)), 1.35)


def views(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A view in another order of dimensions, where that of an argument belongs."""
    base, has_view = node, False
    while isinstance(base, ast.Call) and isinstance(base.func, ast.Attribute):
        if base.func.attr in VIEWS:
            has_view, last = True, base.func.value
            break
        base = base.func.value
    if not has_view or isinstance(x.parents.get(node), (ast.Attribute, ast.Call)):
        return
    size = np.size(s.value(x.of(last))) if s.value(x.of(last)) is not None else 0
    for name, V in s.arrays.items():
        if np.ndim(V) > 1 and np.size(V) == size:
            new = f"{x.of(last)}.view_as({name})"
            yield swap(x, node, new, Kind.EXPRESSION, (x.of(node), new), 1.5)


def grown(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A term that is a number for each row, and lacks the factor with the entries of the row."""
    parent = x.parents.get(node)
    if not is_sum(parent) or not isinstance(node, (ast.Call, ast.Name, ast.BinOp)):
        return
    value, whole = s.value(x.of(node)), s.value(x.of(parent))  # type: ignore[arg-type]
    if value is None or whole is None or np.shape(value) == np.shape(whole) or not np.ndim(value):
        return
    for name, V in s.arrays.items():
        if np.shape(V) == np.shape(whole):
            new = f"{name} * {factor(x.of(node))}"
            yield swap(x, node, new, Kind.FACTOR_ON_ONE_TERM, (name, x.of(node)), 1.4)


def activations(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """The slope of silu or gelu where that of a part of it stands."""
    if not isinstance(node, (ast.BinOp, ast.Name, ast.Call)):
        return
    value = s.value(x.of(node))
    if value is None or not np.ndim(value):
        return
    for slope, z in _slopes(s):
        if np.shape(s.value(slope)) == np.shape(value):
            cost = 1.3 if isinstance(node, ast.BinOp) else 1.5
            yield swap(x, node, f"({slope})", Kind.SLOPE, (x.of(node), slope, z), cost)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
                yield from _instead_of_factors(x, node, slope, z)


def _instead_of_factors(x: Expression, node: ast.BinOp, slope: str, z: str) -> Iterator[Edit]:
    """A slope for all factors of a product but the first: dact * sig * (1 - sig)."""
    first: ast.expr = node
    while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult):
        first = first.left
    new = f"{atom(x.of(first))} * ({slope})"
    yield swap(x, node, new, Kind.SLOPE, (x.of(node), slope, z), 1.3)


def _slopes(s: Scope) -> Iterator[tuple[str, str]]:
    """g'(z) of silu in what is in scope, found by values: s = sigmoid(z), a = z s."""
    floats = {n: v for n, v in s.arrays.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f" and v.ndim}
    for z, Z in floats.items():
        with np.errstate(all="ignore"):
            S = 1 / (1 + np.exp(-Z))
        for sig in (n for n, V in floats.items() if V.shape == Z.shape and np.allclose(V, S, rtol=1e-9, atol=0)):
            acts = [n for n, V in floats.items() if V.shape == Z.shape and np.allclose(V, Z * S, rtol=1e-9, atol=0)]
            for act in acts:
                yield f"{sig} + {act} * (1 - {sig})", z
            yield f"{sig} * (1 + {z} * (1 - {sig}))", z


RULES = (twins, throughout, views, grown, activations)
