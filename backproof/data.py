"""Labelled pictures from HDF5 files in the schema of the course's cat set.

Such files come from strangers. HDF5 follows links, external storage and virtual data sets into other files without a
word; a kilobyte can declare terabytes; and libhdf5 believes the length a chunk declares, so that a false one makes it
return foreign memory, crash, or fill the machine. So here it only tells what a file declares and where the bytes are;
everything declared is checked first, and the bytes are read and unpacked by Python.
"""

import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference_numpy.notation import flatten_pictures, scale_pixels

Array = NDArray[np.floating[Any]]

MAX_GIB = 2  # one dataset in memory, as float64
MAX_NAME = 256
GZIP = 1  # HDF5's number of the filter
SIGNATURE = b"\x89HDF\r\n\x1a\n"


class DataError(ValueError):
    """A file of pictures cannot be used: the message says where, what was found, what was expected and why."""

    def __init__(self, where: object, found: str, expected: str, why: str) -> None:
        super().__init__(f"{where}: found {found}, expected {expected}: {why}")


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

    Raises DataError for a file that is missing, damaged, not of the schema or that points outside itself, and for two
    files that do not belong together.
    """
    x, y, classes = _read(Path(train_path), "train")
    x_test, y_test, test_classes = _read(Path(test_path), "test")
    shape, test_shape = x.shape[1:], x_test.shape[1:]
    if test_shape != shape:
        why = f"one network reads both, and those of {train_path} have that size"
        raise DataError(f"{test_path}, test_set_x", f"pictures of {test_shape}", f"pictures of {shape}", why)
    if test_classes != classes:
        why = f"a label means the same in both, and {train_path} says so"
        raise DataError(f"{test_path}, list_classes", f"{test_classes}", f"{classes}", why)
    X_train, X_test = (scale_pixels(flatten_pictures(pictures)) for pictures in (x, x_test))
    Y_train, Y_test = (labels.astype(np.float64).reshape(1, -1) for labels in (y, y_test))
    return PictureSet(X_train, Y_train, X_test, Y_test, classes, shape)


def digits() -> PictureSet:
    """Load the shipped digits, even (0) against odd (1): X_train (64, 1437), X_test (64, 360); see digits/README.md.

    Raises DataError when the installed files are damaged.
    """
    folder = files("backproof") / "digits"
    with as_file(folder / "train_digits.h5") as train, as_file(folder / "test_digits.h5") as test:
        return load_pictures(train, test)


def cats(folder: str | Path) -> PictureSet:
    """Load the course's cats from a folder that has its two files: X_train (12288, 209), X_test (12288, 50).

    Raises DataError when a file of that name is missing or cannot be used.
    """
    return load_pictures(Path(folder) / "train_catvnoncat.h5", Path(folder) / "test_catvnoncat.h5")


class _Kind(NamedTuple):
    """What a dataset must be before it is read."""

    ndim: int
    dtype_fits: Callable[[np.dtype[Any]], bool]
    expected: str
    why: str


PIXELS = "uint8 of shape (m, height, width, channels)"
PICTURES = _Kind(4, lambda dtype: dtype == np.uint8, PIXELS, "pixels are bytes, scaled to [0, 1] by reading them")
LABELS = _Kind(1, lambda dtype: dtype.kind in "iu", "integers of shape (m,)", "each picture has one label, 0 or 1")
NAMES = f"bytes of shape (2,), at most {MAX_NAME} each"
CLASSES = _Kind(
    1, lambda dtype: dtype.kind == "S" and dtype.itemsize <= MAX_NAME, NAMES, "they name label 0 and label 1"
)


def _read(path: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.integer[Any]], tuple[str, str]]:
    """Pictures (m, h, w, c), labels (m,) and class names of one file."""
    import h5py

    names = (f"{part}_set_x", f"{part}_set_y", "list_classes")
    at_x, at_y, at_c = (f"{path}, {name}" for name in names)
    if not path.is_file():
        raise DataError(path, "no such file", f"an HDF5 file with {', '.join(names)}", "pictures are read from it")
    with _damage_reported(path), path.open("rb") as raw:
        if (start := raw.read(16))[:8] != SIGNATURE:
            why = "this is another kind of file, perhaps an error page or a pointer in its place"
            raise DataError(path, f"{start!r} at its start", f"HDF5's signature {SIGNATURE!r}", why)
        with h5py.File(path, "r") as file:
            kinds = zip(names, (PICTURES, LABELS, CLASSES), strict=True)
            x, y, c = (_checked(file, f"{path}, {name}", name, kind) for name, kind in kinds)
            if 0 in x.shape:
                raise DataError(at_x, f"shape {x.shape}", "at least one picture of one pixel", "nothing can be learned")
            if len(y) != len(x):
                raise DataError(at_y, f"{len(y)} labels", f"{len(x)}", f"{names[0]} has so many pictures")
            if len(c) != 2:
                raise DataError(at_c, f"{len(c)} names", "two", CLASSES.why)
            pictures, labels, classes = (_values(raw, at, of) for at, of in ((at_x, x), (at_y, y), (at_c, c)))
    if len(wrong := np.flatnonzero((labels != 0) & (labels != 1))):
        raise DataError(at_y, f"label {labels[wrong[0]]} at index {wrong[0]}", "0 or 1", LABELS.why)
    return pictures, labels, _class_names(at_c, classes)


@contextmanager
def _damage_reported(where: object) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # a damaged file makes h5py raise nearly every class there is
        found = f"{type(error).__name__} ({error})"
        raise DataError(where, found, "readable HDF5", "it is damaged, cut short or not readable") from error


def _checked(file: Any, where: str, name: str, kind: _Kind) -> Any:
    """The dataset, unread, once all that it declares is as it must be."""
    import h5py

    with _damage_reported(where):
        link = file.get(name, getlink=True)
        if link is None:
            raise DataError(where, "no dataset of this name", kind.expected, kind.why)
        own, why_own = "a dataset of the file's own", "anything else can return the bytes of another file"
        if not isinstance(link, h5py.HardLink):
            raise DataError(where, f"a link of class {type(link).__name__}", own, why_own)
        dataset = file[name]
        if not isinstance(dataset, h5py.Dataset):
            raise DataError(where, f"a {type(dataset).__name__.lower()}", own, "it holds numbers")
        if dataset.is_virtual or dataset.external:
            raise DataError(where, "a virtual data set" if dataset.is_virtual else "external storage", own, why_own)
        dtype, shape = dataset.dtype, dataset.shape
        if shape is None or len(shape) != kind.ndim or not kind.dtype_fits(dtype):
            raise DataError(where, f"{dtype} of shape {shape}", kind.expected, kind.why)
        _check_size(where, "shape", shape)
        return dataset


def _check_size(where: str, what: str, shape: tuple[int, ...]) -> None:
    gib = math.prod(shape) * 8 / 2**30
    if gib > MAX_GIB:
        found = f"{what} {shape}, {gib:.3g} GiB as float64"
        raise DataError(where, found, f"at most {MAX_GIB} GiB", "it must fit in memory, whatever a file declares")


def _values(raw: BinaryIO, where: str, dataset: Any) -> Any:
    """The values of a checked dataset; one that is not chunked is read as if it were one chunk."""
    with _damage_reported(where):
        settings, steps = dataset.id.get_create_plist(), dataset.chunks or dataset.shape
        filters = [settings.get_filter(i)[0] for i in range(settings.get_nfilters())]
        if filters not in ([], [GZIP]):
            raise DataError(where, f"HDF5 filters {filters}", f"none or gzip, [{GZIP}]", "no other is unpacked here")
        _check_size(where, "chunks of shape", steps)
        n_bytes = math.prod(steps) * dataset.dtype.itemsize
        values = np.empty(dataset.shape, dataset.dtype)
        for corner in product(*(range(0, n, step) for n, step in zip(values.shape, steps, strict=True))):
            block = _stored(raw, where, dataset, corner, n_bytes, packed=bool(filters))
            if len(block) != n_bytes:
                found = f"{'more than ' * (len(block) > n_bytes)}{min(len(block), n_bytes)} bytes at {corner}"
                raise DataError(where, found, f"{n_bytes}", "its shape and type need them")
            box = values[tuple(slice(first, first + step) for first, step in zip(corner, steps, strict=True))]
            box[...] = np.frombuffer(block, values.dtype).reshape(steps)[tuple(slice(n) for n in box.shape)]
        return values


def _stored(raw: BinaryIO, where: str, dataset: Any, corner: tuple[int, ...], n_bytes: int, packed: bool) -> bytes:
    """The unpacked bytes of the chunk at a corner, at most one more than there should be."""
    if dataset.chunks is None:
        start, size, left_unpacked = dataset.id.get_offset(), n_bytes, 0
    else:
        chunk = dataset.id.get_chunk_info_by_coord(corner)
        start, size, left_unpacked = chunk.byte_offset, chunk.size, chunk.filter_mask
    if start is None:
        raise DataError(where, f"no data for {corner}", "contiguous or chunked data", "it was never written, or compactly")
    raw.seek(start)
    block = raw.read(size)
    return zlib.decompressobj().decompress(block, n_bytes + 1) if packed and not left_unpacked else block


def _class_names(where: str, names: NDArray[np.bytes_]) -> tuple[str, str]:
    first, second = (bytes(name).decode(errors="replace") for name in names)
    # The names are printed: control characters could rewrite a terminal.
    if first == second or not all(name.strip() and name.isprintable() for name in (first, second)):
        raise DataError(where, f"{(first, second)}", "two different printable names", CLASSES.why)
    return first, second
