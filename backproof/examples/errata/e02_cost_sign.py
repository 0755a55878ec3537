"""E2: the cost without its minus sign.

Source: Notes A, p. 8, line 183; Slides, Logistic Regression cost function, line 127.
"""

import numpy as np

X: "n_x, m"
Y: "1, m in {0, 1}"
w: "n_x, 1"
b: "()"

Z = np.dot(w.T, X) + b
A = 1 / (1 + np.exp(-Z))
J = 1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))

dZ = A - Y
dw = 1 / m * np.dot(X, dZ.T)
db = 1 / m * np.sum(dZ)
