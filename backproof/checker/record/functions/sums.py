"""Sums, means, norms and extremes of recorded arrays."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .. import tape
from ..arrays import Traced, node_of, plain, result_type, traced
from ..derivatives import FIRST_WINS, Ties
from ..tape import Array, Node
from .general import array_of, numeric


def _sum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = 0, where: Any = True
) -> Any:
    if not isinstance(a, Traced):
        a = array_of(a)
    if where is not True:
        a = np.where(where, a, 0.0)
    keepdims = False if keepdims is np._NoValue else bool(keepdims)
    axis = plain(axis)
    value = np.sum(plain(a), axis=axis, keepdims=keepdims, dtype=dtype)
    node, shape = node_of(a), a.shape

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        yield node, np.array(np.broadcast_to(_expanded(gradient, shape, axis, keepdims), shape))

    made = tape.TAPE.node("sum", np.array(value), (node,), pull)
    total = traced(value, made, result_type([a]))
    return total if initial is np._NoValue or initial == 0 else total + initial


def _expanded(gradient: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Array:
    if axis is None or keepdims:
        return np.reshape(gradient, [1] * len(shape)) if axis is None and not keepdims else gradient
    return np.expand_dims(gradient, axis)


def _count(a: Any, axis: Any) -> int:
    return a.size if axis is None else int(np.prod([a.shape[i] for i in np.atleast_1d(axis)]))


def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Any:
    a = a if isinstance(a, Traced) else array_of(a)
    total = _sum(a, axis, dtype, keepdims)
    return _scaled(total, 1.0 / _count(a, plain(axis)), _count(a, plain(axis)))


def _scaled(total: Any, factor: float, count: int) -> Any:
    """A sum divided by a count."""
    node = node_of(total)
    value = plain(total) / count
    made = tape.TAPE.node("divide", np.array(value), (node,), lambda g: [(node, g * factor)], (count,))
    return traced(value, made, type(total))


def _var(a: Any, axis: Any = None, dtype: Any = None, ddof: int = 0, keepdims: Any = False, **_: Any) -> Any:
    axis = plain(axis)
    centred = a - _mean(a, axis, keepdims=True)
    keepdims = False if keepdims is np._NoValue else bool(keepdims)
    squares = _sum(centred * centred, axis, keepdims=keepdims)
    count = _count(a, axis) - ddof
    return _scaled(squares, 1.0 / count, count)


def _extreme(pick: Callable[..., Array]) -> Callable[..., Any]:
    """max and min along an axis are selections; equal entries share by the rule of the tie."""

    def rule(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
        a = a if isinstance(a, Traced) else array_of(a)
        keepdims = False if keepdims is np._NoValue else bool(keepdims)
        axis = plain(axis)
        values, node = np.array(plain(a)), node_of(a)
        kept = pick(values, axis=axis, keepdims=True)
        value = kept if keepdims else pick(values, axis=axis)

        def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
            chosen = (values == kept).astype(float)
            shares = chosen.sum(axis=axis, keepdims=True)
            if np.any(shares > 1):
                Ties.met = True
                if Ties.winner == FIRST_WINS and not isinstance(axis, tuple):
                    first = np.cumsum(chosen, axis=axis).reshape(chosen.shape) == 1
                    chosen = chosen * first
                    shares = 1.0
            g = _expanded(gradient, values.shape, axis, keepdims)
            yield node, chosen / shares * g

        made = tape.TAPE.node("extreme", np.array(value), (node,), pull)
        return traced(value, made, type(a))

    return rule


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord in (None, 2, "fro") and (ord != 2 or axis is not None or np.ndim(x) == 1):
        return np.sqrt(_sum(x * x, axis, keepdims=keepdims))
    if ord == 1 and (axis is not None or np.ndim(x) == 1):
        return _sum(np.abs(x), axis, keepdims=keepdims)
    return numeric(np.linalg.norm, (x, ord, axis, keepdims), {}, False, False)


def _nan_sum(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
    return _sum(np.where(np.isnan(plain(a)), 0.0, a), axis, keepdims=keepdims)


def _nan_mean(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
    return _nan_sum(a, axis, keepdims) / np.sum(~np.isnan(plain(a)), axis=axis, keepdims=bool(keepdims))


def _average(a: Any, axis: Any = None, weights: Any = None, **_: Any) -> Any:
    return _mean(a, axis) if weights is None else _sum(a * weights, axis) / np.sum(weights)


REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": _sum,
    "maximum": _extreme(np.max),
    "minimum": _extreme(np.min),
    "fmax": _extreme(np.max),
    "fmin": _extreme(np.min),
    "multiply": lambda a, axis=0, keepdims=False: numeric(np.prod, (a, axis), {"keepdims": keepdims}, False, True),
}
SUMS: Mapping[str, Callable[..., Any]] = {
    "sum": _sum,
    "mean": _mean,
    "var": _var,
    "std": lambda *args, **kwargs: np.sqrt(_var(*args, **kwargs)),
    "max": _extreme(np.max),
    "amax": _extreme(np.max),
    "min": _extreme(np.min),
    "amin": _extreme(np.min),
    "norm": _norm,
    "nansum": _nan_sum,
    "nanmean": _nan_mean,
    "average": _average,
    "ptp": lambda a, axis=None, **_: np.max(a, axis=axis) - np.min(a, axis=axis),
}
