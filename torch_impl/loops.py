"""Torch counterparts of the notes' own loops: their modules, trained by torch's optimiser."""

import torch

from shapes.forms import FORMS
from shapes.network import Head, Hidden

from .checked import Parameters, checked
from .descent import train
from .layout import to_rows
from .models import LogisticRegression, Network, ShallowNetwork

T = torch.Tensor


@checked
def logistic_regression(X: T, Y: T, w: T, b: T, alpha: float, iterations: int) -> tuple[T, T, T]:
    """Train the module on all examples."""
    form = FORMS["column"]
    network = LogisticRegression.from_parameters(form.to_layers(w, b))
    costs = train(network, [(to_rows(X), to_rows(Y))] * iterations, alpha)
    w, b = form.from_layers(network.to_parameters())
    return w, b, costs


@checked
def logistic_one_by_one(X: T, Y: T, w: T, b: T, alpha: float, epochs: int) -> tuple[T, T, T]:
    """Train the module on batches of one example."""
    form = FORMS["vector"]
    network = LogisticRegression.from_parameters(form.to_layers(w, b))
    singles = list(zip(to_rows(X).split(1), to_rows(Y).split(1), strict=True))
    costs = train(network, singles * epochs, alpha)
    w, b = form.from_layers(network.to_parameters())
    return w, b, costs.reshape(epochs, -1).mean(dim=1)


@checked
def shallow_network(
    X: T, Y: T, W1: T, b1: T, W2: T, b2: T, activation: str, alpha: float, iterations: int
) -> tuple[T, T, T, T, T]:
    """Train the module on all examples."""
    form = FORMS["shallow"]
    network = ShallowNetwork.from_parameters(form.to_layers(W1, b1, W2, b2), Head(activation))
    costs = train(network, [(to_rows(X), to_rows(Y))] * iterations, alpha)
    W1, b1, W2, b2 = form.from_layers(network.to_parameters())
    return W1, b1, W2, b2, costs


@checked
def outline(
    X: T, Y: T, parameters: Parameters, activation: Hidden, alpha: float, iterations: int
) -> tuple[Parameters, T]:
    """Train the module on all examples."""
    network = Network.from_parameters(parameters, Head(activation))
    costs = train(network, [(to_rows(X), to_rows(Y))] * iterations, alpha)
    return network.to_parameters(), costs


@checked
def lee_network(X: T, Y: T, parameters: Parameters, alpha: float, n_epochs: int) -> tuple[Parameters, T]:
    """Train the module, with ReLU in the hidden layers, on all examples."""
    network = Network.from_parameters(parameters, Head("relu"))
    costs = train(network, [(to_rows(X), to_rows(Y))] * n_epochs, alpha)
    return network.to_parameters(), costs
