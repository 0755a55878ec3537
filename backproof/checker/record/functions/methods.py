"""The methods of a recorded array: NumPy's functions, copies and other shapes, and what `x += y` does to a number."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..arrays import copied, node_of, plain, traced

IN_PLACE = ("add", "sub", "mul", "truediv", "pow", "floordiv", "mod")
AS_FUNCTIONS = (
    "sum",
    "mean",
    "prod",
    "max",
    "min",
    "var",
    "std",
    "cumsum",
    "clip",
    "round",
    "trace",
    "diagonal",
    "dot",
    "repeat",
    "take",
    "argmax",
    "argmin",
    "argsort",
    "squeeze",
    "ravel",
    "compress",
    "choose",
    "nonzero",
    "any",
    "all",
    "searchsorted",
    "ptp",
    "cumprod",
    "swapaxes",
)


def _out_of_place(name: str) -> Callable[[Any, Any], Any]:
    """`x += y` of a number makes a new number, as for NumPy's scalars; of an array it writes into the array."""
    in_place, plain_name = getattr(np.ndarray, f"__i{name}__"), f"__{name}__"

    def method(self: Any, other: Any) -> Any:
        return getattr(self, plain_name)(other) if self._is_scalar else in_place(self, other)

    return method


def _as_function(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    return method


def _copying(self: Any, order: str = "C") -> Any:
    return traced(plain(self).copy(), copied(node_of(self)), type(self))


def _reshape(self: Any, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    return np.reshape(self, plain(shape[0] if len(shape) == 1 else shape), order=order)  # type: ignore[call-overload]


def _transpose(self: Any, *axes: Any) -> Any:
    return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)


def _astype(self: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
    kind = np.dtype(dtype)
    made = plain(self).astype(float if kind.kind == "f" else kind, *args, **kwargs)
    return traced(made, copied(node_of(self)), type(self))


def _flatten(self: Any, order: str = "C") -> Any:
    return np.reshape(self, (-1,), order=order).copy()  # type: ignore[call-overload]


def _sort(self: Any, axis: int = -1, **kwargs: Any) -> None:
    self[...] = np.sort(self, axis=axis)


METHODS: Mapping[str, Callable[..., Any]] = {
    **{f"__i{name}__": _out_of_place(name) for name in IN_PLACE},
    **{name: _as_function(name) for name in AS_FUNCTIONS if hasattr(np, name)},
    "copy": _copying,
    "__copy__": _copying,
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": _astype,
    "flatten": _flatten,
    "sort": _sort,
}
