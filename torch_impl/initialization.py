"""Torch twin of the initial parameters, drawn from a NumPy generator that is passed in."""

import math
from collections.abc import Callable
from itertools import pairwise
from numbers import Integral
from typing import Any

import torch

from ._door import Parameters, twin

GAINS: dict[str, Callable[[int, int], float]] = {
    "zeros": lambda fan_in, fan_out: 0.0,
    "small": lambda fan_in, fan_out: 1e-2,
    "scaled": lambda fan_in, fan_out: fan_in**-0.5,
    "he": lambda fan_in, fan_out: math.sqrt(2) * fan_in**-0.5,
    "xavier": lambda fan_in, fan_out: (0.5 * (fan_in + fan_out)) ** -0.5,
}


def layers_misfit(arguments: dict[str, Any]) -> str | None:
    """Complaint about layers that are not [n_x, n_1, ..., n_L] with L >= 1 and every size a positive integer."""
    layers = arguments["layers"]
    if not isinstance(layers, (list, tuple)) or len(layers) < 2:
        return f"layers is {layers}, expected [n_x, ..., n_L]: a network needs an input and an output"
    for l, n in enumerate(layers):
        if not isinstance(n, Integral) or n < 1:
            return f"layers[{l}] is {n!r}, expected an integer of at least 1: a layer needs a unit"
    return None


@twin(f"layers, rng, scale in {{{', '.join(GAINS)}}}", also=layers_misfit)
def initialize_parameters(layers: list[int], rng: Any, scale: str = "scaled") -> Parameters:
    """Parameters of a network; float64 on the CPU, as drawn."""
    parameters: Parameters = {}
    for l, (fan_in, fan_out) in enumerate(pairwise(layers), start=1):
        draw = torch.from_numpy(rng.standard_normal((fan_out, fan_in)))
        parameters |= {f"W{l}": draw * GAINS[scale](fan_in, fan_out), f"b{l}": torch.zeros(fan_out, 1).double()}
    return parameters
