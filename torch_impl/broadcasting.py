"""Torch counterparts of broadcasting: what is broadcast is expanded by hand."""

from collections.abc import Callable

import torch

from .checked import checked

T = torch.Tensor
OPERATIONS: dict[str, Callable[[T, T], T]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
}


@checked
def broadcast_row(A: T, r: T, operation: str) -> T:
    """Expand the row downwards and combine."""
    return OPERATIONS[operation](A, r.expand(A.shape))


@checked
def broadcast_column(A: T, c: T, operation: str) -> T:
    """Expand the column across and combine."""
    return OPERATIONS[operation](A, c.expand(A.shape))


@checked
def broadcast_number(A: T, s: T, operation: str) -> T:
    """Expand the number everywhere and combine."""
    return OPERATIONS[operation](A, s.expand(A.shape))


@checked
def sum_vertically(A: T) -> T:
    """Return the product with a row of ones."""
    return (torch.ones_like(A[:, :1]).T @ A)[0]


@checked
def sum_horizontally(A: T) -> T:
    """Return the product with a column of ones."""
    return A @ torch.ones_like(A[:1]).T


@checked
def column_percentages(A: T) -> T:
    """Return the share of each entry in its column, in percent."""
    return torch.nn.functional.normalize(A, p=1.0, dim=0).mul(100)
