"""In the notation of posts on the LSTM cell: gates i, f, o, g from one step, then everything back."""

import numpy as np

x: "n, 1"
h_prev: "d, 1"
c_prev: "d, 1"
Wi: "d, n"
Wf: "d, n"
Wo: "d, n"
Wg: "d, n"
Ui: "d, d"
target: "d, 1"


def sigma(a):
    return 1 / (1 + np.exp(-a))


ai = Wi @ x + Ui @ h_prev
af = Wf @ x
ao = Wo @ x
ag = Wg @ x
i, f, o, g = sigma(ai), sigma(af), sigma(ao), np.tanh(ag)
c = f * c_prev + i * g
h = o * np.tanh(c)
J = 0.5 * np.sum((h - target) ** 2)

dh = h - target
do = dh * np.tanh(c)
dc = dh * o * (1 - np.tanh(c) ** 2)
df = dc * c_prev
di = dc * g
dg = dc * i
dc_prev = dc * f
dai = di * i * (1 - i)
daf = df * f * (1 - f)
dao = do * o * (1 - o)
dag = dg * (1 - g**2)
dWi, dWf, dWo, dWg = dai @ x.T, daf @ x.T, dao @ x.T, dag @ x.T
dUi = dai @ h_prev.T
dh_prev = Ui.T @ dai
dx = Wi.T @ dai + Wf.T @ daf + Wo.T @ dao + Wg.T @ dag
