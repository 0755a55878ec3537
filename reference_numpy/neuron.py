"""The forms of Lee's notes: neuron(W, X, b) with weights in columns, and db as a product with a column of ones."""

from __future__ import annotations

import numpy as np

from .activations import sigmoid
from .losses import cost, cross_entropy_from_logits
from .registry import Array, Layers, formula, gradient

HIDDEN_UNITS = (5, 5, 5, 3, 1)  # n_units = [n_x, 5, 5, 5, 3, 1], trained for 1000 epochs at 0.01


@formula(
    r"\hat{Y} = \sigma(W^T X + b)",
    "S24",
    "Lee 2019, neuron",
    "W (n_x, k), X (n_x, N), b (k, 1) -> Y_hat (k, N)",
)
def neuron(W: Array, X: Array, b: Array) -> Array:
    """Neurons whose weights stand in the columns of W."""
    return sigmoid(np.dot(np.transpose(W), X) + b)


@formula(
    r"J = \frac{1}{N} \sum_i L(\hat{y}^{(i)}, y^{(i)})",
    "S24",
    "Lee 2019, forward propagation",
    "W (n_x, k), X (n_x, m), b (k, 1), Y (k, m) in [0, 1] -> J (), cache with Z (k, m), Y_hat (k, m)",
)
def neuron_cost(W: Array, X: Array, b: Array, Y: Array) -> tuple[Array, Layers]:
    """Cost of such neurons over N = m examples."""
    Z = np.dot(np.transpose(W), X) + b
    return cost(cross_entropy_from_logits(Z, Y)), {"Z": Z, "Y_hat": sigmoid(Z)}


@gradient(
    neuron_cost,
    r"dZ = \hat{Y} - Y, \quad dW = \frac{1}{N} X dZ^T, \quad db = \frac{1}{N} dZ \, \mathbf{1}_{N \times 1}",
    "S24",
    "Lee 2019, backward propagation, with dW in the shape of W and a column of ones",
    "X, Y, cache -> grads {dZ, dW, db}",
)
def neuron_gradients(X: Array, Y: Array, cache: Layers) -> Layers:
    """Derivatives; the sum over the examples is written as a product, so that it looks like dW."""
    N = X.shape[1]
    dZ = cache["Y_hat"] - Y
    dW = np.dot(X, dZ.T) / N
    db = np.dot(dZ, np.ones_like(dZ, shape=(N, 1))) / N
    return {"dZ": dZ, "dW": dW, "db": db}
