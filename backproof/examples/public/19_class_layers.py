"""In the manner of "deep learning from scratch" books: a class for each layer with forward and backward."""

import numpy as np

x: "m, n_in"
t: "m, n_out"
W1: "n_in, n_hid"
b1: "n_hid"
W2: "n_hid, n_out"
b2: "n_out"


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


fc1, act, fc2 = Affine(W1, b1), Sigmoid(), Affine(W2, b2)
a1 = fc1.forward(x)
z1 = act.forward(a1)
a2 = fc2.forward(z1)
J = 0.5 * np.sum((a2 - t) ** 2) / x.shape[0]

grads = {}
da2 = (a2 - t) / x.shape[0]
dz1 = fc2.backward(da2)
da1 = act.backward(dz1)
dx = fc1.backward(da1)
grads["W1"], grads["b1"] = fc1.dW, fc1.db
dW1, db1 = fc1.dW, fc1.db
dW2, db2 = fc2.dW, fc2.db
