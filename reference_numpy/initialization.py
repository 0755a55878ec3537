"""Initial parameters: zeros, which keep hidden units identical for ever, and random values, which do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from shapes.network import layers_violation

from .registry import Array, Layers, formula


class Source(Protocol):
    """Anything that draws: np.random.Generator, or the legacy np.random.RandomState of the course."""

    def standard_normal(self, size: tuple[int, int]) -> Array:
        """Draw an array of the given shape from N(0, 1)."""
        ...

    def uniform(self, *, size: tuple[int, int]) -> Array:
        """Draw an array of the given shape from [0, 1)."""
        ...


SCALES: dict[str, Callable[[int, int], float]] = {
    "zeros": lambda n_prev, n: 0.0,
    "small": lambda n_prev, n: 0.01,
    "uniform": lambda n_prev, n: 0.01,
    "scaled": lambda n_prev, n: 1 / math.sqrt(n_prev),
    "he": lambda n_prev, n: math.sqrt(2 / n_prev),
    "xavier": lambda n_prev, n: math.sqrt(2 / (n_prev + n)),
}
ANY_SCALE = f"{{{', '.join(SCALES)}}}"


@formula(
    r"W^{[l]} = \begin{cases} 0 & \text{for zeros} \\ 0.01 \, N^{[l]} & \text{for small} \\ 0.01 \, U^{[l]} & "
    r"\text{for uniform} \\ \frac{1}{\sqrt{n^{[l-1]}}} N^{[l]} & \text{for scaled} \\ \sqrt{\frac{2}{n^{[l-1]}}} "
    r"N^{[l]} & \text{for he} \\ \sqrt{\frac{2}{n^{[l-1]} + n^{[l]}}} N^{[l]} & \text{for xavier} \end{cases}, \quad "
    r"b^{[l]} = 0",
    "S16 S18 S22 S24",
    "Notes A, p. 31-32; Notes B, Outline; Lee 2019, initialize_parameters; scaled, he and xavier are the literature's",
    f"layers, rng, scale in {ANY_SCALE} -> parameters",
    also=layers_violation,
)
def initialize_parameters(layers: list[int], rng: Source, scale: str = "scaled") -> Layers:
    """Parameters of a network [n_x, n_1, ..., n_L]; N out of N(0, 1), or U out of [0, 1), is drawn layer by layer."""
    parameters = {}
    for l in range(1, len(layers)):
        n_prev, n = layers[l - 1], layers[l]
        draw = rng.uniform(size=(n, n_prev)) if scale == "uniform" else rng.standard_normal((n, n_prev))
        parameters[f"W{l}"] = draw * SCALES[scale](n_prev, n)
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters
