"""A deep network with dictionaries and loops over the layers: ReLU, then a sigmoid output."""

import numpy as np

X: "n_0, m"
Y: "1, m in {0, 1}"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "n_2, n_1"
b2: "n_2, 1"
W3: "1, n_2"
b3: "1, 1"


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
L = 3
cache = {"A0": X}
for l in range(1, L + 1):
    cache[f"Z{l}"] = params[f"W{l}"] @ cache[f"A{l - 1}"] + params[f"b{l}"]
    cache[f"A{l}"] = sigmoid(cache[f"Z{l}"]) if l == L else np.maximum(0, cache[f"Z{l}"])
J = -1 / m * np.sum(Y * np.log(cache["A3"]) + (1 - Y) * np.log(1 - cache["A3"]))

grads = {}
for l in range(L, 0, -1):
    if l == L:
        grads[f"dZ{l}"] = cache[f"A{l}"] - Y
    else:
        grads[f"dA{l}"] = params[f"W{l + 1}"].T @ grads[f"dZ{l + 1}"]
        grads[f"dZ{l}"] = grads[f"dA{l}"] * (cache[f"Z{l}"] > 0)
    grads[f"dW{l}"] = 1 / m * grads[f"dZ{l}"] @ cache[f"A{l - 1}"].T
    grads[f"db{l}"] = 1 / m * np.sum(grads[f"dZ{l}"], axis=1, keepdims=True)
