"""In the manner of the character RNN everybody reads: hidden states in a dictionary, dh carried back through time."""

import numpy as np

xs: "3, n_x, 1"
ts: "3, n_y, 1"
hprev: "n_h, 1"
Wxh: "n_h, n_x"
Whh: "n_h, n_h"
Why: "n_y, n_h"
bh: "n_h, 1"
by: "n_y, 1"

hs, ys = {}, {}
hs[-1] = hprev
J = 0
for t in range(3):
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    J += np.sum((ys[t] - ts[t]) ** 2) / 2

dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
dbh, dby = np.zeros_like(bh), np.zeros_like(by)
dhnext = np.zeros_like(hs[0])
for t in reversed(range(3)):
    dy = ys[t] - ts[t]
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t - 1].T)
    dhnext = np.dot(Whh.T, dhraw)
dhprev = dhnext
