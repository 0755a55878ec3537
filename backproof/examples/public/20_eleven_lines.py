"""In the manner of a tiny two-layer network in a dozen lines: nonlin(x, deriv), errors and deltas, no biases."""

import numpy as np

X: "n, 3"
y: "n, 1 in {0, 1}"
syn0: "3, h"
syn1: "h, 1"


def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


l0 = X
l1 = nonlin(np.dot(l0, syn0))
l2 = nonlin(np.dot(l1, syn1))
J = 0.5 * np.sum((y - l2) ** 2)

l2_error = l2 - y
l2_delta = l2_error * nonlin(l2, deriv=True)
l1_error = l2_delta.dot(syn1.T)
l1_delta = l1_error * nonlin(l1, deriv=True)
dsyn1 = l1.T.dot(l2_delta)
dsyn0 = l0.T.dot(l1_delta)

syn1 -= 0.1 * dsyn1
syn0 -= 0.1 * dsyn0
