"""Logistic regression with the bias as the weight of a feature that is always 1."""

import numpy as np

Y: "1, m in {0, 1}"
theta: "n_theta, 1"
X_0: "n_theta, m"

Y_hat = 1 / (1 + np.exp(-(theta.T @ X_0)))
J = -np.mean(Y * np.log(Y_hat) + (1 - Y) * np.log(1 - Y_hat))

dtheta = X_0 @ (Y_hat - Y).T / m
