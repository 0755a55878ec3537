"""Torch counterpart of the computation graph."""

import torch

from .checked import Parameters, checked


@checked
def graph_forward(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return J = 3(a + bc) and its intermediate values."""
    u = torch.mul(b, c)
    v = torch.add(a, u)
    return torch.mul(v, 3), {"b": b, "c": c, "u": u, "v": v}
