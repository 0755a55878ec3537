"""The notes' own training loops, each put together from its own formulas: forward, backward, update, repeated.

All of them are the loop of `descent.gradient_descent` on networks of their own size; costs[i] is the cost before
update i.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapes.network import ANY_ACTIVATION, HIDDEN, Hidden

from .blocks import model_backward, model_cost
from .descent import RATE, logistic_example_update, logistic_update, update_parameters
from .logistic import (
    logistic_cost,
    logistic_example_gradients,
    logistic_example_loss,
    logistic_gradients,
    logistic_loop,
)
from .neuron import propagate_backward, propagate_forward
from .registry import Array, Layers, Number, formula, same_as
from .shallow import PARAMETERS, shallow_cost, shallow_gradients

Costs = NDArray[np.float64]
LABELLED = "X (n_0, m), Y (n_L, m) in [0, 1], parameters {W, b}"
TIMES = f"{RATE}, iterations () in {{1..inf}}"


@formula(
    r"\text{repeat: } Z = w^T X + b, \; A = \sigma(Z), \; J = \tfrac{1}{m} \textstyle\sum_i L(a^{(i)}, y^{(i)}), \; "
    r"dZ = A - Y, \; dw = \tfrac{1}{m} X dZ^T, \; db = \tfrac{1}{m} \textstyle\sum_i dz^{(i)}, \; w := w - \alpha \, "
    r"dw, \; b := b - \alpha \, db",
    "S6 S21",
    "Notes A, p. 16: logistic regression (completely); Lee 2019, backward propagation",
    f"X (n_x, m), Y (1, m) in [0, 1], w (n_x, 1), b (), {TIMES} -> w (n_x, 1), b (), costs (iterations,)",
)
def logistic_regression(
    X: Array, Y: Array, w: Array, b: Number, alpha: float, iterations: int
) -> tuple[Array, Number, Costs]:
    """Logistic regression completely, from all examples at once."""
    costs = np.empty(iterations)
    for i in range(iterations):
        costs[i], cache = logistic_cost(w, b, X, Y)
        grads = logistic_gradients(X, Y, cache)
        w, b = logistic_update(w, b, grads["dw"], grads["db"], alpha)
    return w, b, costs


@same_as(
    logistic_regression,
    "S5 S21",
    "Notes A, p. 12 and p. 14; Slides, Logistic regression on m examples; Notes C, Logistic regression on m examples",
)
def logistic_regression_loop(
    X: Array, Y: Array, w: Array, b: Number, alpha: float, iterations: int
) -> tuple[Array, Number, Costs]:
    """Logistic regression with explicit loops over the examples and the features in every step."""
    costs = np.empty(iterations)
    for i in range(iterations):
        costs[i], dw, db = logistic_loop(w, b, X, Y)
        w, b = logistic_update(w, b, dw, db, alpha)
    return w, b, costs


@formula(
    r"\text{for each example: } z = w^T x + b, \; a = \sigma(z), \; L = L(a, y), \; dz = a - y, \; w := w - \alpha "
    r"\, x \, dz, \; b := b - \alpha \, dz",
    "S4 S21",
    "Notes A, p. 11; Lee 2019, forward propagation of one x; Notes C, Gradient descent for logistic regression",
    f"X (n_x, m), Y (1, m) in [0, 1], w (n_x,), b (), {RATE}, epochs () in {{1..inf}} "
    "-> w (n_x,), b (), costs (epochs,)",
)
def logistic_one_by_one(
    X: Array, Y: Array, w: Array, b: Number, alpha: float, epochs: int
) -> tuple[Array, Number, Costs]:
    """Logistic regression with an update after each example; costs are means of the losses as they were met."""
    m = X.shape[1]
    costs = np.zeros(epochs)
    for epoch in range(epochs):
        for x, y in zip(X.T, Y[0], strict=True):
            L, cache = logistic_example_loss(w, b, x, y)
            grads = logistic_example_gradients(x, y, cache)
            w, b = logistic_example_update(w, b, grads["dw"], grads["db"], alpha)
            costs[epoch] += L / m
    return w, b, costs


@formula(
    r"\text{repeat: } J = \tfrac{1}{m} \textstyle\sum_i L(a^{[2](i)}, y^{(i)}), \; W^{[l]} := W^{[l]} - \alpha "
    r"\frac{\partial J}{\partial W^{[l]}}, \; b^{[l]} := b^{[l]} - \alpha \frac{\partial J}{\partial b^{[l]}}, \; l "
    r"= 1 \dots 2",
    "S14 S21",
    "Notes A, p. 27-28",
    f"X (n_0, m), Y (n_2, m) in [0, 1], {PARAMETERS}, activation in {ANY_ACTIVATION}, {TIMES} "
    "-> W1 (n_1, n_0), b1 (n_1, 1), W2 (n_2, n_1), b2 (n_2, 1), costs (iterations,)",
)
def shallow_network(
    X: Array, Y: Array, W1: Array, b1: Array, W2: Array, b2: Array, activation: str, alpha: float, iterations: int
) -> tuple[Array, Array, Array, Array, Costs]:
    """Gradient descent for a network with one hidden layer, from its six backward equations."""
    costs = np.empty(iterations)
    for i in range(iterations):
        costs[i], cache = shallow_cost(X, Y, W1, b1, W2, b2, activation)
        grads = shallow_gradients(X, Y, W2, cache, activation)
        W1, b1 = W1 - alpha * grads["dW1"], b1 - alpha * grads["db1"]
        W2, b2 = W2 - alpha * grads["dW2"], b2 - alpha * grads["db2"]
    return W1, b1, W2, b2, costs


@formula(
    r"\text{repeat: } J = \tfrac{1}{m} \textstyle\sum_i L(a^{[L](i)}, y^{(i)}), \; W^{[l]} := W^{[l]} - \alpha "
    r"\frac{\partial J}{\partial W^{[l]}}, \; b^{[l]} := b^{[l]} - \alpha \frac{\partial J}{\partial b^{[l]}}, \; l "
    r"= 1 \dots L",
    "S18 S21",
    "Notes B, Outline",
    f"{LABELLED}, {HIDDEN}, {TIMES} -> parameters, costs (iterations,)",
)
def outline(
    X: Array, Y: Array, parameters: Layers, activation: Hidden, alpha: float, iterations: int
) -> tuple[Layers, Costs]:
    """Train the L-layer network from its building blocks: each forward block leaves a cache for its backward block."""
    costs = np.empty(iterations)
    for i in range(iterations):
        costs[i], AL, caches = model_cost(X, Y, parameters, activation)
        grads = model_backward(AL, Y, caches, activation)
        parameters = update_parameters(parameters, grads, alpha)
    return parameters, costs


@formula(
    r"\text{for each epoch: } J = \tfrac{1}{N} \textstyle\sum_i L(a_L^{(i)}, y^{(i)}), \; W_l \mathrel{-}= \alpha \, "
    r"dW_l, \; b_l \mathrel{-}= \alpha \, db_l",
    "S21 S24",
    "Lee 2019, propagate and update_parameters",
    f"{LABELLED}, {RATE}, n_epochs () in {{1..inf}} -> parameters, costs (n_epochs,)",
)
def lee_network(X: Array, Y: Array, parameters: Layers, alpha: float, n_epochs: int) -> tuple[Layers, Costs]:
    """Lee's loop over his propagate."""
    costs = np.empty(n_epochs)
    for i in range(n_epochs):
        costs[i], cache = propagate_forward(X, Y, parameters)
        grads = propagate_backward(Y, parameters, cache)
        parameters = update_parameters(parameters, grads, alpha)
    return parameters, costs
