"""Products of recorded matrices, and the determinant."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .. import tape
from ..arrays import Traced, node_of, plain, result_type, traced
from ..derivatives import fitted
from ..tape import Array, Node
from .general import numeric


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
    return traced(value, tape.TAPE.node("matmul", np.array(value), parents, pull, constants), result_type([a, b]))


def _dot(a: Any, b: Any, out: Any = None) -> Any:
    """np.dot is a product with numbers, the matrix product of matrices, and a tensor product beyond."""
    x, y = np.ndim(a), np.ndim(b)
    if x == 0 or y == 0:
        result = np.multiply(a, b)
    elif x <= 2 and y <= 2:
        result = _matmul(a, b)
    else:
        result = numeric(np.dot, (a, b), {}, True, False)
    if out is not None:
        out[...] = result
        return out
    return result


def _einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    return numeric(np.einsum, (subscripts, *operands), kwargs, True, False)


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    result = np.ravel(a)[:, None] * np.ravel(b)[None, :]
    if out is not None:
        out[...] = result
        return out
    return result


def _slogdet(a: Any) -> Any:
    sign, value = np.linalg.slogdet(plain(a))
    node = node_of(a)

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        yield node, np.asarray(gradient)[..., None, None] * np.swapaxes(np.linalg.inv(node.value), -1, -2)

    made = tape.TAPE.node("slogdet", np.array(value), (node,), pull)
    return sign, traced(value, made)


PRODUCTS: Mapping[str, Callable[..., Any]] = {
    "matmul": _matmul,
    "dot": _dot,
    "einsum": _einsum,
    "outer": _outer,
    "slogdet": _slogdet,
}
