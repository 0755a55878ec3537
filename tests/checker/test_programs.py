"""Programs as people have them: nothing declared, any names; right ones, and the same with a slip on one line."""

import pytest

from backproof.checker.check import checked

from .reports import Case, wrong_lines

LINE = """
import numpy as np
xs = np.array([0.5, -1.0, 2.0, 3.5])
ys = np.array([1.0, 0.0, 4.0, 6.0])
slope = offset = 0
for step in range(50):
    guess = slope * xs + offset
    loss = sum((guess - ys) ** 2) / len(xs)
    to_slope = 2 * sum(xs * (guess - ys)) / len(xs)
    to_offset = 2 * sum(guess - ys) / len(xs)
    slope = slope - 0.1 * to_slope
    offset = offset - 0.1 * to_offset
    print(f"{loss:.3f} {slope:.2f}")
"""

GUARDED = """
import numpy as np
rng = np.random.default_rng(3)
features, classes = rng.normal(size=(9, 4)), rng.integers(0, 3, 9)
weights = rng.normal(size=(4, 3))
scores = np.exp(features @ weights)
shares = scores / scores.sum(axis=1, keepdims=True)
loss = -np.mean(np.log(shares[np.arange(9), classes] + 1e-9))
error = shares.copy()
error[np.arange(9), classes] -= 1
error /= 9
weights -= 0.5 * features.T @ error
"""

LAYERS = """
import numpy as np

class Dense:
    def __init__(self, n, k):
        self.W, self.b = np.random.randn(n, k), np.zeros((1, k))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T

class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out
    def backward(self, grad):
        return grad * (1 - self.out ** 2)

layers = [Dense(3, 5), Tanh(), Dense(5, 2)]
x, y = np.random.randn(8, 3), np.random.randn(8, 2)
for epoch in range(4):
    out = x
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - y) ** 2)
    grad = 2 * (out - y) / y.size
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers:
        if isinstance(layer, Dense):
            layer.W -= 0.1 * layer.dW
            layer.b -= 0.1 * layer.db
"""

FUNCTIONS = """
import numpy as np

def scale_forward(x, gain, shift):
    out = x * gain + shift
    return out, (x, gain)

def scale_backward(dout, cache):
    x, gain = cache
    dgain = np.sum(dout * x, axis=0)
    dshift = np.sum(dout, axis=0)
    return dout * gain, dgain, dshift

def dense_forward(x, w):
    out = x @ w
    return out, (x, w)

def dense_backward(dout, cache):
    x, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    return dx, dw

x, gain, shift = np.random.randn(6, 4), np.random.randn(4), np.random.randn(4)
dout = np.random.randn(6, 4)
_, cache = scale_forward(x, gain, shift)
dx, dgain, dshift = scale_backward(dout, cache)
x, w = np.random.randn(5, 3), np.random.randn(3, 2)
dout = np.random.randn(5, 2)
out, cache = dense_forward(x, w)
dx, dw = dense_backward(dout, cache)
"""

TWO_LOSSES = """
import numpy as np

def squares(w, x, y):
    r = x @ w - y
    loss = 0.5 * np.sum(r ** 2)
    grad_w = x.T @ r
    return loss, grad_w

def logistic(w, x, y):
    p = 1 / (1 + np.exp(-x @ w))
    loss = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
    grad_w = x.T @ (p - y)
    return loss, grad_w

x, w = np.random.randn(7, 4), np.random.randn(4)
print(squares(w, x, np.random.randn(7)))
print(logistic(w, x, (np.random.rand(7) > 0.5) * 1.0))
"""

TWICE = """
import numpy as np

def through_sigmoid(da, a):
    dz = da * a * (1 - a)
    return dz

X, Y = np.random.randn(3, 8), (np.random.rand(2, 8) > 0.5) * 1.0
W1, W2 = np.random.randn(4, 3), np.random.randn(2, 4)
for i in range(3):
    A1 = 1 / (1 + np.exp(-W1 @ X))
    A2 = 1 / (1 + np.exp(-W2 @ A1))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / 8
    dA2 = (-Y / A2 + (1 - Y) / (1 - A2)) / 8
    dZ2 = through_sigmoid(dA2, A2)
    dW2 = dZ2 @ A1.T
    dZ1 = through_sigmoid(W2.T @ dZ2, A1)
    dW1 = dZ1 @ X.T
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""

RECURRENT = """
import numpy as np
steps = [np.random.randn(3, 1) for _ in range(4)]
Wx, Wh, bh = np.random.randn(5, 3), np.random.randn(5, 5) / 2, np.zeros((5, 1))
hs = {-1: np.zeros((5, 1))}
loss = 0
for t in range(4):
    hs[t] = np.tanh(Wx @ steps[t] + Wh @ hs[t - 1] + bh)
    loss += np.sum(hs[t] ** 2) / 2
dWx, dWh, dbh, dnext = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(bh), np.zeros((5, 1))
for t in reversed(range(4)):
    dh = hs[t] + dnext
    draw = (1 - hs[t] ** 2) * dh
    dbh += draw
    dWx += draw @ steps[t].T
    dWh += draw @ hs[t - 1].T
    dnext = Wh.T @ draw
for parameter, gradient in zip([Wx, Wh, bh], [dWx, dWh, dbh]):
    parameter -= 0.01 * gradient
"""

CASES = {
    "numbers that are learned": Case(
        LINE, "to_offset = 2 * sum(guess - ys) / len(xs)", "to_offset = 2 * sum(guess - ys)",
        "to_offset = 2 * sum(guess - ys) / len(xs)",
    ),
    "a guard in the logarithm": Case(
        GUARDED, "error[np.arange(9), classes] -= 1", "error[np.arange(9), classes] += 1",
        "error[np.arange(9), classes] -= 1",
    ),
    "layers in a list": Case(
        LAYERS, "self.db = grad.sum(axis=0, keepdims=True)", "self.db = grad.sum(axis=1, keepdims=True)[:1]",
        "self.db = grad.sum(axis=0, keepdims=True)[:1]",
    ),
    "several layer functions": Case(
        FUNCTIONS, "dgain = np.sum(dout * x, axis=0)", "dgain = np.sum(dout * gain, axis=0)",
        "dgain = np.sum(dout * x, axis=0)",
    ),
    "a loss in each function": Case(TWO_LOSSES, "grad_w = x.T @ r", "grad_w = 2 * x.T @ r", "grad_w = x.T @ r"),
    "a helper that is called wrongly": Case(
        TWICE, "dZ1 = through_sigmoid(W2.T @ dZ2, A1)", "dZ1 = through_sigmoid(W2.T @ dA2, A1)",
        "dZ1 = through_sigmoid(W2.T @ dZ2, A1)",
    ),
    "a sum that is overwritten": Case(RECURRENT, "dbh += draw", "dbh = draw", None),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_right_program_is_right(case: Case, seed: int) -> None:
    report = checked(case.program, "program.py", seed)
    assert (report.verdict, wrong_lines(report)) == ("right", [])
    assert report.lines


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_slip_in_a_program_is_found_on_its_line(case: Case) -> None:
    assert case.program.count(case.right) == 1
    report = checked(case.program.replace(case.right, case.slip), "program.py")
    ((line, fix),) = wrong_lines(report)
    assert line == case.slip
    if case.fix is not None:
        assert fix == case.fix


def test_what_a_gradient_check_computes_claims_nothing() -> None:
    source = """
import numpy as np
x, w = np.random.randn(6, 3), np.random.randn(3)
def cost_of(w):
    return np.sum(np.tanh(x @ w)) / 6
cost = cost_of(w)
dw = x.T @ (1 - np.tanh(x @ w) ** 2) / 6
dw_numerical = np.zeros(3)
for j in range(3):
    bump = np.zeros(3)
    bump[j] = 1e-5
    dw_numerical[j] = (cost_of(w + bump) - cost_of(w - bump)) / 2e-5
"""
    report = checked(source, "program.py")
    assert (report.verdict, {f.name for f in report.lines}) == ("right", {"dw"})


def test_a_name_that_says_gradient_stays_in_the_report_where_it_fits_nothing() -> None:
    report = checked(TWO_LOSSES.replace("grad_w = x.T @ (p - y)", "grad_w = np.abs(x.T) @ p"), "program.py")
    assert [line for line, _ in wrong_lines(report)] == ["grad_w = np.abs(x.T) @ p"]
