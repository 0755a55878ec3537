"""Programs that take steps, in the ways in which people write them: right ones, and the same with a slip."""

from pathlib import Path

import pytest

from backproof.checker.check import checked

from ..command import backproof
from .reports import Case, wrong_lines

START = """
import numpy as np
rng = np.random.RandomState(4)
xs, ys = rng.randn(15, 4), rng.randn(15, 2)
"""


COST_AFTER_THE_STEP = """
M = rng.randn(4, 2)
for epoch in range(6):
    miss = xs @ M - ys
    grad = xs.T @ miss / 15
    grad += 0.3 * M
    M -= 0.05 * grad
    miss = xs @ M - ys
    cost = 0.5 * np.sum(miss ** 2) / 15 + 0.15 * np.sum(M ** 2)
"""

DECAY_IN_THE_STEP = """
M, shift = rng.randn(4, 2), np.zeros(2)
for epoch in range(3):
    miss = xs @ M + shift - ys
    loss = 0.5 * np.sum(miss ** 2) / 15 + 0.2 * np.sum(M ** 2)
    dM = xs.T @ miss / 15
    dshift = miss.sum(axis=0) / 15
    M -= 0.05 * (dM + 0.4 * M)
    shift -= 0.05 * dshift
"""

PENALTY = """
def half_squares(M):
    return 0.5 * np.sum((xs @ M - ys) ** 2) / 15
def total_cost(M):
    squared_error = half_squares(M)
    return squared_error + 0.35 * np.sum(M ** 2)
M = rng.randn(4, 2)
for epoch in range(3):
    cost = total_cost(M)
    dM = xs.T @ (xs @ M - ys) / 15 + 0.7 * M
    M = M - 0.05 * dM
"""

ENTRIES = """
class Line:
    def fit(self, rate=0.01):
        self.w_ = np.zeros(5)
        for _ in range(4):
            miss = ys[:, 0] - xs @ self.w_[1:] - self.w_[0]
            self.w_[1:] += rate * xs.T.dot(miss)
            self.w_[0] += rate * miss.sum()
            loss = (miss ** 2).sum() / 2
Line().fit()
"""

MOMENTS = """
M, shift = rng.randn(4, 2), np.zeros((1, 2))
moments = [np.zeros_like(p) for p in (M, shift)]
squares = [np.zeros_like(p) for p in (M, shift)]
for t in range(1, 5):
    miss = xs @ M + shift - ys
    loss = np.mean(miss ** 2)
    slope = 2 * miss / miss.size
    grads = [xs.T @ slope, slope.sum(axis=0, keepdims=True)]
    for i, (p, g) in enumerate(zip([M, shift], grads)):
        moments[i] = 0.8 * moments[i] + 0.2 * g
        squares[i] = 0.99 * squares[i] + 0.01 * g * g
        p -= 0.01 * moments[i] / (1 - 0.8 ** t) / (np.sqrt(squares[i] / (1 - 0.99 ** t)) + 1e-8)
"""

NAMES_AS_TEXT = """
class Net:
    def __init__(self):
        self.A, self.B = rng.randn(4, 3), rng.randn(3, 2)
    def turn(self):
        h = np.tanh(xs @ self.A)
        miss = h @ self.B - ys
        loss = np.sum(miss ** 2)
        g = {}
        g["B"] = h.T @ (2 * miss)
        g["A"] = xs.T @ ((2 * miss) @ self.B.T * (1 - h ** 2))
        for name in g:
            setattr(self, name, getattr(self, name) - 0.01 * g[name])
        return loss
net = Net()
for _ in range(3):
    net.turn()
"""

LAYERS_BY_TEXT = """
W = {"1": rng.randn(4, 3), "2": rng.randn(3, 2)}
for epoch in range(3):
    A = {"0": xs}
    for l in (1, 2):
        A[str(l)] = np.tanh(A[str(l - 1)] @ W[str(l)])
    loss = np.sum((A["2"] - ys) ** 2) / 2
    dW = {}
    dZ = (A["2"] - ys) * (1 - A["2"] ** 2)
    for l in (2, 1):
        dW[str(l)] = A[str(l - 1)].T @ dZ
        dZ = dZ @ W[str(l)].T * (1 - A[str(l - 1)] ** 2)
    for l in W:
        W[l] = W[l] - 0.01 * dW[l]
"""

SUMS = """
M = rng.randn(4, 2)
for epoch in range(4):
    loss, dM = 0, np.zeros((4, 2))
    for x, y in zip(xs, ys):
        miss = x @ M - y
        loss += 0.5 * miss @ miss
        dM += np.outer(x, miss)
    M -= 0.01 * dM
"""

SINGLE = """
from numpy import float32
M, shift = rng.randn(4, 2).astype(float32), np.zeros(2, float32)
for epoch in range(3):
    misses = [x @ M + shift - y for x, y in zip(xs.astype(float32), ys.astype(float32))]
    loss = np.sum(np.array(misses) ** 2) / 15
    gM = np.zeros_like(M)
    for x, miss in zip(xs.astype(float32), misses):
        gM += 2 * np.outer(x, miss) / 15
    M = M - 0.1 * gM
"""

HIDDEN = """
def squash(v, slope=False):
    return v * (1 - v) if slope else 1 / (1 + np.exp(-v))
M, N = rng.randn(4, 3), rng.randn(3, 2)
for epoch in range(3):
    mid = squash(xs @ M)
    top = squash(mid @ N)
    top_delta = (ys - top) * squash(top, slope=True)
    mid_delta = top_delta.dot(N.T) * squash(mid, slope=True)
    N += mid.T.dot(top_delta)
    M += xs.T.dot(mid_delta)
"""

BATCHES = """
M = rng.randn(4, 2)
for start in range(0, 15, 5):
    few, their = xs[start:start + 5], ys[start:start + 5]
    miss = few @ M - their
    loss = np.mean(miss ** 2)
    dM = 2 * few.T @ miss / miss.size
    M -= 0.1 * dM
"""

CASES = {
    "the cost comes after the step": Case(
        COST_AFTER_THE_STEP, "grad = xs.T @ miss / 15", "grad = xs.T @ -miss / 15", "grad = xs.T @ miss / 15"
    ),
    "decay is added in the step": Case(DECAY_IN_THE_STEP, "dM = xs.T @ miss / 15", "dM = xs.T @ miss", None),
    "the whole cost counts, not its largest part": Case(
        PENALTY, "dM = xs.T @ (xs @ M - ys) / 15 + 0.7 * M", "dM = xs.T @ (xs @ M - ys) / 15 + 0.35 * M", ""
    ),
    "some entries are updated": Case(
        ENTRIES, "self.w_[0] += rate * miss.sum()", "self.w_[0] -= rate * miss.sum()", None,
    ),
    "moments of gradients": Case(
        MOMENTS, "grads = [xs.T @ slope, slope.sum(axis=0, keepdims=True)]",
        "grads = [xs.T @ np.abs(slope), slope.sum(axis=0, keepdims=True)]", None,
    ),
    "attributes by their names": Case(
        NAMES_AS_TEXT, 'g["A"] = xs.T @ ((2 * miss) @ self.B.T * (1 - h ** 2))',
        'g["A"] = xs.T @ ((2 * miss) @ self.B.T * (1 - h))', 'g["A"] = xs.T @ ((2 * miss) @ self.B.T * (1 - h**2))',
    ),
    "entries keyed by text": Case(
        LAYERS_BY_TEXT, "dW[str(l)] = A[str(l - 1)].T @ dZ", "dW[str(l)] = A[str(l)].T @ dZ",
        "dW[str(l)] = A[str(l - 1)].T @ dZ",
    ),
    "a step that climbs": Case(SUMS, "M -= 0.01 * dM", "M += 0.01 * dM", "M -= 0.01 * dM"),
    "single precision": Case(
        SINGLE, "gM += 2 * np.outer(x, miss) / 15", "gM += 2 * np.outer(x, np.abs(miss)) / 15", ""
    ),
    "what is meant is told by what is made with it": Case(
        HIDDEN, "mid_delta = top_delta.dot(N.T) * squash(mid, slope=True)",
        "mid_delta = top_delta.dot(N.T) * squash(mid)",
        "mid_delta = top_delta.dot(N.T) * squash(mid, slope=True)",
    ),
    "a sum that is not set back": Case(
        SUMS.replace("loss, dM = 0, np.zeros((4, 2))", "loss = 0").replace("M = rng", "dM = np.zeros((4, 2))\nM = rng"),
        "", "", None, "dM += np.outer(x, miss)",
    ),
    "always the first batch": Case(
        BATCHES, "dM = 2 * few.T @ miss / miss.size", "dM = 2 * xs[:5].T @ miss / miss.size", None
    ),
}  # fmt: skip
RIGHT = {name: case for name, case in CASES.items() if case.right}


@pytest.mark.parametrize("case", RIGHT.values(), ids=list(RIGHT))
def test_a_right_program_is_right(case: Case) -> None:
    report = checked(START + case.program, "program.py")
    assert (report.verdict, wrong_lines(report)) == ("right", [])
    assert report.lines


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_slip_in_a_program_is_found_on_its_line(case: Case) -> None:
    assert not case.right or case.program.count(case.right) == 1
    report = checked(
        START + (case.program.replace(case.right, case.slip) if case.right else case.program), "program.py"
    )
    ((line, fix),) = set(wrong_lines(report))
    assert line == (case.told_at or case.slip)
    if case.fix is not None:
        assert fix == (case.fix or case.right)


STACK = """
pictures = rng.randn(3, 20)
labels = (pictures[0:1] > 0) * 1.0


class Dense:
    def __init__(self, n, k):
        self.M, self.shift = rng.randn(k, n), np.zeros((k, 1))


stack = [Dense(3, 4), Dense(4, 1)]
for epoch in range(5):
    outs = [pictures]
    for dense in stack:
        outs.append(1 / (1 + np.exp(-(dense.M @ outs[-1] + dense.shift))))
    cost = -np.mean(labels * np.log(outs[-1]) + (1 - labels) * np.log(1 - outs[-1]))
    miss = outs[-1] - labels
    steps = []
    for k in (1, 0):
        steps.append((stack[k], miss @ outs[k].T / 20, miss.sum(axis=1, keepdims=True) / 20))
        miss = stack[k].M.T @ miss * (1 - outs[k])
    for dense, grad, slope in steps:
        dense.M -= 0.5 * grad
        dense.shift -= 0.5 * slope
"""


def test_a_report_does_not_depend_on_the_order_of_sets(tmp_path: Path) -> None:
    program = tmp_path / "stack.py"
    program.write_text(START + STACK, encoding="utf-8")
    reports = {backproof("check", "--json", str(program), PYTHONHASHSEED=seed).stdout for seed in "123"}
    assert len(reports) == 1
    assert '"wrong"' in reports.pop()


def test_a_program_repeats_with_either_kind_of_generator() -> None:
    source = START.replace("RandomState(4)", "default_rng(4)").replace("randn(15, 4)", "normal(size=(15, 4))")
    source = source.replace("randn(15, 2)", "normal(size=(15, 2))")
    for text in (
        START + COST_AFTER_THE_STEP,
        source + COST_AFTER_THE_STEP.replace("randn(4, 2)", "normal(size=(4, 2))"),
    ):
        broken = text.replace("0.3 * M", "0.2 * M")
        first, second = (checked(broken, "program.py").to_json() for _ in range(2))
        assert first == second
        assert '"wrong"' in first


def test_a_program_that_stops_is_not_called_right() -> None:
    report = checked(START + SUMS + "xs @ ys\n", "program.py")
    assert report.verdict == "unjudged"
    assert "the program stops here: ValueError" in report.unjudged[-1].reason
