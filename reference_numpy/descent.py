"""Gradient descent: the update, momentum, mini-batches, and the loop forward, cost, backward, update."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapes.network import Head, labels_violation

from .deep import deep_cost, deep_gradients
from .registry import Array, Layers, Number, formula

RATE = "alpha () in (0, inf)"
NETWORK = "X (n_0, m), Y (n_L, m), parameters {W, b}, head: Head"


def order_violation(order: NDArray[np.int64]) -> str | None:
    """Return what is wrong with an order that misses or repeats an example."""
    if sorted(order.tolist()) == list(range(len(order))):
        return None
    return f"order is {order.tolist()}, expected a permutation of 0..{len(order) - 1}: each example once"


@formula(
    r"w := w - \alpha \, dw, \quad b := b - \alpha \, db",
    "S6 S21",
    "Notes A, p. 8 and p. 16; Slides, Gradient Descent; Notes C, Gradient descent",
    f"w (n_x, 1), b (), dw (n_x, 1), db (), {RATE} -> w (n_x, 1), b ()",
)
def logistic_update(w: Array, b: Number, dw: Array, db: Number, alpha: float) -> tuple[Array, Number]:
    """One step of gradient descent for logistic regression; alpha is the learning rate."""
    return w - alpha * dw, b - alpha * db


@formula(
    r"w_1 := w_1 - \alpha \frac{\partial L}{\partial w_1}, \quad w_2 := w_2 - \alpha \frac{\partial L}{\partial w_2}, "
    r"\quad b := b - \alpha \frac{\partial L}{\partial b}",
    "S4 S21",
    "Notes A, p. 11; Lee 2019, update parameters",
    f"w (n_x,), b (), dw (n_x,), db (), {RATE} -> w (n_x,), b ()",
)
def logistic_example_update(w: Array, b: Number, dw: Array, db: Number, alpha: float) -> tuple[Array, Number]:
    """One step from the loss of one example."""
    return w - alpha * dw, b - alpha * db


@formula(
    r"W^{[l]} := W^{[l]} - \alpha \, dW^{[l]}, \quad b^{[l]} := b^{[l]} - \alpha \, db^{[l]}",
    "S18 S21",
    "Notes A, p. 27 and p. 39; Notes B, Outline; Lee 2019, update_parameters",
    f"parameters {{W, b}}, grads {{dW, db}}, {RATE} -> parameters",
)
def update_parameters(parameters: Layers, grads: Layers, alpha: float) -> Layers:
    """One step of gradient descent; the parameters given stay as they are."""
    return {key: V - alpha * grads[f"d{key}"] for key, V in parameters.items()}


@formula(
    r"v := \beta v + dV, \quad V := V - \alpha v",
    "S22",
    "built on Notes A, p. 41: momentum, the word alone",
    f"parameters {{W, b}}, grads {{dW, db}}, velocity {{vW, vb}}, {RATE}, beta () in [0, 1) -> parameters, velocity",
)
def update_with_momentum(
    parameters: Layers, grads: Layers, velocity: Layers, alpha: float, beta: float
) -> tuple[Layers, Layers]:
    """One step with momentum (heavy ball); beta = 0 is plain gradient descent."""
    velocity = {f"v{key}": beta * velocity[f"v{key}"] + grads[f"d{key}"] for key in parameters}
    return {key: V - alpha * velocity[f"v{key}"] for key, V in parameters.items()}, velocity


@formula(
    r"(1, \dots, m) \to t_1, t_2, \dots",
    "S22",
    "built on Notes A, p. 41: mini-batch size, the word alone",
    "order (m,) in {0..inf}, batch_size () in {1..inf} -> batches",
    also=order_violation,
)
def batch_indices(order: NDArray[np.int64], batch_size: int) -> list[NDArray[np.int64]]:
    """Cut an order of the examples into batches; the last one may be smaller."""
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


@formula(
    r"X = [X^{\{1\}} \; X^{\{2\}} \dots], \quad J^{\{t\}} = \frac{1}{m_t} \sum_{i \in t} L^{(i)}",
    "S22",
    "built on Notes A, p. 41: mini-batch size, the word alone",
    "X (n_0, m), Y (n_L, m), batch_size () in {1..inf}, order (m,) in {0..inf} -> batches",
    also=order_violation,
)
def mini_batches(X: Array, Y: Array, batch_size: int, order: NDArray[np.int64]) -> list[tuple[Array, Array]]:
    """Split the examples, taken in the given order, into batches; the last one may be smaller."""
    return [(X[:, t], Y[:, t]) for t in batch_indices(order, batch_size)]


@formula(
    r"\text{forward} \to J \to \text{backward} \to v := \beta v + dV, \; V := V - \alpha v",
    "S21 S22",
    "Notes A, p. 8 and p. 27; built on Notes A, p. 41: momentum, the word alone",
    f"{NETWORK}, velocity {{vW, vb}}, {RATE}, beta () in [0, 1) -> J (), parameters, velocity",
    also=labels_violation,
)
def descent_step(
    X: Array,
    Y: Array,
    parameters: Layers,
    head: Head,
    velocity: Layers,
    alpha: float,
    beta: float,
) -> tuple[Array, Layers, Layers]:
    """One iteration; J is the cost before the update."""
    J, cache = deep_cost(X, Y, parameters, head)
    grads = deep_gradients(Y, parameters, cache, head)
    parameters, velocity = update_with_momentum(parameters, grads, velocity, alpha, beta)
    return J, parameters, velocity


@formula(
    r"\text{repeat: forward, cost, backward, update}",
    "S21 S22",
    "Notes A, p. 8 and p. 27; Slides, Gradient Descent; Notes C, Gradient descent",
    f"{NETWORK}, {RATE}, beta () in [0, 1), iterations () in {{1..inf}} -> parameters, costs (iterations,)",
    also=labels_violation,
)
def gradient_descent(
    X: Array,
    Y: Array,
    parameters: Layers,
    head: Head = Head(),
    alpha: float = 0.0075,
    beta: float = 0.0,
    iterations: int = 2500,
) -> tuple[Layers, NDArray[np.float64]]:
    """Train on all examples at once; costs[i] is the cost before update i."""
    velocity = {f"v{key}": np.zeros_like(V) for key, V in parameters.items()}
    costs = np.empty(iterations)
    for i in range(iterations):
        costs[i], parameters, velocity = descent_step(X, Y, parameters, head, velocity, alpha, beta)
    return parameters, costs
