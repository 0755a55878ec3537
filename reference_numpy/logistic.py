"""Logistic regression: one example, m examples in explicit loops, m examples vectorised, absorbed bias."""

from __future__ import annotations

import numpy as np

from .activations import sigmoid
from .losses import cost, cross_entropy, cross_entropy_from_logits, cross_entropy_prime
from .registry import Array, Layers, Number, formula, gradient


@formula(
    r"z = w^T x + b, \quad a = \sigma(z), \quad L = -\left(y \log a + (1 - y) \log(1 - a)\right)",
    "S4",
    "Notes A, p. 7 and p. 11; Slides, Logistic regression recap; Slides, Logistic Regression cost function; "
    "Slides, Logistic regression on m examples; Notes C, Logistic regression",
    "w (n_x,), b (), x (n_x,), y () in [0, 1] -> L (), cache with z (), a ()",
)
def logistic_example_loss(w: Array, b: Number, x: Array, y: Array) -> tuple[Array, Layers]:
    """Loss of logistic regression on one example, from the probability: valid while a is not rounded to 0 or 1."""
    z = np.dot(w, x) + b
    a = sigmoid(z)
    L = cross_entropy(a, y)
    return L, {"z": z, "a": a}


@gradient(
    logistic_example_loss,
    r"da = -\frac{y}{a} + \frac{1 - y}{1 - a}, \quad dz = da \, a(1 - a) = a - y, \quad dw = x \, dz, \quad db = dz",
    "S4",
    "Notes A, p. 11 and p. 29; Lee 2019, backward propagation; Notes C, Gradient descent for logistic regression",
    "x, y, cache -> grads {da, dz, dw, db}",
)
def logistic_example_gradients(x: Array, y: Array, cache: Layers) -> Layers:
    """Derivatives of the loss of one example, right to left."""
    a = cache["a"]
    da = cross_entropy_prime(a, y)
    dz = a - y
    dw = x * dz
    db = dz.copy()
    return {"da": da, "dz": dz, "dw": dw, "db": db}


@gradient(
    logistic_example_loss,
    r"e^{-z} = \frac{1}{a} - 1, \quad \frac{\partial a}{\partial z} = a^2 e^{-z} = a^2 \frac{1 - a}{a} = a(1 - a), "
    r"\quad da = \frac{-y + ay + a - ay}{a(1 - a)}, \quad dz = da \, \frac{\partial a}{\partial z} = a - y, \quad dw "
    r"= x \, dz",
    "S4",
    "Notes C, Gradient descent for logistic regression; Notes A, p. 29: dz = da g'(z)",
    "x, y, cache -> grads {da, dz, dw}",
)
def logistic_example_steps(x: Array, y: Array, cache: Layers) -> Layers:
    """From da to dz step by step, before anything cancels."""
    a = cache["a"]
    e = 1 / a - 1  # e^-z
    da = (-y + a * y + a - a * y) / (a * (1 - a))
    dz = da * a**2 * e
    return {"da": da, "dz": dz, "dw": x * dz}


@formula(
    r"Z = w^T X + b, \quad A = \sigma(Z)",
    "S6",
    "Notes A, p. 7, p. 11, p. 15-16 and p. 19; Lee 2019, forward propagation",
    "w (n_x, 1), b (), X (n_x, m) -> A (1, m), cache with Z (1, m)",
)
def logistic_forward(w: Array, b: Number, X: Array) -> tuple[Array, Layers]:
    """Predictions of logistic regression for m examples at once."""
    Z = w.T @ X + b
    A = sigmoid(Z)
    return A, {"Z": Z, "A": A}


@formula(
    r"Z = w^T X + b, \quad A = \sigma(Z), \quad J = \frac{1}{m} \sum_i L(a^{(i)}, y^{(i)})",
    "S5 S6",
    "Notes A, p. 8 and p. 15-16; Slides, Logistic regression on m examples; Notes C, Cost function",
    "w (n_x, 1), b (), X (n_x, m), Y (1, m) in [0, 1] -> J (), cache with Z (1, m), A (1, m)",
)
def logistic_cost(w: Array, b: Number, X: Array, Y: Array) -> tuple[Array, Layers]:
    """Cost of logistic regression over m examples, formed from the logits."""
    _, cache = logistic_forward(w, b, X)
    J = cost(cross_entropy_from_logits(cache["Z"], Y))
    return J, cache


@gradient(
    logistic_cost,
    r"dZ = A - Y, \quad dw = \frac{1}{m} X dZ^T, \quad db = \frac{1}{m} \sum_i dz^{(i)}",
    "S6",
    "Notes A, p. 15-16",
    "X, Y, cache -> grads {dZ, dw, db}",
)
def logistic_gradients(X: Array, Y: Array, cache: Layers) -> Layers:
    """Derivatives of the cost for m examples at once."""
    m = X.shape[1]
    dZ = cache["A"] - Y
    dw = X @ dZ.T / m
    db = np.sum(dZ) / m
    return {"dZ": dZ, "dw": dw, "db": db}


@gradient(
    logistic_cost,
    r"J = 0, \; dw = 0, \; db = 0, \; \text{for each example: } z^{(i)} = w^T x^{(i)} + b, \; a^{(i)} = "
    r"\sigma(z^{(i)}), \; dz^{(i)} = a^{(i)} - y^{(i)}, \; J \mathrel{+}= L(a^{(i)}, y^{(i)}), \; dw_j \mathrel{+}= "
    r"x_j^{(i)} dz^{(i)}, \; db \mathrel{+}= dz^{(i)}, \; \text{then } J := J / m, \; dw := dw / m, \; db := db / m",
    "S5",
    "Notes A, p. 12 and p. 14; Slides, Logistic regression on m examples; Notes C, Logistic regression on m examples",
    "w, b, X, Y -> J, dw, db",
)
def logistic_loop(w: Array, b: Number, X: Array, Y: Array) -> tuple[Array, Array, Array]:
    """Loops over the examples and over the features; J as the notes write it, valid while no a rounds to 0 or 1."""
    n_x, m = X.shape
    J, dw, db = 0.0, np.zeros_like(w), 0.0
    w, y = w[:, 0], Y[0]
    for i in range(m):
        z = w[0] * X[0, i] + b
        for j in range(1, n_x):
            z = z + w[j] * X[j, i]
        a = sigmoid(z)
        J = J - (y[i] * np.log(a) + (1 - y[i]) * np.log(1 - a))
        dz = a - y[i]
        for j in range(n_x):
            dw[j] += X[j, i] * dz
        db = db + dz
    return J / m, dw / m, db / m


@formula(
    r"x_0 = 1, \quad z = w^T x, \quad \hat{y} = \sigma(z), \quad L = -\left(y \log \hat{y} + (1 - y) \log(1 - "
    r"\hat{y})\right)",
    "S7",
    "Slides, Logistic Regression",
    "w (n_w,), x (n_w,), y () in [0, 1] -> L (), cache with z (), a ()",
)
def absorbed_example_loss(w: Array, x: Array, y: Array) -> tuple[Array, Layers]:
    """Loss of one example whose first feature is 1 and whose first weight is the bias."""
    z = np.dot(w, x)
    a = sigmoid(z)
    return cross_entropy(a, y), {"z": z, "a": a}


@gradient(
    absorbed_example_loss,
    r"dz = \hat{y} - y, \quad dw = x \, dz",
    "S7",
    "built on Slides, Logistic Regression",
    "x, y, cache -> grads {dz, dw}",
)
def absorbed_example_gradients(x: Array, y: Array, cache: Layers) -> Layers:
    """Derivatives of the loss of one example: since x_0 = 1, the first entry of dw is db."""
    dz = cache["a"] - y
    dw = x * dz
    return {"dz": dz, "dw": dw}


@formula(
    r"\theta = \begin{bmatrix} b \\ w \end{bmatrix}, \quad X_0 = \begin{bmatrix} \mathbf{1}^T \\ X \end{bmatrix}, "
    r"\quad \theta^T X_0 = w^T X + b",
    "S7",
    "Slides, Logistic Regression",
    "w (n_x, 1), b (), X (n_x, m) -> theta (n_theta, 1), X_0 (n_theta, m)",
)
def absorb_bias(w: Array, b: Number, X: Array) -> tuple[Array, Array]:
    """Write the bias as the weight of a feature that is always 1; theta is what the Slides go on to call w."""
    theta = np.concatenate([np.reshape(b, (1, 1)), w])
    X_0 = np.concatenate([np.ones_like(X[:1]), X])
    return theta, X_0


@formula(
    r"Z = \theta^T X_0, \quad \hat{Y} = \sigma(Z), \quad J = \frac{1}{m} \sum_i L(\hat{y}^{(i)}, y^{(i)})",
    "S7",
    "Slides, Logistic Regression",
    "theta (n_theta, 1), X_0 (n_theta, m), Y (1, m) in [0, 1] -> J (), cache with Z (1, m), A (1, m)",
)
def absorbed_cost(theta: Array, X_0: Array, Y: Array) -> tuple[Array, Layers]:
    """Cost of logistic regression in the absorbed-bias form."""
    Z = theta.T @ X_0
    J = cost(cross_entropy_from_logits(Z, Y))
    return J, {"Z": Z, "A": sigmoid(Z)}


@gradient(
    absorbed_cost,
    r"dZ = \hat{Y} - Y, \quad d\theta = \frac{1}{m} X_0 dZ^T",
    "S7",
    "built on Slides, Logistic Regression",
    "X_0, Y, cache -> grads {dZ, dtheta}",
)
def absorbed_gradients(X_0: Array, Y: Array, cache: Layers) -> Layers:
    """Derivatives in the absorbed-bias form: the first entry of dtheta is db."""
    m = X_0.shape[1]
    dZ = cache["A"] - Y
    dtheta = X_0 @ dZ.T / m
    return {"dZ": dZ, "dtheta": dtheta}
