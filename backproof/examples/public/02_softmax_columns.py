"""In the notation of course notes on softmax regression: one-hot labels, examples in columns."""

import numpy as np

X: "n_x, m"
y: "m in {0, 1, 2, 3}"
W: "4, n_x"
b: "4, 1"

Y = np.eye(4)[y.astype(int)].T

Z = np.dot(W, X) + b
T = np.exp(Z - np.max(Z, axis=0, keepdims=True))
A = T / np.sum(T, axis=0, keepdims=True)
J = -np.sum(Y * np.log(A)) / m

dZ = A - Y
dW = np.dot(dZ, X.T) / m
db = np.sum(dZ, axis=1, keepdims=True) / m
dX = np.dot(W.T, dZ)
