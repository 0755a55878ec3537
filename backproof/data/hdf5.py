"""Labelled pictures from HDF5 files in the schema of the course's cat set.

Such files come from strangers. HDF5 follows links, external storage and virtual data sets into other files; a kilobyte
can declare terabytes; and libhdf5 believes the length that a chunk declares, so that a false one makes it return
foreign memory, crash, or fill the machine. So here it only says what a file declares and where the bytes are, which is
checked first; Python reads and unpacks them.
"""

import math
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.files import absence, is_file
from reference_numpy.notation import flatten_pictures, scale_pixels

Array = NDArray[np.floating[Any]]

MAX_GIB = 2  # one dataset as float64
MAX_BYTES = 2**30  # of a file of pictures
MAX_CHUNKS = 100_000  # of a dataset
DEFLATE = 1032  # no byte of gzip becomes more than so many
MODES = {1: "L", 3: "RGB"}  # of further pictures, as Pillow calls them, by their channels
GZIP = 1  # HDF5's number of the filter
SIGNATURE = b"\x89HDF\r\n\x1a\n"


class DataError(ValueError):
    """A file of pictures cannot be used: the message says where, what was found, what was expected and why."""


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Pictures as columns, X (n_x, m) in [0, 1] and Y (1, m) in {0, 1}; `shape` is that of one picture, (h, w, c)."""

    X_train: Array
    Y_train: Array
    X_test: Array
    Y_test: Array
    classes: tuple[str, str]
    shape: tuple[int, int, int]


def load_pictures(train_path: str | Path, test_path: str | Path) -> PictureSet:
    """Read a training and a test file: X (n_x, m) float64 in [0, 1], column-major, and Y (1, m) float64 in {0, 1}.

    Raises DataError for a file that is missing, damaged, not of the schema or not self-contained, and for a bad pair.
    """
    X_train, Y_train, classes, shape = load_part(train_path, "train")
    X_test, Y_test, test_classes, test_shape = load_part(test_path, "test")
    if test_shape != shape:
        why = f"they have that size in {train_path}, and one network reads both"
        raise refusal(f"{test_path}, test_set_x", f"pictures of {test_shape}", f"{shape}", why)
    if test_classes != classes:
        raise refusal(f"{test_path}, list_classes", f"{test_classes}", f"{classes}", f"those of {train_path}")
    return PictureSet(X_train, Y_train, X_test, Y_test, classes, shape)


def load_part(path: str | Path, part: str) -> tuple[Array, Array, tuple[str, str], tuple[int, int, int]]:
    """Read X (n_x, m), Y (1, m), class names and picture shape of one file; `part` is train or test.

    Raises DataError for a file that is missing, damaged, not of the schema or not self-contained.
    """
    x, y, classes = _read(Path(path), part)
    X = scale_pixels(flatten_pictures(x))
    return X, y.astype(np.float64).reshape(1, -1), classes, x.shape[1:]


def digits() -> PictureSet:
    """Load the shipped digits, even (0) against odd (1): X_train (64, 1437), X_test (64, 360); see digits/README.md.

    Raises DataError when the installed files are damaged.
    """
    folder = files("backproof.data") / "digits"
    with as_file(folder / "train_digits.h5") as train, as_file(folder / "test_digits.h5") as test:
        return load_pictures(train, test)


def cats(folder: str | Path) -> PictureSet:
    """Load the course's cats from a folder that has its two files: X_train (12288, 209), X_test (12288, 50).

    Raises DataError when a file of that name is missing or cannot be used.
    """
    return load_pictures(Path(folder) / "train_catvnoncat.h5", Path(folder) / "test_catvnoncat.h5")


def refusal(where: object, found: str, expected: str, why: str) -> DataError:
    """Return an error in the form that all refusals have."""
    return DataError(f"{where}: found {found}, expected {expected}: {why}")


def check_file(path: Path, expected: str, why: str, most: int) -> None:
    """Raise DataError unless it is a file of at most so many bytes; it is not opened."""
    if not is_file(path):
        raise refusal(path, absence(path), expected, why)
    if (n_bytes := path.stat().st_size) > most:
        raise refusal(path, f"{n_bytes} bytes", f"at most {most}", "it must fit in memory")


class Kind(NamedTuple):
    """What a dataset must be: dimensions, type, and both in words, with the reason."""

    ndim: int
    fits: Callable[[np.dtype[Any]], bool]
    expected: str
    why: str


PICTURES = Kind(4, lambda t: t == np.uint8, "uint8 of shape (m, height, width, channels)", "pixels are bytes, 0..255")
LABELS = Kind(1, lambda t: t.kind in "iu", "integers of shape (m,)", "each picture has one label, 0 or 1")
CLASSES = Kind(1, lambda t: t.kind == "S" and t.itemsize <= 256, "two names of at most 256 bytes", "they name 0 and 1")


def _read(path: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.integer[Any]], tuple[str, str]]:
    """Read pictures (m, h, w, c), labels (m,) and class names of one file."""
    names = (f"{part}_set_x", f"{part}_set_y", "list_classes")
    at_x, at_y, at_c = (f"{path}, {name}" for name in names)
    with opened(path, f"an HDF5 file with {', '.join(names)}", "pictures are read from it") as (raw, file):
        kinds = zip(names, (PICTURES, LABELS, CLASSES), strict=True)
        x, y, c = (checked(file, f"{path}, {name}", name, kind) for name, kind in kinds)
        if 0 in x.shape:
            raise refusal(at_x, f"shape {x.shape}", "at least one picture of one pixel", "nothing can be learned")
        if len(y) != len(x):
            raise refusal(at_y, f"{len(y)} labels", f"{len(x)}", f"{names[0]} has so many pictures")
        if len(c) != 2:
            raise refusal(at_c, f"{len(c)} names", "two", CLASSES.why)
        pictures, labels, classes = (values_of(raw, at, of) for at, of in ((at_x, x), (at_y, y), (at_c, c)))
    if len(wrong := np.flatnonzero((labels != 0) & (labels != 1))):
        raise refusal(at_y, f"label {labels[wrong[0]]} at index {wrong[0]}", "0 or 1", LABELS.why)
    return pictures, labels, class_names(at_c, classes)


@contextmanager
def opened(path: Path, expected: str, why: str, most: int = MAX_BYTES) -> Iterator[tuple[BinaryIO, Any]]:
    """Open a file as bytes and as HDF5; DataError if it is not HDF5, and for any damage met while it is open."""
    import h5py

    check_file(path, expected, why, most)
    with _damage_reported(path), path.open("rb") as raw:
        if (start := raw.read(16))[:8] != SIGNATURE:
            raise refusal(path, f"{start!r} at its start", f"HDF5's {SIGNATURE!r}", "this is some other kind of file")
        with h5py.File(path, "r") as file:
            yield raw, file


@contextmanager
def _damage_reported(where: object) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # a damaged file makes h5py raise nearly every class there is
        raise refusal(where, f"{type(error).__name__} ({error})", "whole HDF5", "it cannot be read") from error


def checked(file: Any, where: str, name: str, kind: Kind, most_gib: float = MAX_GIB) -> Any:
    """Return the dataset, unread, once everything that it declares has been checked."""
    import h5py

    with _damage_reported(where):
        link, why = file.get(name, getlink=True), "it could return the bytes of another file"
        if link is None:
            raise refusal(where, "no dataset of this name", kind.expected, kind.why)
        if not isinstance(link, h5py.HardLink):
            raise refusal(where, f"a link of class {type(link).__name__}", "a dataset (hard link)", why)
        dataset = file[name]
        if not isinstance(dataset, h5py.Dataset):
            raise refusal(where, f"a {type(dataset).__name__.lower()}", f"a dataset, {kind.expected}", kind.why)
        if dataset.is_virtual or dataset.external:
            found = "a virtual data set" if dataset.is_virtual else "external storage"
            raise refusal(where, found, "data in the file itself", why)
        shape = dataset.shape
        if shape is None or len(shape) != kind.ndim or not kind.fits(dataset.dtype):
            raise refusal(where, f"{dataset.dtype} of shape {shape}", kind.expected, kind.why)
        _check_size(where, "shape", shape, dataset.dtype, most_gib)
        return dataset


def _check_size(where: str, what: str, shape: tuple[int, ...], dtype: np.dtype[Any], most: float = MAX_GIB) -> None:
    if (gib := math.prod(shape) * max(dtype.itemsize, 8) / 2**30) > most:
        raise refusal(where, f"{what} {shape}, {gib:.3g} GiB", f"at most {most} GiB", "it must fit in memory")


class Layout(NamedTuple):
    """Where the bytes of a checked dataset are: chunks of so many steps, the place of each by its corner."""

    where: str
    shape: tuple[int, ...]
    steps: tuple[int, ...]
    dtype: np.dtype[Any]
    places: "Mapping[tuple[int, ...], Place]"
    packed: bool
    in_one: int | None = None  # the start of a dataset that is not chunked, where it is read by parts

    def read(self, raw: BinaryIO, values: Any, first: int, corner: tuple[int, ...]) -> None:
        """Read the chunk at (first, *corner) into values, whose own first row is `first`; DataError for damage."""
        at, steps = (first, *corner), self.steps
        place, row = self.places.get(at), math.prod(self.shape[1:]) * self.dtype.itemsize
        if self.in_one is not None:
            steps = values.shape
            place = Place(self.in_one + first * row, values.nbytes, False)
        n_bytes = math.prod(steps) * self.dtype.itemsize
        with _damage_reported(self.where):
            block = _stored(raw, self.where, place, at, n_bytes, self.packed)
            if len(block) != n_bytes:
                found = f"{len(block)} bytes" if len(block) < n_bytes else f"more than {n_bytes} bytes"
                raise refusal(self.where, f"{found} at {at}", f"{n_bytes}", "its shape and type need so many")
            sides = (slice(start, start + n) for start, n in zip(corner, steps[1:], strict=True))
            box = values[(slice(steps[0]), *sides)]
            box[...] = np.frombuffer(block, self.dtype).reshape(steps)[tuple(slice(n) for n in box.shape)]


def layout_of(raw: BinaryIO, where: str, dataset: Any, parts: tuple[int, ...] | None = None) -> Layout:
    """Return the layout of a checked dataset; without chunks it is one, or is read by parts of this shape."""
    with _damage_reported(where):
        settings, steps = dataset.id.get_create_plist(), dataset.chunks or dataset.shape
        n_chunks = math.prod(-(-n // step) for n, step in zip(dataset.shape, steps, strict=True))
        if n_chunks > MAX_CHUNKS:
            raise refusal(where, f"{n_chunks} chunks", f"at most {MAX_CHUNKS}", "each of them is looked for")
        filters = [settings.get_filter(i)[0] for i in range(settings.get_nfilters())]
        if filters not in ([], [GZIP]):
            raise refusal(where, f"HDF5 filters {filters}", f"none or gzip, [{GZIP}]", "this is all that is unpacked")
        by_parts = parts is not None and dataset.chunks is None
        if not by_parts:
            _check_size(where, "chunks of shape", steps, dataset.dtype)
        n_bytes = math.prod(steps) * dataset.dtype.itemsize
        size = raw.seek(0, os.SEEK_END)
        if n_chunks * n_bytes > DEFLATE * size:
            found = f"{n_chunks * n_bytes} bytes declared in a file of {size}"
            raise refusal(where, found, f"at most {DEFLATE} times as many", "no packed data become longer than that")
        places = _places(dataset, n_bytes, n_chunks)
        if parts is None or not by_parts:
            return Layout(where, dataset.shape, tuple(steps), dataset.dtype, places, bool(filters))
        if not places:
            raise refusal(where, "no data", "contiguous or chunked data", "none was written, or compactly")
        steps, start = (min(parts[0], dataset.shape[0]), *dataset.shape[1:]), places[(0,) * len(steps)].start
        return Layout(where, dataset.shape, steps, dataset.dtype, places, False, start)


def values_of(raw: BinaryIO, where: str, dataset: Any) -> Any:
    """Read the values of a checked dataset; one that is not chunked is read as if it were one chunk."""
    layout = layout_of(raw, where, dataset)
    values = np.empty(dataset.shape, dataset.dtype)
    for first, *corner in product(*(range(0, n, step) for n, step in zip(values.shape, layout.steps, strict=True))):
        layout.read(raw, values[first:], first, tuple(corner))
    return values


class Place(NamedTuple):
    """Where the bytes of a chunk are, and whether gzip left them as they were."""

    start: int
    size: int
    left_unpacked: bool


def _places(dataset: Any, n_bytes: int, most: int) -> dict[tuple[int, ...], Place]:
    """Return the place of each chunk by its corner, from one walk through all of them."""
    if dataset.chunks is None:
        start = dataset.id.get_offset()
        return {} if start is None else {(0,) * len(dataset.shape): Place(start, n_bytes, False)}
    places: dict[tuple[int, ...], Place] = {}

    def note(chunk: Any) -> bool | None:
        places[tuple(chunk.chunk_offset)] = Place(chunk.byte_offset, chunk.size, bool(chunk.filter_mask))
        return True if len(places) > most else None  # anything but None ends the walk

    dataset.id.chunk_iter(note)
    return places


def _stored(
    raw: BinaryIO, where: str, place: Place | None, corner: tuple[int, ...], n_bytes: int, packed: bool
) -> bytes:
    """Return the unpacked bytes of the chunk at a corner, at most one more than there should be."""
    if place is None:
        raise refusal(where, f"no data at {corner}", "contiguous or chunked data", "none was written, or compactly")
    start, size, left_unpacked = place
    raw.seek(start)
    block = raw.read(size)
    return zlib.decompressobj().decompress(block, n_bytes + 1) if packed and not left_unpacked else block


def class_names(where: str, names: NDArray[np.bytes_]) -> tuple[str, str]:
    """Return the names of class 0 and class 1."""
    first, second = (bytes(name).decode(errors="replace") for name in names)
    if first == second or not all(name.strip() and name.isprintable() for name in (first, second)):
        raise refusal(where, f"{(first, second)}", "two different printable names", "they are printed")
    return first, second
