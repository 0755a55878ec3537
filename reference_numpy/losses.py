"""Losses of one example, their derivatives, the likelihood they come from, and the cost J, their mean."""

from __future__ import annotations

import numpy as np

from .activations import sigmoid, sigmoid_prime
from .registry import Array, Number, formula, gradient


@formula(
    r"L(a, y) = -\left(y \log a + (1 - y) \log(1 - a)\right)",
    "S4 S6 S9",
    "Notes A, p. 7, p. 11 and p. 19; Slides, Logistic Regression cost function; Lee 2019, loss; "
    "Notes C, Loss function; Notes C, Gradient descent for logistic regression",
    "A (n, m) in (0, 1), Y (n, m) in [0, 1] -> L (n, m)",
)
def cross_entropy(A: Array, Y: Array) -> Array:
    """Cross-entropy as the notes write it; valid for a strictly between 0 and 1."""
    return -(Y * np.log(A) + (1 - Y) * np.log(1 - A))


@gradient(
    cross_entropy,
    r"\frac{\partial L}{\partial a} = -\frac{y}{a} + \frac{1 - y}{1 - a}",
    "S4",
    "Notes A, p. 29; Notes C, Gradient descent for logistic regression",
    "A, Y -> dL_dA",
)
def cross_entropy_prime(A: Array, Y: Array) -> Array:
    """Derivative of the cross-entropy by the activation."""
    return -Y / A + (1 - Y) / (1 - A)


@formula(
    r"L(a, y) = \begin{cases} -\log a & \text{if } y = 1 \\ -\log(1 - a) & \text{if } y = 0 \end{cases}",
    "S4 S9",
    "Notes A, p. 7; Slides, Logistic Regression cost function; Lee 2019, loss; Notes C, Loss function",
    "A (n, m) in (0, 1), Y (n, m) in {0, 1} -> L (n, m)",
)
def cross_entropy_by_cases(A: Array, Y: Array) -> Array:
    """Cross-entropy of hard labels, by cases: for y = 1 a should be large, for y = 0 small."""
    return np.where(Y == 1, -np.log(A), -np.log(1 - A))


@gradient(
    cross_entropy_by_cases,
    r"\frac{\partial L}{\partial a} = \begin{cases} -\frac{1}{a} & \text{if } y = 1 \\ \frac{1}{1 - a} & \text{if } "
    r"y = 0 \end{cases}",
    "S4",
    "built on Notes A, p. 7",
    "A, Y -> dL_dA",
)
def cross_entropy_by_cases_prime(A: Array, Y: Array) -> Array:
    """Derivative of the cross-entropy by cases."""
    return np.where(Y == 1, -1 / A, 1 / (1 - A))


@formula(
    r"L = \begin{cases} -\log \hat{y} & \text{if } y = 1 \\ -\log(1 - \hat{y}) & \text{otherwise} \end{cases}",
    "S4 S24",
    "Lee 2019, cross_entropy_loss, with the branches the right way round",
    "y_hat () in (0, 1), y () in {0, 1} -> L ()",
)
def cross_entropy_loss(y_hat: Number, y: Number) -> Number:
    """Loss of one example as a function with an if; an array of labels has no truth value and needs np.where."""
    if y == 1:
        return -np.log(y_hat)
    return -np.log(1 - y_hat)


@formula(
    r"L(\sigma(z), y) = \max(z, 0) - zy + \log(1 + e^{-|z|})",
    "S4 S6 S17",
    "Notes A, p. 7, with a = sigma(z) substituted",
    "Z (n, m), Y (n, m) in [0, 1] -> L (n, m)",
)
def cross_entropy_from_logits(Z: Array, Y: Array) -> Array:
    """Cross-entropy formed from the logits: the same number, finite for every z."""
    return np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.maximum(Z, -Z)))


@gradient(
    cross_entropy_from_logits,
    r"\frac{\partial L}{\partial z} = a - y, \quad a = \sigma(z)",
    "S4 S6 S17",
    "Notes A, p. 29; Notes C, Gradient descent for logistic regression",
    "Z, Y -> dL_dZ",
)
def cross_entropy_from_logits_prime(Z: Array, Y: Array) -> Array:
    """Derivative of the cross-entropy by the logits: the whole chain rule collapses to a - y."""
    return sigmoid(Z) - Y


@formula(
    r"\frac{\partial^2 L}{\partial z^2} = a(1 - a), \quad a = \sigma(z)",
    "S8 S21",
    "Notes C, Gradient descent: the cost is convex",
    "Z (n, m), Y (n, m) in [0, 1] -> C (n, m)",
)
def cross_entropy_curvature(Z: Array, Y: Array) -> Array:
    """Curvature of the cross-entropy in z: never negative, so the cost of logistic regression is convex."""
    return sigmoid_prime(Z)


@formula(
    r"L(a, y) = \tfrac{1}{2}(a - y)^2",
    "S8 S23",
    "Slides, Logistic Regression cost function; Notes C, Loss function",
    "A (n, m), Y (n, m) -> L (n, m)",
)
def squared_error(A: Array, Y: Array) -> Array:
    """Half the squared error."""
    return (A - Y) ** 2 / 2


@gradient(
    squared_error,
    r"\frac{\partial L}{\partial a} = a - y",
    "S8 S23",
    "Slides, Logistic Regression cost function",
    "A, Y -> dL_dA",
)
def squared_error_prime(A: Array, Y: Array) -> Array:
    """Derivative of half the squared error by the prediction."""
    return A - Y


@formula(
    r"\frac{\partial^2 L}{\partial z^2} = a(1 - a)\left(a(1 - a) + (a - y)(1 - 2a)\right), \quad a = \sigma(z)",
    "S8",
    "Slides, Logistic Regression cost function: why the squared error is not used",
    "Z (n, m), Y (n, m) in [0, 1] -> C (n, m)",
)
def squared_error_curvature(Z: Array, Y: Array) -> Array:
    """Curvature of the squared error through a sigmoid: it changes sign, so the cost is not convex in w."""
    A = sigmoid(Z)
    return A * (1 - A) * (A * (1 - A) + (A - Y) * (1 - 2 * A))


@formula(
    r"P(y \mid x) = a^y (1 - a)^{1 - y}",
    "S9",
    "Notes A, p. 19",
    "A (n, m) in (0, 1), Y (n, m) in [0, 1] -> P (n, m)",
)
def likelihood(A: Array, Y: Array) -> Array:
    """Probability that the model gives to the label; P = e^(-L)."""
    return A**Y * (1 - A) ** (1 - Y)


@formula(
    r"P(\text{labels}) = \prod_{i=1}^m \prod_j \left(a_j^{(i)}\right)^{y_j^{(i)}} \left(1 - a_j^{(i)}\right)^{1 - "
    r"y_j^{(i)}}",
    "S9",
    "Notes A, p. 19",
    "A (n, m) in (0, 1), Y (n, m) in [0, 1] -> P ()",
)
def labels_likelihood(A: Array, Y: Array) -> Array:
    """Probability of all labels together: a product, which its logarithm turns into the sum of the losses."""
    return np.prod(likelihood(A, Y))


@formula(
    r"\log P(\text{labels}) = \sum_i \sum_j \left(y_j^{(i)} \log a_j^{(i)} + (1 - y_j^{(i)}) \log(1 - "
    r"a_j^{(i)})\right) = -\sum_i L(a^{(i)}, y^{(i)})",
    "S9",
    "Notes A, p. 19",
    "A (n, m) in (0, 1), Y (n, m) in [0, 1] -> logP ()",
)
def log_likelihood(A: Array, Y: Array) -> Array:
    """Log-likelihood of the whole set: largest where the cost is smallest."""
    return -np.sum(cross_entropy(A, Y))


@formula(
    r"J = \frac{1}{m} \sum_{i=1}^m L^{(i)}",
    "S4 S5 S6 S9 S17 S18",
    "Notes A, p. 8 and p. 19; Slides, Logistic Regression cost function; Lee 2019, loss; Notes C, Cost function",
    "L (n, m) -> J ()",
)
def cost(L: Array) -> Array:
    """Cost: the mean over the m examples of the loss, which is summed over the output units."""
    m = L.shape[1]
    return np.sum(L) / m


@gradient(cost, r"dL_j^{(i)} = 1", "S6", "Notes A, p. 19", "L -> dL")
def cost_backward(L: Array) -> Array:
    """Per example the notes differentiate the summed loss, so each loss counts 1; the 1/m enters at dW and db."""
    return np.ones_like(L)
