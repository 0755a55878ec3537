"""In the notation of the course on improving networks: cross-entropy plus lambd / (2 m) times the squared weights."""

import numpy as np

X: "n_0, m"
Y: "1, m in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "1, n_1"
b2: "1, 1"
lambd: "() > 0"

Z1 = np.dot(W1, X) + b1
A1 = np.maximum(0, Z1)
Z2 = np.dot(W2, A1) + b2
A2 = 1 / (1 + np.exp(-Z2))
cross_entropy = -1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
l2_cost = lambd / (2 * m) * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
J = cross_entropy + l2_cost

dZ2 = A2 - Y
dW2 = 1.0 / m * np.dot(dZ2, A1.T) + lambd / m * W2
db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)
dA1 = np.dot(W2.T, dZ2)
dZ1 = np.multiply(dA1, np.int64(A1 > 0))
dW1 = 1.0 / m * np.dot(dZ1, X.T) + lambd / m * W1
db1 = 1.0 / m * np.sum(dZ1, axis=1, keepdims=True)
