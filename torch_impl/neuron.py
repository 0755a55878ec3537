"""Torch counterparts of the neuron with weights in columns."""

import torch

from .activations import sigmoid
from .checked import Parameters, checked
from .layout import linear
from .losses import cost, cross_entropy_from_logits


@checked
def neuron(W: torch.Tensor, X: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the predictions of neurons with their weights in columns."""
    return sigmoid(linear(X, W.T, b))


@checked
def neuron_cost(W: torch.Tensor, X: torch.Tensor, b: torch.Tensor, Y: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return the cost of neurons with their weights in columns."""
    Z = linear(X, W.T, b)
    return cost(cross_entropy_from_logits(Z, Y)), {"Z": Z, "Y_hat": sigmoid(Z)}
