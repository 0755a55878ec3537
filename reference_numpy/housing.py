"""Housing prices: one neuron from size to price, squared error."""

from __future__ import annotations

import numpy as np

from .activations import ACTIVATIONS
from .losses import cost, squared_error
from .registry import Array, Layers, Number, formula, gradient


@formula(
    r"z = wx + b, \quad \hat{y} = g(z), \quad J = \frac{1}{2m} \sum_i (\hat{y}^{(i)} - y^{(i)})^2",
    "S23",
    "Notes A, p. 2-4; Notes C, What is a neural network?",
    "w (), b (), X (1, m), Y (1, m), activation in {relu, identity} -> J (), cache with Z (1, m), Y_hat (1, m)",
)
def housing_cost(w: Number, b: Number, X: Array, Y: Array, activation: str = "relu") -> tuple[Array, Layers]:
    """Cost of one neuron that predicts the prices Y from the sizes X; with ReLU no price is negative."""
    g, _ = ACTIVATIONS[activation]
    Z = w * X + b
    Y_hat = g(Z)
    return cost(squared_error(Y_hat, Y)), {"Z": Z, "Y_hat": Y_hat}


@gradient(
    housing_cost,
    r"d\hat{y} = \hat{y} - y, \quad dz = d\hat{y} \, g'(z), \quad dw = \frac{1}{m} \sum_i x^{(i)} dz^{(i)}, \quad "
    r"db = \frac{1}{m} \sum_i dz^{(i)}",
    "S23",
    "built on Notes A, p. 2-4",
    "X, Y, cache, activation -> grads {dY_hat, dZ, dw, db}",
)
def housing_gradients(X: Array, Y: Array, cache: Layers, activation: str = "relu") -> Layers:
    """Derivatives of the housing cost."""
    _, g_prime = ACTIVATIONS[activation]
    m = X.shape[1]
    dY_hat = cache["Y_hat"] - Y
    dZ = dY_hat * g_prime(cache["Z"])
    dw = np.sum(X * dZ) / m
    db = np.sum(dZ) / m
    return {"dY_hat": dY_hat, "dZ": dZ, "dw": dw, "db": db}
