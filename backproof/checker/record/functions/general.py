"""Functions that move entries, known by moving their numbers; any others, whose derivative is found numerically."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import tape
from ..arrays import Traced, as_view, leaf, node_of, plain, result_type, traced
from ..derivatives import pulled_back
from ..tape import Array, Node

MARK = 2.0**40  # entries are numbered from here, where no constant of a script is


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


def moving(func: Any, args: Any, kwargs: Any) -> Any:
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
    return traced(result, tape.TAPE.node("moved", np.array(result), parents, pull), result_type(sources))


def numeric(func: Any, args: Any, kwargs: Any, linear: bool, analytic: bool) -> Any:
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

    node = tape.TAPE.node(func.__name__, np.array(result), tuple(nodes), pull)
    return traced(result, node, result_type(sources))


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
    made = moving(lambda v: np.array(v, dtype=float), (value,), {})
    return made if dtype is None or made.dtype == dtype else made.astype(dtype)
