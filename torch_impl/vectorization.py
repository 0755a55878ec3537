"""Torch counterparts of vectorisation and broadcasting: what is broadcast is expanded by hand."""

import torch

from .checked import checked


@checked
def dot(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the inner product."""
    return torch.dot(w, x)


@checked
def add_row(A: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
    """Expand the row downwards and add it."""
    return A + r.expand(A.shape)


@checked
def add_column(A: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """Expand the column across and add it."""
    return A + c.expand(A.shape)


@checked
def add_scalar(A: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """Expand the number everywhere and add it."""
    return A + s.expand(A.shape)


@checked
def column_percentages(A: torch.Tensor) -> torch.Tensor:
    """Return the share of each entry in its column, in percent."""
    return torch.nn.functional.normalize(A, p=1.0, dim=0).mul(100)
