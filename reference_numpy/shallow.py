"""A network with one hidden layer: one example, m examples in a loop, m examples vectorised."""

from __future__ import annotations

import numpy as np

from shapes.network import ANY_ACTIVATION

from .activations import ACTIVATIONS, sigmoid
from .losses import cost, cross_entropy_from_logits
from .registry import Array, Layers, formula, gradient, same_as

PARAMETERS = "W1 (n_1, n_0), b1 (n_1, 1), W2 (n_2, n_1), b2 (n_2, 1)"
SOURCE = "Notes A, p. 28 and p. 30; Lee 2019, hidden layer 1"


@formula(
    r"z^{[1]} = W^{[1]} x + b^{[1]}, \; a^{[1]} = g(z^{[1]}), \; z^{[2]} = W^{[2]} a^{[1]} + b^{[2]}, \; a^{[2]} = "
    r"\sigma(z^{[2]}), \; L = L(a^{[2]}, y)",
    "S13",
    "Notes A, p. 20-21",
    f"x (n_0, 1), y (n_2, 1) in [0, 1], {PARAMETERS}, activation in {ANY_ACTIVATION} "
    "-> L (), cache with z1 (n_1, 1), a1 (n_1, 1), z2 (n_2, 1), a2 (n_2, 1)",
)
def shallow_example_loss(
    x: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array, activation: str = "tanh"
) -> tuple[Array, Layers]:
    """Loss of a shallow network on one example, a column."""
    g, _ = ACTIVATIONS[activation]
    z1 = W1 @ x + b1
    a1 = g(z1)
    z2 = W2 @ a1 + b2
    L = np.sum(cross_entropy_from_logits(z2, y))
    return L, {"z1": z1, "a1": a1, "z2": z2, "a2": sigmoid(z2)}


@gradient(
    shallow_example_loss,
    r"dz^{[2]} = a^{[2]} - y, \; dW^{[2]} = dz^{[2]} a^{[1]T}, \; db^{[2]} = dz^{[2]}, \; "
    r"dz^{[1]} = W^{[2]T} dz^{[2]} * g'(z^{[1]}), \; dW^{[1]} = dz^{[1]} x^T, \; db^{[1]} = dz^{[1]}",
    "S13",
    "Notes A, p. 29-30, with g' at z1",
    "x, y, W2, cache, activation -> grads {dz2, dW2, db2, dz1, dW1, db1}",
)
def shallow_example_gradients(x: Array, y: Array, W2: Array, cache: Layers, activation: str = "tanh") -> Layers:
    """The six backward equations for one example."""
    _, g_prime = ACTIVATIONS[activation]
    dz2 = cache["a2"] - y
    dW2 = dz2 @ cache["a1"].T
    db2 = dz2.copy()
    dz1 = W2.T @ dz2 * g_prime(cache["z1"])
    dW1 = dz1 @ x.T
    db1 = dz1.copy()
    return {"dz2": dz2, "dW2": dW2, "db2": db2, "dz1": dz1, "dW1": dW1, "db1": db1}


@formula(
    r"Z^{[1]} = W^{[1]} X + b^{[1]}, \; A^{[1]} = g(Z^{[1]}), \; Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}, \; "
    r"A^{[2]} = \sigma(Z^{[2]})",
    "S14",
    "Notes A, p. 22 and p. 28; Lee 2019, hidden layer 1",
    f"X (n_0, m), {PARAMETERS}, activation in {ANY_ACTIVATION} -> A2 (n_2, m), cache",
)
def shallow_forward(
    X: Array, W1: Array, b1: Array, W2: Array, b2: Array, activation: str = "tanh"
) -> tuple[Array, Layers]:
    """Predictions of a shallow network for m examples at once."""
    g, _ = ACTIVATIONS[activation]
    Z1 = W1 @ X + b1
    A1 = g(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


@same_as(shallow_forward, "S13 S14", "Notes A, p. 21-22: unit by unit, example by example")
def shallow_forward_loop(
    X: Array, W1: Array, b1: Array, W2: Array, b2: Array, activation: str = "tanh"
) -> tuple[Array, Layers]:
    """Predictions with explicit loops over the examples and over the units of each layer."""
    g, _ = ACTIVATIONS[activation]
    n_1, n_2, m = len(W1), len(W2), X.shape[1]
    Z1, Z2 = np.empty_like(X, shape=(n_1, m)), np.empty_like(X, shape=(n_2, m))
    A1, A2 = np.empty_like(Z1), np.empty_like(Z2)
    for i in range(m):
        for j in range(n_1):
            Z1[j, i] = np.dot(W1[j], X[:, i]) + b1[j, 0]
            A1[j, i] = g(Z1[j, i])
        for k in range(n_2):
            Z2[k, i] = np.dot(W2[k], A1[:, i]) + b2[k, 0]
            A2[k, i] = sigmoid(Z2[k, i])
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


@formula(
    r"Z^{[1]} = W^{[1]} X + b^{[1]}, \; A^{[1]} = g(Z^{[1]}), \; Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}, \; A^{[2]} = "
    r"\sigma(Z^{[2]}), \; J = \tfrac{1}{m} \textstyle\sum_i L(a^{[2](i)}, y^{(i)})",
    "S14",
    "Notes A, p. 27",
    f"X (n_0, m), Y (n_2, m) in [0, 1], {PARAMETERS}, activation in {ANY_ACTIVATION} -> J (), cache",
)
def shallow_cost(
    X: Array, Y: Array, W1: Array, b1: Array, W2: Array, b2: Array, activation: str = "tanh"
) -> tuple[Array, Layers]:
    """Cost of a shallow network over m examples, formed from the logits."""
    _, cache = shallow_forward(X, W1, b1, W2, b2, activation)
    J = cost(cross_entropy_from_logits(cache["Z2"], Y))
    return J, cache


@gradient(
    shallow_cost,
    r"dZ^{[2]} = A^{[2]} - Y, \; dW^{[2]} = \tfrac{1}{m} dZ^{[2]} A^{[1]T}, \; "
    r"db^{[2]} = \tfrac{1}{m} \textstyle\sum dZ^{[2]}, \; dZ^{[1]} = W^{[2]T} dZ^{[2]} * g'(Z^{[1]}), \; "
    r"dW^{[1]} = \tfrac{1}{m} dZ^{[1]} X^T, \; db^{[1]} = \tfrac{1}{m} \textstyle\sum dZ^{[1]}",
    "S14",
    SOURCE + ", with g' at Z1",
    "X, Y, W2, cache, activation -> grads {dZ2, dW2, db2, dZ1, dW1, db1}",
)
def shallow_gradients(X: Array, Y: Array, W2: Array, cache: Layers, activation: str = "tanh") -> Layers:
    """The six backward equations for m examples at once."""
    _, g_prime = ACTIVATIONS[activation]
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = dZ2 @ cache["A1"].T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * g_prime(cache["Z1"])
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dZ2": dZ2, "dW2": dW2, "db2": db2, "dZ1": dZ1, "dW1": dW1, "db1": db1}
