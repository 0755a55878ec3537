"""Activation functions g and their derivatives g', element by element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .registry import Array, formula, gradient

LEAK = 0.01


@formula(
    r"\sigma(z) = \frac{1}{1 + e^{-z}}",
    "S12 S4",
    "Notes A, p. 7, p. 19, p. 23 and p. 26; Notes C, Logistic regression; Slides, Logistic Regression; "
    "Slides, Logistic Regression cost function; Slides, Gradient Descent; Lee 2019, sigmoid",
    "Z (...) -> A (...)",
)
def sigmoid(Z: Array) -> Array:
    """Logistic function, in (0, 1); the exponent is never positive, so that it cannot overflow."""
    size = np.maximum(Z, -Z)  # |Z|, written so that a complex step passes through
    e = np.exp(-size)
    return np.where(Z >= 0, 1, e) / (1 + e)


@gradient(
    sigmoid, r"\sigma'(z) = a(1 - a), \quad a = \sigma(z)", "S12 S4", "Notes A, p. 26; Lee 2019, ReLU", "Z -> dA_dZ"
)
def sigmoid_prime(Z: Array) -> Array:
    """Slope of the logistic function, in [0, 1/4]."""
    A = sigmoid(Z)
    return A * (1 - A)


@gradient(
    sigmoid,
    r"\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}",
    "S12 S4",
    "Notes C, Gradient descent for logistic regression: the step before a(1 - a)",
    "Z -> dA_dZ",
)
def sigmoid_prime_quotient(Z: Array) -> Array:
    """Slope of the logistic function by the quotient rule; it is even, so that |z| serves, which cannot overflow."""
    e = np.exp(-np.maximum(Z, -Z))
    return e / (1 + e) ** 2


@formula(
    r"\tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}",
    "S12",
    "Notes A, p. 23 and p. 26",
    "Z (...) -> A (...)",
)
def tanh(Z: Array) -> Array:
    """Hyperbolic tangent, in (-1, 1)."""
    return np.tanh(Z)


@gradient(tanh, r"\tanh'(z) = 1 - a^2, \quad a = \tanh(z)", "S12", "Notes A, p. 26", "Z -> dA_dZ")
def tanh_prime(Z: Array) -> Array:
    """Slope of the hyperbolic tangent, in (0, 1]."""
    A = tanh(Z)
    return 1 - A**2


@formula(
    r"g(z) = \max(0, z)",
    "S12 S23",
    "Notes A, p. 1, p. 24, p. 26 and p. 34; Lee 2019, ReLU; Notes C, What is a neural network?",
    "Z (...) -> A (...)",
)
def relu(Z: Array) -> Array:
    """Rectified linear unit."""
    return np.where(Z > 0, Z, 0)


@gradient(
    relu,
    r"g'(z) = \begin{cases} 1 & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}",
    "S12",
    "Notes A, p. 26; Lee 2019, ReLU",
    "Z -> dA_dZ",
)
def relu_prime(Z: Array) -> Array:
    """Slope of ReLU; at 0 any value in [0, 1] is a subgradient, and 0 is torch.relu's choice."""
    return (Z > 0).astype(Z.dtype)


@formula(
    r"g(z) = \max(\lambda z, z)",
    "S12",
    "Notes A, p. 25; p. 26 has 0.001",
    "Z (...), leak () in (0, 1) -> A (...)",
)
def leaky_relu(Z: Array, leak: float = LEAK) -> Array:
    """Leaky ReLU: a small slope where ReLU has none, 0.01 in the notes."""
    return np.where(Z > 0, Z, leak * Z)


@gradient(
    leaky_relu,
    r"g'(z) = \begin{cases} 1 & \text{if } z > 0 \\ \lambda & \text{otherwise} \end{cases}",
    "S12",
    "Notes A, p. 26, with 0.001 for 0.01",
    "Z, leak -> dA_dZ",
)
def leaky_relu_prime(Z: Array, leak: float = LEAK) -> Array:
    """Slope of leaky ReLU; at 0 it is the leak, as in torch."""
    return np.where(Z > 0, 1, leak).astype(Z.dtype)


@formula(r"g(z) = z", "S12 S15", "Notes A, p. 25: a layer without an activation", "Z (...) -> A (...)")
def identity(Z: Array) -> Array:
    """Linear activation: for regression outputs, and to show why hidden layers need another."""
    return Z.copy()


@gradient(identity, r"g'(z) = 1", "S12 S15", "Notes A, p. 25", "Z -> dA_dZ")
def identity_prime(Z: Array) -> Array:
    """Slope of the linear activation."""
    return np.ones_like(Z)


Elementwise = Callable[[Array], Array]
ACTIVATIONS: dict[str, tuple[Elementwise, Elementwise]] = {
    "identity": (identity, identity_prime),
    "leaky_relu": (leaky_relu, leaky_relu_prime),
    "relu": (relu, relu_prime),
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (tanh, tanh_prime),
}
