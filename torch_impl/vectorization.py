"""Torch counterpart of vectorisation."""

import torch

from .checked import checked


@checked
def dot(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the inner product."""
    return torch.dot(w, x)
