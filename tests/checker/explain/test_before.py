"""A slip before the claims is blamed where its one repair makes every claim right, and nowhere else."""

import pytest

from backproof.checker.explain.slips import Kind

from . import explained, fixes, line_of

NETWORK = """
import numpy as np
X: "n, m"
Y: "1, m in {0, 1}"
w: "n, 1"
b: "()"
Z = w.T @ X + b
A = 1 / (1 + np.exp(-Z))
J = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
dZ = A - Y
dw = X @ dZ.T / m
db = np.sum(dZ) / m
"""
SOFTMAX = """
import numpy as np
Z: "k, m"
T: "k, m in {0, 1}"
P = np.exp(Z) / np.sum(np.exp(Z), axis=0, keepdims=True)
J = -np.sum(T * np.log(P)) / m
dZ = P - T
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("A = 1 / (1 + np.exp(-Z))", "A = 1 / (1 + np.exp(Z))"),
        (
            "J = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))",
            "J = 1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))",
        ),
        (
            "J = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))",
            "J = -1 / 2 * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))",
        ),
    ],
)
def test_a_slip_of_the_forward_part(right: str, wrong: str) -> None:
    spoilt = NETWORK.replace(right, wrong)
    assert fixes(spoilt) == {line_of(spoilt, wrong): right}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("dZ = A - Y", "dZ = Y - A"), ("dw = X @ dZ.T / m", "dw = X @ dZ.T"), ("db = np.sum(dZ) / m", "db = np.sum(dZ)")],
)
def test_a_slip_of_a_claim_stays_there(right: str, wrong: str) -> None:
    spoilt = NETWORK.replace(right, wrong)
    assert fixes(spoilt) == {line_of(spoilt, wrong): right}


def test_one_slip_in_several_claims_is_told_at_each() -> None:
    spoilt = NETWORK.replace("dZ.T / m", "dZ.T").replace("np.sum(dZ) / m", "np.sum(dZ)")
    assert fixes(spoilt) == {11: "dw = 1 / m * X @ dZ.T", 12: "db = 1 / m * np.sum(dZ)"}


def test_labels_that_must_be_one_hot() -> None:
    (found,) = explained(SOFTMAX)
    assert found.slip is not None
    assert found.slip.kind is Kind.LABELS
    assert found.fix == 'T: "k, m one-hot"'
