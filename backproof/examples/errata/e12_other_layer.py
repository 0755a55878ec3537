"""E12: g' of the output layer where g' of the hidden layer belongs.

Source: Notes A, p. 29, line 729.
"""

import numpy as np

x: "n_0, 1"
y: "1, 1 in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "1, n_1"
b2: "1, 1"

z1 = W1 @ x + b1
a1 = np.tanh(z1)
z2 = W2 @ a1 + b2
a2 = 1 / (1 + np.exp(-z2))
L = np.sum(-(y * np.log(a2) + (1 - y) * np.log(1 - a2)))

dz2 = a2 - y
dW2 = dz2 @ a1.T
db2 = dz2
dz1 = W2.T @ dz2 * (a2 * (1 - a2))
dW1 = dz1 @ x.T
db1 = dz1
