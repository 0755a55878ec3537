"""Torch twins of prediction."""

import torch

from ._door import Parameters, twin
from .activations import ANY_ACTIVATION
from .blocks import model_forward


@twin("A (n, m) in [0, 1], at () in (0, 1)")
def threshold(A: torch.Tensor, at: float = 0.5) -> torch.Tensor:
    """Class 1 above the threshold."""
    return torch.where(at < A, torch.ones_like(A), torch.zeros_like(A))


@twin("P (n, m) in {0, 1}, Y (n, m) in {0, 1}")
def accuracy(P: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Share of right answers."""
    return 1 - (P - Y).abs().mean()


@twin(f"X (n_0, m), parameters {{W, b}}, activation in {ANY_ACTIVATION}")
def predict(X: torch.Tensor, parameters: Parameters, activation: str = "relu") -> torch.Tensor:
    """Classes for new examples."""
    AL, _ = model_forward(X, parameters, activation)
    return AL.gt(0.5).to(AL.dtype)
