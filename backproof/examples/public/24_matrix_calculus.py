"""In the notation of a chapter on automatic differentiation: o = W2 h, squared L2 penalty s, J = L + s."""

import numpy as np

x: "d"
y: "q"
W1: "h, d"
W2: "q, h"
lam: "() > 0"

z = W1 @ x
hid = np.maximum(z, 0)
o = W2 @ hid
loss = 0.5 * np.linalg.norm(o - y) ** 2
s = lam / 2 * (np.linalg.norm(W1) ** 2 + np.linalg.norm(W2) ** 2)
J = loss + s

dloss = 1
ds = 1
do = dloss * (o - y)
dW2 = np.outer(do, hid) + ds * lam * W2
dhid = W2.T @ do
dz = dhid * (z > 0)
dW1 = np.outer(dz, x) + ds * lam * W1
