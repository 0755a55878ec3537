"""In the notation of the course on regularisation: inverted dropout with the masks D1 and D2 given."""

import numpy as np

X: "n_0, m"
Y: "1, m in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "n_2, n_1"
b2: "n_2, 1"
W3: "1, n_2"
b3: "1, 1"
D1: "n_1, m in {0, 1}"
D2: "n_2, m in {0, 1}"
keep_prob = 0.8

Z1 = np.dot(W1, X) + b1
A1 = np.maximum(0, Z1)
A1 = A1 * D1
A1 /= keep_prob
Z2 = np.dot(W2, A1) + b2
A2 = np.maximum(0, Z2)
A2 = A2 * D2
A2 /= keep_prob
Z3 = np.dot(W3, A2) + b3
A3 = 1 / (1 + np.exp(-Z3))
J = -1 / m * np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3))

dZ3 = A3 - Y
dW3 = 1 / m * np.dot(dZ3, A2.T)
db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)
dA2 = np.dot(W3.T, dZ3)
dZ2 = dA2 * D2 / keep_prob * (Z2 > 0)
dW2 = 1 / m * np.dot(dZ2, A1.T)
db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
dA1 = np.dot(W2.T, dZ2)
dZ1 = dA1 * D1 / keep_prob * (Z1 > 0)
dW1 = 1 / m * np.dot(dZ1, X.T)
db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
