"""Torch twins of the neuron with weights in columns."""

import torch

from ._door import Parameters, twin
from .activations import sigmoid
from .layout import linear
from .losses import cost, cross_entropy_from_logits


@twin("W (n_x, k), X (n_x, N), b (k, 1)")
def neuron(W: torch.Tensor, X: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Predictions of neurons with their weights in columns."""
    return sigmoid(linear(X, W.T, b))


@twin("W (n_x, k), X (n_x, m), b (k, 1), Y (k, m) in [0, 1]")
def neuron_cost(W: torch.Tensor, X: torch.Tensor, b: torch.Tensor, Y: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Their cost."""
    Z = linear(X, W.T, b)
    return cost(cross_entropy_from_logits(Z, Y)), {"Z": Z, "Y_hat": sigmoid(Z)}
