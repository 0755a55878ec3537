"""What a file declares is bounded before anything is read: chunks, columns, lines, pixels, bytes."""

import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from backproof.data import hdf5, sets, tables
from backproof.data.hdf5 import DataError, load_part, load_pictures
from backproof.data.pictures import read_picture
from backproof.data.sets import Dataset
from backproof.data.tables import read_table
from backproof.training.checkpoint import unpack
from backproof.training.options import Config

from .files import PICTURES, write


@pytest.fixture
def bounded() -> Any:
    """A test that may use a few megabytes and a few seconds, as Python counts them."""
    tracemalloc.start()
    began = time.process_time()
    yield
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**26
    assert seconds < 10


def labels(path: Path, **settings: Any) -> None:
    write(path, "train")
    with h5py.File(path, "r+") as file:
        del file["train_set_y"]
        file.create_dataset("train_set_y", **settings)


@pytest.mark.usefixtures("bounded")
def test_tiny_chunks_are_counted_and_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "t.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("train_set_x", shape=(2**27, 1, 1, 1), dtype="u1", chunks=(1, 1, 1, 1))
        file.create_dataset("train_set_y", shape=(2**27,), dtype="u1", chunks=(1,))
        file["list_classes"] = np.array([b"a", b"b"])
    assert path.stat().st_size < 10_000
    with pytest.raises(DataError, match=r"train_set_x: found 134217728 chunks, expected at most 100000"):
        load_part(path, "train")


@pytest.mark.usefixtures("bounded")
def test_a_small_file_cannot_hold_what_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "t.h5"
    labels(path, shape=(2**27,), dtype="u1", chunks=(2**20,), compression="gzip")
    expected = r"found 134217728 bytes declared in a file of \d+, expected at most 1032 times"
    with pytest.raises(DataError, match=expected), hdf5.opened(path, "", "") as (raw, file):
        hdf5.values_of(raw, "labels", hdf5.checked(file, "labels", "train_set_y", hdf5.LABELS))


def test_many_chunks_are_read_in_one_walk(tmp_path: Path) -> None:
    path, m = tmp_path / "t.h5", 20_000
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("y", data=np.arange(m, dtype="u2"), chunks=(1,))
    began = time.process_time()
    with hdf5.opened(path, "", "") as (raw, file):
        found = hdf5.values_of(raw, "y", hdf5.checked(file, "y", "y", hdf5.LABELS))
    np.testing.assert_array_equal(found, np.arange(m))
    assert time.process_time() - began < 5  # one look for each chunk through all of them takes minutes


def test_chunks_at_the_edge_are_read(tmp_path: Path) -> None:
    write(tmp_path / "t.h5", "train", chunks=(2, 2, 3, 2), compression="gzip")
    X, *_ = load_part(tmp_path / "t.h5", "train")
    np.testing.assert_array_equal(np.rint(X.T * 255), PICTURES["train"].reshape(7, -1))


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(hdf5.SIGNATURE)
        os.ftruncate(file.fileno(), size)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda path: load_pictures(path, path), "t.h5"),
        (lambda path: read_table(path, "y"), "t.csv"),
        (lambda path: unpack(path), "model.h5"),
        (lambda path: read_picture(path, (8, 8, 1)), "t.png"),
    ],
    ids=["pictures", "table", "checkpoint", "picture"],
)
def test_a_sparse_file_of_any_length_is_refused_at_once(read: Callable[[Path], Any], name: str, tmp_path: Path) -> None:
    sparse(tmp_path / name, 2**40)
    with pytest.raises(DataError, match=rf"{name}: found 1099511627776 bytes, expected at most \d+"):
        read(tmp_path / name)


# Tables


def table(path: Path, text: str) -> Any:
    path.write_text(text)
    return read_table(path, "y")


@pytest.mark.usefixtures("bounded")
def test_many_columns_are_compared_by_a_table(tmp_path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(50_000))
    read = table(tmp_path / "t.csv", f"{names},y\n{'0,' * 50_000}1\n")
    assert read.X.shape == (50_000, 1)


def test_too_many_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_COLUMNS", 2)
    assert table(tmp_path / "t.csv", "a,y\n1,1\n").X.shape == (1, 1)
    with pytest.raises(DataError, match="line 1: found 3 columns, expected at most 2"):
        table(tmp_path / "t.csv", "a,b,y\n1,1,1\n")


def test_too_many_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_VALUES", 4)
    assert table(tmp_path / "t.csv", "a,y\n1,1\n2,0\n").X.shape == (1, 2)
    with pytest.raises(DataError, match="found more than 4 numbers"):
        table(tmp_path / "t.csv", "a,y\n1,1\n2,0\n3,1\n")


@pytest.mark.usefixtures("bounded")
def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,y\n" + b"1," * 2**23)
    with pytest.raises(DataError, match="line 2: found more than 4194304 characters, expected fewer"):
        read_table(path, "y")


def test_a_cell_of_many_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2: found a quoted cell without its end"):
        table(tmp_path / "t.csv", 'a,y\n"1\n",1\n')


def test_numbers_take_eight_bytes_each(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,c,d,y\n" + "1,2,3,4,1\n" * 100_000)
    tracemalloc.start()
    read = read_table(path, "y")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.X.shape == (4, 100_000)
    assert peak < 5 * 8 * 500_000  # as lists of Python's numbers, four times as much


# Pictures


@pytest.mark.parametrize("size", [(1, 40_000), (40_000, 1)])
def test_a_picture_of_one_pixel_by_very_many_is_refused(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("L", size).save(tmp_path / "t.png")
    with pytest.raises(DataError, match=rf"found {size[0]} x {size[1]} pixels, .* and 30000 a side"):
        read_picture(tmp_path / "t.png", (8, 8, 1))


def test_a_long_picture_is_read(tmp_path: Path) -> None:
    Image.new("L", (30_000, 1), 51).save(tmp_path / "t.png")
    np.testing.assert_allclose(read_picture(tmp_path / "t.png", (8, 8, 1)), 0.2)


# Training and test files of a table


def both(folder: Path, train: str, test: str) -> Dataset:
    (folder / "t.csv").write_text(train)
    (folder / "u.csv").write_text(test)
    data = Config().changed(data=str(folder / "t.csv"), test=str(folder / "u.csv"), label="y").data
    return sets.load(data, "cross_entropy")


def test_columns_in_another_order_are_refused(tmp_path: Path) -> None:
    assert both(tmp_path, "a,b,y\n1,2,0\n3,4,1\n", "a,y,b\n1,1,2\n").test is not None  # features alone have an order
    with pytest.raises(DataError, match="line 1: found features b, a, expected those of the training set"):
        both(tmp_path, "a,b,y\n1,2,0\n3,4,1\n", "b,a,y\n2,1,1\n")


def test_a_byte_order_mark_before_the_label_is_none_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfy,a\n1,2\n0,3\n")
    read = read_table(tmp_path / "t.csv", "y")
    np.testing.assert_array_equal(read.Y, [[1, 0]])
    assert read.features == ("a",)


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\u202e", "\x07"])
def test_names_that_a_terminal_would_obey_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 1: found a name '.*', expected names that can be printed") as error:
        table(tmp_path / "t.csv", f"{name},y\n1,1\n")
    assert str(error.value).isprintable()
