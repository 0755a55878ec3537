"""Networks and examples of any size, drawn."""

from collections.abc import Sequence

import numpy as np

from reference_numpy.registry import Array, Layers


def network(layers: Sequence[int], seed: int = 0) -> Layers:
    """Return weights and biases that are all drawn, so that none of them is 0."""
    rng = np.random.default_rng(seed)
    weights = {f"W{l}": rng.standard_normal((layers[l], layers[l - 1])) for l in range(1, len(layers))}
    return weights | {f"b{l}": rng.standard_normal((layers[l], 1)) for l in range(1, len(layers))}


def data(n_x: int, m: int, n_y: int = 1, seed: int = 1) -> tuple[Array, Array]:
    """Return m examples in columns, and labels that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_x, m)), rng.integers(0, 2, (n_y, m)).astype(float)
