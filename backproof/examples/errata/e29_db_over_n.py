"""E29: 1/n where 1/m belongs in db.

Source: Notes B, Backward, line 238.
"""

import numpy as np

X: "n_0, m"
Y: "1, m in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "1, n_1"
b2: "1, 1"

Z1 = W1 @ X + b1
A1 = np.tanh(Z1)
Z2 = W2 @ A1 + b2
A2 = 1 / (1 + np.exp(-Z2))
J = -1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

dZ2 = A2 - Y
dW2 = 1 / m * dZ2 @ A1.T
db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
dZ1 = W2.T @ dZ2 * (1 - A1**2)
dW1 = 1 / m * dZ1 @ X.T
db1 = 1 / n_1 * np.sum(dZ1, axis=1, keepdims=True)
