"""Torch counterparts of prediction."""

import torch

from shapes.network import Hidden

from .blocks import model_forward
from .checked import Parameters, checked


@checked
def threshold(A: torch.Tensor, at: float = 0.5) -> torch.Tensor:
    """Return class 1 above the threshold, class 0 elsewhere."""
    return torch.where(at < A, torch.ones_like(A), torch.zeros_like(A))


@checked
def accuracy(P: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the share of right answers."""
    return 1 - (P - Y).abs().mean()


@checked
def predict(X: torch.Tensor, parameters: Parameters, activation: Hidden = "relu") -> torch.Tensor:
    """Return the classes of new examples."""
    AL, _ = model_forward(X, parameters, activation)
    return AL.gt(0.5).to(AL.dtype)
