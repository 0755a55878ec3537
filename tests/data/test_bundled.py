"""The scripts make the data sets that ship."""

import hashlib
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests import ROOT

DATA = ROOT / "backproof" / "data"


def made(name: str, folder: Path) -> dict[str, bytes]:
    """Return the files that a script makes, by name; what it prints are their sha256."""
    pytest.importorskip("sklearn", reason="the data sets are made from scikit-learn's")
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / f"make_{name}.py", folder], capture_output=True, text=True, check=True
    )
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    sums = {f"{hashlib.sha256(content).hexdigest()}  {file}" for file, content in files.items()}
    assert set(run.stdout.splitlines()) == sums
    return files


def test_the_same_table_is_made(tmp_path: Path) -> None:
    files = made("cancer", tmp_path / "cancer")
    assert files == {path.name: path.read_bytes() for path in (DATA / "cancer").glob("*.csv")}


def test_the_same_digits_are_made(tmp_path: Path) -> None:
    files = made("digits", tmp_path / "digits")
    shipped = {path.name: path for path in (DATA / "digits").glob("*.h5")}
    assert files.keys() == shipped.keys()
    for name, path in shipped.items():
        with h5py.File(tmp_path / "digits" / name) as new, h5py.File(path) as old:
            assert set(new) == set(old)
            assert all(np.array_equal(new[key][()], old[key][()]) for key in new)
    assert made("digits", tmp_path / "again") == files
    if f"HDF5 {h5py.version.hdf5_version} " not in (DATA / "digits" / "README.md").read_text(encoding="utf-8"):
        pytest.skip(f"same pictures; HDF5 {h5py.version.hdf5_version} may pack them into other bytes")
    assert files == {name: path.read_bytes() for name, path in shipped.items()}
