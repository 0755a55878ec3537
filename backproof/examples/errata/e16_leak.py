"""E16: one slope in leaky ReLU and another in its derivative.

Source: Notes A, p. 25-26.
"""

import numpy as np

Z: "n, m"
U: "n, m"

A = np.where(Z > 0, Z, 0.01 * Z)
J = 1 / m * np.sum(U * A)

dA = U
dZ = dA * np.where(Z > 0, 1, 0.001)
