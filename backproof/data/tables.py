"""Numbers from CSV files: a line of column names, then numbers only; one column is to be predicted."""

import csv
import math
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from .hdf5 import Array, check_file, refusal

MAX_BYTES = 2**28
MAX_LINE = 2**22  # characters
MAX_COLUMNS = 100_000
MAX_VALUES = 2**25


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
    check_file(path, "a CSV file with a line of column names", "the data are read from it", MAX_BYTES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(_lines(path, file), strict=True)
            names = [name.strip() for name in next(lines, [])]
            at = _label_column(path, names, label)
            values = array("d")
            for row in lines:
                if row:
                    values.extend(_numbers(f"{path}, line {lines.line_num}", names, row))
                if len(values) > MAX_VALUES:
                    raise refusal(path, f"more than {MAX_VALUES} numbers", "at most so many", "they must fit in memory")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise refusal(path, f"{type(error).__name__} ({error})", "CSV in UTF-8", "it cannot be read") from None
    if not values:
        raise refusal(path, "no line of numbers", "at least one", "nothing can be learned")
    table = np.frombuffer(values).reshape(-1, len(names))
    X = np.ascontiguousarray(np.delete(table, at, axis=1)).T
    return Table(X, table[:, [at]].T.copy(), tuple(name for name in names if name != label))


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """Yield lines of a bounded length, each a record: a quoted cell may not go on in the next line."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise refusal(
                f"{path}, line {number}", f"more than {MAX_LINE} characters", "fewer", "it must fit in memory"
            )
        if line.count('"') % 2:
            raise refusal(f"{path}, line {number}", "a quoted cell without its end", "one", "a cell stands in one line")
        yield line


def statistics_of(X: Array, where: object) -> Statistics:
    """Return mean and deviation of every feature; DataError when a feature is too large for them."""
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
    if len(names) > MAX_COLUMNS:
        raise refusal(f"{path}, line 1", f"{len(names)} columns", f"at most {MAX_COLUMNS}", "they must fit in memory")
    if repeated := {name for name, times in Counter(names).items() if times > 1}:
        raise refusal(f"{path}, line 1", f"{min(repeated)!r} twice", "different names", "columns are found by name")
    if odd := [name for name in names if not name.isprintable()]:
        raise refusal(f"{path}, line 1", f"a name {odd[0]!r:.100}", "names that can be printed", "they are shown")
    if label not in names:
        raise refusal(
            f"{path}, line 1", f"columns {', '.join(names)[:200]}", f"one named {label!r:.100}", "see --label"
        )
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
