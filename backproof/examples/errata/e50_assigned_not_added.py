"""E50: = where += belongs in the loop.

Source: Notes A, p. 12, lines 301-305; Slides, Logistic regression on m examples, line 467; Notes C, Logistic regression on m examples, lines
171 and 183: slips of the reading, most likely, of += and /=.
"""

import numpy as np

X: "2, m"
Y: "1, m in {0, 1}"
w1: "()"
w2: "()"
b: "()"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


J = 0
dw1 = 0
dw2 = 0
db = 0
for i in range(m):
    z = w1 * X[0, i] + w2 * X[1, i] + b
    a = sigmoid(z)
    J += -(Y[0, i] * np.log(a) + (1 - Y[0, i]) * np.log(1 - a))
    dz = a - Y[0, i]
    dw1 = X[0, i] * dz
    dw2 += X[1, i] * dz
    db += dz
J = J / m
dw1 = dw1 / m
dw2 = dw2 / m
db = db / m

w1 = w1 - 0.01 * dw1
w2 = w2 - 0.01 * dw2
b = b - 0.01 * db
