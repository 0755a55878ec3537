"""What a benchmark gives: a table, a picture of it, and claims; and the list of all benchmarks."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .measure import Ratio


class Claim(NamedTuple):
    """What was to be reached, and what was measured; `why` is said where it was not."""

    what: str
    reach: str
    measured: str
    met: bool
    why: str = ""


class Bars(NamedTuple):
    """A picture of figures with their spread: rows of bars by name, and where 1, or another mark, is."""

    title: str
    rows: Sequence[tuple[str, Mapping[str, Ratio]]]
    mark: float | None = 1.0
    scale: str = "log"


class Curves(NamedTuple):
    """A picture of curves over a size, both axes logarithmic."""

    title: str
    x: str
    y: str
    curves: dict[str, list[tuple[float, float]]]


class Table(NamedTuple):
    """A section of the page: what is said before the table, its columns and rows, a picture, and claims."""

    title: str
    text: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    picture: Bars | Curves | None = None
    claims: Sequence[Claim] = ()


class Effort(NamedTuple):
    """How much is done: turns of a timing, or quickly with fewer cases."""

    turns: int
    quick: bool


Benchmark = Callable[[Effort], Table]
BENCHMARKS: dict[str, Benchmark] = {}  # in the order of the page


def benchmark(function: Benchmark) -> Benchmark:
    """Put a benchmark on the list; its name is that of its function."""
    BENCHMARKS[function.__name__] = function
    return function


def at_most(ratios: dict[str, Ratio], what: str, reach: float, why: str) -> Claim:
    """Claim that no ratio is larger."""
    name = max(ratios, key=lambda name: ratios[name].median)
    return _claim(ratios, name, what, f"<= {reach:g}", ratios[name].median <= reach, why)


def at_least(ratios: dict[str, Ratio], what: str, reach: float, why: str) -> Claim:
    """Claim that no ratio is smaller."""
    name = min(ratios, key=lambda name: ratios[name].median)
    return _claim(ratios, name, what, f">= {reach:g}", ratios[name].median >= reach, why)


def _claim(ratios: dict[str, Ratio], name: str, what: str, reach: str, met: bool, why: str) -> Claim:
    where = f"{ratios[name]}" if len(ratios) == 1 else f"{ratios[name]} at worst, on {name}"
    return Claim(what, reach, where, met, why)
