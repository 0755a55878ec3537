"""In the notation of machine learning lectures: a hypothesis h, parameters theta, half the mean squared error."""

import numpy as np

X: "m, n"
y: "m, 1"
theta: "n, 1"
theta_0: "()"

h = X @ theta + theta_0
J = 1 / (2 * m) * np.sum((h - y) ** 2)

dh = h - y
dtheta = 1 / m * X.T @ dh
dtheta_0 = 1 / m * np.sum(dh)
theta = theta - 0.1 * dtheta
theta_0 = theta_0 - 0.1 * dtheta_0
