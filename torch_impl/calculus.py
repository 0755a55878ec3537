"""Torch counterparts of the calculus warm-up."""

from collections.abc import Callable

import torch

from .checked import checked


@checked
def slope(f: Callable[[torch.Tensor], torch.Tensor], a: torch.Tensor, nudge: float = 0.001) -> torch.Tensor:
    """Return height over width."""
    return (f(a + nudge) - f(a)) / nudge


@checked
def triple(a: torch.Tensor) -> torch.Tensor:
    """Return 3a."""
    return torch.mul(a, 3)


@checked
def square(a: torch.Tensor) -> torch.Tensor:
    """Return a squared."""
    return torch.square(a)


@checked
def cube(a: torch.Tensor) -> torch.Tensor:
    """Return a cubed."""
    return torch.pow(a, 3)


@checked
def natural_log(a: torch.Tensor) -> torch.Tensor:
    """Return ln a."""
    return torch.log(a)
