"""The argument check: shapes, dtype, finite values and allowed values, once, at the outermost call.

It is the same for NumPy arrays and torch tensors: what differs between them is a `Library`. Reading the values of a
tensor waits for its device, so an inner loop runs within `unchecked()`.
"""

import functools
import inspect
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, ParamSpec, TypeVar

from .language import Quantity, form
from .names import last_layer, parse_name
from .network import RECORDS

Constraint = Callable[..., str | None]  # of some of the arguments, by their names; it returns what is wrong
Sizes = dict[str, tuple[int, str]]  # of a name in a shape: its size, and where that comes from
P = ParamSpec("P")
R = TypeVar("R")


class Library(NamedTuple):
    """What an implementation computes with, and how it makes an argument of a Python number beside an array."""

    arrays: tuple[type, ...]
    word: str
    number: Callable[[float, Any], Any] = lambda value, beside: value


class Declaration(NamedTuple):
    """What is declared of a function: the quantities by name, and what shapes cannot express."""

    quantities: Mapping[str, Quantity]
    constraint: Constraint | None = None


class _State(threading.local):
    """Whether arguments pass unchecked in this thread, as they do inside a public function."""

    unchecked = False


STATE = _State()
DECLARED: dict[str, Declaration] = {}  # by topic and name: "blocks.linear_forward"


class unchecked:
    """Let arguments pass unchecked: complex numbers, traced arrays, the inner loop of a training."""

    def __enter__(self) -> None:
        self._before = STATE.unchecked
        STATE.unchecked = True

    def __exit__(self, *error: object) -> None:
        STATE.unchecked = self._before


def with_check(function: Callable[P, R], declaration: Callable[[], Declaration], library: Library) -> Callable[P, R]:
    """Wrap a function so that its arguments are checked; TypeError or ValueError for the first that does not fit."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if STATE.unchecked:
            return function(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        check(function.__name__, declaration(), bound.arguments, library)
        STATE.unchecked = True
        try:
            return function(*bound.args, **bound.kwargs)
        except KeyError as error:
            raise ValueError(f"{function.__name__}: an entry {error} is missing from a dictionary") from error
        finally:
            STATE.unchecked = False

    return checked


def check(where: str, declared: Declaration, arguments: dict[str, Any], library: Library) -> None:
    """Check the arguments of one call, and replace Python numbers by what the library computes with.

    A size is bound by the first argument that has it, and every later one must agree; likewise the dtype of arrays.
    """
    sizes: Sizes = {}
    floats: list[tuple[Any, str]] = []
    for label, quantity, value in _entries(where, declared.quantities, arguments):
        if quantity.words:
            for word in value if quantity.of_each_layer and isinstance(value, (list, tuple)) else [value]:
                if word not in quantity.words:
                    raise ValueError(f"{where}: {label} is {word!r}, expected one of {', '.join(quantity.words)}")
        elif quantity.dims is not None:
            is_array = isinstance(value, library.arrays)
            _check_type(where, label, quantity, value, library)
            if is_array:
                check_shape(where, label, quantity.dims, value.shape, sizes)
                _check_dtype(where, label, value, floats)
            _check_values(where, label, quantity, value)
    beside = next((value for value, _ in sorted(floats, key=lambda pair: not pair[0].ndim)), None)
    for name, value in arguments.items():
        quantity = declared.quantities[name]
        if quantity.dims == () and not quantity.domain and not isinstance(value, library.arrays):
            arguments[name] = library.number(value, beside)
    if declared.constraint is not None:
        asked = inspect.signature(declared.constraint).parameters
        if violation := declared.constraint(**{name: arguments[name] for name in asked}):
            raise ValueError(f"{where}: {violation}")


def _entries(
    where: str, quantities: Mapping[str, Quantity], arguments: Mapping[str, Any]
) -> Iterator[tuple[str, Quantity, Any]]:
    """Yield each argument, or what it holds, with its label; n_L is the size of the last layer."""
    layered = [value for name, value in arguments.items() if quantities[name].layered]
    L = max((last_layer(value) for value in layered if isinstance(value, Mapping)), default=0)
    for name, value in arguments.items():
        quantity = quantities[name]
        if isinstance(value, Mapping):
            _check_keys(where, quantity, value, max(L, 1))
            for key, entry in value.items():
                sizes = parse_name(key).dims
                known = quantities.get(key, Quantity(key)) if sizes is None else Quantity(key, sizes)
                yield f"{name}[{key!r}]", known, entry
        elif quantity.record:
            record = RECORDS[quantity.record]
            if not isinstance(value, record.kind):
                raise TypeError(f"{where}: {name} is a {type(value).__name__}, expected a {quantity.record}")
            yield from ((field, known, getattr(value, field)) for field, known in record.fields.items())
        elif quantity.layered:
            raise TypeError(f"{where}: {name} is a {type(value).__name__}, expected a dictionary")
        elif quantity.dims and L:
            dims = tuple(f"n_{L}" if dim == "n_L" else dim for dim in quantity.dims)
            yield name, replace(quantity, dims=dims), value
        else:
            yield name, quantity, value


def _check_keys(where: str, quantity: Quantity, value: Mapping[str, Any], L: int) -> None:
    needed = [f"{family}{l}" for l in range(1, L + 1) for family in quantity.layered]
    if missing := [key for key in needed if key not in value]:
        raise ValueError(
            f"{where}: {quantity.name} lacks {', '.join(missing)}, expected an entry of "
            f"{', '.join(quantity.layered)} for each of the layers 1 to {L}"
        )


def _check_type(where: str, label: str, quantity: Quantity, value: Any, library: Library) -> None:
    whole = quantity.domain is not None and quantity.domain.integers
    if isinstance(value, library.arrays):
        dtype = _dtype(value)
        if not (dtype.startswith(("int", "uint")) if whole else dtype in ("float32", "float64")):
            raise TypeError(
                f"{where}: {label} has dtype {dtype}, expected {'integers' if whole else 'float32 or float64'}: "
                "other types truncate, wrap or lose the precision that gradients need"
            )
    elif quantity.dims or isinstance(value, bool) or not isinstance(value, (int, float)):
        expected = "a number" if quantity.dims == () else library.word
        raise TypeError(f"{where}: {label} is a {type(value).__name__}, expected {expected}")
    elif whole and not isinstance(value, int):
        raise TypeError(f"{where}: {label} is {value!r}, expected an integer")


def _check_dtype(where: str, label: str, value: Any, floats: list[tuple[Any, str]]) -> None:
    """Refuse an array of another dtype than the first one of floating numbers; a number may have another."""
    if not _dtype(value).startswith("float"):
        return
    first, name = next(((V, name) for V, name in floats if V.ndim), (value, label))
    if value.ndim and value.dtype != first.dtype:
        raise TypeError(f"{where}: {label} has dtype {_dtype(value)}, expected {_dtype(first)}, the dtype of {name}")
    floats.append((value, label))


def check_shape(where: str, label: str, dims: tuple[str, ...], shape: tuple[int, ...], sizes: Sizes) -> None:
    """Bind the names in `dims` to the sizes in `shape`; ValueError where one is bound to another size already."""
    bound = {dim: int(dim) if dim.isdigit() else sizes[dim][0] for dim in dims if dim.isdigit() or dim in sizes}
    names = dims if dims != ("...",) else ("",) * len(shape)
    if len(names) != len(shape) or any(bound.get(dim, n) != n for dim, n in zip(names, shape, strict=True)):
        shown = form(tuple(f"{dim}={bound[dim]}" if dim in sizes else dim for dim in dims))
        why = ", ".join(f"{dim} comes from {sizes[dim][1]}" for dim in sorted(set(dims) & set(sizes)))
        raise ValueError(f"{where}: {label} has shape {tuple(shape)}, expected {shown}" + (f": {why}" if why else ""))
    if 0 in shape:
        no_examples = names[tuple(shape).index(0)] == "m"
        why = "a batch without examples has no mean" if no_examples else "there is nothing to compute"
        raise ValueError(f"{where}: {label} has shape {tuple(shape)}, expected every size at least 1: {why}")
    for dim, n in zip(names, shape, strict=True):
        if dim.isidentifier():
            sizes.setdefault(dim, (n, label))


def _check_values(where: str, label: str, quantity: Quantity, value: Any) -> None:
    not_finite = (value != value) | (abs(value) == math.inf)
    _refuse_where(not_finite, f"{where}: {label}", value, "finite values")
    if domain := quantity.domain:
        _refuse_where(domain.outside(value), f"{where}: {label}", value, f"values in {domain.text}")
    if quantity.one_hot:
        _refuse_where((value != 0) & (value != 1), f"{where}: {label}", value, "0 or 1, as it is one-hot")
        ones = (value != 0).sum(quantity.class_axis)
        _refuse_where(ones != 1, f"{where}: the number of ones of an example in {label}", ones, "1, as it is one-hot")


def _refuse_where(bad: Any, what: str, value: Any, expected: str) -> None:
    """Raise ValueError that names the first of the bad values, of a number or of an array in either library."""
    if not getattr(bad, "ndim", 0):
        if bad:
            raise ValueError(f"{what} is {getattr(value, 'item', lambda: value)()}, expected {expected}")
    elif bad.any():
        place = bad.ravel().tolist().index(True)
        index: list[int] = []
        for n in reversed(bad.shape):
            place, i = divmod(place, n)
            index.insert(0, i)
        raise ValueError(f"{what}[{', '.join(map(str, index))}] is {value[tuple(index)].item()}, expected {expected}")


def _dtype(value: Any) -> str:
    return str(getattr(value.dtype, "name", value.dtype)).removeprefix("torch.")
