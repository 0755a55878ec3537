"""Logistic regression on one example."""

import numpy as np

w: "n_x"
x: "n_x"
b: "()"
y: "() in {0, 1}"

z = np.dot(w, x) + b
a = 1 / (1 + np.exp(-z))
L = -(y * np.log(a) + (1 - y) * np.log(1 - a))

da = -y / a + (1 - y) / (1 - a)
dz = a - y
dw = x * dz
db = dz
