"""Vectorisation: what a loop does, in one call."""

from __future__ import annotations

import numpy as np

from .registry import Array, formula, gradient, same_as


@formula(r"z = w^T x = \sum_j w_j x_j", "S10", "Notes A, p. 13; Notes C, Vectorization", "w (n_x,), x (n_x,) -> z ()")
def dot(w: Array, x: Array) -> Array:
    """Inner product, one call."""
    return np.dot(w, x)


@same_as(dot, "S10", "Notes A, p. 13: what an explicit loop would do")
def dot_loop(w: Array, x: Array) -> Array:
    """Inner product, an explicit loop."""
    z = w[0] * x[0]
    for j in range(1, len(w)):
        z = z + w[j] * x[j]
    return z


@gradient(dot, r"dw = x \, dz, \quad dx = w \, dz", "S10", "Notes A, p. 11: dw = x dz", "dz, w, x -> dw, dx")
def dot_backward(dz: Array, w: Array, x: Array) -> tuple[Array, Array]:
    """Derivatives of the inner product."""
    return x * dz, w * dz
