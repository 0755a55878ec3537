"""E31: dW as a row, dot(dz, x.T), beside W as a column: W -= dW adds the wrong shapes.

Source: Lee 2019, backward propagation, lines 130, 134 and 157; Lee 2019, neuron, line 46; the initialisers of lines
258 and 267 make rows, which neuron transposes into columns that no x fits.
"""

import numpy as np

X: "n_x, m"
Y: "1, m in {0, 1}"
W: "n_x, 1"
b: "1, 1"

Z = np.dot(np.transpose(W), X) + b
Y_hat = 1 / (1 + np.exp(-Z))
J = -1 / m * np.sum(Y * np.log(Y_hat) + (1 - Y) * np.log(1 - Y_hat))

dZ = Y_hat - Y
dW = np.dot(dZ, X.T) / m
db = np.dot(dZ, np.ones((m, 1))) / m
