"""Torch counterparts of the deep network, as functions in the notes' layout; `models` has the same as modules."""

import torch

from shapes.names import depth, parse_name
from shapes.network import Head, Hidden, hidden_layers

from .activations import ACTIVATIONS
from .checked import Parameters, checked
from .layout import linear
from .losses import cost, cross_entropy_from_logits, squared_error


@checked
def deep_forward(
    X: torch.Tensor, parameters: Parameters, activation: Hidden = "relu", output: str = "sigmoid"
) -> tuple[torch.Tensor, Parameters]:
    """Return the output activations and every intermediate value."""
    names = [*hidden_layers(activation, depth(parameters)), output]
    values = {"A0": X}
    for l, name in enumerate(names, start=1):
        values[f"Z{l}"] = linear(values[f"A{l - 1}"], parameters[f"W{l}"], parameters[f"b{l}"])
        values[f"A{l}"] = ACTIVATIONS[name](values[f"Z{l}"])
    return values[f"A{len(names)}"], values


@checked
def l2_penalty(parameters: Parameters, l2: float, m: int) -> torch.Tensor:
    """Return half of l2/m times the squared norm of all weights."""
    weights = torch.cat([V.flatten() for name, V in parameters.items() if parse_name(name).is_weight])
    return torch.linalg.vector_norm(weights).square().mul(l2).div(2 * m)


@checked
def deep_cost(
    X: torch.Tensor, Y: torch.Tensor, parameters: Parameters, head: Head = Head()
) -> tuple[torch.Tensor, Parameters]:
    """Return the cost and every intermediate value."""
    AL, values = deep_forward(X, parameters, head.activation, head.output)
    ZL = values[f"Z{depth(parameters)}"]
    losses = cross_entropy_from_logits(ZL, Y) if head.loss == "cross_entropy" else squared_error(AL, Y)
    return cost(losses) + l2_penalty(parameters, head.l2, X.shape[1]), values


@checked
def deep_example_loss(
    x: torch.Tensor, y: torch.Tensor, parameters: Parameters, activation: Hidden = "relu"
) -> tuple[torch.Tensor, Parameters]:
    """Return the loss of one example and every intermediate value."""
    L = depth(parameters)
    _, values = deep_forward(x, parameters, activation)
    return cross_entropy_from_logits(values[f"Z{L}"], y).sum(), {name.lower(): V for name, V in values.items()}


@checked
def next_linear(Z: torch.Tensor, W_next: torch.Tensor, b_next: torch.Tensor, activation: str = "relu") -> torch.Tensor:
    """Return the next layer's linear part from this layer's."""
    return linear(ACTIVATIONS[activation](Z), W_next, b_next)
