"""Streamed pictures are the ones in memory: each exactly once in a pass, each block read once, within a window."""

import os
import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.data import stream as module
from backproof.data.hdf5 import DataError, load_part
from backproof.data.stream import Declared, Stream, reason_to_stream, shuffled

M, SHAPE = 103, (4, 5, 3)
LAYOUTS: dict[str, dict[str, Any]] = {
    "contiguous": {},
    "chunks": {"chunks": (10, 4, 5, 3)},
    "packed": {"chunks": (7, 4, 5, 3), "compression": "gzip"},
    "chunks that cut pictures": {"chunks": (8, 3, 2, 2), "compression": "gzip"},
}


def write(path: Path, m: int = M, shape: tuple[int, ...] = SHAPE, **settings: Any) -> Path:
    rng = np.random.default_rng(5)
    with h5py.File(path, "w") as file:
        file.create_dataset("train_set_x", data=rng.integers(0, 256, (m, *shape), dtype=np.uint8), **settings)
        file["train_set_y"] = rng.integers(0, 2, m)
        file["list_classes"] = np.array([b"even", b"odd"])
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_pass_has_each_example_once_and_each_block_once(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 600)  # bytes: ten pictures
    path = write(tmp_path / "train.h5", **LAYOUTS[layout])
    X, Y, classes, _ = load_part(path, "train")
    stream = Stream(path, "here", window=2000)
    assert (stream.m, stream.shape, stream.classes) == (M, SHAPE, classes)
    order = stream.order(np.random.RandomState(1))
    assert sorted(order) == list(range(M))
    for first in range(0, M, 9):
        columns = order[first : first + 9]
        ahead = order[first + 9 : first + 18]
        found, labels = stream.batch(columns)
        assert found.tobytes("F") == X[:, columns].tobytes("F")
        assert np.array_equal(labels, Y[:, columns])
        if len(ahead):
            stream.expect(ahead)
    assert stream.blocks_read <= -(-M // stream.block) + 13  # one more where a batch lies in two windows


def test_an_order_stays_in_its_window() -> None:
    order = shuffled(np.random.RandomState(0), 1000, 10, 5)
    assert sorted(order) == list(range(1000))
    assert [len(set(order[first : first + 50] // 10)) for first in range(0, 1000, 50)] == [5] * 20
    assert not np.array_equal(order, shuffled(np.random.RandomState(1), 1000, 10, 5))
    assert sorted(shuffled(np.random.RandomState(0), 7, 10, 5)) == list(range(7))


def test_a_process_opens_its_own_handle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(write(tmp_path / "train.h5"), "here")
    first = stream._handle()
    assert stream._handle() is first
    monkeypatch.setattr(os, "getpid", lambda: -1)  # as after a fork
    assert stream._handle() is not first
    copied = pickle.loads(pickle.dumps(stream))
    assert np.array_equal(copied.batch(np.arange(3))[0], stream.batch(np.arange(3))[0])


def test_the_size_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_gib", lambda: 1.0)
    assert reason_to_stream(Declared(1000, (64, 64, 3), 10**7), 2**30) is None
    reason = reason_to_stream(Declared(10_000, (64, 64, 3), 10**7), 2**30)
    assert reason == "0.916 GiB as float64, of which at most 0.5 are held in memory"


def test_a_file_that_ends_early_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "train.h5", chunks=(10, 4, 5, 3))
    stream = Stream(path, "here")
    os.truncate(path, 2500)
    with pytest.raises(DataError, match=r"train_set_x: found \d+ bytes at"):
        stream.batch(np.arange(M))
