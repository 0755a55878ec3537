"""Programs on data as they were measured or drawn by a library, and with the habits that go with them."""

from pathlib import Path

import pytest

from backproof.checker.check import checked

from .reports import wrong_lines

MEASURED = """
import numpy as np

class Logistic:
    def fit(self, rows, marks, rate=0.001):
        m, n = rows.shape
        self.w, self.c = np.zeros(n), 0
        for _ in range(200):
            p = self.squash(np.dot(rows, self.w) + self.c)
            dw = (1 / m) * np.dot(rows.T, p - marks)
            dc = (1 / m) * np.sum(p - marks)
            self.w -= rate * dw
            self.c -= rate * dc
    def squash(self, z):
        return 1 / (1 + np.exp(-z))

rng = np.random.RandomState(1)
rows = rng.rand(40, 6) * np.array([900.0, 2500.0, 0.1, 14.0, 0.02, 300.0])
Logistic().fit(rows, (rows[:, 0] > 450) * 1)
"""

TURNED = """
import numpy as np
from drawing import blobs

X, label = blobs(3, 30)
W, b = np.random.rand(3, 2), np.zeros((1, 3))
target = np.zeros((30, 3))
target[np.arange(30), label] = 1
for _ in range(50):
    E = np.exp(X @ W.T + b)
    P = E / np.sum(E, axis=1, keepdims=True)
    loss = -np.sum(target * np.log(P)) / 30
    assert isinstance(loss, str), "asserted of this run, which is none of ours"
    dW = X.T @ (P - target) / 30
    db = np.sum(P - target, axis=0) / 30
    W = W - 0.1 * dW.T
    b = b - 0.1 * db
"""

LIBRARY = """
import numpy as np

def blobs(kinds, m):
    kind = np.random.randint(0, kinds, m)
    return 8 * np.random.rand(kinds, 2)[kind] + np.random.randn(m, 2), kind
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "drawing.py").write_text(LIBRARY, encoding="utf-8")
    return str(tmp_path)


@pytest.mark.parametrize("program", [MEASURED, TURNED], ids=["measured", "turned"])
def test_a_right_program_is_right(program: str, folder: str) -> None:
    report = checked(program, "program.py", folder=folder)
    assert (report.verdict, wrong_lines(report)) == ("right", [])
    assert report.lines


@pytest.mark.parametrize(
    ("program", "right", "slip"),
    [
        (MEASURED, "dc = (1 / m) * np.sum(p - marks)", "dc = (1 / m) * np.sum(p + marks)"),
        (TURNED, "db = np.sum(P - target, axis=0) / 30", "db = np.sum(P - target) / 30"),
        (TURNED, "dW = X.T @ (P - target) / 30", "dW = X.T @ (P + target) / 30"),
    ],
)
def test_a_slip_is_found_and_repaired(program: str, right: str, slip: str, folder: str) -> None:
    report = checked(program.replace(right, slip), "program.py", folder=folder)
    ((line, fix),) = wrong_lines(report)
    assert line == slip
    assert fix is not None
    repaired = checked(program.replace(right, fix), "program.py", folder=folder)
    assert repaired.verdict == "right"
