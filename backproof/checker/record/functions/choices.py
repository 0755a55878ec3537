"""Functions that choose, order or place entries of recorded arrays."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .. import tape
from ..arrays import Traced, node_of, plain, result_type, traced
from ..derivatives import fitted
from ..tape import Array, Node
from .general import array_of, moving


def _sorted(a: Any, axis: Any = -1, **_: Any) -> Any:
    order = np.argsort(plain(a), axis=axis, kind="stable")
    return np.take_along_axis(a, order, axis=axis) if axis is not None else np.ravel(a)[np.ravel(order)]


def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    low, high = kwargs.get("min", a_min), kwargs.get("max", a_max)
    value = np.clip(plain(a), plain(low), plain(high))
    above = True if low is None else plain(a) >= plain(low)
    below = True if high is None else plain(a) <= plain(high)
    tape.TAPE.saw("clip_low", above)
    tape.TAPE.saw("clip_high", below)
    inside = np.broadcast_to(np.logical_and(above, below), np.shape(value)).astype(float)
    sides = [(a, inside)]
    sides += [(low, 1.0 - np.broadcast_to(above, inside.shape))] if isinstance(low, Traced) else []
    sides += [(high, 1.0 - np.broadcast_to(below, inside.shape))] if isinstance(high, Traced) else []
    nodes = [(node_of(v), share) for v, share in sides if isinstance(v, Traced)]

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        for node, share in nodes:
            yield node, fitted(gradient * share, node.value.shape)

    made = tape.TAPE.node("clip", np.array(value), tuple(node for node, _ in nodes), pull)
    result = traced(value, made, result_type([a]))
    if out is not None:
        out[...] = result
        return out
    return result


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    if where is True:
        dst[...] = src
    else:
        mask = np.broadcast_to(plain(where), dst.shape)
        dst[mask] = np.broadcast_to(src, dst.shape)[mask] if np.ndim(src) else src


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    index = np.arange(min(a.shape))
    a[index, index] = val


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    moved = np.moveaxis(arr, axis, -1)
    lines = [func1d(moved[index], *args, **kwargs) for index in np.ndindex(*moved.shape[:-1])]
    stacked = array_of(lines)
    shaped = np.reshape(stacked, (*moved.shape[:-1], *np.shape(lines[0])))
    return np.moveaxis(shaped, -1, axis) if np.ndim(lines[0]) else shaped


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    conditions = [np.asarray(plain(c), dtype=bool) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    result = np.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        tape.TAPE.saw("piecewise", condition)
        result[condition] = function(x[condition], *args, **kwargs) if callable(function) else function
    return result


def _where(condition: Any, *both: Any) -> Any:
    condition = plain(condition)
    if not both:
        return np.where(condition)
    tape.TAPE.saw("where", condition)
    x, y = (b if isinstance(b, Traced) else np.asarray(b) for b in both)
    return moving(np.where, (condition, x, y), {})


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, **_: Any) -> Any:
    return np.where(np.isfinite(plain(x)), x, np.nan_to_num(plain(x), nan=nan))


CHOICES: Mapping[str, Callable[..., Any]] = {
    "sort": _sorted,
    "clip": _clip,
    "copyto": _copyto,
    "fill_diagonal": _fill_diagonal,
    "apply_along_axis": _apply_along_axis,
    "piecewise": _piecewise,
    "where": _where,
    "nan_to_num": _nan_to_num,
}
