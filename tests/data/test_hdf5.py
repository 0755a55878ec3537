import hashlib
import importlib.util
import os
import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.data.hdf5 import DataError
from backproof.data.hdf5 import PictureSet
from backproof.data.hdf5 import cats
from backproof.data.hdf5 import digits
from backproof.data.hdf5 import load_pictures

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "backproof" / "digits"
SCRIPT = ROOT / "scripts" / "make_digits.py"
PARTS = ("train", "test")
RNG = np.random.default_rng(3)
PICTURES = {part: RNG.integers(0, 256, (m, 3, 5, 2), dtype=np.uint8) for part, m in zip(PARTS, (7, 4), strict=True)}


def write(path: Path, part: str, **settings: Any) -> None:
    pictures = PICTURES[part]
    with h5py.File(path, "w") as file:
        file.create_dataset(f"{part}_set_x", data=pictures, **settings)
        file[f"{part}_set_y"] = np.arange(len(pictures)) % 2
        file["list_classes"] = np.array([b"even", b"odd"])


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "train.h5", tmp_path / "test.h5"
    for path, part in zip(paths, PARTS, strict=True):
        write(path, part)
    return paths


# What ships


def test_digits_load() -> None:
    pictures = digits()
    assert (pictures.shape, pictures.classes) == ((8, 8, 1), ("even", "odd"))
    for X, Y, m in ((pictures.X_train, pictures.Y_train, 1437), (pictures.X_test, pictures.Y_test, 360)):
        assert (X.shape, Y.shape) == ((64, m), (1, m))
        assert X.dtype == Y.dtype == np.float64
        assert X.flags.f_contiguous
        assert (X.min(), X.max()) == (0, 1)
        assert set(Y.ravel()) == {0, 1}
        assert 0.4 < Y.mean() < 0.6


def test_the_readme_of_the_digits_lists_their_sums() -> None:
    listed = dict(re.findall(r"([0-9a-f]{64})  (\w+\.h5)", (FOLDER / "README.md").read_text(encoding="utf-8")))
    files = sorted(FOLDER.glob("*.h5"))
    assert {hashlib.sha256(file.read_bytes()).hexdigest(): file.name for file in files} == listed
    assert len(files) == 2
    assert sum(file.stat().st_size for file in files) < 150_000


@pytest.fixture
def script() -> ModuleType:
    pytest.importorskip("sklearn", reason="the digits are made from scikit-learn's")
    if not SCRIPT.exists():
        pytest.skip(f"{SCRIPT} is not installed with the package")
    spec = importlib.util.spec_from_file_location("make_digits", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_makes_the_same_digits(script: ModuleType, tmp_path: Path) -> None:
    made = script.make(tmp_path)
    for path in made:
        with h5py.File(path) as new, h5py.File(FOLDER / path.name) as shipped:
            assert set(new) == set(shipped)
            assert all(np.array_equal(new[name][()], shipped[name][()]) for name in new)
    assert [p.read_bytes() for p in script.make(tmp_path / "again")] == [p.read_bytes() for p in made]
    if f"HDF5 {h5py.version.hdf5_version} " not in (FOLDER / "README.md").read_text(encoding="utf-8"):
        pytest.skip(f"same pictures; HDF5 {h5py.version.hdf5_version} may pack them into other bytes")
    assert [p.read_bytes() for p in made] == [(FOLDER / p.name).read_bytes() for p in made]


@pytest.mark.cats
@pytest.mark.skipif("BACKPROOF_CATS" not in os.environ, reason="BACKPROOF_CATS does not name the cats' folder")
def test_cats_load() -> None:
    pictures = cats(os.environ["BACKPROOF_CATS"])
    assert (pictures.shape, pictures.classes) == ((64, 64, 3), ("non-cat", "cat"))
    assert (pictures.X_train.shape, pictures.Y_train.shape) == ((12288, 209), (1, 209))
    assert (pictures.X_test.shape, pictures.Y_test.shape) == ((12288, 50), (1, 50))
    assert pictures.Y_test.mean() == pytest.approx(0.66)


# What is read


@pytest.mark.parametrize(
    "settings",
    [{}, {"chunks": (2, 2, 2, 2)}, {"chunks": (3, 3, 4, 1), "compression": "gzip"}, {"maxshape": (None, 3, 5, 2)}],
    ids=["contiguous", "chunked", "gzip", "resizable"],
)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_picture_i_unrolled_is_column_i(tmp_path: Path, settings: dict[str, Any], libver: str) -> None:
    for part in PARTS:
        with h5py.File(tmp_path / part, "w", libver=libver) as file:
            file.create_dataset(f"{part}_set_x", data=PICTURES[part], **settings)
            file[f"{part}_set_y"] = np.arange(len(PICTURES[part]), dtype=">u2") % 2
            file["list_classes"] = np.array([b"even", b"odd"])
    read = load_pictures(tmp_path / "train", str(tmp_path / "test"))
    for X, part in ((read.X_train, "train"), (read.X_test, "test")):
        assert X.flags.f_contiguous
        for i, picture in enumerate(PICTURES[part]):
            np.testing.assert_array_equal(X[:, i], picture.ravel() / 255)
    np.testing.assert_array_equal(read.Y_train, [[0, 1, 0, 1, 0, 1, 0]])
    assert read.shape == (3, 5, 2)


def test_a_chunk_that_gzip_could_not_shrink_is_read(pair: tuple[Path, Path]) -> None:
    write(pair[0], "train", chunks=PICTURES["train"].shape, compression="gzip")
    with h5py.File(pair[0], "r+") as file:
        file["train_set_x"].id.write_direct_chunk((0, 0, 0, 0), PICTURES["train"].tobytes(), filter_mask=1)
    np.testing.assert_array_equal(load_pictures(*pair).X_train.T * 255, PICTURES["train"].reshape(7, -1))


def test_missing_folder_of_cats(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train_catvnoncat\.h5: found no such file"):
        cats(tmp_path)


# What is refused

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


def damaged(good: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, a tail cut off, or both; half the changes hit the first 2 kB, which describe the rest."""
    spoiled = bytearray(good)
    for _ in range(rng.choice((0, 1, 1, 2, 8))):
        end = len(good) if rng.random() < 0.5 else min(len(good), 2048)
        spoiled[rng.randrange(end)] = rng.choice((0, 1, 255, rng.randrange(256)))
    return bytes(spoiled[: rng.randrange(len(good))] if rng.random() < 0.1 else spoiled)


@pytest.mark.parametrize("layout", ["shipped", "contiguous", "chunked"])
def test_damage_is_refused_or_harmless(layout: str, tmp_path: Path) -> None:
    path, test = tmp_path / "train.h5", FOLDER / "test_digits.h5"
    if layout == "shipped":
        good = (FOLDER / "train_digits.h5").read_bytes()
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
