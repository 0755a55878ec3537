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
MADE = {"table": "cancer", "digits": "digits", "again": "digits"}  # by which script each folder is filled
CODE = """
import runpy, sys
scripts, folder = sys.argv[1:]
sys.path.insert(0, scripts)
for name, script in {MADE}.items():
    sys.argv = ["", f"{folder}/{name}"]
    runpy.run_path(f"{scripts}/make_{script}.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that the scripts fill, in one process; what they print are the sha256 of the files."""
    pytest.importorskip("sklearn", reason="the data sets are made from scikit-learn's")
    folder = tmp_path_factory.mktemp("made")
    words = [sys.executable, "-c", CODE.replace("{MADE}", repr(MADE)), str(ROOT / "scripts"), str(folder)]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    sums = [
        f"{hashlib.sha256(content).hexdigest()}  {file}"
        for name in MADE
        for file, content in files_of(folder / name).items()
    ]
    assert sorted(run.stdout.splitlines()) == sorted(sums)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_table_is_made(made: Path) -> None:
    assert files_of(made / "table") == {path.name: path.read_bytes() for path in (DATA / "cancer").glob("*.csv")}


def test_the_same_digits_are_made(made: Path) -> None:
    files = files_of(made / "digits")
    shipped = {path.name: path for path in (DATA / "digits").glob("*.h5")}
    assert files.keys() == shipped.keys()
    for name, path in shipped.items():
        with h5py.File(made / "digits" / name) as new, h5py.File(path) as old:
            assert set(new) == set(old)
            assert all(np.array_equal(new[key][()], old[key][()]) for key in new)
    assert files_of(made / "again") == files
    if f"HDF5 {h5py.version.hdf5_version} " not in (DATA / "digits" / "README.md").read_text(encoding="utf-8"):
        pytest.skip(f"same pictures; HDF5 {h5py.version.hdf5_version} may pack them into other bytes")
    assert files == {name: path.read_bytes() for name, path in shipped.items()}
