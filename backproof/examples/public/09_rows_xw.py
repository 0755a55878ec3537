"""In the notation of blog posts with rows of examples: X.dot(W) + b, a tanh layer, then one softmax or sigmoid."""

import numpy as np

X: "m, d"
y: "m, 1 in {0, 1}"
W1: "d, h"
b1: "1, h"
W2: "h, 1"
b2: "1, 1"

z1 = X.dot(W1) + b1
a1 = np.tanh(z1)
z2 = a1.dot(W2) + b2
a2 = 1 / (1 + np.exp(-z2))
J = -(y * np.log(a2) + (1 - y) * np.log(1 - a2)).mean()

dz2 = (a2 - y) / m
dW2 = (a1.T).dot(dz2)
db2 = np.sum(dz2, axis=0, keepdims=True)
dz1 = dz2.dot(W2.T) * (1 - np.power(a1, 2))
dW1 = np.dot(X.T, dz1)
db1 = np.sum(dz1, axis=0, keepdims=True)
