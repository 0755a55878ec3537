"""A row for each kind of slip: where it is found, what it is called, and how it is repaired."""

import pytest

from backproof.checker.explain.sentences import sentence
from backproof.checker.explain.slips import Kind

from . import explained, line_of

NETWORK = """
import numpy as np
X: "n, m"
Y: "k, m in {0, 1}"
V: "h, n"
W: "k, h"
c: "h, 1"
P = V @ X + c
H = np.tanh(P)
Q = W @ H
S = 1 / (1 + np.exp(-Q))
J = -np.sum(Y * np.log(S) + (1 - Y) * np.log(1 - S)) / m
dQ = S - Y
dW = dQ @ H.T / m
dH = W.T @ dQ
dP = dH * (1 - H**2)
dV = dP @ X.T / m
dc = np.sum(dP, axis=1, keepdims=True) / m
"""
SOFTMAX = """
import numpy as np
X: "m, n"
W: "n, k"
G: "m, k"
Z = X @ W
E = np.exp(Z - Z.max(axis=1, keepdims=True))
P = E / E.sum(axis=1, keepdims=True)
J = np.sum(G * P)
dP = G
dZ = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
dW = X.T @ dZ
"""
SCALE = """
import numpy as np
X: "m, n"
s: "n"
w: "n"
lam: "() > 0"
t: "m"
xs = X * s
p = xs @ w
J = np.sum((p - t) ** 2) / (2 * m) + lam / 2 * np.sum(w**2)
dp = (p - t) / m
dw = xs.T @ dp + lam * w
dxs = np.outer(dp, w)
ds = np.sum(dxs * X, axis=0)
"""
LISTS = """
import numpy as np
x: "n, m"
W0: "n, n"
W1: "n, n"
y: "n, m"
Ws = [W0, W1]
A = [x]
for l in range(2):
    A.append(np.tanh(Ws[l] @ A[l]))
J = np.sum((A[2] - y) ** 2) / 2
dA = A[2] - y
dWs = [None, None]
for l in (1, 0):
    u = dA * (1 - A[l + 1] ** 2)
    dWs[l] = u @ A[l].T
    dA = Ws[l].T @ u
"""
RATIO = """
import numpy as np
y: "m"
v: "m > 0"
z: "m"
r = np.where(np.abs(z) <= 1.0, 0.5 * z**2, np.abs(z) - 0.5)
J = np.sum(y / v) + np.sum(v**3) + np.sum(r)
dv = -y / v**2 + 3 * v**2
dz = np.where(np.abs(z) <= 1.0, z, np.sign(z))
"""
WHERE = "dz = np.where(np.abs(z) <= 1.0, z, np.sign(z))"
BIAS = "dc = np.sum(dP, axis=1, keepdims=True) / m"
JACOBIAN = "dZ = P * (dP - np.sum(dP * P, axis=1, keepdims=True))"
ROWS = [
    (RATIO, "dv = -y / v**2 + 3 * v**2", "dv = -y / v + 3 * v**2", Kind.POWER, "wrong power: v where v**2 belongs"),
    (RATIO, "dv = -y / v**2 + 3 * v**2", "dv = -y / v**2 + 2 * v**2", Kind.NUMBER, "2 where 3 belongs"),
    (RATIO, WHERE, "dz = np.where(np.abs(z) >= 1.0, z, np.sign(z))", Kind.COMPARISON, "<="),
    (RATIO, WHERE, "dz = np.where(np.abs(z) <= 1.0, z, 1.0)", Kind.SLOPE, "np.sign(z)"),
    (NETWORK, "dW = dQ @ H.T / m", "dW = dQ @ H.T", Kind.FACTOR_MISSING, "1/m is missing"),
    (NETWORK, "dW = dQ @ H.T / m", "dW = -dQ @ H.T / m", Kind.SIGN, "wrong sign"),
    (NETWORK, "dW = dQ @ H.T / m", "dW = dQ @ P.T / m", Kind.NAME, "P where H belongs"),
    (NETWORK, "dW = dQ @ H.T / m", "dW = dQ @ H.T / n", Kind.NAME, "n where m belongs"),
    (NETWORK, "dW = dQ @ H.T / m", "dW = dQ @ H.T / m / m", Kind.TOO_MANY, "1/m too many"),
    (NETWORK, "dQ = S - Y", "dQ = Y - S", Kind.ORDER, "operands in the wrong order"),
    (NETWORK, "dQ = S - Y", "dQ = S + Y", Kind.OPERATOR, "+ where - belongs"),
    (NETWORK, "dQ = S - Y", "dQ = S - np.round(S)", Kind.NAME, ""),
    (NETWORK, "dH = W.T @ dQ", "dH = W @ dQ", Kind.TRANSPOSE, "W where W.T belongs"),
    (NETWORK, "dP = dH * (1 - H**2)", "dP = dH", Kind.SLOPE_MISSING, "g'(P) = 1 - H**2 is missing"),
    (NETWORK, "dP = dH * (1 - H**2)", "dP = dH * (1 - H)", Kind.SLOPE, "belongs"),
    (NETWORK, "dP = dH * (1 - H**2)", "dP = dH * (1 - H**3)", Kind.SLOPE, "1 - H**2 belongs"),
    (NETWORK, BIAS, "dc = np.sum(dP, axis=0, keepdims=True) / m", Kind.AXIS, "axis 1"),
    (NETWORK, BIAS, "dc = np.sum(dP, axis=1) / m", Kind.AXIS, "keepdims"),
    (SOFTMAX, JACOBIAN, "dZ = P * (1 - P) * dP", Kind.JACOBIAN, "softmax"),
    (SOFTMAX, JACOBIAN, "dZ = P * (dP - np.sum(dP, axis=1, keepdims=True))",
     Kind.FACTOR_ON_ONE_TERM, "P is missing at dP"),
    (SCALE, "dw = xs.T @ dp + lam * w", "dw = xs.T @ dp + lam", Kind.FACTOR_ON_ONE_TERM, "w is missing at lam"),
    (SCALE, "dw = xs.T @ dp + lam * w", "dw = xs.T @ dp + lam / 2 * w", Kind.TOO_MANY, "1/2 too many"),
    (SCALE, "dw = xs.T @ dp + lam * w", "dw = xs.T @ dp", Kind.TERM_MISSING, "the term lam * w is missing"),
    (SCALE, "dxs = np.outer(dp, w)", "dxs = np.outer(w, dp)", Kind.TRANSPOSE, "np.outer(w, dp)"),
    (SCALE, "ds = np.sum(dxs * X, axis=0)", "ds = np.sum(dxs, axis=0)", Kind.FACTOR_ON_ONE_TERM, "X is missing at dxs"),
    (SCALE, "ds = np.sum(dxs * X, axis=0)", "ds = np.mean(dxs * X, axis=0)", Kind.REDUCTION, "mean where sum belongs"),
    (LISTS, "    dWs[l] = u @ A[l].T", "    dWs[l] = u @ A[l + 1].T", Kind.INDEX, "l + 1 where l belongs"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "right", "wrong", "kind", "said"), ROWS, ids=[row[2].strip() for row in ROWS])
def test_a_slip_is_named_and_repaired(source: str, right: str, wrong: str, kind: Kind, said: str) -> None:
    assert source.count(f"\n{right}\n") == 1
    spoilt = source.replace(f"\n{right}\n", f"\n{wrong}\n")
    found, *others = explained(spoilt)
    assert all(e.fix == found.fix for e in others)
    assert found.line == line_of(spoilt, wrong)
    assert found.slip is not None
    assert found.fix is not None
    assert found.slip.kind is kind
    assert said in sentence(found.slip)
    mended = spoilt.replace(wrong, wrong[: len(wrong) - len(wrong.lstrip())] + found.fix)
    assert explained(mended, seed=77) == []


@pytest.mark.parametrize("source", [NETWORK, SOFTMAX, SCALE, LISTS])
def test_nothing_is_said_of_what_is_right(source: str) -> None:
    assert explained(source) == []
