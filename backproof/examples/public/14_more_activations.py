"""In the notation of cheat sheets of activations: leaky ReLU, ELU, softplus and swish, one layer each."""

import numpy as np

X: "n_0, m"
Y: "n_4, m"
W1: "n_1, n_0"
W2: "n_2, n_1"
W3: "n_3, n_2"
W4: "n_4, n_3"
alpha = 0.1

Z1 = W1 @ X
A1 = np.where(Z1 > 0, Z1, alpha * Z1)
Z2 = W2 @ A1
A2 = np.where(Z2 > 0, Z2, alpha * (np.exp(Z2) - 1))
Z3 = W3 @ A2
A3 = np.log(1 + np.exp(Z3))
Z4 = W4 @ A3
S4 = 1 / (1 + np.exp(-Z4))
A4 = Z4 * S4
J = 1 / m * np.sum((A4 - Y) ** 2)

dA4 = 2 * (A4 - Y)
dZ4 = dA4 * (A4 + S4 * (1 - A4))
dW4 = dZ4 @ A3.T / m
dA3 = W4.T @ dZ4
dZ3 = dA3 / (1 + np.exp(-Z3))
dW3 = dZ3 @ A2.T / m
dA2 = W3.T @ dZ3
dZ2 = dA2 * np.where(Z2 > 0, 1, A2 + alpha)
dW2 = dZ2 @ A1.T / m
dA1 = W2.T @ dZ2
dZ1 = dA1 * np.where(Z1 > 0, 1, alpha)
dW1 = dZ1 @ X.T / m
