"""How a function of NumPy is called with recorded arrays: by a rule of its own, or by the kind that it is of.

A function that only moves entries is known by moving their numbers; a few have a rule of their own; of any other the
derivative is found numerically.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import Traced, leaf, plain, write
from ..derivatives import COMPARISONS
from .choices import CHOICES
from .elementwise import call_ufunc
from .general import moving, numeric
from .products import PRODUCTS
from .sums import REDUCTIONS, SUMS

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
        return moving(func, args, kwargs)
    return numeric(func, args, kwargs, name in LINEAR, name in ANALYTIC)


def _free(name: str, result: Any) -> Any:
    """A result that no derivative flows through; new arrays are traced, since a script may write into them."""
    if name.endswith("_like") and result.dtype.kind in "fiu":
        array = result.view(Traced)
        leaf(array)
        return array
    return result


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
        return RULES.get(name, RULES["matmul"])(*inputs)
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
    return numeric(getattr(ufunc, method), inputs, kwargs, name == "add", name == "multiply")


RULES: Mapping[str, Callable[..., Any]] = {**SUMS, **PRODUCTS, **CHOICES}
