"""Numbers from CSV files: a line of column names, then numbers only; one column is to be predicted."""

import csv
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .hdf5 import Array, absence, refusal

MAX_BYTES = 2**28


class Table(NamedTuple):
    """Features X (n_x, m) and labels Y (1, m) in float64, and the names of the features in the order of the rows."""

    X: NDArray[Any]
    Y: NDArray[Any]
    features: tuple[str, ...]


class Statistics(NamedTuple):
    """Mean and standard deviation (n_x, 1) of the features of a training set; 1 where a feature is constant."""

    mean: Array
    deviation: Array

    def standardise(self, X: Array) -> Array:
        """Features of mean 0 and deviation 1, as columns contiguous in memory."""
        return np.asarray((X - self.mean) / self.deviation, order="F")


def read_table(path: str | Path, label: str) -> Table:
    """Read a CSV file; DataError says which line and column cannot be used."""
    path = Path(path)
    if not path.is_file():
        raise refusal(path, absence(path), "a CSV file with a line of column names", "the data are read from it")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise refusal(path, f"{size} bytes", f"at most {MAX_BYTES}", "it must fit in memory")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            names = [name.strip() for name in next(lines, [])]
            at = _label_column(path, names, label)
            rows = [_numbers(f"{path}, line {lines.line_num}", names, row) for row in lines if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise refusal(path, f"{type(error).__name__} ({error})", "CSV in UTF-8", "it cannot be read") from None
    if not rows:
        raise refusal(path, "no line of numbers", "at least one", "nothing can be learned")
    values = np.array(rows)
    X = np.ascontiguousarray(np.delete(values, at, axis=1)).T
    return Table(X, values[:, [at]].T, tuple(name for name in names if name != label))


def statistics_of(X: Array, where: object) -> Statistics:
    """Mean and deviation of every feature; DataError when a feature is too large for them."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(X, axis=1, keepdims=True)
        deviation = np.std(X, axis=1, keepdims=True)
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all()):
        raise refusal(where, f"values up to {np.abs(X).max():.3g}", "smaller ones", "their deviation overflows")
    constant = np.ptp(X, axis=1, keepdims=True) == 0  # rounding may leave a deviation that is not quite 0
    return Statistics(np.where(constant, X[:, :1], mean), np.where(constant | (deviation == 0), 1.0, deviation))


def _label_column(path: Path, names: list[str], label: str) -> int:
    if not names:
        raise refusal(path, "nothing", "a line of column names", "the label is found by its name")
    if repeated := {name for name in names if names.count(name) > 1}:
        raise refusal(f"{path}, line 1", f"{min(repeated)!r} twice", "different names", "columns are found by name")
    if label not in names:
        raise refusal(f"{path}, line 1", f"columns {', '.join(names)[:200]}", f"one named {label!r}", "see --label")
    if len(names) == 1:
        raise refusal(f"{path}, line 1", "the label only", "at least one feature", "there is nothing to learn from")
    return names.index(label)


def _numbers(where: str, names: list[str], row: list[str]) -> list[float]:
    if len(row) != len(names):
        raise refusal(where, f"{len(row)} cells", f"{len(names)}", "line 1 names so many columns")
    numbers = []
    for name, cell in zip(names, row, strict=True):
        try:
            number = float(cell.replace("_", "?"))
        except ValueError:
            found = f"{cell[:40]!r} in column {name!r}"
            raise refusal(where, found, "a number", "text and empty cells mean nothing to a network") from None
        if not math.isfinite(number):
            raise refusal(where, f"{number} in column {name!r}", "a finite number", "it would spoil every weight")
        numbers.append(number)
    return numbers
