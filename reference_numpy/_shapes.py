"""The shape language of a declaration, and the check at the door of a public function.

    X (n_0, m), Y (n_L, m) in [0, 1], parameters {W, b}, activation in {relu, tanh} -> J (), cache

A name in parentheses is a size, `...` any shape, `()` a number; braces after a name list the families of a
dictionary with an entry per layer: W1, b1, ..., WL, bL; `in` gives the values for which the formula holds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

ITEM = re.compile(r"(\w+)(?: \(([^)]*)\))?(?: \{([^}]*)\})?(?: in ([\[({][^\])}]*[\])}]))?(?:, |$)")
LAYER = re.compile(r"[dv]?([WbZA])(\d+)$")


@dataclass(frozen=True)
class Domain:
    """The values an argument may take: an interval, a range of integers `{0..255}`, numbers or words."""

    text: str

    @cached_property
    def _parts(self) -> list[str]:
        return [part.strip() for part in re.split(r",|\.\.", self.text[1:-1])]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self._parts) if self._parts[0].isidentifier() else ()

    @property
    def integers(self) -> bool:
        return ".." in self.text

    @cached_property
    def bounds(self) -> tuple[float, float]:
        return float(self._parts[0]), float(self._parts[1])

    def outside(self, values: Any) -> Any:
        """Mask of the values that are not in the domain."""
        low, high = self.bounds
        below = values <= low if self.text[0] == "(" else values < low
        above = values >= high if self.text[-1] == ")" else values > high
        if self.text[0] == "{" and not self.integers:
            return ~np.isin(values, [float(part) for part in self._parts])
        return below | above


@dataclass(frozen=True)
class Quantity:
    """One argument or result: its name, its sizes, the families of its layers, its domain."""

    name: str
    dims: tuple[str, ...] | None = None
    families: tuple[str, ...] = ()
    domain: Domain | None = None

    @property
    def per_example(self) -> bool:
        return self.dims is not None and "m" in self.dims


def parse(text: str) -> dict[str, Quantity]:
    """Quantities of one side of a declaration, by name, in order."""
    if ITEM.sub("", text):
        raise ValueError(f"shapes {text!r}: cannot read {ITEM.sub('', text)!r}")
    return {
        name: Quantity(
            name,
            None if dims is None else tuple(re.findall(r"[\w.]+", dims)),
            tuple(re.findall(r"\w+", families or "")),
            Domain(domain) if domain else None,
        )
        for name, dims, families, domain in (match.groups() for match in ITEM.finditer(text) if match[1])
    }


def layer_dims(key: str) -> tuple[str, ...] | None:
    """Sizes of an entry such as W2, dW2, Z2, by the notation of the notes; None for any other name."""
    match = LAYER.match(key)
    if match is None:
        return None
    kind, layer = match[1], int(match[2])
    columns = {"W": f"n_{layer - 1}", "b": "1"}.get(kind, "m")
    return (f"n_{layer}", columns)


def depth(value: Mapping[str, Any]) -> int:
    """Number of layers L of a dictionary with an entry per layer."""
    return max((int(match[2]) for match in map(LAYER.match, value) if match), default=0)


class Door:
    """One call's check: sizes are bound by the first argument that has them, and every later one must agree."""

    def __init__(self, where: str, known: Mapping[str, Quantity]) -> None:
        self.where, self.known = where, known
        self.sizes: dict[str, tuple[int, str]] = {}
        self.dtype: tuple[np.dtype[Any], str] | None = None
        self.layers = 0

    def check(self, arguments: Mapping[str, Any]) -> None:
        """Raise ValueError or TypeError for the first argument that does not fit the declaration."""
        for name, value in arguments.items():
            if self.known[name].families:
                self.layers = max(self.layers, depth(value) if isinstance(value, Mapping) else 0)
        for name, value in arguments.items():
            for label, quantity, entry in self._entries(self.known[name], value):
                self._check_one(label, quantity, entry)

    def _entries(self, quantity: Quantity, value: Any) -> Iterator[tuple[str, Quantity, Any]]:
        if quantity.families and not isinstance(value, Mapping):
            raise TypeError(f"{self.where}: {quantity.name} is a {type(value).__name__}, expected a dictionary")
        if not isinstance(value, Mapping):
            yield quantity.name, quantity, value
            return
        last = max(self.layers, 1)
        needed = [f"{family}{l}" for l in range(1, last + 1) for family in quantity.families]
        if missing := [key for key in needed if key not in value]:
            raise ValueError(
                f"{self.where}: {quantity.name} lacks {', '.join(missing)}, expected an entry of "
                f"{', '.join(quantity.families)} for each of the layers 1 to {last}"
            )
        for key, entry in value.items():
            dims = layer_dims(key)
            known = self.known.get(key, Quantity(key)) if dims is None else Quantity(key, dims)
            yield f"{quantity.name}[{key!r}]", known, entry

    def _check_one(self, label: str, quantity: Quantity, value: Any) -> None:
        domain = quantity.domain
        if domain and domain.words:
            if value not in domain.words:
                raise ValueError(f"{self.where}: {label} is {value!r}, expected one of {', '.join(domain.words)}")
        elif quantity.dims is not None:
            array = self._array(label, quantity, value)
            self._check_shape(label, quantity.dims, array.shape)
            if (bad := ~np.isfinite(array)).any():
                raise ValueError(f"{self.where}: {_first(label, array, bad)}, expected finite values")
            if domain and (bad := domain.outside(array)).any():
                raise ValueError(f"{self.where}: {_first(label, array, bad)}, expected values in {domain.text}")

    def _array(self, label: str, quantity: Quantity, value: Any) -> np.ndarray[Any, np.dtype[Any]]:
        whole = quantity.domain is not None and quantity.domain.integers
        kinds, expected = ("iu", "integers") if whole else ("f", "float32 or float64")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not isinstance(value, (np.ndarray, np.generic)) and not (number and not quantity.dims):
            what = "a number" if quantity.dims == () else "a NumPy array"
            raise TypeError(f"{self.where}: {label} is a {type(value).__name__}, expected {what}")
        array = np.asarray(value)
        if number:
            if whole and not isinstance(value, int):
                raise TypeError(f"{self.where}: {label} is {value!r}, expected an integer")
            return array
        if array.dtype.kind not in kinds or (array.dtype.itemsize not in (4, 8) and not whole):
            raise TypeError(
                f"{self.where}: {label} has dtype {array.dtype}, expected {expected}: "
                "other types truncate, wrap or lose the precision that gradients need"
            )
        if array.dtype.kind == "f" and array.ndim:
            self.dtype = self.dtype or (array.dtype, label)
            if array.dtype != self.dtype[0]:
                raise TypeError(
                    f"{self.where}: {label} has dtype {array.dtype}, expected {self.dtype[0]}, "
                    f"the dtype of {self.dtype[1]}"
                )
        return array

    def _check_shape(self, label: str, dims: tuple[str, ...], shape: tuple[int, ...]) -> None:
        if dims == ("...",):
            dims = tuple("." for _ in shape)
        dims = tuple(f"n_{self.layers}" if dim == "n_L" and self.layers else dim for dim in dims)
        expected = [int(dim) if dim.isdigit() else self.sizes.get(dim, (None,))[0] for dim in dims]
        if len(dims) != len(shape) or any(want not in (None, size) for want, size in zip(expected, shape, strict=True)):
            shown = [
                f"{d}={w}" if w is not None and not d.isdigit() else d for d, w in zip(dims, expected, strict=True)
            ]
            origin = sorted({f"{dim} comes from {self.sizes[dim][1]}" for dim in dims if dim in self.sizes})
            why = f": {', '.join(origin)}" if origin else ""
            form = f"({', '.join(shown)}{',' if len(shown) == 1 else ''})"
            raise ValueError(f"{self.where}: {label} has shape {shape}, expected {form}{why}")
        if 0 in shape:
            empty = dims[shape.index(0)]
            why = "a batch without examples has no mean" if empty == "m" else "there is nothing to compute"
            raise ValueError(f"{self.where}: {label} has shape {shape}, expected every size at least 1: {why}")
        for dim, size in zip(dims, shape, strict=True):
            if dim.isidentifier():
                self.sizes.setdefault(dim, (size, label))


def _first(label: str, array: np.ndarray[Any, np.dtype[Any]], bad: Any) -> str:
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    place = f"{label}[{', '.join(map(str, index))}]" if index else label
    return f"{place} is {array[index].item()}"
