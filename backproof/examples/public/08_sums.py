"""In the notation of a textbook that sums the error over the patterns instead of averaging it."""

import numpy as np

X: "n_i, P"
T: "n_o, P"
V: "n_h, n_i"
W: "n_o, n_h"

net_h = V @ X
H = np.tanh(net_h)
net_o = W @ H
O = 1 / (1 + np.exp(-net_o))
J = 0.5 * np.sum((T - O) ** 2)

dO = -(T - O)
dnet_o = dO * O * (1 - O)
dW = dnet_o @ H.T
dH = W.T @ dnet_o
dnet_h = dH * (1 - H**2)
dV = dnet_h @ X.T
