"""Slips in the calls of a torch program: another function or dimension, sum for mean, keepdim, a flag."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...explain.edits.expression import Expression
from ...explain.edits.rules import swap
from ...explain.edits.scope import Scope
from ...explain.slips import Edit, Kind

PARTNERS: dict[str, str] = {
    "scatter_": "scatter_add_", "scatter_add_": "scatter_", "scatter": "scatter_add",
    "index_copy_": "index_add_", "index_add_": "index_copy_", "scatter_add": "scatter",
    "repeat": "repeat_interleave", "repeat_interleave": "repeat", "view": "reshape", "reshape": "view",
    "sinh": "tanh cosh", "cosh": "sinh tanh", "softmax": "log_softmax", "log_softmax": "softmax",
    "amax": "amin", "logsumexp": "sum softmax", "add_": "sub_ mul_", "sub_": "add_", "mul_": "div_",
    "div_": "mul_", "cumsum": "cumprod", "sin": "cos", "cos": "sin", "exp": "log expm1", "log": "exp",
    "sqrt": "square rsqrt", "rsqrt": "sqrt reciprocal", "maximum": "minimum", "minimum": "maximum",
    "sigmoid": "tanh logsigmoid", "zeros_like": "ones_like", "ones_like": "zeros_like", "abs": "sign",
    "sign": "abs", "logsigmoid": "sigmoid", "mul": "div", "div": "mul", "add": "sub", "sub": "add",
    "tanh": "sigmoid sinh", "relu": "gelu", "max": "min", "min": "max", "unfold": "fold", "gather": "scatter",
    "bmm": "baddbmm", "index_add": "index_copy", "reciprocal": "rsqrt", "zeros": "ones", "ones": "zeros",
    "tril": "triu", "triu": "tril", "new_zeros": "new_ones", "pow": "mul",
}  # fmt: skip
BY_DIMENSION = {
    "transpose", "swapaxes", "permute", "unsqueeze", "squeeze", "softmax", "log_softmax", "flip",
    "cumsum", "chunk", "split", "flatten", "roll", "cat", "stack", "movedim", "logsumexp", "select",
    "narrow",
}  # fmt: skip
REDUCING = {"sum": ("mean",), "mean": ("sum",), "amax": ("sum",), "var": ("std",), "std": ("var",), "prod": ("sum",)}


def reductions(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """dim and keepdim, sum and mean."""
    if not isinstance(node, ast.Call):
        return
    base, dot, name = x.of(node.func).rpartition(".")
    if name not in REDUCING or not dot:
        return
    text = x.of(node)
    given = [x.of(a) for a in node.args]
    is_function = base == s.np
    inner = s.value(given[0] if is_function and given else base)
    rest = given[1:] if is_function else given
    words = {{"axis": "dim", "keepdims": "keepdim"}.get(k.arg or "", k.arg or ""): x.of(k.value) for k in node.keywords}
    dim = words.pop("dim", rest[0] if len(rest) == 1 else f"({', '.join(rest)})" if rest else "")
    keep, n = words.pop("keepdim", ""), np.ndim(inner)

    def call(name: str, dim: str, keep: str) -> str:
        parts = [*given[: int(is_function)], dim, f"keepdim={keep}" if keep and dim else ""]
        parts += [f"{k}={v}" for k, v in words.items()]
        return f"{base}.{name}({', '.join(p for p in parts if p)})"

    for other in REDUCING[name]:
        yield swap(x, node, call(other, dim, keep), Kind.REDUCTION, (name, other), 1.1)
    dims = [*(str(i) for i in range(n)), *(["-1"] if n > 1 else [])]
    dims += [f"({i}, {j})" for i in range(n) for j in range(i + 1, n)] if n > 2 else []
    dims += [f"({i}, {j}, {k})" for i in range(n) for j in range(i + 1, n) for k in range(j + 1, n)] if n > 3 else []
    for other_dim in dims:
        for k in ("", "True"):
            if (other_dim, k) != (dim, keep):
                new = call(name, other_dim, k)
                cost = 1.15 if k == keep else 1.25
                yield swap(x, node, new, Kind.AXIS, (text, new.replace("dim=", "dim=")), cost)
                for other in REDUCING[name]:
                    yield swap(
                        x, node, call(other, other_dim, k), Kind.REDUCTION, (text, call(other, other_dim, k)), 1.9
                    )
    if dim:
        yield swap(x, node, call(name, "", ""), Kind.AXIS, (text, call(name, "", "")), 1.3)


def functions(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another function or method; keywords left out; arguments that are other numbers or dims."""
    if not isinstance(node, ast.Call):
        return
    text = x.of(node)
    base, dot, name = x.of(node.func).rpartition(".")
    for other in PARTNERS.get(name, "").split():
        yield swap(x, node.func, f"{base}{dot}{other}", Kind.FUNCTION, (name, other), 1.2 if name[-1:] == "_" else 1.45)
    for keyword in node.keywords:
        kept = [*(x.of(a) for a in node.args), *(f"{k.arg}={x.of(k.value)}" for k in node.keywords if k is not keyword)]
        new = f"{x.of(node.func)}({', '.join(kept)})"
        yield swap(x, node, new, Kind.WRAPPED, (text, new), 1.3)
    if name in BY_DIMENSION:
        yield from _dims(x, s, node)
    for argument in node.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, bool):
            yield swap(
                x, argument, str(not argument.value), Kind.EXPRESSION, (x.of(argument), str(not argument.value)), 1.3
            )
            for other, value in _flags(s):
                yield swap(
                    x,
                    argument,
                    other,
                    Kind.EXPRESSION,
                    (x.of(argument), other),
                    1.2 if value != argument.value else 1.35,
                )
    if name in ("view", "reshape") and len(node.args) > 1:
        parts = [x.of(a) for a in node.args]
        for i in range(len(parts)):
            for j in range(i + 1, len(parts)):
                order = parts[:]
                order[i], order[j] = order[j], order[i]
                new = f"{x.of(node.func)}({', '.join(order)})"
                yield swap(x, node, new, Kind.ORDER, (text, new), 1.4)


def _flags(s: Scope) -> Iterator[tuple[str, bool]]:
    for name in (*s.places, *s.values):
        value = s.values.get(name) if name in s.values else attribute(s, name)
        if isinstance(value, bool):
            yield name, value


def attribute(s: Scope, text: str) -> Any:
    """The value of a name or an attribute, whatever it is; None where it has none."""
    try:
        return eval(text, dict(s.values))
    except Exception:  # it may not be there yet
        return None


def _dims(x: Expression, s: Scope, node: ast.Call) -> Iterator[Edit]:
    """Whole numbers among the arguments, which name dimensions."""
    is_method = x.of(node.func).rpartition(".")[0] != s.np
    base = x.of(node.func).rpartition(".")[0] if is_method else x.of(node.args[0]) if node.args else ""
    value = s.value(base)
    n = np.ndim(value) if value is not None else 4
    text = x.of(node)
    for argument in (*node.args, *(k.value for k in node.keywords)):
        number = _integer(argument)
        if number is None:
            continue
        for other in (*range(n), -1, -2):
            if other != number:
                yield swap(x, argument, str(other), Kind.AXIS, (text, x.replaced(argument, str(other))), 1.3)
        for name in (w for w in (*s.places, *s.values) if re.search(r"(?:^|\.)(?:dim|axis)\w*$", w)):
            yield swap(x, argument, name, Kind.AXIS, (x.of(argument), name), 1.2)


def _integer(node: ast.expr) -> int | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if type(value) is int else None


def _ndim(s: Scope, text: str) -> int:
    value = s.value(text)
    return np.ndim(value) if value is not None else 0
