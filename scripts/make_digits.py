"""Make the two HDF5 files of backproof/data/digits from the digits that scikit-learn bundles.

    python scripts/make_digits.py [FOLDER]

Needs scikit-learn, with which nothing else here is made. The same versions of h5py and HDF5 write the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from bundled import run, shuffled_parts
from sklearn.datasets import load_digits

M_TRAIN = 1437
BRIGHTEST = 16


def parity_digits() -> dict[str, tuple[Any, Any]]:
    """Return pictures (m, 8, 8, 1) uint8 and labels (m,) int64 of both parts."""
    images, digits = load_digits(return_X_y=True)
    # Whole numbers: 8/16 of 255 lies halfway between two of them, and must round alike everywhere.
    pixels = (images.astype(np.int64) * 255 + BRIGHTEST // 2) // BRIGHTEST
    pictures = pixels.astype(np.uint8).reshape(-1, 8, 8, 1)
    labels = digits.astype(np.int64) % 2
    parts = shuffled_parts(len(pictures), M_TRAIN)
    return {part: (pictures[chosen], labels[chosen]) for part, chosen in parts.items()}


def write(path: Path, part: str, pictures: Any, labels: Any) -> None:
    """Write one part in the schema of the course's picture set."""
    with h5py.File(path, "w") as file:
        for name, values in ((f"{part}_set_x", pictures), (f"{part}_set_y", labels)):
            file.create_dataset(
                name, data=values, chunks=values.shape, compression="gzip", compression_opts=9, track_times=False
            )
        file.create_dataset("list_classes", data=np.array([b"even", b"odd"]), track_times=False)


def make(folder: Path) -> Iterator[Path]:
    """Write both files into the folder, and yield their paths."""
    for part, (pictures, labels) in parity_digits().items():
        path = folder / f"{part}_digits.h5"
        write(path, part, pictures, labels)
        yield path


if __name__ == "__main__":
    run(make, "digits", "Make the digits' HDF5 files from scikit-learn's.")
