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
    r"S_{ij} = \begin{cases} A_{ij} + r_j & \text{for add} \\ A_{ij} - r_j & \text{for subtract} \\ A_{ij} r_j & "
    r"\text{for multiply} \\ A_{ij} / r_j & \text{for divide} \end{cases}",
    "S11",
    "Notes A, p. 18",
    f"A (p, q), r (1, q), operation in {ANY_OPERATION} -> S (p, q)",
)
def broadcast_row(A: Array, r: Array, operation: str) -> Array:
    """Broadcasting a row, (p, q) with (1, q): it is copied down, p times."""
    return OPERATIONS[operation](A, r)


@gradient(
    broadcast_row,
    r"dA_{ij} = \begin{cases} dS_{ij} & \text{for add} \\ dS_{ij} & \text{for subtract} \\ dS_{ij} r_j & \text{for "
    r"multiply} \\ dS_{ij} / r_j & \text{for divide} \end{cases}, \quad dr_j = \begin{cases} \sum_i dS_{ij} & "
    r"\text{for add} \\ -\sum_i dS_{ij} & \text{for subtract} \\ \sum_i dS_{ij} A_{ij} & \text{for multiply} \\ "
    r"-\sum_i dS_{ij} \frac{A_{ij}}{r_j^2} & \text{for divide} \end{cases}",
    "S11",
    "built on Notes A, p. 18",
    "dS, A, r, operation -> dA, dr",
)
def broadcast_row_backward(dS: Array, A: Array, r: Array, operation: str) -> Pair:
    """What was copied down is summed down."""
    dA, dR = SLOPES[operation](dS, A, r)
    return dA, np.sum(dR, axis=0, keepdims=True)


@formula(
    r"S_{ij} = \begin{cases} A_{ij} + c_i & \text{for add} \\ A_{ij} - c_i & \text{for subtract} \\ A_{ij} c_i & "
    r"\text{for multiply} \\ A_{ij} / c_i & \text{for divide} \end{cases}",
    "S11",
    "Notes A, p. 18",
    f"A (p, q), c (p, 1), operation in {ANY_OPERATION} -> S (p, q)",
)
def broadcast_column(A: Array, c: Array, operation: str) -> Array:
    """Broadcasting a column, (p, q) with (p, 1): it is copied across, q times, as the bias b is in Z = W A + b."""
    return OPERATIONS[operation](A, c)


@gradient(
    broadcast_column,
    r"dA_{ij} = \begin{cases} dS_{ij} & \text{for add} \\ dS_{ij} & \text{for subtract} \\ dS_{ij} c_i & \text{for "
    r"multiply} \\ dS_{ij} / c_i & \text{for divide} \end{cases}, \quad dc_i = \begin{cases} \sum_j dS_{ij} & "
    r"\text{for add} \\ -\sum_j dS_{ij} & \text{for subtract} \\ \sum_j dS_{ij} A_{ij} & \text{for multiply} \\ "
    r"-\sum_j dS_{ij} \frac{A_{ij}}{c_i^2} & \text{for divide} \end{cases}",
    "S11",
    "built on Notes A, p. 18",
    "dS, A, c, operation -> dA, dc",
)
def broadcast_column_backward(dS: Array, A: Array, c: Array, operation: str) -> Pair:
    """What was copied across is summed across: this is why db sums over the examples."""
    dA, dC = SLOPES[operation](dS, A, c)
    return dA, np.sum(dC, axis=1, keepdims=True)


@formula(
    r"S_{ij} = \begin{cases} A_{ij} + s & \text{for add} \\ A_{ij} - s & \text{for subtract} \\ A_{ij} s & \text{for "
    r"multiply} \\ A_{ij} / s & \text{for divide} \end{cases}",
    "S11",
    "Notes A, p. 18",
    f"A (p, q), s (), operation in {ANY_OPERATION} -> S (p, q)",
)
def broadcast_number(A: Array, s: Number, operation: str) -> Array:
    """Broadcasting a number: it is copied everywhere."""
    return OPERATIONS[operation](A, s)


@gradient(
    broadcast_number,
    r"dA_{ij} = \begin{cases} dS_{ij} & \text{for add} \\ dS_{ij} & \text{for subtract} \\ dS_{ij} s & \text{for "
    r"multiply} \\ dS_{ij} / s & \text{for divide} \end{cases}, \quad ds = \begin{cases} \sum_{ij} dS_{ij} & "
    r"\text{for add} \\ -\sum_{ij} dS_{ij} & \text{for subtract} \\ \sum_{ij} dS_{ij} A_{ij} & \text{for multiply} "
    r"\\ -\sum_{ij} dS_{ij} \frac{A_{ij}}{s^2} & \text{for divide} \end{cases}",
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
    r"\mathrm{percentage}_{ij} = 100 \, \frac{A_{ij}}{\sum_k A_{kj}}",
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
