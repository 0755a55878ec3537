"""Vectorisation and broadcasting: what a loop does in one line, and what an axis of size 1 means."""

from __future__ import annotations

import numpy as np

from .registry import Array, Number, formula, gradient, same_as


@formula(r"z = w^T x = \sum_j w_j x_j", "S10", "Notes A, p. 14; Notes C, Vectorization", "w (n_x,), x (n_x,) -> z ()")
def dot(w: Array, x: Array) -> Array:
    """Inner product, one call."""
    return np.dot(w, x)


@same_as(dot, "S10", "Notes A, p. 14; Notes C, Vectorization")
def dot_loop(w: Array, x: Array) -> Array:
    """Inner product, an explicit loop."""
    z = w[0] * x[0]
    for j in range(1, len(w)):
        z = z + w[j] * x[j]
    return z


@gradient(dot, r"dw = x \, dz, \quad dx = w \, dz", "S10", "Notes A, p. 12", "dz, w, x -> dw, dx")
def dot_backward(dz: Array, w: Array, x: Array) -> tuple[Array, Array]:
    """Derivatives of the inner product."""
    return x * dz, w * dz


@formula(
    r"S_{ij} = A_{ij} + r_j",
    "S11",
    "Notes A, p. 17-18: (m, n) with (1, n)",
    "A (p, q), r (1, q) -> S (p, q)",
)
def add_row(A: Array, r: Array) -> Array:
    """Broadcasting a row: it is copied down, p times."""
    return A + r


@gradient(add_row, r"dA = dS, \quad dr_j = \sum_i dS_{ij}", "S11", "Notes A, p. 18", "dS -> dA, dr")
def add_row_backward(dS: Array) -> tuple[Array, Array]:
    """What was copied down is summed down."""
    return dS.copy(), np.sum(dS, axis=0, keepdims=True)


@formula(
    r"S_{ij} = A_{ij} + c_i",
    "S11",
    "Notes A, p. 17-18: (m, n) with (m, 1)",
    "A (p, q), c (p, 1) -> S (p, q)",
)
def add_column(A: Array, c: Array) -> Array:
    """Broadcasting a column: it is copied across, q times, as the bias b is in Z = W A + b."""
    return A + c


@gradient(add_column, r"dA = dS, \quad dc_i = \sum_j dS_{ij}", "S11", "Notes A, p. 18", "dS -> dA, dc")
def add_column_backward(dS: Array) -> tuple[Array, Array]:
    """What was copied across is summed across: this is why db sums over the examples."""
    return dS.copy(), np.sum(dS, axis=1, keepdims=True)


@formula(r"S_{ij} = A_{ij} + s", "S11", "Notes A, p. 18: (m, 1) + R", "A (p, q), s () -> S (p, q)")
def add_scalar(A: Array, s: Number) -> Array:
    """Broadcasting a number: it is copied everywhere."""
    return A + s


@gradient(add_scalar, r"dA = dS, \quad ds = \sum_{ij} dS_{ij}", "S11", "Notes A, p. 18", "dS -> dA, ds")
def add_scalar_backward(dS: Array) -> tuple[Array, Array]:
    """What was copied everywhere is summed over everything: db of logistic regression."""
    return dS.copy(), np.sum(dS)


@formula(
    r"\text{percentage}_{ij} = 100 \, \frac{A_{ij}}{\sum_k A_{kj}}",
    "S11",
    "Notes A, p. 16-17, with the factor 100",
    "A (p, q) in (0, inf) -> S (p, q)",
)
def column_percentages(A: Array) -> Array:
    """Share of each entry in its column, in percent."""
    return 100 * (A / np.sum(A, axis=0))


@gradient(
    column_percentages,
    r"dA_{kj} = \frac{100 \, dS_{kj} - \sum_i S_{ij} dS_{ij}}{\sum_i A_{ij}}",
    "S11",
    "Notes A, p. 17, differentiated",
    "dS, A -> dA",
)
def column_percentages_backward(dS: Array, A: Array) -> Array:
    """Raising one entry lowers the shares of the others in its column."""
    S = column_percentages(A)
    return (100 * dS - np.sum(S * dS, axis=0)) / np.sum(A, axis=0)
