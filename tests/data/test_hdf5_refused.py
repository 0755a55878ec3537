"""Files of pictures that are refused, or harmless though damaged."""

import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.data.hdf5 import DataError, PictureSet, load_pictures

from .files import DIGITS, damaged, write

Spoil = Callable[[Path], None]


def replaced(name: str, value: Any) -> Spoil:
    def spoil(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            if name in file:
                del file[name]
            if value is not None:
                file[name] = value

    return spoil


def created(name: str, **settings: Any) -> Spoil:
    def spoil(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            del file[name]
            file.create_dataset(name, **settings)

    return spoil


def bytes_changed(change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return spoil


def in_place_of_the_file(path: Path) -> None:
    path.unlink()
    path.mkdir()


def external_link(path: Path) -> None:
    write(path.with_name("other.h5"), "train")
    replaced("train_set_x", h5py.ExternalLink("other.h5", "/train_set_x"))(path)


def soft_link(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.move("train_set_x", "elsewhere")
        file["train_set_x"] = h5py.SoftLink("/elsewhere")


def external_storage(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_bytes(bytes(1000))
    created("train_set_x", shape=(7, 3, 5, 2), dtype="u1", external=[(str(secret), 0, 1000)])(path)


def virtual(path: Path) -> None:
    write(path.with_name("other.h5"), "train")
    layout = h5py.VirtualLayout(shape=(7, 3, 5, 2), dtype="u1")
    layout[...] = h5py.VirtualSource(path.with_name("other.h5"), "train_set_x", shape=(7, 3, 5, 2))
    with h5py.File(path, "r+") as file:
        del file["train_set_x"]
        file.create_virtual_dataset("train_set_x", layout)


def group(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["train_set_x"]
        file.create_group("train_set_x")


def chunk(stored: bytes) -> Spoil:
    def spoil(path: Path) -> None:
        write(path, "train", chunks=(7, 3, 5, 2), compression="gzip")
        with h5py.File(path, "r+") as file:
            file["train_set_x"].id.write_direct_chunk((0, 0, 0, 0), stored)

    return spoil


def compact(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["train_set_y"]
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((7,))
        h5py.h5d.create(file.id, b"train_set_y", h5py.h5t.STD_I64LE, space, settings)


HUGE = {"dtype": "u1", "chunks": (1, 64, 64, 3)}
ZEROS = np.zeros((7, 3, 5, 2))
BAD = {
    "missing": (Path.unlink, r"train\.h5: found no such file, expected an HDF5 file with train_set_x"),
    "folder": (in_place_of_the_file, r"train\.h5: found a folder"),
    "empty": (bytes_changed(lambda old: b""), r"found b'' at its start, expected HDF5's b"),
    "web page": (bytes_changed(lambda old: b"<!DOCTYPE html>"), r"found b'<!DOCTYPE html>' at its start"),
    "cut short": (bytes_changed(lambda old: old[: len(old) // 2]), r"found OSError .*truncated.*expected whole HDF5"),
    "signature only": (bytes_changed(lambda old: old[:8]), r"found OSError .*expected whole HDF5"),
    "test set": (lambda path: write(path, "test"), r"train_set_x: found no dataset of this name"),
    "no pictures": (replaced("train_set_x", None), r"train_set_x: found no dataset of this name, expected uint8"),
    "no labels": (replaced("train_set_y", None), r"train_set_y: found no dataset of this name, expected integers"),
    "no classes": (replaced("list_classes", None), r"list_classes: found no dataset .* expected two names"),
    "soft link": (soft_link, r"train_set_x: found a link of class SoftLink, expected a dataset \(hard link\)"),
    "external link": (external_link, r"train_set_x: found a link of class ExternalLink"),
    "external storage": (external_storage, r"found external storage, expected data in the file itself"),
    "virtual": (virtual, r"found a virtual data set, expected data in the file itself"),
    "group": (group, r"train_set_x: found a group, expected a dataset"),
    "float pictures": (replaced("train_set_x", ZEROS), r"train_set_x: found float64 of .* expected uint8"),
    "16-bit pictures": (replaced("train_set_x", ZEROS.astype("u2")), r"found uint16 of shape \(7, 3, 5, 2\)"),
    "signed pictures": (replaced("train_set_x", ZEROS.astype("i1")), r"found int8 of .* expected uint8"),
    "flat pictures": (replaced("train_set_x", np.zeros((7, 30), "u1")), r"found uint8 of shape \(7, 30\)"),
    "null": (replaced("train_set_x", h5py.Empty("u1")), r"train_set_x: found uint8 of shape None"),
    "float labels": (replaced("train_set_y", np.zeros(7)), r"train_set_y: found float64 of shape \(7,\)"),
    "row of labels": (replaced("train_set_y", np.zeros((1, 7), int)), r"found int64 of shape \(1, 7\)"),
    "text classes": (replaced("list_classes", ["even", "odd"]), r"list_classes: found object of shape \(2,\)"),
    "long classes": (replaced("list_classes", np.array([b"a" * 257, b"b"])), r"found \|S257 .* at most 256 bytes"),
    "scalar class": (replaced("list_classes", np.bytes_(b"even")), r"found \|S4 of shape \(\)"),
    "absurd size": (created("train_set_x", shape=(10**9, 64, 64, 3), **HUGE), r"9\.16e\+04 GiB, expected at most 2"),
    "overflowing size": (created("train_set_x", shape=(2**60, 64, 64, 3), **HUGE), r"GiB, expected at most 2 GiB"),
    "absurd labels": (created("train_set_y", shape=(2**40,), dtype="i8", chunks=(8,)), r"train_set_y: found shape"),
    "absurd chunk": (
        created("train_set_x", shape=(7, 3, 5, 2), maxshape=(None, 3, 5, 2), chunks=(2**25, 3, 5, 2), dtype="u1"),
        r"found chunks of shape \(33554432, 3, 5, 2\), 7\.5 GiB",
    ),
    "fewer labels": (replaced("train_set_y", np.zeros(6, int)), r"found 6 labels, expected 7: train_set_x has"),
    "label 2": (replaced("train_set_y", np.array([0, 1, 0, 2, 0, 1, 3])), r"found label 2 at index 3, expected 0 or 1"),
    "label -1": (replaced("train_set_y", np.array([-1, 1] * 3 + [1])), r"found label -1 at index 0"),
    "no picture": (replaced("train_set_x", np.zeros((0, 3, 5, 2), "u1")), r"expected at least one picture"),
    "no pixel": (replaced("train_set_x", np.zeros((7, 0, 5, 2), "u1")), r"found shape \(7, 0, 5, 2\)"),
    "other size": (replaced("train_set_x", np.zeros((7, 5, 3, 2), "u1")), r"test_set_x: found pictures of \(3, 5, 2\)"),
    "other classes": (
        replaced("list_classes", np.array([b"odd", b"even"])),
        r"test\.h5, list_classes: found \('even', 'odd'\), expected \('odd', 'even'\)",
    ),
    "three classes": (replaced("list_classes", np.array([b"a", b"b", b"c"])), r"found 3 names, expected two"),
    "one class": (replaced("list_classes", np.array([b"cat"])), r"found 1 names, expected two"),
    "same classes": (replaced("list_classes", np.array([b"cat", b"cat"])), r"expected two different printable names"),
    "blank class": (replaced("list_classes", np.array([b"cat", b" "])), r"expected two different printable names"),
    "escape": (replaced("list_classes", np.array([b"cat", b"\x1b[2J"])), r"found \('cat', '\\x1b\[2J'\)"),
    "other filter": (
        created("train_set_x", data=ZEROS.astype("u1"), chunks=(7, 3, 5, 2), compression="lzf"),
        r"found HDF5 filters \[32000\], expected none or gzip",
    ),
    "filters twice": (
        created("train_set_x", data=ZEROS.astype("u1"), chunks=(7, 3, 5, 2), compression="gzip", shuffle=True),
        r"found HDF5 filters \[2, 1\]",
    ),
    "short chunk": (chunk(zlib.compress(bytes(10))), r"found 10 bytes at \(0, 0, 0, 0\), expected 210"),
    "bomb": (chunk(zlib.compress(bytes(10**7))), r"found more than 210 bytes at \(0, 0, 0, 0\), expected 210"),
    "not gzip": (chunk(b"?" * 50), r"train_set_x: found error \(Error -3 .*expected whole HDF5"),
    "never written": (created("train_set_y", shape=(7,), dtype="i8"), r"train_set_y: found no data at \(0,\)"),
    "chunk never written": (
        created("train_set_y", shape=(7,), dtype="i8", chunks=(7,)),
        r"train_set_y: found no data at \(0,\)",
    ),
    "compact": (compact, r"train_set_y: found no data at \(0,\), expected contiguous or chunked data"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused(pair: tuple[Path, Path], spoil: Spoil, message: str) -> None:
    assert isinstance(load_pictures(*pair), PictureSet)
    spoil(pair[0])
    with pytest.raises(DataError, match=message) as refusal:
        load_pictures(*pair)
    where, rest = str(refusal.value).split(": found ", 1)
    assert where.split(", ")[0] in {str(path) for path in pair}
    assert re.fullmatch(r".+, expected .+: .+", rest)


def test_a_test_file_is_checked_like_a_training_file(pair: tuple[Path, Path]) -> None:
    replaced("test_set_y", np.array([0, 1, 7, 1]))(pair[1])
    with pytest.raises(DataError, match=r"test\.h5, test_set_y: found label 7 at index 2"):
        load_pictures(*pair)


@pytest.mark.parametrize("layout", ["shipped", "contiguous", "chunked"])
def test_damage_is_refused_or_harmless(layout: str, tmp_path: Path) -> None:
    path, test = tmp_path / "train.h5", DIGITS / "test_digits.h5"
    if layout == "shipped":
        good = (DIGITS / "train_digits.h5").read_bytes()
    else:
        write(path, "train", **({"chunks": (2, 2, 5, 2)} if layout == "chunked" else {}))
        write(test := tmp_path / "test.h5", "test")
        good = path.read_bytes()
    rng, outcomes = random.Random(layout), {"read": 0, "refused": 0}
    for _ in range(300):
        path.write_bytes(damaged(good, rng))
        try:
            read = load_pictures(path, test)
        except DataError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            assert 0 <= read.X_train.min() <= read.X_train.max() <= 1
            assert set(read.Y_train.ravel()) <= {0, 1}
    assert min(outcomes.values()) >= 20
