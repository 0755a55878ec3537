"""The shape language of a declaration.

    X (n_0, m), Y (n_L, m) in [0, 1], parameters {W, b}, activation in {relu, tanh}, head: Head -> J (), cache

A name in parentheses is a size, `...` any shape, `()` a number; braces after a name list what a dictionary with an
entry per layer holds: W1, b1, ..., WL, bL; `in` gives the values for which the formula holds, and `one-hot`, as in
Y (k, m) one-hot, those of labels with a 1 for the class of each example and 0 elsewhere; a colon names the record of
several values that travel together. What is `of each layer` is one word for all hidden layers, or a word for each.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_ITEM = re.compile(
    r"(\w+)(?:: (\w+))?(?: \(([^)]*)\))?(?: \{([^}]*)\})?( of each layer)?"
    r"(?: in ([\[({][^\])}]*[\])}])| (one-hot))?(?:, |$)"
)


@dataclass(frozen=True)
class Domain:
    """The values an argument may take: an interval, a range of integers `{0..255}`, numbers or words."""

    text: str

    @cached_property
    def _parts(self) -> list[str]:
        return [part.strip() for part in re.split(r",|\.\.", self.text[1:-1])]

    @property
    def words(self) -> tuple[str, ...]:
        """The words to choose from; none where the values are numbers."""
        return tuple(self._parts) if self._parts[0].isidentifier() else ()

    @property
    def integers(self) -> bool:
        """Whether it is a range of integers."""
        return ".." in self.text

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value."""
        return float(self._parts[0]), float(self._parts[1])

    @property
    def choices(self) -> tuple[float, ...]:
        """The numbers to choose from; none where the domain is an interval or a range."""
        is_set = self.text[0] == "{" and not self.integers
        return tuple(float(part) for part in self._parts) if is_set else ()

    def outside(self, values: Any) -> Any:
        """Return whether a number is not in the domain; of an array or a tensor, a mask."""
        if self.choices:
            return _all_differ(values, self.choices)
        low, high = self.bounds
        below = values <= low if self.text[0] == "(" else values < low
        above = values >= high if self.text[-1] == ")" else values > high
        return below | above


def _all_differ(values: Any, choices: tuple[float, ...]) -> Any:
    differ: Any = True
    for choice in choices:
        differ = differ & (values != choice)
    return differ


@dataclass(frozen=True)
class Quantity:
    """One argument or result: its name, its sizes, the entries that it has for each layer, its domain, its record."""

    name: str
    dims: tuple[str, ...] | None = None
    layered: tuple[str, ...] = ()
    domain: Domain | None = None
    record: str = ""
    one_hot: bool = False
    of_each_layer: bool = False

    @property
    def class_axis(self) -> int:
        """The axis along which a one-hot quantity has its single 1: the last one but that of the examples."""
        dims = self.dims or ()
        return max((i for i, dim in enumerate(dims) if dim != "m"), default=0)

    @property
    def per_example(self) -> bool:
        """Whether one of its sizes is the number of examples."""
        return self.dims is not None and "m" in self.dims

    @property
    def words(self) -> tuple[str, ...]:
        """The words to choose from; none where it is no choice of words."""
        return self.domain.words if self.domain else ()

    def __str__(self) -> str:
        text = f"{self.name}: {self.record}" if self.record else self.name
        if self.dims is not None:
            text += f" {form(self.dims)}"
        if self.layered:
            text += f" {{{', '.join(self.layered)}}}"
        text += " of each layer" * self.of_each_layer + " one-hot" * self.one_hot
        return f"{text} in {self.domain.text}" if self.domain else text


def form(sizes: tuple[str, ...]) -> str:
    """Write sizes as a shape: (n, m), and (n,) where there is one."""
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1 and sizes != ('...',))})"


def parse(text: str) -> dict[str, Quantity]:
    """Read one side of a declaration: its quantities by name, in order; ValueError for what cannot be read."""
    if left := _ITEM.sub("", text):
        raise ValueError(f"shapes {text!r}: cannot read {left!r}")
    found = {
        name: Quantity(
            name,
            None if dims is None else tuple(re.findall(r"[\w.]+", dims)),
            tuple(re.findall(r"\w+", layered or "")),
            Domain(domain) if domain else None,
            record or "",
            bool(one_hot),
            bool(each),
        )
        for name, record, dims, layered, each, domain, one_hot in (
            match.groups() for match in _ITEM.finditer(text) if match[0]
        )
    }
    if bare := [q.name for q in found.values() if q.one_hot and not q.dims]:
        raise ValueError(f"shapes {text!r}: {bare[0]} is one-hot, expected a shape with its classes, as (k, m)")
    return found


def write(quantities: Mapping[str, Quantity]) -> str:
    """Write one side of a declaration, as `parse` reads it."""
    return ", ".join(map(str, quantities.values()))
