"""Torch twins of the activation functions: torch's own."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from ._door import twin

LEAK = 0.01


@twin("Z (...)")
def sigmoid(Z: torch.Tensor) -> torch.Tensor:
    """Logistic function."""
    return torch.sigmoid(Z)


@twin("Z (...)")
def tanh(Z: torch.Tensor) -> torch.Tensor:
    """Hyperbolic tangent."""
    return torch.tanh(Z)


@twin("Z (...)")
def relu(Z: torch.Tensor) -> torch.Tensor:
    """Rectified linear unit."""
    return torch.relu(Z)


@twin("Z (...), leak () in (0, 1)")
def leaky_relu(Z: torch.Tensor, leak: float = LEAK) -> torch.Tensor:
    """Leaky ReLU."""
    return F.leaky_relu(Z, float(leak))


@twin("Z (...)")
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
ANY_ACTIVATION = f"{{{', '.join(ACTIVATIONS)}}}"
