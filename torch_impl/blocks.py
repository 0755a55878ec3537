"""Torch counterparts of the building blocks."""

import torch

from shapes.names import depth
from shapes.network import Hidden, hidden_layers

from .activations import ACTIVATIONS
from .checked import Parameters, checked
from .layout import linear
from .losses import cost, cross_entropy


@checked
def linear_example_forward(a_prev: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return the linear part of a layer for one example."""
    return linear(a_prev, W, b), {"a_prev": a_prev, "W": W, "b": b}


@checked
def linear_forward(A_prev: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return the linear part of a layer for m examples."""
    return linear(A_prev, W, b), {"A_prev": A_prev, "W": W, "b": b}


@checked
def activation_example_forward(z: torch.Tensor, activation: str) -> tuple[torch.Tensor, Parameters]:
    """Return the activation part of a layer for one example."""
    return ACTIVATIONS[activation](z), {"z": z}


@checked
def activation_forward(Z: torch.Tensor, activation: str) -> tuple[torch.Tensor, Parameters]:
    """Return the activation part of a layer."""
    return ACTIVATIONS[activation](Z), {"Z": Z}


@checked
def linear_activation_forward(
    A_prev: torch.Tensor, W: torch.Tensor, b: torch.Tensor, activation: str
) -> tuple[torch.Tensor, Parameters]:
    """Return the activations of one whole layer."""
    Z = linear(A_prev, W, b)
    return ACTIVATIONS[activation](Z), {"A_prev": A_prev, "W": W, "b": b, "Z": Z}


@checked
def model_forward(
    X: torch.Tensor, parameters: Parameters, activation: Hidden = "relu"
) -> tuple[torch.Tensor, list[Parameters]]:
    """Return the predictions of the whole model, whose output is a sigmoid."""
    L, caches, A = depth(parameters), [], X
    for l, name in enumerate([*hidden_layers(activation, L), "sigmoid"]):
        A, cache = linear_activation_forward(A, parameters[f"W{l + 1}"], parameters[f"b{l + 1}"], name)
        caches.append(cache)
    return A, caches


@checked
def compute_cost(AL: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the cost, formed from the predictions."""
    return cost(cross_entropy(AL, Y))


@checked
def model_cost(
    X: torch.Tensor, Y: torch.Tensor, parameters: Parameters, activation: Hidden = "relu"
) -> tuple[torch.Tensor, torch.Tensor, list[Parameters]]:
    """Return the cost of the whole model, formed from the predictions."""
    AL, caches = model_forward(X, parameters, activation)
    return compute_cost(AL, Y), AL, caches
