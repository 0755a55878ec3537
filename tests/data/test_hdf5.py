"""The pictures that ship, and how a file of pictures is read."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.data.hdf5 import DataError, cats, digits, load_pictures

from .files import DIGITS, PARTS, PICTURES, write

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
    listed = dict(re.findall(r"([0-9a-f]{64})  (\w+\.h5)", (DIGITS / "README.md").read_text(encoding="utf-8")))
    files = sorted(DIGITS.glob("*.h5"))
    assert {hashlib.sha256(file.read_bytes()).hexdigest(): file.name for file in files} == listed
    assert len(files) == 2
    assert sum(file.stat().st_size for file in files) < 150_000


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
