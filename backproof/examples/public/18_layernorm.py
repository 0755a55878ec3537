"""In the notation of walk-throughs of layer normalisation: norm, rstd, and the three-term dx."""

import numpy as np

x: "B, C"
w: "C"
b: "C"
t: "B, C"

mean = x.mean(-1, keepdims=True)
xshift = x - mean
var = (xshift**2).mean(-1, keepdims=True)
rstd = (var + 1e-5) ** -0.5
norm = xshift * rstd
out = norm * w + b
J = ((out - t) ** 2).sum()

dout = 2 * (out - t)
db = dout.sum(0)
dw = (dout * norm).sum(0)
dnorm = dout * w
dx = dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True)
dx *= rstd
