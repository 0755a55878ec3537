"""The forms of Lee's notes: neuron(W, X, b), db as a product with a column of ones, his deep network."""

from __future__ import annotations

import numpy as np

from shapes.names import depth

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
    r"Z = W^T X + b, \quad \hat{Y} = \sigma(Z), \quad J = \frac{1}{N} \sum_i L(\hat{y}^{(i)}, y^{(i)})",
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
    "Lee 2019, backward propagation, with dW in the shape of W",
    "X, Y, cache -> grads {dZ, dW, db}",
)
def neuron_gradients(X: Array, Y: Array, cache: Layers) -> Layers:
    """Derivatives; the sum over the examples is written as a product, so that it looks like dW."""
    N = X.shape[1]
    dZ = cache["Y_hat"] - Y
    dW = np.dot(X, dZ.T) / N
    db = np.dot(dZ, np.ones_like(dZ, shape=(N, 1))) / N
    return {"dZ": dZ, "dW": dW, "db": db}


@formula(
    r"A_0 = X, \; Z_l = W_l A_{l-1} + b_l, \; l = 1 \dots L, \; A_l = \mathrm{ReLU}(Z_l), \; l = 1 \dots L - 1, \; "
    r"A_L = \sigma(Z_L), \quad J = \frac{1}{N} \sum_i L(a_L^{(i)}, y^{(i)})",
    "S24",
    "Lee 2019, hidden layer 1 and propagate",
    "X (n_0, m), Y (n_L, m) in [0, 1], parameters {W, b} -> J (), cache",
)
def propagate_forward(X: Array, Y: Array, parameters: Layers) -> tuple[Array, Layers]:
    """Forward part of Lee's propagate: ReLU in all hidden layers; two layers are his network of one hidden layer."""
    L, A = depth(parameters), X
    cache = {"A0": X}
    for l in range(1, L + 1):
        Z = np.dot(parameters[f"W{l}"], A) + parameters[f"b{l}"]
        A = np.maximum(0, Z) if l < L else sigmoid(Z)
        cache |= {f"Z{l}": Z, f"A{l}": A}
    return cost(cross_entropy_from_logits(Z, Y)), cache


@gradient(
    propagate_forward,
    r"dZ_L = A_L - Y, \quad dA_l = W_{l+1}^T dZ_{l+1}, \quad dZ_l = dA_l * (Z_l \geq 0), \quad "
    r"dW_l = \frac{1}{N} dZ_l A_{l-1}^T, \quad db_l = \frac{1}{N} dZ_l \, \mathbf{1}_{N \times 1}",
    "S24",
    "Lee 2019, hidden layer 1 and propagate, with the indices put right",
    "Y, parameters, cache -> grads {dZ, dA, dW, db}",
)
def propagate_backward(Y: Array, parameters: Layers, cache: Layers) -> Layers:
    """Backward part of Lee's propagate: db as a product with ones, and (Z >= 0), which takes 1 for ReLU'(0)."""
    L, N = depth(parameters), Y.shape[1]
    grads = {}
    dZ = cache[f"A{L}"] - Y
    for l in range(L, 0, -1):
        grads[f"dZ{l}"] = dZ
        grads[f"dW{l}"] = np.dot(dZ, cache[f"A{l - 1}"].T) / N
        grads[f"db{l}"] = np.dot(dZ, np.ones_like(dZ, shape=(N, 1))) / N
        if l > 1:
            grads[f"dA{l - 1}"] = np.dot(parameters[f"W{l}"].T, dZ)
            dZ = grads[f"dA{l - 1}"] * (cache[f"Z{l - 1}"] >= 0)
    return grads
