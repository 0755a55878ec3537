"""Make the two HDF5 files of backproof/data/digits from the digits that scikit-learn bundles.

    python scripts/make_digits.py [FOLDER]

Needs scikit-learn, with which nothing else here is made. The same versions of h5py and HDF5 write the same bytes.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from sklearn.datasets import load_digits

FOLDER = Path(__file__).resolve().parents[1] / "backproof" / "data" / "digits"
SEED = 1
M_TRAIN = 1437
BRIGHTEST = 16


def parity_digits() -> dict[str, tuple[Any, Any]]:
    """Pictures (m, 8, 8, 1) uint8 and labels (m,) int64 of both parts, in a shuffled order that the seed fixes."""
    images, digits = load_digits(return_X_y=True)
    # Whole numbers: 8/16 of 255 lies halfway between two of them, and must round alike everywhere.
    pixels = (images.astype(np.int64) * 255 + BRIGHTEST // 2) // BRIGHTEST
    pictures = pixels.astype(np.uint8).reshape(-1, 8, 8, 1)
    labels = digits.astype(np.int64) % 2
    # NumPy promises the stream of the legacy generator for good, and that of the new one only within a version.
    order = np.random.RandomState(SEED).permutation(len(pictures))
    train, test = order[:M_TRAIN], order[M_TRAIN:]
    return {"train": (pictures[train], labels[train]), "test": (pictures[test], labels[test])}


def write(path: Path, part: str, pictures: Any, labels: Any) -> None:
    """Write one part in the schema of the course's picture set."""
    with h5py.File(path, "w") as file:
        for name, values in ((f"{part}_set_x", pictures), (f"{part}_set_y", labels)):
            file.create_dataset(
                name, data=values, chunks=values.shape, compression="gzip", compression_opts=9, track_times=False
            )
        file.create_dataset("list_classes", data=np.array([b"even", b"odd"]), track_times=False)


def make(folder: Path) -> list[Path]:
    """Write both files into the folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for part, (pictures, labels) in parity_digits().items():
        paths.append(folder / f"{part}_digits.h5")
        write(paths[-1], part, pictures, labels)
    return paths


def main() -> None:
    """Make the files and print their sha256, as README.md of the folder lists them."""
    parser = argparse.ArgumentParser(description="Make the digits' HDF5 files from scikit-learn's.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    for path in make(parser.parse_args().folder):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


if __name__ == "__main__":
    main()
