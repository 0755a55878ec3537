"""Torch counterparts of Lee's forms."""

import torch

from shapes.names import depth

from .activations import sigmoid
from .checked import Parameters, checked
from .deep import deep_forward
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


@checked
def propagate_forward(X: torch.Tensor, Y: torch.Tensor, parameters: Parameters) -> tuple[torch.Tensor, Parameters]:
    """Return the cost of the network with ReLU in its hidden layers, and every intermediate value."""
    _, values = deep_forward(X, parameters)
    return cost(cross_entropy_from_logits(values[f"Z{depth(parameters)}"], Y)), values
