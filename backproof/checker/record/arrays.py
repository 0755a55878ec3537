"""A NumPy array that remembers how it was computed.

The arithmetic is NumPy's own: values, dtypes, views, writes in place and `out=` behave as they always do. Beside it
runs a tape. An array is known by its memory: every view of one buffer, however it was made, is read as a selection
of the buffer's newest node, and a write into any view makes a new node of the whole buffer.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from . import tape
from .derivatives import fitted
from .tape import Array, Node

ROUNDOFF = 2.0**-53
RULES: dict[str, Callable[..., Any]] = {}  # how NumPy's functions are called; functions/ fills this


class Buffer:
    """The memory of an array and the node that holds its newest content."""

    __slots__ = ("base", "node", "start", "views")

    def __init__(self, base: Array, node: Node) -> None:
        self.base, self.node = base, node
        self.views: dict[Any, tuple[Node, Node]] = {}
        self.start = base.__array_interface__["data"][0]

    def holds(self, array: Array) -> bool:
        """Whether an array is a view of this memory."""
        offset = array.__array_interface__["data"][0] - self.start
        return 0 <= offset < max(self.base.nbytes, 1) and array.itemsize == self.base.itemsize

    def positions(self, view: Array) -> Array:
        """Where in the flat buffer each entry of a view is."""
        size = self.base.itemsize
        start = (view.__array_interface__["data"][0] - self.start) // size
        found = np.array(start)
        for length, stride in zip(view.shape, view.strides, strict=True):
            found = np.add.outer(found, np.arange(length) * (stride // size))
        return found.astype(np.intp)

    def is_whole(self, view: Array) -> bool:
        """Whether a view is the buffer itself, in its own shape."""
        return bool(
            view.shape == self.base.shape
            and view.flags.c_contiguous
            and view.__array_interface__["data"][0] == self.start
        )


class Traced(np.ndarray):
    """An array whose computations are recorded; a subclass, so that scripts see nothing but an ndarray."""

    _buffer: Buffer | None
    _is_scalar: bool

    def __array_finalize__(self, source: Any) -> None:
        """A view shares the buffer of what it was made from; that it is one is asked when it is read."""
        self._buffer = getattr(source, "_buffer", None)
        self._is_scalar = False

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """An elementwise function, or one of its methods."""

        if method == "__call__" and ufunc.__name__ not in ("matmul", "vecdot", "matvec", "vecmat"):
            return RULES["call_ufunc"](ufunc, inputs, kwargs)
        return RULES["ufunc_method"](ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Any other function of NumPy."""

        return RULES["call_function"](func, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        """An entry, a view or a selection; a single number stays an array, of no dimension, and is still traced."""
        mine, key = plain(self), plain(key)
        chosen = mine[key]
        if chosen.dtype == object:
            return chosen
        node, buffer = node_of(self), self._buffer
        if isinstance(chosen, np.ndarray) and buffer is not None and buffer.holds(chosen) and np.ndim(chosen):
            return as_view(chosen, buffer, type(self))
        positions = np.arange(mine.size).reshape(mine.shape)[key]
        return traced(chosen, selected(node, positions, "view"), type(self))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write into the buffer; it gets a new node."""
        write(self, plain(key), value)

    def __iter__(self) -> Iterator[Any]:
        """Rows, or numbers, one by one."""
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __format__(self, spec: str) -> str:
        return format(plain(self).item() if self.size == 1 else plain(self), spec)

    def item(self, *index: Any) -> Any:
        """One number, still traced."""
        if index:
            return self[index[0] if len(index) == 1 else index] if self.ndim == len(index) else self.reshape(-1)[index]
        return self.reshape(-1)[0] if self.size == 1 else plain(self).item()

    def fill(self, value: Any) -> None:
        """Write one value everywhere."""
        self[...] = value

    def __hash__(self) -> int:  # type: ignore[override]
        """A number can be a key."""
        if self._is_scalar:
            return hash(plain(self).item())
        raise TypeError(f"unhashable type: {type(self).__name__}")

    def __reduce__(self) -> Any:
        return plain(self).__reduce__()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()


def plain(value: Any) -> Any:
    """The same value without the tape, in tuples, lists, dictionaries and slices too."""
    if isinstance(value, Traced):
        return value.view(np.ndarray)
    if isinstance(value, tuple):
        parts = [plain(v) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, slice):
        return slice(*(_index(v) for v in (value.start, value.stop, value.step)))
    return value


def _index(value: Any) -> Any:
    return int(value) if isinstance(value, Traced) else value


def node_of(array: Traced) -> Node:
    """The node of what an array holds now."""
    buffer = array._buffer
    if buffer is None or not buffer.holds(array):
        return leaf(array)
    if buffer.is_whole(array):
        return buffer.node
    # two reads of one view are one node, so that what is known of it is known wherever it is used
    key = (array.__array_interface__["data"][0], array.shape, array.strides)
    source, node = buffer.views.get(key, (None, None))
    if source is not buffer.node or node is None:
        node = selected(buffer.node, buffer.positions(array), "view")
        buffer.views[key] = (buffer.node, node)
    return node


def leaf(array: Traced) -> Node:
    """The node of an array that was computed from nothing, which becomes the owner of its memory."""
    node = tape.TAPE.node("leaf", np.array(plain(array)), (), None)
    if not array.flags.c_contiguous:
        return node
    array._buffer = Buffer(plain(array), node)
    return node


def selected(node: Node, positions: Array, op: str) -> Node:
    """The node of entries of another node, by their places in it."""
    size, shape = node.value.size, node.value.shape

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        spread = np.bincount(np.ravel(positions), np.ravel(np.broadcast_to(gradient, np.shape(positions))), size)
        yield node, spread.reshape(shape)

    return tape.TAPE.node(op, node.value.reshape(-1)[positions], (node,), pull)


def copied(node: Node) -> Node:
    """The node of a copy."""
    return tape.TAPE.node("copy", node.value, (node,), lambda gradient: [(node, gradient)])


def traced(value: Any, node: Node, kind: type = Traced) -> Any:
    """An array that holds a computed value."""
    is_scalar = np.ndim(value) == 0
    array = np.array(value, order="C", copy=True)
    if tape.TAPE.noise is not None and array.dtype.kind == "f" and node.op not in ("view", "copy", "moved", "write"):
        array *= 1 + ROUNDOFF * tape.TAPE.noise.choice((-1.0, 1.0), array.shape)
        array = np.asarray(array)
    if node.value is not value and tape.TAPE.noise is not None:
        node.value = array.copy()
    made = array.view(kind if issubclass(kind, Traced) else Traced)
    made._buffer = Buffer(array, node)
    made._is_scalar = is_scalar
    return made


def as_view(value: Array, buffer: Buffer, kind: type = Traced) -> Any:
    """An array that is a view of traced memory."""
    made = value.view(kind if issubclass(kind, Traced) else Traced)
    made._buffer = buffer
    return made


def result_type(arguments: Sequence[Any]) -> type:
    """The class of a result: a matrix if one of the arguments is."""
    kinds = [type(a) for a in arguments if isinstance(a, Traced)]
    return next((kind for kind in kinds if kind is not Traced), Traced)


def write(target: Traced, key: Any, value: Any, add: bool = False) -> None:
    """Write into a view; the buffer's newest node is the old one with other entries in those places."""
    before = node_of(target)
    mine = plain(target)
    source = value if isinstance(value, Traced) else None
    if isinstance(value, (list, tuple)):
        value = RULES["array_of"](value)
        source = value if isinstance(value, Traced) else None
    given = node_of(source) if source is not None else None
    if add:
        np.add.at(mine, key, plain(value))
    else:
        mine[key] = plain(value)
    buffer = target._buffer
    if buffer is None or not buffer.holds(mine):
        return
    del before
    places = buffer.positions(mine)[key]
    buffer.node = written(buffer, places, given, value, add)


def written(buffer: Buffer, places: Array, given: Node | None, value: Any, add: bool = False) -> Node:
    """The node of a buffer after a write."""
    old, shape = buffer.node, buffer.base.shape
    flat = np.ravel(places)

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        there = np.ravel(gradient)[flat].reshape(np.shape(places))
        if given is not None:
            yield given, fitted(there, given.value.shape)
        if add:
            yield old, gradient
            return
        rest = np.array(np.ravel(gradient), dtype=float)
        rest[flat] = 0
        yield old, rest.reshape(shape)

    covers = not add and flat.size == buffer.base.size and np.unique(flat).size == flat.size
    if covers and given is not None and given.value.shape == shape and np.array_equal(flat, np.arange(flat.size)):
        return tape.TAPE.node("copy", buffer.base.copy(), (given,), lambda gradient: [(given, gradient)])
    parents = (old, given) if given is not None else (old,)
    constants = (places,) if given is not None else (value,)
    return tape.TAPE.node("write_add" if add else "write", buffer.base.copy(), parents, pull, constants)
