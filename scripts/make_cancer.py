"""Make the two CSV files of backproof/data/cancer from the breast-cancer table that scikit-learn bundles.

    python scripts/make_cancer.py [FOLDER]

Needs scikit-learn. Two runs write the same bytes.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bundled import run, shuffled_parts
from sklearn.datasets import load_breast_cancer

M_TRAIN = 455


def tables() -> dict[str, tuple[list[str], list[list[Any]]]]:
    """Return column names and rows of both parts; the last column is the label."""
    bundled = load_breast_cancer()
    names = [*(str(name).replace(" ", "_") for name in bundled.feature_names), "malignant"]
    rows = [
        [*(repr(float(v)) for v in x), int(y == 0)] for x, y in zip(bundled.data, bundled.target, strict=True)
    ]  # there, 0 is malignant
    parts = shuffled_parts(len(rows), M_TRAIN)
    return {part: (names, [rows[i] for i in chosen]) for part, chosen in parts.items()}


def make(folder: Path) -> Iterator[Path]:
    """Write both files into the folder, and yield their paths."""
    for part, (names, rows) in tables().items():
        path = folder / f"{part}_cancer.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([names, *rows])
        yield path


if __name__ == "__main__":
    run(make, "cancer", "Make the cancer table's CSV files from scikit-learn's.")
