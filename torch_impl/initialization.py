"""Torch counterpart of the initial parameters, drawn from a NumPy generator that is passed in."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch

from .checked import Parameters, checked

GAINS: dict[str, Callable[[int, int], float]] = {
    "zeros": lambda fan_in, fan_out: 0.0,
    "small": lambda fan_in, fan_out: 1e-2,
    "uniform": lambda fan_in, fan_out: 1e-2,
    "scaled": lambda fan_in, fan_out: fan_in**-0.5,
    "he": lambda fan_in, fan_out: math.sqrt(2) * fan_in**-0.5,
    "xavier": lambda fan_in, fan_out: (0.5 * (fan_in + fan_out)) ** -0.5,
}


@checked
def initialize_parameters(layers: list[int], rng: Any, scale: str = "scaled") -> Parameters:
    """Return the parameters of a network, float64 on the CPU, as they are drawn."""
    parameters: Parameters = {}
    for l, (fan_in, fan_out) in enumerate(pairwise(layers), start=1):
        drawn = rng.uniform(size=(fan_out, fan_in)) if scale == "uniform" else rng.standard_normal((fan_out, fan_in))
        draw = torch.from_numpy(drawn)
        parameters |= {f"W{l}": draw * GAINS[scale](fan_in, fan_out), f"b{l}": torch.zeros(fan_out, 1).double()}
    return parameters
