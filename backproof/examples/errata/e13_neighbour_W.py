"""E13: W of the layer before in dz = W.T dz * g'(z), where that of the layer after belongs.

Source: Notes A, p. 40, line 1005.
"""

import numpy as np

x: "n_0, 1"
y: "1, 1 in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "n_2, n_1"
b2: "n_2, 1"
W3: "1, n_2"
b3: "1, 1"

z1 = W1 @ x + b1
a1 = np.tanh(z1)
z2 = W2 @ a1 + b2
a2 = np.tanh(z2)
z3 = W3 @ a2 + b3
a3 = 1 / (1 + np.exp(-z3))
L = np.sum(-(y * np.log(a3) + (1 - y) * np.log(1 - a3)))

dz3 = a3 - y
dW3 = dz3 @ a2.T
db3 = dz3
dz2 = W1.T @ dz3 * (1 - a2**2)
dW2 = dz2 @ a1.T
db2 = dz2
dz1 = W2.T @ dz2 * (1 - a1**2)
dW1 = dz1 @ x.T
db1 = dz1
