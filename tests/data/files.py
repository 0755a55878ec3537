"""Files of pictures, whole and damaged."""

import random
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests import ROOT

DIGITS = ROOT / "backproof" / "data" / "digits"
PARTS = ("train", "test")
RNG = np.random.default_rng(3)
PICTURES = {part: RNG.integers(0, 256, (m, 3, 5, 2), dtype=np.uint8) for part, m in zip(PARTS, (7, 4), strict=True)}


def write(path: Path, part: str, **settings: Any) -> None:
    pictures = PICTURES[part]
    with h5py.File(path, "w") as file:
        file.create_dataset(f"{part}_set_x", data=pictures, **settings)
        file[f"{part}_set_y"] = np.arange(len(pictures)) % 2
        file["list_classes"] = np.array([b"even", b"odd"])


def damaged(good: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, a tail cut off, or both; half the changes hit the first 2 kB, which describe the rest."""
    spoiled = bytearray(good)
    for _ in range(rng.choice((0, 1, 1, 2, 8))):
        end = len(good) if rng.random() < 0.5 else min(len(good), 2048)
        spoiled[rng.randrange(end)] = rng.choice((0, 1, 255, rng.randrange(256)))
    return bytes(spoiled[: rng.randrange(len(good))] if rng.random() < 0.1 else spoiled)
