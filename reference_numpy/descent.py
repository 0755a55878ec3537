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
    r"w_j := w_j - \alpha \frac{\partial L}{\partial w_j}, \quad b := b - \alpha \frac{\partial L}{\partial b}",
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
    r"v_W^{[l]} := \beta v_W^{[l]} + dW^{[l]}, \quad v_b^{[l]} := \beta v_b^{[l]} + db^{[l]}, \quad W^{[l]} := "
    r"W^{[l]} - \alpha v_W^{[l]}, \quad b^{[l]} := b^{[l]} - \alpha v_b^{[l]}",
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
    r"t_k = \mathrm{part}(o, (k - 1) B + 1, \min(k B, m))",
    "S22",
    "built on Notes A, p. 41: mini-batch size, the word alone",
    "order (m,) in {0..inf}, batch_size () in {1..inf} -> batches",
    also=order_violation,
)
def batch_indices(order: NDArray[np.int64], batch_size: int) -> list[NDArray[np.int64]]:
    """Cut an order of the examples into batches; the last one may be smaller."""
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


@formula(
    r"X_k = \mathrm{columns}(X, \mathrm{part}(o, (k - 1) B + 1, \min(k B, m))), \quad Y_k = \mathrm{columns}(Y, "
    r"\mathrm{part}(o, (k - 1) B + 1, \min(k B, m)))",
    "S22",
    "built on Notes A, p. 41: mini-batch size, the word alone",
    "X (n_0, m), Y (n_L, m), batch_size () in {1..inf}, order (m,) in {0..inf} -> batches",
    also=order_violation,
)
def mini_batches(X: Array, Y: Array, batch_size: int, order: NDArray[np.int64]) -> list[tuple[Array, Array]]:
    """Split the examples, taken in the given order, into batches; the last one may be smaller."""
    return [(X[:, t], Y[:, t]) for t in batch_indices(order, batch_size)]


@formula(
    r"J = \frac{1}{m} \sum_i L(a^{[L](i)}, y^{(i)}) + \frac{\lambda}{2m} \sum_l \lVert W^{[l]} \rVert_F^2, \quad "
    r"v_W^{[l]} := \beta v_W^{[l]} + dW^{[l]}, \quad v_b^{[l]} := \beta v_b^{[l]} + db^{[l]}, \quad W^{[l]} := "
    r"W^{[l]} - \alpha v_W^{[l]}, \quad b^{[l]} := b^{[l]} - \alpha v_b^{[l]}",
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
    r"v_W^{[l]} = 0, \quad v_b^{[l]} = 0, \quad \text{repeat: } J = \frac{1}{m} \sum_i L(a^{[L](i)}, y^{(i)}) + "
    r"\frac{\lambda}{2m} \sum_l \lVert W^{[l]} \rVert_F^2, \quad v_W^{[l]} := \beta v_W^{[l]} + dW^{[l]}, \quad "
    r"v_b^{[l]} := \beta v_b^{[l]} + db^{[l]}, \quad W^{[l]} := W^{[l]} - \alpha v_W^{[l]}, \quad b^{[l]} := b^{[l]} "
    r"- \alpha v_b^{[l]}",
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
