"""Torch counterparts of the activation functions: torch's own."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from .checked import checked

LEAK = 0.01


@checked
def sigmoid(Z: torch.Tensor) -> torch.Tensor:
    """Logistic function."""
    return torch.sigmoid(Z)


@checked
def tanh(Z: torch.Tensor) -> torch.Tensor:
    """Hyperbolic tangent."""
    return torch.tanh(Z)


@checked
def relu(Z: torch.Tensor) -> torch.Tensor:
    """Rectified linear unit."""
    return torch.relu(Z)


@checked
def leaky_relu(Z: torch.Tensor, leak: float = LEAK) -> torch.Tensor:
    """Leaky ReLU."""
    return F.leaky_relu(Z, float(leak))


@checked
def identity(Z: torch.Tensor) -> torch.Tensor:
    """Linear activation."""
    return Z.clone()


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "identity": identity,
    "leaky_relu": leaky_relu,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
}
