"""Torch twins of the calculus warm-up."""

from collections.abc import Callable

import torch

from ._door import twin


@twin("f, a (), nudge () in (0, 1)")
def slope(f: Callable[[torch.Tensor], torch.Tensor], a: torch.Tensor, nudge: float = 0.001) -> torch.Tensor:
    """Height over width."""
    return (f(a + nudge) - f(a)) / nudge


@twin("a (...)")
def triple(a: torch.Tensor) -> torch.Tensor:
    """3a."""
    return torch.mul(a, 3)


@twin("a (...)")
def square(a: torch.Tensor) -> torch.Tensor:
    """a squared."""
    return torch.square(a)


@twin("a (...)")
def cube(a: torch.Tensor) -> torch.Tensor:
    """a cubed."""
    return torch.pow(a, 3)


@twin("a (...) in (0, inf)")
def natural_log(a: torch.Tensor) -> torch.Tensor:
    """ln a."""
    return torch.log(a)
