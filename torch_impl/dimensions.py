"""Torch counterpart of the matrix dimensions: read off a real network."""

from itertools import pairwise

import torch
from torch import nn

from .checked import checked
from .layout import to_columns, to_rows


@checked
def layer_shapes(layers: list[int], m: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what a network of torch's linear layers holds and computes."""
    A = torch.empty(layers[0], m, device="meta")
    shapes = {"A0": tuple(A.shape)}
    for l, (n_prev, n) in enumerate(pairwise(layers), start=1):
        layer = nn.Linear(n_prev, n, device="meta")
        Z = to_columns(layer(to_rows(A)))
        A = torch.relu(Z)
        found = {"W": layer.weight, "b": layer.bias[:, None], "Z": Z, "A": A}
        shapes |= {f"{name}{l}": tuple(V.shape) for name, V in found.items()}
    return shapes
