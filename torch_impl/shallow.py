"""Torch counterparts of the network with one hidden layer."""

import torch

from .activations import ACTIVATIONS, sigmoid
from .checked import Parameters, checked
from .layout import linear
from .losses import cost, cross_entropy_from_logits

T = torch.Tensor


@checked
def shallow_example_loss(x: T, y: T, W1: T, b1: T, W2: T, b2: T, activation: str = "tanh") -> tuple[T, Parameters]:
    """Return the loss of one example."""
    z1 = linear(x, W1, b1)
    a1 = ACTIVATIONS[activation](z1)
    z2 = linear(a1, W2, b2)
    return cross_entropy_from_logits(z2, y).sum(), {"z1": z1, "a1": a1, "z2": z2, "a2": sigmoid(z2)}


@checked
def shallow_forward(X: T, W1: T, b1: T, W2: T, b2: T, activation: str = "tanh") -> tuple[T, Parameters]:
    """Return the predictions for m examples."""
    Z1 = linear(X, W1, b1)
    A1 = ACTIVATIONS[activation](Z1)
    Z2 = linear(A1, W2, b2)
    A2 = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


@checked
def shallow_cost(X: T, Y: T, W1: T, b1: T, W2: T, b2: T, activation: str = "tanh") -> tuple[T, Parameters]:
    """Return the cost over m examples."""
    _, cache = shallow_forward(X, W1, b1, W2, b2, activation)
    return cost(cross_entropy_from_logits(cache["Z2"], Y)), cache
