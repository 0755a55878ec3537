"""E14: dz = da + g'(z) where da * g'(z) belongs.

Source: Notes B.
"""

import numpy as np

X: "n_x, m"
Y: "1, m in {0, 1}"
w: "n_x, 1"
b: "()"

Z = w.T @ X + b
A = 1 / (1 + np.exp(-Z))
J = 1 / m * np.sum((A - Y) ** 2 / 2)

dA = A - Y
dZ = dA + A * (1 - A)
dw = 1 / m * X @ dZ.T
db = 1 / m * np.sum(dZ)
