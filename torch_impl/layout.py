"""The one place where the notes' layout, examples in columns, meets torch's, examples in rows."""

import torch
from torch import nn
from torch.nn import functional as F

from .checked import Parameters


def to_rows(columns: torch.Tensor) -> torch.Tensor:
    """View (n, m) as (m, n)."""
    return columns.T


def to_columns(rows: torch.Tensor) -> torch.Tensor:
    """View (m, n) as (n, m)."""
    return rows.T


def linear(A: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Map the columns of A by torch's own linear; W (n, n_prev), b (n, 1)."""
    return to_columns(F.linear(to_rows(A), W, b[:, 0]))


def linear_layers(layers: nn.ModuleList) -> list[nn.Linear]:
    """Return the layers, known to the type checker as linear."""
    return [layer for layer in layers if isinstance(layer, nn.Linear)]


def load_parameters(layers: nn.ModuleList, parameters: Parameters) -> None:
    """Copy {"W1", "b1", ...} into the linear layers, in place; ValueError when a shape differs."""
    for l, layer in enumerate(linear_layers(layers), start=1):
        for target, V in ((layer.weight, parameters[f"W{l}"]), (layer.bias, _column(parameters[f"b{l}"], l))):
            if target.shape != V.shape:
                raise ValueError(
                    f"load_parameters: layer {l} got {tuple(V.shape)}, expected {tuple(target.shape)}: "
                    "the parameters are of another network"
                )
            with torch.no_grad():
                target.copy_(V)


def _column(b: torch.Tensor, l: int) -> torch.Tensor:
    if b.ndim != 2 or b.shape[1] != 1:
        raise ValueError(f"load_parameters: b{l} has shape {tuple(b.shape)}, expected (n_{l}, 1)")
    return b[:, 0]


def parameters_of(layers: nn.ModuleList) -> Parameters:
    """Copy the parameters of the linear layers into {"W1": (n_1, n_0), "b1": (n_1, 1), ...}."""
    parameters = {}
    for l, layer in enumerate(linear_layers(layers), start=1):
        parameters[f"W{l}"] = layer.weight.detach().clone()
        parameters[f"b{l}"] = layer.bias.detach().clone()[:, None]
    return parameters


def gradients_of(layers: nn.ModuleList) -> Parameters:
    """Copy the gradients of the last backward pass into {"dW1", "db1", ...}; ValueError before any."""
    gradients = {}
    for l, layer in enumerate(linear_layers(layers), start=1):
        if layer.weight.grad is None or layer.bias.grad is None:
            raise ValueError(f"gradients_of: layer {l} has no gradient, expected one: call backward() first")
        gradients[f"dW{l}"] = layer.weight.grad.clone()
        gradients[f"db{l}"] = layer.bias.grad.clone()[:, None]
    return gradients
