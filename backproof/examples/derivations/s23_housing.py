"""Housing prices: one ReLU neuron, squared error."""

import numpy as np

x: "1, m"
y: "1, m"
w: "()"
b: "()"

z = w * x + b
y_hat = np.maximum(0, z)
J = 1 / (2 * m) * np.sum((y_hat - y) ** 2)

dy_hat = y_hat - y
dz = dy_hat * (z > 0)
dw = 1 / m * np.sum(x * dz)
db = 1 / m * np.sum(dz)
