"""NumPy's elementwise functions on recorded arrays."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .. import tape
from ..arrays import Traced, node_of, plain, result_type, traced, write
from ..derivatives import CHOICES, COMPARISONS, PARTIALS, elementwise_slope, fitted
from ..tape import Array, Node

LARGEST = 1e308


def call_ufunc(ufunc: Any, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """An elementwise function, with its derivative by each traced argument."""
    name = ufunc.__name__
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    arguments = [np.asarray(plain(x)) if isinstance(x, (list, Traced)) else x for x in inputs]
    value = ufunc(*arguments, **kwargs)
    if ufunc.nout > 1:
        return value
    if name in COMPARISONS or value.dtype == bool or value.dtype == object:
        tape.TAPE.saw(name, value)
        return np.asarray(value) if np.ndim(value) else value
    if name in CHOICES:
        if ufunc.nin == 2:
            tape.TAPE.saw(name, np.greater_equal(*arguments))
        elif name != "sign":
            tape.TAPE.saw(name, np.greater_equal(arguments[0], 0))
    nodes = [node_of(x) if isinstance(x, Traced) else None for x in inputs]
    result = emitted(name, value, arguments, nodes, ufunc, result_type(inputs))
    if out is None:
        return result if where is True else np.where(where, result, 0.0)
    target = out[0]
    if isinstance(target, Traced):
        write(target, ... if where is True else plain(where), result if where is True else result[plain(where)])
    else:
        target[...] = plain(result)
    return target


def emitted(name: str, value: Any, arguments: list[Any], nodes: list[Node | None], ufunc: Any, kind: type) -> Any:
    """The traced result of an elementwise function."""
    known = [np.array(a, copy=True) if isinstance(a, np.ndarray) else _number(a) for a in arguments]

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        with np.errstate(all="ignore"):
            row = PARTIALS.get(name)
            slopes = row(*known, value) if row else None
            for i, node in enumerate(nodes):
                if node is not None:
                    slope = slopes[i] if slopes is not None else elementwise_slope(ufunc, known, i)
                    yield node, fitted(zero_where_zero(gradient, slope), node.value.shape)

    parents = tuple(node for node in nodes if node is not None)
    constants = tuple(a for a, node in zip(arguments, nodes, strict=True) if node is None)
    return traced(value, tape.TAPE.node(name, np.array(value), parents, pull, constants), kind)


def _number(value: Any) -> Any:
    """Return a number of Python as NumPy's, by which a division by 0 is infinite."""
    return np.float64(value) if isinstance(value, (int, float)) and abs(value) < LARGEST else value


def zero_where_zero(gradient: Array, slope: Array) -> Array:
    """The product, in which a gradient of 0 stays 0 whatever the slope is: that side was not taken."""
    product = gradient * slope
    return np.where(np.equal(gradient, 0), 0.0, product) if not np.all(np.isfinite(product)) else product
