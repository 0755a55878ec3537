"""In the notation of the course on optimisation: velocities v["dW"], then a step along them."""

import numpy as np

X: "n_x, m"
Y: "1, m in {0, 1}"
W: "1, n_x"
b: "1, 1"
vW: "1, n_x"
vb: "1, 1"

beta = 0.9
learning_rate = 0.01
v = {"dW": vW, "db": vb}

Z = W @ X + b
A = 1 / (1 + np.exp(-Z))
J = np.mean(-Y * np.log(A) - (1 - Y) * np.log(1 - A))

dZ = A - Y
dW = dZ @ X.T / m
db = np.sum(dZ, axis=1, keepdims=True) / m

v["dW"] = beta * v["dW"] + (1 - beta) * dW
v["db"] = beta * v["db"] + (1 - beta) * db
W = W - learning_rate * v["dW"]
b = b - learning_rate * v["db"]
