"""The data sets: what ships, what is drawn, and tables of the user; damaged ones are refused or harmless."""

import dataclasses
import hashlib
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.data.hdf5 import DataError
from backproof.data.sets import Dataset
from backproof.data.tables import read_table, statistics_of
from backproof.training.options import PRESETS, Config, preset
from tests import ROOT
from tests.configs import load, with_options

from .files import PICTURES, damaged, write

CANCER = ROOT / "backproof" / "data" / "cancer"
SIZES = {  # training set, test set
    "digits": ((64, 1437), (64, 360)),
    "cancer": ((30, 455), (30, 114)),
    "flower": ((2, 400), (2, 400)),
    "housing": ((1, 100), (1, 50)),
    "xor": ((2, 4), None),
}


@pytest.mark.parametrize("data", PRESETS)
def test_what_ships(data: str) -> None:
    dataset = load(preset(data))
    sizes = tuple(None if part is None else part.X.shape for part in (dataset.train, dataset.test))
    assert sizes == SIZES[data]
    for part in (dataset.train, dataset.test):
        if part is not None:
            assert part.X.flags.f_contiguous
            assert part.Y.shape == (1, part.X.shape[1])
            assert part.X.dtype == part.Y.dtype == np.float64
            assert (dataset.classes is None) == (not np.isin(part.Y, (0, 1)).all())
    assert dataset.warnings == []
    assert len(dataset.files) == (2 if data in ("digits", "cancer") else 0)
    for path, sha256 in dataset.files.items():
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256


def test_the_flower_is_the_published_one() -> None:
    """The published formula, one point after the other."""
    dataset, rng, points = load(preset("flower")), np.random.RandomState(1), []
    for colour in (0, 1):
        angles = [colour * 3.12 + 3.12 * i / 199 + 0.2 * noise for i, noise in enumerate(rng.randn(200))]
        for t, noise in zip(angles, rng.randn(200), strict=True):
            r = 4 * np.sin(4 * t) + 0.2 * noise
            points.append((r * np.sin(t), r * np.cos(t), colour))
    np.testing.assert_allclose(np.vstack([dataset.train.X, dataset.train.Y]).T, points, rtol=1e-12, atol=1e-12)
    assert dataset.test is not None
    assert not np.array_equal(dataset.train.X, dataset.test.X)
    other = load(with_options(preset("flower"), data_seed=2))
    assert not np.array_equal(dataset.train.X, other.train.X)


@pytest.mark.parametrize("bits", [2, 3, 7])
def test_xor_is_the_parity_of_the_bits(bits: int) -> None:
    train = load(with_options(preset("xor"), bits=bits)).train
    assert len({tuple(column) for column in train.X.T}) == 2**bits
    np.testing.assert_array_equal(train.Y[0], train.X.sum(axis=0) % 2)


def test_prices_rise_with_the_size() -> None:
    dataset = load(preset("housing"))
    assert dataset.classes is None
    assert np.corrcoef(dataset.train.X[0], dataset.train.Y[0])[0, 1] > 0.9
    assert dataset.statistics is not None
    assert 50 < dataset.statistics.mean[0, 0] < 250
    assert abs(dataset.train.X.mean()) < 1e-12


def test_the_readme_of_the_table_lists_its_sums_and_shares() -> None:
    readme = (CANCER / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"([0-9a-f]{64})  (\w+\.csv)", readme))
    files = sorted(CANCER.glob("*.csv"))
    assert {hashlib.sha256(file.read_bytes()).hexdigest(): file.name for file in files} == listed
    assert len(files) == 2
    dataset = load(preset("cancer"))
    assert dataset.test is not None
    for share in (dataset.train.Y.mean(), dataset.test.Y.mean(), 1 - dataset.test.Y.mean()):
        assert f"{share:.1%}".replace("%", " %") in readme


def test_the_table_is_that_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.datasets", reason="the table is made from scikit-learn's")
    X, y = sklearn.load_breast_cancer(return_X_y=True)
    parts = [read_table(CANCER / f"{part}_cancer.csv", "malignant") for part in ("train", "test")]
    shipped = np.concatenate([np.vstack([table.X, table.Y]) for table in parts], axis=1)
    bundled = np.vstack([X.T, 1 - y])
    np.testing.assert_array_equal(shipped[:, np.lexsort(shipped)], bundled[:, np.lexsort(bundled)])


# Tables of the user


def table(folder: Path, text: str, test: str | None = None, **options: Any) -> Dataset:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    if test is not None:
        (folder / "u.csv").write_text(test, encoding="utf-8")
        options["test"] = str(folder / "u.csv")
    return load(Config().changed(data=str(folder / "t.csv"), label="y", **options))


def test_features_are_standardised_by_the_training_set(tmp_path: Path) -> None:
    train, test = "a,y,b\n1,0,10\n3,1,10\n\n5,0,10\n", "a,y,b\n7,1,11\n"
    dataset = table(tmp_path, train, test)
    assert dataset.statistics is not None
    assert dataset.test is not None
    deviation = np.sqrt(8 / 3)
    np.testing.assert_allclose(dataset.statistics.mean, [[3], [10]])
    np.testing.assert_allclose(dataset.statistics.deviation, [[deviation], [1]])
    np.testing.assert_allclose(dataset.train.X, [[-2 / deviation, 0, 2 / deviation], [0, 0, 0]])
    np.testing.assert_allclose(dataset.test.X, [[4 / deviation], [1]])
    np.testing.assert_array_equal(dataset.train.Y, [[0, 1, 0]])
    assert dataset.classes == ("y 0", "y 1")
    assert list(dataset.files) == [str(tmp_path / "t.csv"), str(tmp_path / "u.csv")]


def test_a_constant_feature_is_fine() -> None:
    X = np.full((1, 1000), 0.1)
    statistics = statistics_of(X, "here")
    np.testing.assert_array_equal(statistics.standardise(X), np.zeros((1, 1000)))


def test_quantities_need_the_squared_error(tmp_path: Path) -> None:
    assert table(tmp_path, "a,y\n1,2.5\n2,7\n", loss="squared_error", output="identity").classes is None
    with pytest.raises(DataError, match=r"t\.csv: found 2\.5, expected 0 and 1: .* --loss squared_error"):
        table(tmp_path, "a,y\n1,2.5\n2,7\n")


def test_a_test_table_with_other_labels_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected 0 and 1"):
        table(tmp_path, "a,y\n1,0\n2,1\n", "a,y\n1,3\n")


def test_a_byte_order_mark_quotes_and_blanks_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'\xef\xbb\xbf"a", y \r\n 1.5 ,"1"\r\n-2e3,0\r\n')
    read = read_table(tmp_path / "t.csv", "y")
    np.testing.assert_array_equal(read.X, [[1.5, -2000]])
    np.testing.assert_array_equal(read.Y, [[1, 0]])


def test_a_damaged_table_is_refused_or_harmless(tmp_path: Path) -> None:
    good = "\n".join(["a,b,y", *(f"{i},{i * i / 7:.6g},{i % 2}" for i in range(60))]).encode()
    path, rng, outcomes = tmp_path / "t.csv", random.Random(0), {"read": 0, "refused": 0}
    for _ in range(400):
        path.write_bytes(damaged(good, rng))
        try:
            dataset = load(Config().changed(data=str(path), label="y"))
        except DataError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            assert np.isfinite(dataset.train.X).all()
            assert np.isin(dataset.train.Y, (0, 1)).all()
    assert min(outcomes.values()) >= 20


def test_an_absurdly_large_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backproof.data.tables.MAX_BYTES", 8)
    assert table(tmp_path, "a,y\n1,1\n").train.X.shape == (1, 1)
    with pytest.raises(DataError, match="found 9 bytes, expected at most 8"):
        table(tmp_path, "a,y\n11,1\n")


def test_pictures_of_the_user_with_and_without_a_test_set(tmp_path: Path) -> None:
    for part in PICTURES:
        write(tmp_path / f"{part}.h5", part)
    alone = load(Config().changed(data=str(tmp_path / "train.h5")))
    both = load(Config().changed(data=str(tmp_path / "train.h5"), test=str(tmp_path / "test.h5")))
    assert alone.test is None
    assert both.test is not None
    assert both.shape == alone.shape == (3, 5, 2)
    np.testing.assert_array_equal(both.train.X, alone.train.X)
    np.testing.assert_array_equal(both.test.X.T * 255, PICTURES["test"].reshape(4, -1))


def test_one_class_only_is_warned_of() -> None:
    both = load(preset("xor"))
    assert both.warnings == []
    one = dataclasses.replace(both, train=both.train._replace(Y=np.ones((1, 4))))
    assert one.warnings == ["the training set has one class only, 'odd': nothing tells it from another"]
