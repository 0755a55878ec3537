"""In the notation of the well-known post on the backward pass of batch normalisation, step by step."""

import numpy as np

x: "N, D"
gamma: "D"
beta: "D"
target: "N, D"
eps = 1e-5

mu = 1.0 / N * np.sum(x, axis=0)
xmu = x - mu
sq = xmu**2
var = 1.0 / N * np.sum(sq, axis=0)
sqrtvar = np.sqrt(var + eps)
ivar = 1.0 / sqrtvar
xhat = xmu * ivar
gammax = gamma * xhat
out = gammax + beta
J = 0.5 * np.sum((out - target) ** 2)

dout = out - target
dbeta = np.sum(dout, axis=0)
dgammax = dout
dgamma = np.sum(dgammax * xhat, axis=0)
dxhat = dgammax * gamma
divar = np.sum(dxhat * xmu, axis=0)
dsqrtvar = -1.0 / sqrtvar**2 * divar
dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
dsq = 1.0 / N * np.ones((N, D)) * dvar
dxmu = dxhat * ivar + 2 * xmu * dsq
dmu = -np.sum(dxmu, axis=0)
dx = dxmu + 1.0 / N * np.ones((N, D)) * dmu
