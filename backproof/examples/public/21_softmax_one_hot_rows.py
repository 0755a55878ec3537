"""In the notation of from-scratch classifiers: rows of examples, one-hot labels made from class numbers."""

import numpy as np

X: "m, D"
labels: "m in {0, 1, 2}"
W1: "D, H"
b1: "H"
W2: "H, 3"
b2: "3"


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


Y = (labels[:, None] == np.arange(3)).astype(float)

Z1 = X @ W1 + b1
A1 = np.maximum(Z1, 0)
Z2 = A1 @ W2 + b2
probs = softmax(Z2)
J = -np.mean(np.sum(Y * np.log(probs), axis=1))

dZ2 = probs - Y
dW2 = A1.T @ dZ2 / m
db2 = dZ2.mean(axis=0)
dA1 = dZ2 @ W2.T
dZ1 = dA1 * (Z1 > 0)
dW1 = X.T @ dZ1 / m
db1 = dZ1.mean(axis=0)
