"""What is said of a wrong claim where no fix is found."""

import pytest

from . import explained

START = """
import numpy as np
X: "n, m"
Y: "k, m"
V: "h, n"
W: "k, h"
def hidden(a):
    return np.array(a).tolist()
P = V @ X
H = np.tanh(P)
Q = W @ H + P.sum(axis=0)
J = np.sum((Q - Y) ** 2) / 2
dQ = Q - Y
"""


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("dP = np.einsum('ij,ik->jk', W, dQ) * (1 - H**2)", "P leads to the cost through H and through Q"),
        ("dW = np.array(hidden(np.sin(dQ @ H.T)[:, :1] * np.cos(X).sum()))", "expected"),
        ("dW = np.array(hidden(np.sin(dQ @ H.T) * 3 ** np.cos(X).sum()))", "no constant times the right value"),
    ],
)
def test_what_is_known(claim: str, said: str) -> None:
    (found,) = explained(START + claim + "\n")
    if found.fix is None:
        assert said in found.known
    else:
        assert "the chain rule" not in said


def test_a_shape_is_told_in_the_declared_letters() -> None:
    from backproof.checker.explain.known import _shape
    from backproof.checker.judge import judge
    from backproof.checker.record.program import read
    from backproof.checker.samples import samples_of

    program = read(START + "dW = H @ dQ.T\n", "x")
    story = judge(program, samples_of(program, 0), True)
    (verdict,) = story.wrong
    assert _shape("dW", verdict.claims[0], story).endswith("= (k, h)")
