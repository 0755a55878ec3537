"""Make the two CSV files of backproof/data/cancer from the breast-cancer table that scikit-learn bundles.

    python scripts/make_cancer.py [FOLDER]

Needs scikit-learn. Two runs write the same bytes.
"""

import argparse
import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer

FOLDER = Path(__file__).resolve().parents[1] / "backproof" / "data" / "cancer"
SEED = 1
M_TRAIN = 455


def tables() -> dict[str, tuple[list[str], list[list[Any]]]]:
    """Column names and rows of both parts, in a shuffled order that the seed fixes; the last column is the label."""
    bundled = load_breast_cancer()
    names = [*(str(name).replace(" ", "_") for name in bundled.feature_names), "malignant"]
    rows = [
        [*(repr(float(v)) for v in x), int(y == 0)] for x, y in zip(bundled.data, bundled.target, strict=True)
    ]  # there, 0 is malignant
    # NumPy promises the stream of the legacy generator for good, and that of the new one only within a version.
    order = np.random.RandomState(SEED).permutation(len(rows))
    parts = {"train": order[:M_TRAIN], "test": order[M_TRAIN:]}
    return {part: (names, [rows[i] for i in chosen]) for part, chosen in parts.items()}


def make(folder: Path) -> list[Path]:
    """Write both files into the folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for part, (names, rows) in tables().items():
        paths.append(folder / f"{part}_cancer.csv")
        with paths[-1].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([names, *rows])
    return paths


def main() -> None:
    """Make the files and print their sha256, as README.md of the folder lists them."""
    parser = argparse.ArgumentParser(description="Make the cancer table's CSV files from scikit-learn's.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    for path in make(parser.parse_args().folder):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


if __name__ == "__main__":
    main()
