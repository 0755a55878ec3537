"""Torch twins of the network with one hidden layer."""

import torch

from ._door import Parameters, twin
from .activations import ACTIVATIONS, ANY_ACTIVATION, sigmoid
from .layout import linear
from .losses import cost, cross_entropy_from_logits

PARAMETERS = "W1 (n_1, n_0), b1 (n_1, 1), W2 (n_2, n_1), b2 (n_2, 1)"
T = torch.Tensor


@twin(f"x (n_0, 1), y (n_2, 1) in [0, 1], {PARAMETERS}, activation in {ANY_ACTIVATION}")
def shallow_example_loss(x: T, y: T, W1: T, b1: T, W2: T, b2: T, activation: str = "tanh") -> tuple[T, Parameters]:
    """Loss of one example."""
    z1 = linear(x, W1, b1)
    a1 = ACTIVATIONS[activation](z1)
    z2 = linear(a1, W2, b2)
    return cross_entropy_from_logits(z2, y).sum(), {"z1": z1, "a1": a1, "z2": z2, "a2": sigmoid(z2)}


@twin(f"X (n_0, m), {PARAMETERS}, activation in {ANY_ACTIVATION}")
def shallow_forward(X: T, W1: T, b1: T, W2: T, b2: T, activation: str = "tanh") -> tuple[T, Parameters]:
    """Predictions for m examples."""
    Z1 = linear(X, W1, b1)
    A1 = ACTIVATIONS[activation](Z1)
    Z2 = linear(A1, W2, b2)
    A2 = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


@twin(f"X (n_0, m), Y (n_2, m) in [0, 1], {PARAMETERS}, activation in {ANY_ACTIVATION}")
def shallow_cost(X: T, Y: T, W1: T, b1: T, W2: T, b2: T, activation: str = "tanh") -> tuple[T, Parameters]:
    """Cost over m examples."""
    _, cache = shallow_forward(X, W1, b1, W2, b2, activation)
    return cost(cross_entropy_from_logits(cache["Z2"], Y)), cache
