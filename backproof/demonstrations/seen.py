"""What a demonstration returns: numbers with what the notes say of them, and curves."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Implementation = Callable[[str], Callable[..., Any]]  # from the id of a formula to a function of arrays


class Row(NamedTuple):
    """A number, what the notes claim of it, and whether it is so."""

    what: str
    value: float
    claim: str
    holds: bool


class Curve(NamedTuple):
    """A named line."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]


class Picture(NamedTuple):
    """Curves over one axis, with what is drawn to the right and upwards."""

    title: str
    right: str
    up: str
    curves: tuple[Curve, ...]


class Seen(NamedTuple):
    """The rows of a table, and pictures."""

    rows: tuple[Row, ...]
    pictures: tuple[Picture, ...]

    @property
    def holds(self) -> bool:
        """Whether everything is as the notes claim."""
        return all(row.holds for row in self.rows)


def at_most(what: str, value: float, limit: float) -> Row:
    """Return a row that claims a number not above a limit."""
    return Row(what, value, f"<= {limit:g}", value <= limit)


def more_than(what: str, value: float, limit: float) -> Row:
    """Return a row that claims a number above a limit."""
    return Row(what, value, f"> {limit:g}", value > limit)


def less_than(what: str, value: float, limit: float) -> Row:
    """Return a row that claims a number below a limit."""
    return Row(what, value, f"< {limit:g}", value < limit)


def exactly(what: str, value: float, number: float) -> Row:
    """Return a row that claims a number."""
    return Row(what, value, f"{number:g}", value == number)
