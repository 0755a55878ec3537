"""Torch counterparts of the activation functions: torch's own."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from .checked import checked

LEAK = 0.01


@checked
def sigmoid(Z: torch.Tensor) -> torch.Tensor:
    """Return the logistic function of Z."""
    return torch.sigmoid(Z)


@checked
def tanh(Z: torch.Tensor) -> torch.Tensor:
    """Return the hyperbolic tangent of Z."""
    return torch.tanh(Z)


@checked
def relu(Z: torch.Tensor) -> torch.Tensor:
    """Return Z where it is positive, and 0 elsewhere."""
    return torch.relu(Z)


@checked
def leaky_relu(Z: torch.Tensor, leak: float = LEAK) -> torch.Tensor:
    """Return Z where it is positive, and leak Z elsewhere."""
    return F.leaky_relu(Z, float(leak))


@checked
def identity(Z: torch.Tensor) -> torch.Tensor:
    """Return a copy of Z."""
    return Z.clone()


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "identity": identity,
    "leaky_relu": leaky_relu,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
}
