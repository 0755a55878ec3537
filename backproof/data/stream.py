"""Training pictures that need not fit in memory: read from HDF5 by blocks, a few of which are shuffled together.

A block is a run of examples that lie together in the file: one row of HDF5's chunks. An epoch takes the blocks in
random order, a window of them at a time, and the examples of a window in random order. So a pass reads each block once,
keeps one window in memory, and meets every example exactly once. In memory stay the labels and the order, 16 bytes an
example.
"""

import math
import os
import resource
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise, product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference_numpy.descent import batch_indices
from reference_numpy.notation import flatten_pictures, scale_pixels

from .hdf5 import CLASSES, LABELS, MAX_GIB, PICTURES, Array, Layout, checked, class_names, layout_of, opened, refusal
from .hdf5 import values_of as whole

GIB = 2**30
MOST_BYTES = 2**44  # of a file
BLOCK = 2**20  # bytes of a block where the file has no chunks
WINDOW = 2**25  # bytes of the blocks that are shuffled together
SAMPLE, PLACES = 1024, 32  # examples that stand for the whole set on the board, and where they come from
Order = NDArray[np.int64]
Chosen = NDArray[np.integer[Any]]


class Declared(NamedTuple):
    """What a file declares of its pictures."""

    m: int
    shape: tuple[int, int, int]
    size: int  # bytes

    @property
    def gib(self) -> float:
        """Memory of the pictures as float64, in GiB."""
        return self.m * math.prod(self.shape) * 8 / GIB


def declared(path: Path) -> Declared:
    """Look at a training file without reading its pictures; DataError where it cannot be used."""
    with opened(path, "an HDF5 file of pictures", "pictures are read from it", MOST_BYTES) as (_, file):
        x = checked(file, f"{path}, train_set_x", "train_set_x", PICTURES, math.inf)
        if 0 in x.shape:
            raise refusal(f"{path}, train_set_x", f"shape {x.shape}", "at least one picture of one pixel", "as ever")
        return Declared(x.shape[0], x.shape[1:], path.stat().st_size)


def free_gib() -> float:
    """Return how much memory this process may still take, as far as the system tells."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return min(free, limit if limit != resource.RLIM_INFINITY else free) / GIB


def reason_to_stream(found: Declared, most_bytes: int) -> str | None:
    """Return why pictures are streamed where that is left open; None where they fit in memory."""
    most = min(MAX_GIB, free_gib() / 2)
    if found.gib > most or found.size > most_bytes:
        return f"{found.gib:.3g} GiB as float64, of which at most {most:.3g} are held in memory"
    return None


class Stream:
    """The training pictures of a file, read when they are asked for, a batch ahead; each process has its own handle."""

    def __init__(self, path: Path, why: str, window: int = WINDOW) -> None:
        self.path, self.why = path, why
        with opened(path, "an HDF5 file of pictures", "pictures are read from it", MOST_BYTES) as (raw, file):
            where = f"{path}, train_set_x"
            x = checked(file, where, "train_set_x", PICTURES, math.inf)
            y, c = (
                checked(file, f"{path}, {n}", n, k) for n, k in (("train_set_y", LABELS), ("list_classes", CLASSES))
            )
            if len(y) != len(x) or 0 in x.shape or len(c) != 2:
                found = f"{x.shape} pictures, {len(y)} labels, {len(c)} names"
                raise refusal(path, found, "a label for each picture, and two names", "as in the course's files")
            self.m, self.shape = len(x), x.shape[1:]
            rows = max(1, BLOCK // math.prod(self.shape))
            self._layout: Layout = layout_of(raw, where, x, (rows, *self.shape))
            labels = whole(raw, f"{path}, train_set_y", y)
            self.classes = class_names(f"{path}, list_classes", whole(raw, f"{path}, list_classes", c))
        if len(wrong := np.flatnonzero((labels != 0) & (labels != 1))):
            raise refusal(f"{path}, train_set_y", f"label {labels[wrong[0]]} at {wrong[0]}", "0 or 1", LABELS.why)
        self.Y = labels.astype(np.float64).reshape(1, -1)
        self.block = self._layout.steps[0]
        self.together = max(2, window // (self.block * math.prod(self.shape)))  # blocks of a window
        self._blocks: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()
        self._raw: tuple[int, BinaryIO] | None = None  # the handle, and the process that opened it
        self._worker: tuple[int, ThreadPoolExecutor] | None = None
        self._ahead: dict[bytes, Future[Array]] = {}
        self._next: dict[int, Order] = {}  # the batch that follows, by the first example of each
        self.blocks_read = 0

    def order(self, rng: np.random.RandomState) -> Order:
        """Draw an order of all examples for a pass."""
        return shuffled(rng, self.m, self.block, self.together)

    def batches(self, rng: np.random.RandomState, size: int) -> list[Order]:
        """Draw the batches of a pass, and take note of which follows which."""
        batches = batch_indices(self.order(rng), size)
        self._next = {int(one[0]): following for one, following in pairwise(batches)}
        return batches

    def following(self, columns: Chosen) -> Order | None:
        """Return the batch after this one, if the pass has one."""
        return self._next.get(int(columns[0]))

    def batch(self, columns: Chosen) -> tuple[Array, Array]:
        """Return X (n_x, k) in [0, 1] and Y (1, k) of these examples, in this order."""
        waiting = self._ahead.pop(columns.tobytes(), None)
        X = waiting.result() if waiting is not None else self._read(columns)
        return X, self.Y[:, columns]

    def expect(self, columns: Chosen) -> None:
        """Begin to read what is asked for next, in a worker."""
        if self._worker is None or self._worker[0] != os.getpid():
            self._worker, self._ahead = (os.getpid(), ThreadPoolExecutor(1, "read-ahead")), {}
        self._ahead = {columns.tobytes(): self._worker[1].submit(self._read, columns)}

    def sample(self) -> Order:
        """Return examples from places all over the file."""
        starts = np.unique(np.linspace(0, max(self.m - 1, 0), PLACES).astype(int) // self.block) * self.block
        few = max(1, SAMPLE // len(starts))
        return np.concatenate([np.arange(first, min(first + min(few, self.block), self.m)) for first in starts])

    def _read(self, columns: Chosen) -> Array:
        pictures = np.empty((len(columns), *self.shape), np.uint8)
        of_block = columns // self.block
        for number in np.unique(of_block):
            chosen = of_block == number
            pictures[chosen] = self._block(int(number))[columns[chosen] - number * self.block]
        return scale_pixels(flatten_pictures(pictures))

    def _block(self, number: int) -> NDArray[np.uint8]:
        """Return a block, read or kept; the worker and the training may ask at the same time."""
        with self._lock:
            if number in self._blocks:
                self._blocks.move_to_end(number)
                return self._blocks[number]
            first = number * self.block
            values = np.empty((min(self.block, self.m - first), *self.shape), np.uint8)
            sides = (range(0, n, step) for n, step in zip(self.shape, self._layout.steps[1:], strict=True))
            for corner in product(*sides):
                self._layout.read(self._handle(), values, first, corner)
            self._blocks[number] = values
            self.blocks_read += 1
            while len(self._blocks) > self.together + 1:
                self._blocks.popitem(last=False)
            return values

    def _handle(self) -> BinaryIO:
        """Return this process's handle of the file: one that was opened before a fork would share its position."""
        if self._raw is None or self._raw[0] != os.getpid():
            raw = self.path.open("rb")
            weakref.finalize(self, raw.close)
            self._raw = os.getpid(), raw
        return self._raw[1]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return self.__dict__ | {"_lock": None, "_raw": None, "_worker": None, "_ahead": {}, "_blocks": OrderedDict()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what another process had."""
        self.__dict__ |= state | {"_lock": threading.Lock()}


def shuffled(rng: np.random.RandomState, m: int, block: int, together: int) -> Order:
    """Draw an order of m examples: the blocks in random order, and within each window of them the examples."""
    blocks = rng.permutation(math.ceil(m / block))
    windows = (blocks[first : first + together] for first in range(0, len(blocks), together))
    return np.concatenate([rng.permutation(_examples(window, m, block)) for window in windows])


def _examples(blocks: Sequence[int] | Order, m: int, block: int) -> Order:
    return np.concatenate([np.arange(b * block, min((b + 1) * block, m)) for b in blocks])
