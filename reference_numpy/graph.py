"""The computation graph J = 3(a + bc): values left to right, derivatives right to left."""

from __future__ import annotations

import numpy as np

from .registry import Number, formula, gradient

Values = dict[str, Number]


@formula(
    r"u = bc, \quad v = a + u, \quad J = 3v",
    "S3",
    "Notes A, p. 11; Slides, Computation Graph; Notes C, Computation graph",
    "a (), b (), c () -> J (), cache",
)
def graph_forward(a: Number, b: Number, c: Number) -> tuple[Number, Values]:
    """Left-to-right pass; at (a, b, c) = (5, 3, 2) it gives u = 6, v = 11, J = 33."""
    u = b * c
    v = a + u
    J = 3 * v
    return J, {"b": b, "c": c, "u": u, "v": v}


@gradient(
    graph_forward,
    r"dv = 3, \quad du = dv, \quad da = dv, \quad db = du \, c, \quad dc = du \, b",
    "S3",
    "Slides, Derivatives with a Computation Graph; Notes C, Computation graph",
    "cache -> grads {dv, da, du, db, dc}",
)
def graph_backward(cache: Values) -> Values:
    """Right-to-left pass by the chain rule; at (5, 3, 2): dv = du = da = 3, db = 6, dc = 9."""
    dv = np.full_like(cache["v"], 3)
    da = dv.copy()
    du = dv.copy()
    db = du * cache["c"]
    dc = du * cache["b"]
    return {"dv": dv, "da": da, "du": du, "db": db, "dc": dc}
