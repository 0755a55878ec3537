"""The first layer in the span of the examples: descent on all of them needs X only through its Gram matrix.

Each derivative dW[1] = dZ X.T / m + (lambda / m) W[1] is a multiple of W[1] plus a combination of the examples, and
updates add up such derivatives. So from W[1] = W_0 at rest on, W[1] = s W_0 + C X.T, with a number s and a matrix C
(n_1, m), whatever the momentum; its velocity and its derivative are of that form too. The update of a sum of two fixed
matrices is that of its coordinates, so (s, C) moves by the ordinary update, with the coordinates of dW[1] for dW[1].
Forward, Z[1] = W[1] X + b[1] = s Q + C G + b[1] needs Q = W_0 X and G = X.T X, which stay as they are: a step costs
n_1 m^2 multiplications in the first layer in place of 2 n_1 n_0 m.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapes.network import Head, labels_violation

from .deep import deep_cost, deep_gradients
from .descent import gradient_descent, update_with_momentum
from .registry import Array, Layers, Number, formula, gradient, same_as

UPDATES = "built on Notes A, p. 38-39: dW and the update of W, summed over all iterations"
COORDINATES = "s (), C (n, m)"


@formula(
    r"G = X^T X, \quad Q = W_0 X, \quad q = \lVert W_0 \rVert_F^2",
    "S21",
    UPDATES,
    "X (n_x, m), W_0 (n, n_x) -> G (m, m), Q (n, m), q ()",
)
def gram_matrices(X: Array, W_0: Array) -> tuple[Array, Array, Number]:
    """All that descent needs of the examples and of the first weights of the first layer, once and for all."""
    return X.T @ X, W_0 @ X, np.sum(W_0**2)


@formula(
    r"W^{[1]} = s W_0 + C X^T",
    "S21",
    UPDATES,
    f"W_0 (n, n_x), X (n_x, m), {COORDINATES} -> W (n, n_x)",
)
def span_weights(W_0: Array, X: Array, s: Number, C: Array) -> Array:
    """The weights of the first layer out of their coordinates; velocity and derivative have coordinates as well."""
    return s * W_0 + C @ X.T


@formula(
    r"H = s Q + C G",
    "S17 S21",
    UPDATES,
    f"Q (n, m), G (m, m), {COORDINATES} -> H (n, m)",
)
def span_product(Q: Array, G: Array, s: Number, C: Array) -> Array:
    """The product of the first weights and the examples, without either."""
    return s * Q + C @ G


@formula(
    r"\lVert W^{[1]} \rVert_F^2 = s (s q + \langle C, Q \rangle) + \langle C, H \rangle",
    "S21 S22",
    f"built on Notes A, p. 41: regularisation, the word alone; {UPDATES}",
    f"q (), Q (n, m), H (n, m), {COORDINATES} -> square ()",
)
def span_square(q: Number, Q: Array, H: Array, s: Number, C: Array) -> Number:
    """The square that L2 regularisation penalises, without the weights and without another product of matrices."""
    return s * (s * q + np.sum(C * Q)) + np.sum(C * H)


@formula(
    r"d = \tfrac{\lambda}{m} s, \quad D = \tfrac{1}{m} dZ^{[1]} + \tfrac{\lambda}{m} C, \quad W^{[1]} = s W_0 + C "
    r"X^T, \quad \tfrac{1}{m} dZ^{[1]} X^T + \tfrac{\lambda}{m} W^{[1]} = d \cdot W_0 + D X^T",
    "S17 S21 S22",
    UPDATES,
    f"dZ (n, m), {COORDINATES}, l2 () in [0, inf) -> d (), D (n, m)",
)
def span_slopes(dZ: Array, s: Number, C: Array, l2: float) -> tuple[Number, Array]:
    """The coordinates of dW[1], which are not the derivatives by the coordinates: those would be of another descent."""
    m = dZ.shape[1]
    return l2 / m * s, dZ / m + l2 / m * C


@formula(
    r"H = s Q + C G, \quad Z^{[1]} = H + b^{[1]}, \quad A^{[1]} = g^{[1]}(Z^{[1]}), \quad Z^{[l]} = W^{[l]} "
    r"A^{[l-1]} + b^{[l]}, \quad A^{[l]} = g^{[l]}(Z^{[l]}), \quad l = 2 \dots L, \quad S = s (s q + \langle C, Q "
    r"\rangle) + \langle C, H \rangle, \quad J = \frac{1}{m} \sum_i L(a^{[L](i)}, y^{(i)}) + \frac{\lambda}{2m} "
    r"\left(S + \sum_{l=2}^L \lVert W^{[l]} \rVert_F^2\right)",
    "S17 S21 S22",
    f"built on Notes A, p. 27; {UPDATES}",
    "G (m, m), Q (n_1, m), q (), Y (n_L, m), parameters {W, b}, s (), C (n_1, m), head: Head -> J (), cache",
    also=labels_violation,
)
def gram_cost(
    G: Array, Q: Array, q: Number, Y: Array, parameters: Layers, s: Number, C: Array, head: Head = Head()
) -> tuple[Number, Layers]:
    """Cost of a deep network whose first layer is in the span of the examples; parameters["W1"] is W_0, at rest.

    To the layers above, it is a deep network without inputs, whose b[1] is Z[1].
    """
    H = span_product(Q, G, s, C)
    J, cache = deep_cost(G[:0], Y, parameters | {"W1": C[:, :0], "b1": H + parameters["b1"]}, head)
    del cache["A0"]
    if head.l2:
        J = J + head.l2 / (2 * G.shape[1]) * span_square(q, Q, H, s, C)
    return J, cache


@gradient(
    gram_cost,
    r"dZ^{[L]} = \begin{cases} A^{[L]} - Y & \text{for cross-entropy} \\ (A^{[L]} - Y) * g^{[L]\prime}(Z^{[L]}) & "
    r"\text{for squared error} \end{cases}, \quad dA^{[l-1]} = W^{[l]T} dZ^{[l]}, \quad dZ^{[l-1]} = dA^{[l-1]} * "
    r"g^{[l-1]\prime}(Z^{[l-1]}), \quad db^{[l]} = \tfrac{1}{m} \textstyle\sum_i dZ^{[l](i)}, \quad dW^{[l]} = "
    r"\tfrac{1}{m} dZ^{[l]} A^{[l-1]T} + \tfrac{\lambda}{m} W^{[l]}, \quad l = 2 \dots L, \quad db^{[1]} = "
    r"\tfrac{1}{m} \textstyle\sum_i dZ^{[1](i)}",
    "S17 S21 S22",
    "built on Notes A, p. 38-40",
    "Y, parameters, cache, head -> grads",
    also=labels_violation,
)
def gram_gradients(Y: Array, parameters: Layers, cache: Layers, head: Head = Head()) -> Layers:
    """Backward pass down to dZ[1] and db[1]; `span_slopes` makes the coordinates of dW[1] of dZ[1]."""
    without_inputs = {"W1": parameters["W1"][:, :0]}
    grads = deep_gradients(Y, parameters | without_inputs, cache | {"A0": Y[:0]}, head)
    del grads["dW1"]
    return grads


@same_as(
    gradient_descent,
    "S21 S22",
    UPDATES,
    r"W_0 = W^{[1]}, \; s = 1, \; C = 0, \; v_s = 0, \; v_C = 0, \; v_W^{[l]} = 0, \; v_b^{[l]} = 0, \; "
    r"\text{repeat: } S = \lVert s W_0 + C X^T \rVert_F^2 + \sum_{l=2}^L \lVert W^{[l]} \rVert_F^2, \; J = "
    r"\tfrac{1}{m} \textstyle\sum_i L(a^{[L](i)}, y^{(i)}) + \tfrac{\lambda}{2m} S, \; v_s := \beta v_s + d, \; v_C "
    r":= \beta v_C + D, \; v_b^{[l]} := \beta v_b^{[l]} + db^{[l]}, \; s := s - \alpha v_s, \; C := C - \alpha v_C, "
    r"\; b^{[l]} := b^{[l]} - \alpha v_b^{[l]}, \; l = 1 \dots L, \; v_W^{[l]} := \beta v_W^{[l]} + dW^{[l]}, \; "
    r"W^{[l]} := W^{[l]} - \alpha v_W^{[l]}, \; l = 2 \dots L, \; \text{then } W^{[1]} = s W_0 + C X^T",
)
def gram_descent(
    X: Array,
    Y: Array,
    parameters: Layers,
    head: Head = Head(),
    alpha: float = 0.0075,
    beta: float = 0.0,
    iterations: int = 2500,
) -> tuple[Layers, NDArray[np.float64]]:
    """Train on all examples at once, where the first layer moves by its coordinates and is formed at the end."""
    G, Q, q = gram_matrices(X, parameters["W1"])
    moving = {key: V for key, V in parameters.items() if key != "W1"} | {"s1": np.ones_like(q), "C1": np.zeros_like(Q)}
    velocity = {f"v{key}": np.zeros_like(V) for key, V in moving.items()}
    costs = np.empty(iterations)
    for i in range(iterations):
        layers, s, C = {key: moving.get(key, V) for key, V in parameters.items()}, moving["s1"], moving["C1"]
        costs[i], cache = gram_cost(G, Q, q, Y, layers, s, C, head)
        grads = gram_gradients(Y, layers, cache, head)
        d, grads["dC1"] = span_slopes(grads["dZ1"], s, C, head.l2)
        grads["ds1"] = np.asarray(d)
        moving, velocity = update_with_momentum(moving, grads, velocity, alpha, beta)
    W = span_weights(parameters["W1"], X, moving["s1"], moving["C1"])
    return {key: W if key == "W1" else moving[key] for key in parameters}, costs
