"""In the notation of posts on self-attention: one head with queries, keys, values and a residual connection."""

import numpy as np

X: "T, d"
Wq: "d, d"
Wk: "d, d"
Wv: "d, d"
target: "T, d"

Q = X @ Wq
K = X @ Wk
V = X @ Wv
S = Q @ K.T / np.sqrt(d)
E = np.exp(S - S.max(axis=-1, keepdims=True))
P = E / E.sum(axis=-1, keepdims=True)
O = P @ V
out = X + O
J = np.sum((out - target) ** 2) / 2

dout = out - target
dO = dout
dV = P.T @ dO
dP = dO @ V.T
dS = P * (dP - np.sum(dP * P, axis=-1, keepdims=True))
dQ = dS @ K / np.sqrt(d)
dK = dS.T @ Q / np.sqrt(d)
dWq = X.T @ dQ
dWk = X.T @ dK
dWv = X.T @ dV
dX = dout + dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T
