"""Broadcasting: what an axis of size 1 means, and the sums along an axis that undo it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .registry import Array, Number, formula, gradient

Pair = tuple[Array, Array]
OPERATIONS: dict[str, Callable[[Array, Array | Number], Array]] = {
    "add": lambda A, B: A + B,
    "subtract": lambda A, B: A - B,
    "multiply": lambda A, B: A * B,
    "divide": lambda A, B: A / B,
}
# dA and what every copy of the other operand gets, of which the derivatives are summed
SLOPES: dict[str, Callable[[Array, Array, Array | Number], Pair]] = {
    "add": lambda dS, A, B: (dS.copy(), dS),
    "subtract": lambda dS, A, B: (dS.copy(), -dS),
    "multiply": lambda dS, A, B: (dS * B, dS * A),
    "divide": lambda dS, A, B: (dS / B, -dS * A / B**2),
}
ANY_OPERATION = f"{{{', '.join(OPERATIONS)}}}"


@formula(
    r"S_{ij} = A_{ij} \circ r_j, \quad \circ \in \{+, -, \times, /\}: \quad (m, n) \circ (1, n) \to (m, n)",
    "S11",
    "Notes A, p. 18",
    f"A (p, q), r (1, q), operation in {ANY_OPERATION} -> S (p, q)",
)
def broadcast_row(A: Array, r: Array, operation: str) -> Array:
    """Broadcasting a row: it is copied down, p times."""
    return OPERATIONS[operation](A, r)


@gradient(
    broadcast_row,
    r"+: dr_j = \sum_i dS_{ij}, \quad -: dr_j = -\sum_i dS_{ij}, \quad \times: dr_j = \sum_i dS_{ij} A_{ij}, \quad "
    r"/: dr_j = -\sum_i dS_{ij} \frac{A_{ij}}{r_j^2}",
    "S11",
    "built on Notes A, p. 18",
    "dS, A, r, operation -> dA, dr",
)
def broadcast_row_backward(dS: Array, A: Array, r: Array, operation: str) -> Pair:
    """What was copied down is summed down."""
    dA, dR = SLOPES[operation](dS, A, r)
    return dA, np.sum(dR, axis=0, keepdims=True)


@formula(
    r"S_{ij} = A_{ij} \circ c_i, \quad \circ \in \{+, -, \times, /\}: \quad (m, n) \circ (m, 1) \to (m, n)",
    "S11",
    "Notes A, p. 18",
    f"A (p, q), c (p, 1), operation in {ANY_OPERATION} -> S (p, q)",
)
def broadcast_column(A: Array, c: Array, operation: str) -> Array:
    """Broadcasting a column: it is copied across, q times, as the bias b is in Z = W A + b."""
    return OPERATIONS[operation](A, c)


@gradient(
    broadcast_column,
    r"+: dc_i = \sum_j dS_{ij}, \quad -: dc_i = -\sum_j dS_{ij}, \quad \times: dc_i = \sum_j dS_{ij} A_{ij}, \quad "
    r"/: dc_i = -\sum_j dS_{ij} \frac{A_{ij}}{c_i^2}",
    "S11",
    "built on Notes A, p. 18",
    "dS, A, c, operation -> dA, dc",
)
def broadcast_column_backward(dS: Array, A: Array, c: Array, operation: str) -> Pair:
    """What was copied across is summed across: this is why db sums over the examples."""
    dA, dC = SLOPES[operation](dS, A, c)
    return dA, np.sum(dC, axis=1, keepdims=True)


@formula(
    r"S_{ij} = A_{ij} \circ s, \quad \circ \in \{+, -, \times, /\}: \quad (m, 1) \circ \mathbb{R} \to (m, 1)",
    "S11",
    "Notes A, p. 18",
    f"A (p, q), s (), operation in {ANY_OPERATION} -> S (p, q)",
)
def broadcast_number(A: Array, s: Number, operation: str) -> Array:
    """Broadcasting a number: it is copied everywhere."""
    return OPERATIONS[operation](A, s)


@gradient(
    broadcast_number,
    r"+: ds = \sum_{ij} dS_{ij}, \quad -: ds = -\sum_{ij} dS_{ij}, \quad \times: ds = \sum_{ij} dS_{ij} A_{ij}, \quad "
    r"/: ds = -\sum_{ij} dS_{ij} \frac{A_{ij}}{s^2}",
    "S11",
    "built on Notes A, p. 18",
    "dS, A, s, operation -> dA, ds",
)
def broadcast_number_backward(dS: Array, A: Array, s: Number, operation: str) -> Pair:
    """What was copied everywhere is summed over everything: db of logistic regression."""
    dA, dN = SLOPES[operation](dS, A, s)
    return dA, np.sum(dN)


@formula(r"s_j = \sum_i A_{ij}", "S11", "Notes A, p. 17-18: np.sum(axis=0)", "A (p, q) -> s (q,)")
def sum_vertically(A: Array) -> Array:
    """Sum of each column: axis 0 is gone."""
    return np.sum(A, axis=0)


@gradient(sum_vertically, r"dA_{ij} = ds_j", "S11", "built on Notes A, p. 18", "ds, A -> dA")
def sum_vertically_backward(ds: Array, A: Array) -> Array:
    """What was summed down is copied down."""
    return ds * np.ones_like(A)


@formula(
    r"s_i = \sum_j A_{ij}",
    "S11",
    "Notes A, p. 18: np.sum(axis=1); p. 28: with keepdims=True, so that db is a column",
    "A (p, q) -> s (p, 1)",
)
def sum_horizontally(A: Array) -> Array:
    """Sum of each row, kept as a column: axis 1 has size 1."""
    return np.sum(A, axis=1, keepdims=True)


@gradient(sum_horizontally, r"dA_{ij} = ds_i", "S11", "built on Notes A, p. 18", "ds, A -> dA")
def sum_horizontally_backward(ds: Array, A: Array) -> Array:
    """What was summed across is copied across."""
    return ds * np.ones_like(A)


@formula(
    r"\text{percentage}_{ij} = 100 \, \frac{A_{ij}}{\sum_k A_{kj}}",
    "S11",
    "Notes A, p. 17, with the factor 100",
    "A (p, q) in (0, inf) -> S (p, q)",
)
def column_percentages(A: Array) -> Array:
    """Share of each entry in its column, in percent."""
    return 100 * (A / np.sum(A, axis=0))


@gradient(
    column_percentages,
    r"dA_{kj} = \frac{100 \, dS_{kj} - \sum_i S_{ij} dS_{ij}}{\sum_i A_{ij}}",
    "S11",
    "built on Notes A, p. 17",
    "dS, A -> dA",
)
def column_percentages_backward(dS: Array, A: Array) -> Array:
    """Raising one entry lowers the shares of the others in its column."""
    S = column_percentages(A)
    return (100 * dS - np.sum(S * dS, axis=0)) / np.sum(A, axis=0)
