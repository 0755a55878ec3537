"""E30: db[l] from dZ[l+1], which is db[l+1]; the loop written out for two layers.

Source: Lee 2019, propagate, line 320.
"""

import numpy as np

X: "n_0, m"
Y: "1, m in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "1, n_1"
b2: "1, 1"

Z1 = np.dot(W1, X) + b1
A1 = np.maximum(0, Z1)
Z2 = np.dot(W2, A1) + b2
A2 = 1 / (1 + np.exp(-Z2))
J = -1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

dZ2 = A2 - Y
dW2 = np.dot(dZ2, A1.T) / m
db2 = np.dot(dZ2, np.ones((m, 1))) / m
dA1 = np.dot(W2.T, dZ2)
dZ1 = dA1 * (Z1 >= 0)
dW1 = np.dot(dZ1, X.T) / m
db1 = np.dot(dZ2, np.ones((m, 1))) / m
