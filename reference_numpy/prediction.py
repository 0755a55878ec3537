"""Prediction: the threshold, the model's answer, and how often it is right."""

from __future__ import annotations

import numpy as np

from shapes.network import HIDDEN, Hidden

from .blocks import model_forward
from .registry import Array, Layers, formula


@formula(
    r"\hat{y} = \begin{cases} 1 & \text{if } a > t \\ 0 & \text{otherwise} \end{cases}",
    "S25",
    "Notes B, Outline: predict; the threshold 0.5 is the course's, in no note",
    "A (n, m) in [0, 1], at () in (0, 1) -> P (n, m)",
)
def threshold(A: Array, at: float = 0.5) -> Array:
    """Class 1 where the probability is above the threshold, class 0 elsewhere."""
    return (at < A).astype(A.dtype)


@formula(
    r"\mathrm{accuracy} = \frac{1}{n m} \sum_i \sum_j [p_j^{(i)} = y_j^{(i)}]",
    "S25",
    "the course's programming exercise; in no note",
    "P (n, m) in {0, 1}, Y (n, m) in {0, 1} -> accuracy ()",
)
def accuracy(P: Array, Y: Array) -> Array:
    """Share of right answers, in [0, 1]."""
    return np.mean(P == Y, dtype=P.dtype)


@formula(
    r"A^{[0]} = X, \quad A^{[l]} = g^{[l]}(W^{[l]} A^{[l-1]} + b^{[l]}), \quad l = 1 \dots L, \quad \hat{y} = "
    r"[A^{[L]} > 0.5]",
    "S18 S25",
    "Notes B, Outline: predict (inference)",
    f"X (n_0, m), parameters {{W, b}}, {HIDDEN} -> P (n_L, m)",
)
def predict(X: Array, parameters: Layers, activation: Hidden = "relu") -> Array:
    """Classes that a trained model gives to new examples."""
    AL, _ = model_forward(X, parameters, activation)
    return threshold(AL)
