"""Initial parameters: zeros, which keep hidden units identical for ever, and random values, which do not."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ._formula import Array, Layers, formula


class NormalSource(Protocol):
    """Anything that draws N(0, 1): np.random.Generator, or the legacy np.random.RandomState of the course."""

    def standard_normal(self, size: tuple[int, int]) -> Array:
        """Draw an array of the given shape."""
        ...


SCALES: dict[str, Callable[[int, int], float]] = {
    "zeros": lambda n_prev, n: 0.0,
    "small": lambda n_prev, n: 0.01,
    "scaled": lambda n_prev, n: 1 / math.sqrt(n_prev),
    "he": lambda n_prev, n: math.sqrt(2 / n_prev),
    "xavier": lambda n_prev, n: math.sqrt(2 / (n_prev + n)),
}
ANY_SCALE = f"{{{', '.join(SCALES)}}}"


def layers_misfit(arguments: dict[str, Any]) -> str | None:
    """Complaint about layers that are not [n_x, n_1, ..., n_L] with L >= 1 and every size a positive integer."""
    layers = arguments["layers"]
    if not isinstance(layers, (list, tuple)) or len(layers) < 2:
        return f"layers is {layers}, expected [n_x, ..., n_L]: a network needs an input and an output"
    for l, n in enumerate(layers):
        if not isinstance(n, (int, np.integer)) or n < 1:
            return f"layers[{l}] is {n!r}, expected an integer of at least 1: a layer needs a unit"
    return None


@formula(
    r"W^{[l]} = s \cdot N(0, 1)^{n^{[l]} \times n^{[l-1]}}, \quad b^{[l]} = 0, \quad "
    r"s \in \left\{0, \; 0.01, \; \tfrac{1}{\sqrt{n^{[l-1]}}}, \; \sqrt{\tfrac{2}{n^{[l-1]}}}, \; "
    r"\sqrt{\tfrac{2}{n^{[l-1]} + n^{[l]}}}\right\}",
    "S16 S18 S22 S24",
    "Notes A, p. 31-32; Notes B, outline; Lee 2019",
    f"layers, rng, scale in {ANY_SCALE} -> parameters",
    also=layers_misfit,
)
def initialize_parameters(layers: list[int], rng: NormalSource, scale: str = "scaled") -> Layers:
    """Parameters of a network [n_x, n_1, ..., n_L], weights drawn layer by layer from the given generator."""
    parameters = {}
    for l in range(1, len(layers)):
        n_prev, n = layers[l - 1], layers[l]
        parameters[f"W{l}"] = rng.standard_normal((n, n_prev)) * SCALES[scale](n_prev, n)
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters
