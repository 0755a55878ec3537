"""Whether a product of matrices was computed rightly, at the cost of products with one vector (Freivalds).

P = A B is wrong somewhere exactly when (P - A B) u is not 0 for almost every u. With u out of N(0, 1) a wrong entry of
P moves one entry of P u by a like amount, while P u and A (B u) cost n k + m k + n m multiplications in place of n m k.
Here t = B u is given, as are other products with
a vector that many lines need, or that stay the same.
"""

from __future__ import annotations

import numpy as np

from .registry import Array, Number, formula

FREIVALDS = "Freivalds 1977"


@formula(
    r"r = Z v - W (A^{[l-1]} v) - b \textstyle\sum_i v_i",
    "S17 S21",
    f"built on Notes A, p. 39: the linear part; {FREIVALDS}",
    "z (n, 1), W (n, n_prev), b (n, 1), v (m, 1), t (n_prev, 1) -> r (n, 1)",
)
def linear_residual(z: Array, W: Array, b: Array, v: Array, t: Array) -> Array:
    """How far Z is from W A_prev + b, seen along v; z is Z v, and t is A_prev v."""
    return z - W @ t - b * np.sum(v)


@formula(
    r"r = dW u - \tfrac{1}{m} dZ (A^{[l-1]T} u) - \tfrac{\lambda}{m} W u",
    "S17 S21 S22",
    f"built on Notes A, p. 39: dW; {FREIVALDS}",
    "dW (n, n_prev), W (n, n_prev), l2 () in [0, inf), m () in {1..inf}, u (n_prev, 1), t (n, 1) -> r (n, 1)",
)
def dW_residual(dW: Array, W: Array, l2: float, m: int, u: Array, t: Array) -> Array:
    """How far dW is from dZ A_prev.T / m + l2 / m W, seen along u; t is dZ (A_prev.T u)."""
    return dW @ u - t / m - l2 / m * (W @ u)


@formula(
    r"r = dA^{[l-1]} v - W^T (dZ v)",
    "S17 S21",
    f"built on Notes A, p. 39: dA; {FREIVALDS}",
    "a (n_prev, 1), W (n, n_prev), t (n, 1) -> r (n_prev, 1)",
)
def dA_residual(a: Array, W: Array, t: Array) -> Array:
    """How far dA_prev is from W.T dZ, seen along v; a is dA_prev v, and t is dZ v."""
    return a - W.T @ t


@formula(
    r"\mathrm{bound} = 4 \varepsilon (\sqrt{m} + \sqrt{k}) \, a b",
    "S17 S21",
    f"built on Notes A, p. 39: their products, with the random errors of sums of m and of k terms; {FREIVALDS}",
    "a () in [0, inf), b () in [0, inf), m () in {1..inf}, k () in {1..inf}, epsilon () in (0, 1) -> bound ()",
)
def residual_bound(a: float, b: float, m: int, k: int, epsilon: float) -> Number:
    r"""What rounding alone leaves of a right product P (n, k) of A (n, m) and B (m, k), of Frobenius norms a and b.

    Each entry of P is a sum of m terms, whose roundings add up like steps of a random walk: to \varepsilon \sqrt{m}
    times the norms of a row of A and a column of B, at most. Along u, independent entries add up as their squares do,
    and B u and P u, sums of k terms, err by \sqrt{k} likewise. The factor of 4 is for the tails.
    """
    return 4 * epsilon * (np.sqrt(m) + np.sqrt(k)) * a * b
