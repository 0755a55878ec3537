"""The cost as the mean of minus the log-likelihood."""

import numpy as np

A: "1, m in (0, 1)"
Y: "1, m in {0, 1}"

P = A**Y * (1 - A) ** (1 - Y)
J = -1 / m * np.sum(np.log(P))

dP = -1 / P
dA = -Y / A + (1 - Y) / (1 - A)
