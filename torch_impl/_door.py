"""The check at the door of a torch function: shapes, dtype, finite values, allowed values.

    @twin("X (n_0, m), Y (n_L, m) in [0, 1], parameters {W, b}, activation in {relu, tanh}")

A name in parentheses is a size, `...` any shape, `()` a number; braces list the families of a dictionary with an
entry per layer; `in` gives the allowed values. Reading values waits for the device, so this is done once, at the
outermost call; a training loop uses the modules of `models`, which look at shapes and dtypes only.
"""

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")
Parameters = dict[str, torch.Tensor]
Complaint = Callable[[dict[str, Any]], str | None]

_ARGUMENT = re.compile(r"(\w+)(?: \(([^)]*)\))?(?: \{([^}]*)\})?(?: in ([\[({].*?[\])}]))?(?:, |$)")
_STATE = threading.local()
SHAPES: dict[str, str] = {}


@contextmanager
def without_door() -> Iterator[None]:
    """Let values pass unchecked: to see where they stop being finite."""
    before, _STATE.inside = getattr(_STATE, "inside", False), True
    try:
        yield
    finally:
        _STATE.inside = before


class Expected(NamedTuple):
    """What is declared of one argument."""

    dims: list[str] | None
    families: list[str]
    allowed: str


def twin(shapes: str, also: Complaint | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the arguments of a function against `shapes`; ValueError or TypeError when one does not fit.

    `also` is a check that shapes cannot express: it is given the arguments and returns a complaint.
    """
    declared = {
        name: Expected(None if dims is None else re.findall(r"[\w.]+", dims), re.findall(r"\w+", families), allowed)
        for name, dims, families, allowed in (m.group(1, 2, 3, 4) for m in _ARGUMENT.finditer(shapes) if m[0])
        for families, allowed in [(families or "", allowed or "")]
    }

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        where = function.__name__
        if list(signature.parameters) != list(declared):
            raise TypeError(f"{where}: declared {list(declared)}, written {list(signature.parameters)}")
        SHAPES[f"{function.__module__.rpartition('.')[2]}.{where}"] = shapes

        @functools.wraps(function)
        def at_the_door(*args: P.args, **kwargs: P.kwargs) -> R:
            if getattr(_STATE, "inside", False):
                return function(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            _check(where, declared, bound.arguments)
            for name, value in bound.arguments.items():  # a number that is differentiated must be a tensor
                if isinstance(value, float) and declared[name].dims == [] and not declared[name].allowed:
                    bound.arguments[name] = torch.tensor(value, dtype=torch.float64)
            if also is not None and (complaint := also(bound.arguments)):
                raise ValueError(f"{where}: {complaint}")
            _STATE.inside = True
            try:
                return function(*bound.args, **bound.kwargs)
            finally:
                _STATE.inside = False

        return at_the_door

    return decorate


def _check(where: str, declared: dict[str, Expected], arguments: dict[str, Any]) -> None:
    sizes: dict[str, tuple[int, str]] = {}
    first: tuple[torch.dtype, str] | None = None
    for label, dims, allowed, value in _entries(where, declared, arguments):
        if dims is None:
            words = re.findall(r"\w+", allowed)
            if words and value not in words:
                raise ValueError(f"{where}: {label} is {value!r}, expected one of {', '.join(words)}")
            continue
        tensor = _tensor(where, label, dims, allowed, value)
        check_shape(where, label, dims, tensor, sizes)
        if tensor.is_floating_point() and tensor.ndim:
            first = first or (tensor.dtype, label)
            if tensor.dtype != first[0]:
                raise TypeError(f"{where}: {label} is {tensor.dtype}, expected {first[0]}, the dtype of {first[1]}")
        _check_values(where, label, allowed, tensor)


def _entries(
    where: str, declared: dict[str, Expected], arguments: dict[str, Any]
) -> Iterator[tuple[str, list[str] | None, str, Any]]:
    """Each argument, and each entry of a dictionary by layer, with its sizes; n_L is the size of the last layer."""
    layered = {name: value for name, value in arguments.items() if declared[name].families}
    for name, value in layered.items():
        if not isinstance(value, Mapping):
            raise TypeError(f"{where}: {name} is a {type(value).__name__}, expected a dictionary")
    last = max(
        (int(found[0]) for value in layered.values() for key in value if (found := re.search(r"\d+$", key))), default=0
    )
    for name, value in arguments.items():
        dims, families, allowed = declared[name]
        if not families:
            yield (
                name,
                [f"n_{last}" if d == "n_L" and last else d for d in dims] if dims is not None else None,
                allowed,
                value,
            )
            continue
        keys = [(f"{family}{l}", l) for l in range(1, max(last, 1) + 1) for family in families]
        if missing := [key for key, _ in keys if key not in value]:
            raise ValueError(
                f"{where}: {name} lacks {', '.join(missing)}, expected an entry of {', '.join(families)} "
                f"for each of the layers 1 to {max(last, 1)}"
            )
        for key, l in keys:
            columns = "1" if "b" in key else f"n_{l - 1}"
            yield f"{name}['{key}']", [f"n_{l}", columns], "", value[key]


def _tensor(where: str, label: str, dims: list[str], allowed: str, value: Any) -> torch.Tensor:
    if not dims and isinstance(value, (int, float)) and not isinstance(value, bool):
        if ".." in allowed and not isinstance(value, int):
            raise TypeError(f"{where}: {label} is {value!r}, expected an integer")
        return torch.tensor(value)
    if not isinstance(value, torch.Tensor):
        expected = "a tensor" if dims else "a number"
        raise TypeError(f"{where}: {label} is a {type(value).__name__}, expected {expected}")
    if ".." in allowed and (value.is_floating_point() or value.is_complex()):
        raise TypeError(f"{where}: {label} is {value.dtype}, expected integers")
    if ".." not in allowed and value.dtype not in (torch.float32, torch.float64):
        raise TypeError(
            f"{where}: {label} is {value.dtype}, expected torch.float32 or torch.float64: "
            "other types truncate, or lose the precision that gradients need"
        )
    return value


def check_shape(
    where: str, label: str, dims: list[str], tensor: torch.Tensor, sizes: dict[str, tuple[int, str]]
) -> None:
    """Bind the names in `dims` to the sizes of the tensor; ValueError when one is bound already to another size."""
    shape = tuple(tensor.shape)
    known = [int(d) if d.isdigit() else sizes[d][0] if d in sizes else None for d in dims]
    if dims != ["..."] and (
        len(shape) != len(dims) or any(k not in (None, s) for k, s in zip(known, shape, strict=True))
    ):
        form = ", ".join(d if k is None or d.isdigit() else f"{d}={k}" for d, k in zip(dims, known, strict=True))
        why = ", ".join(dict.fromkeys(f"{d} comes from {sizes[d][1]}" for d in dims if d in sizes))
        raise ValueError(f"{where}: {label} has shape {shape}, expected ({form})" + (f": {why}" if why else ""))
    if 0 in shape:
        empty = dims[shape.index(0)]
        why = "a batch without examples has no mean" if empty == "m" else "there is nothing to compute"
        raise ValueError(f"{where}: {label} has shape {shape}, expected every size at least 1: {why}")
    for d, size in zip(dims, shape, strict=False):
        if d.isidentifier():
            sizes.setdefault(d, (size, label))


def _check_values(where: str, label: str, allowed: str, tensor: torch.Tensor) -> None:
    rules = [(~torch.isfinite(tensor), "finite values")]
    if allowed:
        numbers = [float(part) for part in re.split(r",|\.\.", allowed[1:-1])]
        if allowed[0] == "{" and ".." not in allowed:
            outside = ~torch.isin(tensor, torch.tensor(numbers, dtype=tensor.dtype, device=tensor.device))
        else:
            low = tensor <= numbers[0] if allowed[0] == "(" else tensor < numbers[0]
            outside = low | (tensor >= numbers[-1] if allowed[-1] == ")" else tensor > numbers[-1])
        rules.append((outside, f"values in {allowed}"))
    for bad, expected in rules:
        if bad.any():
            index = tuple(bad.nonzero()[0].tolist())
            place = f"{label}[{', '.join(map(str, index))}]" if index else label
            raise ValueError(f"{where}: {place} is {tensor[index].item()}, expected {expected}")
