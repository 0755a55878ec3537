"""What the quantities of a page are called, which of their indices run, and the functions that everybody knows."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..reading.tree import Name, Tree
from .labelled import Dim

STEP = 1e-30  # of the complex step


class UnknownError(Exception):
    """A formula that has no value here: why."""


def _where(condition: Callable[[Any], Any], then: Callable[[Any], Any], other: Callable[[Any], Any]) -> Any:
    return lambda z: np.where(condition(z.real), then(z), other(z))


KNOWN: dict[str, Any] = {
    "log": np.log,
    "ln": np.log,
    "nplog": np.log,
    "exp": np.exp,
    "npexp": np.exp,
    "tanh": np.tanh,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "npsquare": np.square,
    "sgn": lambda z: np.sign(z.real) + 0j,
    "relu": _where(lambda x: x > 0, lambda z: z, lambda z: 0 * z),
    "sigma": lambda z: 1 / (1 + np.exp(-z)),
}
SAME = {"r": "sigma", "sigmoid": "sigma", "ReLU": "relu", "softplus": "softplus", "Softmax": "softmax"}


@dataclass
class Page:
    """What a page says: functions and quantities by their keys, and how examples are laid out."""

    functions: dict[str, tuple[tuple[Name, ...], Tree]] = field(default_factory=dict)
    activation: str = ""  # what f is where the page does not say it
    alias: dict[str, str] = field(default_factory=dict)
    running: set[str] = field(default_factory=lambda: {"i", "j", "k"})
    typed: set[str] = field(default_factory=set)  # letters whose index tells them apart, as delta_j and delta_k
    rows: bool = False
    examples: Dim = field(default_factory=Dim)
    counts: dict[str, Dim] = field(default_factory=dict)
    layers: int = 3
    layered: set[str] = field(default_factory=set)
    uppers: set[str] = field(default_factory=set)
    transposed: set[str] = field(default_factory=set)

    def labels(self, name: Name) -> tuple[str, ...]:
        """The running indices of a name."""
        if name.base in ("n", "odotone") or not all(part in self.running for part in name.parts):
            return ()
        return name.parts

    def key(self, name: Name, whole: bool = False) -> str:
        """What a quantity is called here; with all its subscripts, or without those that run."""
        labels = () if whole else self.labels(name)
        parts = () if labels else name.parts
        letter = f"_{labels[0]}" if len(labels) == 1 and name.base in self.typed else ""
        base = name.base
        if re.fullmatch(r"t([-+]1)?", name.layer):  # the step at which a parameter stands
            name = replace(name, layer="")
        if base in ("w", "W", "theta", "b") and parts in (("t",), ("t1",)):
            parts = ()
        if len(parts) == 1 and parts[0].isdigit() and not name.layer:
            upper = base[:1].upper() + base[1:]
            if base + parts[0] in self.layered or (name.example and upper + parts[0] in self.layered):
                name, parts = replace(name, layer=parts[0], parts=()), ()
        if name.example and base[:1].upper() + base[1:] + name.layer in self.uppers:
            base = base[:1].upper() + base[1:]
        key = base + name.layer + "".join(f"_{part}" for part in parts) + letter + "'" * name.primes
        while key in self.alias:
            key = self.alias[key]
        return key
