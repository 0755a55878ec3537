"""Where a slip is blamed: at the claim, in the chain of statements that makes it, behind it, in a loop's header."""

import pytest

from . import explained, fixes, line_of

LOOP = """
import numpy as np
X: "n, m"
t: "m"
w: "n"
p = w @ X
J = np.sum((p - t) ** 2) / (2 * m)
dp = p - t
dw = np.zeros(n)
for i in range(m):
    x = X[:, i]
    dw += dp[i] * x
dw /= m
"""
LABELS = """
import numpy as np
Z: "m, 3"
y: "m in {0, 1, 2}"
k = y.astype(int)
P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
J = -np.sum(np.log(P[np.arange(m), k]))
dZ = P.copy()
dZ[np.arange(m), k] -= 1
"""
HELPERS = """
import numpy as np
X: "n, m"
U: "h, m"
V: "h, n"
def through_relu(dA, Z):
    d = np.array(dA)
    d[Z <= 0] = 0
    return d
def product(d, A):
    return d @ A.T
class Layer:
    def __init__(self, V):
        self.V = V
    def forward(self, X):
        self.X = X
        return self.V @ X
    def backward(self, d):
        self.dV = product(d, self.X)
        return self.V.T @ d
layer = Layer(V)
Z = layer.forward(X)
A = np.maximum(0, Z)
J = np.sum(U * A)
dA = U
dZ = through_relu(dA, Z)
dX = layer.backward(dZ)
grads = {
    "V": layer.dV,
    "X": 1 * dX,
}
"""
ROWS = [
    (LOOP, "    dw += dp[i] * x", "    dw = dp[i] * x"),
    (LOOP, "    dw += dp[i] * x", "    dw -= dp[i] * x"),
    (LOOP, "    x = X[:, i]", "    x = X[:, 0]"),
    (LOOP, "dw /= m", "dw /= n"),
    (LOOP, "for i in range(m):", "for i in range(1, m):"),
    (LABELS, "dZ[np.arange(m), k] -= 1", "dZ[np.arange(m), k] += 1"),
    (LABELS, "dZ[np.arange(m), k] -= 1", "dZ[np.arange(m), k] = 1"),
    (LABELS, "dZ = P.copy()", "dZ = 2 * P.copy()"),
    (HELPERS, "    d[Z <= 0] = 0", "    d[Z >= 0] = 0"),
    (HELPERS, "        self.dV = product(d, self.X)", "        self.dV = 2 * product(d, self.X)"),
    (HELPERS, '    "X": 1 * dX,', '    "X": 2 * dX,'),
]


@pytest.mark.parametrize(("source", "right", "wrong"), ROWS, ids=[row[2].strip() for row in ROWS])
def test_a_slip_is_blamed_where_it_stands(source: str, right: str, wrong: str) -> None:
    assert source.count(f"\n{right}\n") == 1
    spoilt = source.replace(f"\n{right}\n", f"\n{wrong}\n")
    found = fixes(spoilt)
    assert set(found) == {line_of(spoilt, wrong)}
    (fix,) = found.values()
    assert fix is not None
    mended = spoilt.replace(f"\n{wrong}\n", f"\n{wrong[: len(wrong) - len(wrong.lstrip())]}{fix}\n")
    assert explained(mended, seed=5) == []


def test_right_loops_and_helpers() -> None:
    assert [explained(source) for source in (LOOP, LABELS, HELPERS)] == [[], [], []]


def test_two_slips_in_two_lines_of_one_claim() -> None:
    spoilt = LOOP.replace("range(m)", "range(m - 1)").replace("dp[i] * x", "dp[0] * x")
    assert fixes(spoilt) == {9: "for i in range(m):", 11: "dw += dp[i] * x"} or set(fixes(spoilt)) == {10, 12}


def test_a_line_with_several_statements_stays_whole() -> None:
    spoilt = LOOP.replace("dp = p - t\n", "dp = t - p; q = 1\n")
    assert fixes(spoilt) == {line_of(spoilt, "dp = t - p; q = 1"): "dp = p - t; q = 1"}


def test_the_same_answer_every_time() -> None:
    spoilt = LOOP.replace("dp[i] * x", "dp[i] * w")
    assert explained(spoilt) == explained(spoilt)
