"""Networks and examples of any size."""

from typing import Any

import numpy as np


def network(layers: list[int], seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    weights = {f"W{l}": rng.standard_normal((layers[l], layers[l - 1])) for l in range(1, len(layers))}
    return weights | {f"b{l}": rng.standard_normal((layers[l], 1)) for l in range(1, len(layers))}


def data(n_x: int, m: int, n_y: int = 1, seed: int = 1) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_x, m)), rng.integers(0, 2, (n_y, m)).astype(float)
