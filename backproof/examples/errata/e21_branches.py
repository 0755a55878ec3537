"""E21: the branches of the loss exchanged.

Source: Lee 2019, cross_entropy_loss, lines 101-104.
"""

import numpy as np

w: "n_x"
x: "n_x"
b: "()"
y: "() in {0, 1}"


def cross_entropy_loss(y_hat, y):
    if y == 0:
        return -np.log(y_hat)
    return -np.log(1 - y_hat)


z = np.dot(w, x) + b
y_hat = 1 / (1 + np.exp(-z))
L = cross_entropy_loss(y_hat, y)

dz = y_hat - y
dw = x * dz
db = dz
