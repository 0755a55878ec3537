"""NumPy's functions on recorded arrays: how each moves, sums or multiplies what it is given.

A function that only moves entries is known by moving their numbers; a few have a rule of their own; of any other the
derivative is found numerically.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import arrays
from .arrays import Traced, as_view, call_ufunc, leaf, node_of, plain, result_type, traced, write
from .derivatives import COMPARISONS, fitted, pulled_back
from .tape import Array, Node

MOVING = {
    "concatenate",
    "stack",
    "vstack",
    "hstack",
    "dstack",
    "column_stack",
    "row_stack",
    "reshape",
    "ravel",
    "transpose",
    "swapaxes",
    "moveaxis",
    "rollaxis",
    "expand_dims",
    "squeeze",
    "broadcast_to",
    "broadcast_arrays",
    "repeat",
    "tile",
    "roll",
    "flip",
    "fliplr",
    "flipud",
    "rot90",
    "pad",
    "take",
    "take_along_axis",
    "diag",
    "diagflat",
    "diagonal",
    "tril",
    "triu",
    "split",
    "array_split",
    "hsplit",
    "vsplit",
    "dsplit",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "delete",
    "insert",
    "append",
    "block",
    "resize",
    "compress",
    "extract",
    "choose",
    "select",
    "where",
    "copy",
    "unstack",
    "matrix_transpose",
    "permute_dims",
    "asfortranarray",
    "ascontiguousarray",
    "require",
    "trim_zeros",
}
LINEAR = {
    "convolve",
    "kron",
    "outer",
    "cross",
    "tensordot",
    "vdot",
    "inner",
    "einsum",
    "trace",
    "diff",
    "ediff1d",
    "cumsum",
    "nancumsum",
}
ANALYTIC = {
    "prod",
    "cumprod",
    "inv",
    "det",
    "solve",
    "matrix_power",
    "multi_dot",
    "polyval",
    "vander",
    "tensorinv",
    "tensorsolve",
}
FREE = {
    "argmax",
    "argmin",
    "argsort",
    "argwhere",
    "nonzero",
    "flatnonzero",
    "searchsorted",
    "count_nonzero",
    "unique",
    "array_equal",
    "allclose",
    "isclose",
    "shape",
    "ndim",
    "size",
    "iscomplexobj",
    "isrealobj",
    "may_share_memory",
    "shares_memory",
    "array_repr",
    "array_str",
    "array2string",
    "result_type",
    "can_cast",
    "min_scalar_type",
    "unravel_index",
    "ravel_multi_index",
    "histogram",
    "bincount",
    "digitize",
    "isin",
    "in1d",
    "savetxt",
    "save",
    "savez",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "lexsort",
    "argpartition",
    "all",
    "any",
    "nanargmax",
    "nanargmin",
    "set_printoptions",
    "assert_allclose",
    "array_equiv",
    "isneginf",
    "isposinf",
    "isreal",
    "iscomplex",
    "common_type",
}
MARK = 2.0**40  # entries are numbered from here, where no constant of a script is


def call_function(func: Any, args: Any, kwargs: Any) -> Any:
    """Any function of NumPy, on arrays of which at least one is traced."""
    name = func.__name__
    out = kwargs.pop("out", None) if name not in FREE else None
    if out is not None:
        result = call_function(func, args, kwargs)
        target = out[0] if isinstance(out, tuple) else out
        target[...] = result
        return target
    rule = RULES.get(name)
    if rule is not None:
        return rule(*args, **kwargs)
    if name in FREE:
        return _free(name, func(*plain(list(args)), **plain(kwargs)))
    if name in MOVING:
        return _moved(func, args, kwargs)
    return _numeric(func, args, kwargs, name in LINEAR, name in ANALYTIC)


def _free(name: str, result: Any) -> Any:
    """A result that no derivative flows through; new arrays are traced, since a script may write into them."""
    if name.endswith("_like") and result.dtype.kind in "fiu":
        array = result.view(Traced)
        leaf(array)
        return array
    return result


def leaves_in(value: Any) -> Iterator[Traced]:
    """All traced arrays in an argument, in lists and tuples too."""
    if isinstance(value, Traced):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from leaves_in(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from leaves_in(part)


def replaced(value: Any, by: Callable[[Traced], Any]) -> Any:
    """An argument with every traced array replaced."""
    if isinstance(value, Traced):
        return by(value)
    if isinstance(value, (list, tuple)):
        parts = [replaced(part, by) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        return {key: replaced(part, by) for key, part in value.items()}
    return value


def _moved(func: Any, args: Any, kwargs: Any) -> Any:
    """A function that moves entries: of which one each entry of the result is, is told by moving their numbers."""
    sources = list(leaves_in([args, kwargs]))
    result = func(*plain(list(args)), **plain(kwargs))
    if isinstance(result, np.ndarray) and len(sources) == 1:
        buffer = sources[0]._buffer
        if buffer is not None and buffer.holds(result) and result.ndim:
            return as_view(result, buffer, result_type(sources))
    nodes = [node_of(source) for source in sources]
    starts = np.cumsum([0, *(source.size for source in sources)])
    numbering = {id(s): _numbers(s, float(start)) for s, start in zip(sources, starts, strict=False)}
    numbers = func(*replaced(list(args), lambda s: numbering[id(s)]), **replaced(kwargs, lambda s: numbering[id(s)]))
    if isinstance(result, (list, tuple)):
        parts = zip(result, numbers, strict=True)
        return type(result)(_gathered(r, n, nodes, starts, sources) for r, n in parts)
    return _gathered(result, numbers, nodes, starts, sources)


def _numbers(source: Traced, start: float) -> Array:
    return MARK + start + np.arange(source.size, dtype=float).reshape(source.shape)


def _gathered(result: Array, numbers: Array, nodes: list[Node], starts: Array, sources: Sequence[Traced]) -> Any:
    """A result of which each entry is one of the sources' or a constant."""
    where = np.asarray(numbers, dtype=float) - MARK
    sizes = [node.value.size for node in nodes]
    taken = [(where >= start) & (where < start + size) for start, size in zip(starts, sizes, strict=False)]
    used = [(node, start, mask) for node, start, mask in zip(nodes, starts, taken, strict=False) if mask.any()]
    result = np.asarray(result)

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        gradient = np.broadcast_to(gradient, where.shape)
        for node, start, mask in used:
            spread = np.bincount((where[mask] - start).astype(np.intp), gradient[mask], node.value.size)
            yield node, spread.reshape(node.value.shape)

    parents = tuple(node for node, _, _ in used)
    return traced(result, arrays.TAPE.node("moved", np.array(result), parents, pull), result_type(sources))


def _numeric(func: Any, args: Any, kwargs: Any, linear: bool, analytic: bool) -> Any:
    """Any other function: its derivative is found numerically, when it is asked for."""
    sources = [s for s in leaves_in([args, kwargs]) if s.dtype.kind in "fiu"]
    result = func(*plain(list(args)), **plain(kwargs))
    if not isinstance(result, (np.ndarray, np.generic, float)) or np.asarray(result).dtype.kind not in "f":
        return result
    nodes = [node_of(source) for source in sources]
    values = [np.array(plain(source)) for source in sources]

    def called_with(chosen: list[Array]) -> Array:
        following = iter(chosen)

        def take(source: Traced) -> Any:
            return next(following) if source.dtype.kind in "fiu" else plain(source)

        return func(*replaced(list(args), take), **replaced(kwargs, take))

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        for i, node in enumerate(nodes):

            def of_one(x: Array, i: int = i) -> Array:
                return called_with([*values[:i], x, *values[i + 1 :]])

            yield node, pulled_back(of_one, values[i], gradient, linear, analytic)

    node = arrays.TAPE.node(func.__name__, np.array(result), tuple(nodes), pull)
    return traced(result, node, result_type(sources))


def ufunc_method(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """reduce, accumulate, outer and at of an elementwise function; and the matrix product."""
    name = ufunc.__name__
    out = kwargs.pop("out", None)
    if method == "at":
        target, key, *value = inputs
        if name == "add":
            write(target, plain(key), value[0], add=True)
        elif name == "subtract":
            write(target, plain(key), -value[0], add=True)
        else:
            ufunc.at(plain(target), plain(key), *plain(value))
        return None
    result = _ufunc_result(ufunc, name, method, inputs, kwargs)
    if out is None or out[0] is None:
        return result
    out[0][...] = result
    return out[0]


def _ufunc_result(ufunc: Any, name: str, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    if method == "__call__":
        return RULES.get(name, _matmul)(*inputs)
    if method == "outer":
        a, b = inputs
        return (
            call_ufunc(ufunc, (a[(..., *[None] * np.ndim(b))], b), {}) if np.ndim(a) else call_ufunc(ufunc, (a, b), {})
        )
    if method == "reduce" and name in REDUCTIONS:
        array, *rest = inputs
        options = {"axis": kwargs.get("axis", rest[0] if rest else 0), "keepdims": kwargs.get("keepdims", False)}
        return REDUCTIONS[name](array, **options)
    if (method == "reduce" and name in ("logical_and", "logical_or")) or name in COMPARISONS:
        return getattr(ufunc, method)(*plain(list(inputs)), **plain(kwargs))
    return _numeric(getattr(ufunc, method), inputs, kwargs, name == "add", name == "multiply")


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

    made = arrays.TAPE.node("sum", np.array(value), (node,), pull)
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
    made = arrays.TAPE.node("divide", np.array(value), (node,), lambda g: [(node, g * factor)], (count,))
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
        from .derivatives import FIRST_WINS, Ties

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

        made = arrays.TAPE.node("extreme", np.array(value), (node,), pull)
        return traced(value, made, type(a))

    return rule


def _sorted(a: Any, axis: Any = -1, **_: Any) -> Any:
    order = np.argsort(plain(a), axis=axis, kind="stable")
    return np.take_along_axis(a, order, axis=axis) if axis is not None else np.ravel(a)[np.ravel(order)]


def _matmul(a: Any, b: Any, **_: Any) -> Any:
    """The matrix product, of vectors and stacks too."""
    x, y = np.asarray(plain(a)), np.asarray(plain(b))
    value = np.matmul(x, y)
    left, right = (node_of(v) if isinstance(v, Traced) else None for v in (a, b))
    x, y = x.copy(), y.copy()

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        g = np.asarray(gradient)
        rows = x if x.ndim > 1 else x[None, :]
        columns = y if y.ndim > 1 else y[:, None]
        if x.ndim == 1:
            g = np.expand_dims(g, -1 if y.ndim == 1 else -2)
        if y.ndim == 1:
            g = np.expand_dims(g, -1)
        if left is not None:
            yield left, fitted(g @ np.swapaxes(columns, -1, -2), rows.shape).reshape(x.shape)
        if right is not None:
            yield right, fitted(np.swapaxes(rows, -1, -2) @ g, columns.shape).reshape(y.shape)

    parents = tuple(node for node in (left, right) if node is not None)
    constants = tuple(v for v, node in ((x, left), (y, right)) if node is None)
    return traced(value, arrays.TAPE.node("matmul", np.array(value), parents, pull, constants), result_type([a, b]))


def _dot(a: Any, b: Any, out: Any = None) -> Any:
    """np.dot is a product with numbers, the matrix product of matrices, and a tensor product beyond."""
    x, y = np.ndim(a), np.ndim(b)
    if x == 0 or y == 0:
        result = np.multiply(a, b)
    elif x <= 2 and y <= 2:
        result = _matmul(a, b)
    else:
        result = _numeric(np.dot, (a, b), {}, True, False)
    if out is not None:
        out[...] = result
        return out
    return result


def _einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    return _numeric(np.einsum, (subscripts, *operands), kwargs, True, False)


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    result = np.ravel(a)[:, None] * np.ravel(b)[None, :]
    if out is not None:
        out[...] = result
        return out
    return result


def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    low, high = kwargs.get("min", a_min), kwargs.get("max", a_max)
    value = np.clip(plain(a), plain(low), plain(high))
    above = True if low is None else plain(a) >= plain(low)
    below = True if high is None else plain(a) <= plain(high)
    arrays.TAPE.saw("clip_low", above)
    arrays.TAPE.saw("clip_high", below)
    inside = np.broadcast_to(np.logical_and(above, below), np.shape(value)).astype(float)
    sides = [(a, inside)]
    sides += [(low, 1.0 - np.broadcast_to(above, inside.shape))] if isinstance(low, Traced) else []
    sides += [(high, 1.0 - np.broadcast_to(below, inside.shape))] if isinstance(high, Traced) else []
    nodes = [(node_of(v), share) for v, share in sides if isinstance(v, Traced)]

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        for node, share in nodes:
            yield node, fitted(gradient * share, node.value.shape)

    made = arrays.TAPE.node("clip", np.array(value), tuple(node for node, _ in nodes), pull)
    result = traced(value, made, result_type([a]))
    if out is not None:
        out[...] = result
        return out
    return result


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord in (None, 2, "fro") and (ord != 2 or axis is not None or np.ndim(x) == 1):
        return np.sqrt(_sum(x * x, axis, keepdims=keepdims))
    if ord == 1 and (axis is not None or np.ndim(x) == 1):
        return _sum(np.abs(x), axis, keepdims=keepdims)
    return _numeric(np.linalg.norm, (x, ord, axis, keepdims), {}, False, False)


def _slogdet(a: Any) -> Any:
    sign, value = np.linalg.slogdet(plain(a))
    node = node_of(a)

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        yield node, np.asarray(gradient)[..., None, None] * np.swapaxes(np.linalg.inv(node.value), -1, -2)

    made = arrays.TAPE.node("slogdet", np.array(value), (node,), pull)
    return sign, traced(value, made)


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    if where is True:
        dst[...] = src
    else:
        mask = np.broadcast_to(plain(where), dst.shape)
        dst[mask] = np.broadcast_to(src, dst.shape)[mask] if np.ndim(src) else src


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    index = np.arange(min(a.shape))
    a[index, index] = val


def _nan_sum(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
    return _sum(np.where(np.isnan(plain(a)), 0.0, a), axis, keepdims=keepdims)


def _nan_mean(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
    return _nan_sum(a, axis, keepdims) / np.sum(~np.isnan(plain(a)), axis=axis, keepdims=bool(keepdims))


def _average(a: Any, axis: Any = None, weights: Any = None, **_: Any) -> Any:
    return _mean(a, axis) if weights is None else _sum(a * weights, axis) / np.sum(weights)


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
        arrays.TAPE.saw("piecewise", condition)
        result[condition] = function(x[condition], *args, **kwargs) if callable(function) else function
    return result


def _where(condition: Any, *both: Any) -> Any:
    condition = plain(condition)
    if not both:
        return np.where(condition)
    arrays.TAPE.saw("where", condition)
    x, y = (b if isinstance(b, Traced) else np.asarray(b) for b in both)
    return _moved(np.where, (condition, x, y), {})


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, **_: Any) -> Any:
    return np.where(np.isfinite(plain(x)), x, np.nan_to_num(plain(x), nan=nan))


def _reciprocal_of(name: str) -> Callable[..., Any]:
    return lambda *args, **kwargs: _numeric(getattr(np, name), args, kwargs, False, False)


def array_of(value: Any, dtype: Any = None, kind: type = Traced) -> Any:
    """np.array of anything: nested lists of traced numbers and arrays become one traced array."""
    if isinstance(value, Traced):
        made = value.copy()
        return made if dtype is None else made.astype(dtype)
    if not any(True for _ in leaves_in(value if isinstance(value, (list, tuple)) else [])):
        array = np.array(plain(value), dtype=dtype)
        if array.dtype.kind not in "fiu":
            return array
        made = np.ascontiguousarray(array).reshape(array.shape).view(kind)  # type: ignore[assignment]
        leaf(made)
        return made
    made = _moved(lambda v: np.array(v, dtype=float), (value,), {})
    return made if dtype is None or made.dtype == dtype else made.astype(dtype)


REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": _sum,
    "maximum": _extreme(np.max),
    "minimum": _extreme(np.min),
    "fmax": _extreme(np.max),
    "fmin": _extreme(np.min),
    "multiply": lambda a, axis=0, keepdims=False: _numeric(np.prod, (a, axis), {"keepdims": keepdims}, False, True),
}
RULES: Mapping[str, Callable[..., Any]] = {
    "sum": _sum,
    "mean": _mean,
    "var": _var,
    "std": lambda *args, **kwargs: np.sqrt(_var(*args, **kwargs)),
    "max": _extreme(np.max),
    "amax": _extreme(np.max),
    "min": _extreme(np.min),
    "amin": _extreme(np.min),
    "sort": _sorted,
    "matmul": _matmul,
    "dot": _dot,
    "einsum": _einsum,
    "outer": _outer,
    "clip": _clip,
    "norm": _norm,
    "slogdet": _slogdet,
    "copyto": _copyto,
    "fill_diagonal": _fill_diagonal,
    "nansum": _nan_sum,
    "nanmean": _nan_mean,
    "average": _average,
    "apply_along_axis": _apply_along_axis,
    "piecewise": _piecewise,
    "where": _where,
    "nan_to_num": _nan_to_num,
    "ptp": lambda a, axis=None, **_: np.max(a, axis=axis) - np.min(a, axis=axis),
}
arrays.RULES.update(ufunc_method=ufunc_method, call_function=call_function, array_of=array_of)
