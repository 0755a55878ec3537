"""The data sets by name: what ships, what is drawn from a formula, and files of the user."""

import hashlib
import itertools
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np

from reference_numpy.notation import split_examples

from .hdf5 import MAX_BYTES, Array, DataError, load_part, load_pictures, refusal
from .stream import Stream, declared, reason_to_stream
from .tables import Statistics, Table, read_table, statistics_of


class Choice(Protocol):
    """The options that say which data to load."""

    @property
    def data(self) -> str:
        """A name of `LOADERS`, FILE.h5 or FILE.csv."""

    @property
    def test(self) -> str | None:
        """The file of the test set that belongs to a file."""

    @property
    def label(self) -> str | None:
        """The column of a table that is to be predicted."""

    @property
    def bits(self) -> int:
        """The number of bits of xor."""

    @property
    def data_seed(self) -> int:
        """The seed of data that are drawn."""

    @property
    def stream(self) -> str:
        """Whether a file is streamed: always, never, or auto, which decides by its size."""


class Part(NamedTuple):
    """Examples X (n_x, m), contiguous column by column, and labels Y (1, m)."""

    X: Array
    Y: Array


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training set, mostly with its test set, and what must be known to prepare further examples alike."""

    train: Part
    test: Part | None
    classes: tuple[str, str] | None  # None: Y is a quantity, not a class
    shape: tuple[int, int, int] | None = None  # of a picture: height, width, channels
    statistics: Statistics | None = None  # of the features before they were standardised
    files: Mapping[str, str] = field(default_factory=dict)  # sha256 of each file
    stream: Stream | None = None  # of the training set, of which `train` is a sample then

    @property
    def m(self) -> int:
        """The number of training examples."""
        return self.stream.m if self.stream else self.train.X.shape[1]

    @property
    def warnings(self) -> list[str]:
        """What is odd about the data, though usable."""
        if self.classes is None or len(found := np.unique(self.stream.Y if self.stream else self.train.Y)) > 1:
            return []
        return [f"the training set has one class only, {self.classes[int(found[0])]!r}: nothing tells it from another"]


def load(choice: Choice, loss: str) -> Dataset:
    """Load the data that the options name, for a network with this loss: cross_entropy needs labels 0 and 1.

    Raises DataError for a file that cannot be used, or labels that do not fit the loss.
    """
    loader = LOADERS.get(choice.data) or FILE_LOADERS[Path(choice.data).suffix.lower()]
    dataset = loader(choice)
    if loss == "cross_entropy" and dataset.classes is None:
        raise _no_classes(choice, dataset)
    return dataset


def _no_classes(choice: Choice, dataset: Dataset) -> DataError:
    """Return the error that names the first label that is neither 0 nor 1, and the file that has it."""
    parts = [(choice.data, dataset.train)]
    if dataset.test is not None:
        parts.append((choice.test or choice.data, dataset.test))
    name, y = next((name, y) for name, part in parts for y in part.Y[0] if y not in (0, 1))
    return refusal(
        f"the labels of {name}",
        f"{y:.12g}",
        "0 and 1",
        "cross-entropy needs classes; for quantities add --loss squared_error --output identity",
    )


def load_digits(choice: Choice) -> Dataset:
    """Load the handwritten digits that ship, even (0) against odd (1)."""
    folder = files("backproof.data") / "digits"
    with as_file(folder / "train_digits.h5") as train, as_file(folder / "test_digits.h5") as test:
        return _pictures(str(train), str(test))


def load_cancer(choice: Choice) -> Dataset:
    """Load the breast-cancer table that ships, benign (0) against malignant (1)."""
    folder = files("backproof.data") / "cancer"
    with as_file(folder / "train_cancer.csv") as train, as_file(folder / "test_cancer.csv") as test:
        return replace(_tables(str(train), str(test), "malignant"), classes=("benign", "malignant"))


def draw_flower(choice: Choice) -> Dataset:
    """Draw a flower of 400 points in the plane whose petals alternate between two colours, and 400 test points.

    Each colour covers half of the angles t, slightly overlapping; the radius is 4 sin(4 t), and both are blurred by
    N(0, 0.2^2). With the seed 1 the training set is the one published for the course.
    """
    rng = np.random.RandomState(choice.data_seed)

    def half(colour: int, n: int = 200) -> Array:
        angle = np.linspace(colour * 3.12, (colour + 1) * 3.12, n) + 0.2 * rng.randn(n)
        radius = 4 * np.sin(4 * angle) + 0.2 * rng.randn(n)
        return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)

    def points() -> Part:
        return Part(np.concatenate([half(0), half(1)]).T, np.repeat([[0.0, 1.0]], 200, axis=1))

    return Dataset(points(), points(), classes=("red", "blue"))


def draw_housing(choice: Choice) -> Dataset:
    """Draw prices (in 100 000) of 100 houses by size (in square metres), and 50 for the test: a line and noise."""
    rng = np.random.RandomState(choice.data_seed)
    size = rng.uniform(50, 250, (1, 150))
    price = 0.4 + 0.018 * size + 0.25 * rng.randn(1, 150)
    statistics = statistics_of(size[:, :100], "housing")
    X = statistics.standardise(size)
    X_train, Y_train, X_test, Y_test = split_examples(X, price, 100)
    return Dataset(Part(X_train, Y_train), Part(X_test, Y_test), None, statistics=statistics)


def count_xor(choice: Choice) -> Dataset:
    """Return all 2^n patterns of n bits, and whether the number of ones is odd; there is nothing else to test on."""
    X = np.array(list(itertools.product((0.0, 1.0), repeat=choice.bits))).T
    return Dataset(Part(X, X.sum(axis=0, keepdims=True) % 2), None, classes=("even", "odd"))


def _load_h5(choice: Choice) -> Dataset:
    path = Path(choice.data)
    why = "as asked for" if choice.stream == "always" else None
    if choice.stream == "auto":
        with suppress(DataError):  # which is told by who reads it
            why = reason_to_stream(declared(path), MAX_BYTES)
    return _pictures(choice.data, choice.test) if why is None else _streamed(path, choice.test, why)


def _load_csv(choice: Choice) -> Dataset:
    assert choice.label is not None
    return _tables(choice.data, choice.test, choice.label)


LOADERS: Mapping[str, Callable[[Choice], Dataset]] = MappingProxyType(
    {
        "digits": load_digits,
        "cancer": load_cancer,
        "flower": draw_flower,
        "housing": draw_housing,
        "xor": count_xor,
    }
)
FILE_LOADERS = MappingProxyType({".h5": _load_h5, ".csv": _load_csv})


def _pictures(train: str, test: str | None) -> Dataset:
    if test is None:
        X, Y, classes, shape = load_part(train, "train")
        return Dataset(Part(X, Y), None, classes, shape, files=_sums(train))
    both = load_pictures(train, test)
    parts = Part(both.X_train, both.Y_train), Part(both.X_test, both.Y_test)
    return Dataset(*parts, both.classes, both.shape, files=_sums(train, test))


def _streamed(path: Path, test: str | None, why: str) -> Dataset:
    stream = Stream(path, why)
    sample = Part(*stream.batch(stream.sample()))
    further = None
    if test is not None:
        X, Y, classes, shape = load_part(test, "test")
        if (classes, shape) != (stream.classes, stream.shape):
            raise refusal(test, f"{classes} of {shape}", f"{stream.classes} of {stream.shape}", f"as in {path}")
        further = Part(X, Y)
    files = _sums(str(path), *([] if test is None else [test]))
    return Dataset(sample, further, stream.classes, stream.shape, files=files, stream=stream)


def _tables(train: str, test: str | None, label: str) -> Dataset:
    table = read_table(train, label)
    statistics = statistics_of(table.X, train)
    further = None if test is None else _like(table, test, label, train)
    Y = table.Y if further is None else np.concatenate([table.Y, further.Y], axis=1)
    return Dataset(
        Part(statistics.standardise(table.X), table.Y),
        None if further is None else Part(statistics.standardise(further.X), further.Y),
        (f"{label} 0", f"{label} 1") if np.isin(Y, (0, 1)).all() else None,
        statistics=statistics,
        files=_sums(train, *([] if test is None else [test])),
    )


def _like(table: Table, path: str, label: str, train: str) -> Table:
    further = read_table(path, label)
    if further.features != table.features:
        found = ", ".join(further.features)[:200]
        raise refusal(f"{path}, line 1", f"features {found}", "those of the training set", f"see line 1 of {train}")
    return further


def _sums(*paths: str) -> dict[str, str]:
    sums = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                sums[path] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: {error}") from None
    return sums
