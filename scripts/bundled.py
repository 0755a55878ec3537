"""What the scripts share that make the data sets in backproof/data: the split, and the end of the command."""

import argparse
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[1] / "backproof" / "data"
SEED = 1


def shuffled_parts(m: int, m_train: int) -> dict[str, Any]:
    """Return the indices of both parts of m examples, in a shuffled order that the seed fixes."""
    # NumPy promises the stream of the legacy generator for good, and that of the new one only within a version.
    order = np.random.RandomState(SEED).permutation(m)
    return {"train": order[:m_train], "test": order[m_train:]}


def run(make: Callable[[Path], Iterable[Path]], name: str, description: str) -> None:
    """Make the files of a data set in the folder of the command line, and print their sha256, as its README has it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / name)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for path in make(folder):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
