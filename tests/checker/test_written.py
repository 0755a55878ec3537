"""The checker on what people write: other spellings that are right, slips in them, and what must be refused."""

import pytest

from backproof.checker.check import checked

from .reports import wrong_lines

LINEAR = 'X: "n, m"\nY: "k, m"\nW: "k, n"\nZ = W @ X\nJ = np.sum((Z - Y) ** 2) / (2 * m)\ndZ = Z - Y\n'
LOOPED = (
    'X: "n, m"\ny: "m"\nw: "n"\nJ = 0\ndw = np.zeros(n)\nfor i in range(m):\n    e = w @ X[:, i] - y[i]\n'
    "    J += e * e / 2\n"
)
MEAN = LINEAR + "dW = dZ @ X.T / m\n"
WRITTEN = {
    "1/m inside the loop": LOOPED.replace("J = J / m\n", "").replace("e * e / 2", "e * e / (2 * m)")
    + "    dw += X[:, i] * e / m\n",
    "dropout in place of the activation": """
X: "n_0, m"
Y: "1, m"
D: "n_1, m in {0, 1}"
W1: "n_1, n_0"
W2: "1, n_1"
Z1 = W1 @ X
A1 = np.maximum(0, Z1)
A1 = A1 * D
A1 = A1 / 0.8
Z2 = W2 @ A1
J = np.sum((Z2 - Y) ** 2) / (2 * m)
dZ2 = Z2 - Y
dA1 = W2.T @ dZ2
dA1 = dA1 * D
dA1 = dA1 / 0.8
dZ1 = dA1 * (Z1 > 0)
dW1 = dZ1 @ X.T / m
""",
    "one name for every layer": """
X: "n_0, m"
Y: "n_2, m"
W1: "n_1, n_0"
W2: "n_2, n_1"
A = X
Z = W1 @ A
A = np.tanh(Z)
A1 = A
Z = W2 @ A
A = Z
J = np.sum((A - Y) ** 2) / (2 * m)
dZ = A - Y
dW2 = dZ @ A1.T / m
dA = W2.T @ dZ
dZ = dA * (1 - A1**2)
dW1 = dZ @ X.T / m
""",
    "rows, and another name for m": LINEAR.replace("m", "B").replace("np.suB", "np.sum") + "dW = dZ @ X.T / B\n",
    "m from a shape": LINEAR.replace(", m", ", T").replace("Z = W", "m = X.shape[1]\nZ = W") + "dW = dZ @ X.T / m\n",
    "np.squeeze": 'X: "m, n"\ny: "m"\nw: "n, 1"\ne = np.squeeze(X @ w) - y\nJ = e @ e / (2 * m)\nde = e\n'
    "dw = X.T @ e[:, None] / m\n",
    "a local dZ": LINEAR + "def back(error):\n    dQ = 1.0 * error\n    return dQ @ X.T\ndW = back(dZ) / m\n",
    "a column at a time": LINEAR
    + "dZ = np.zeros((k, m))\nfor i in range(m):\n    dZ[:, i] = Z[:, i] - Y[:, i]\ndW = dZ @ X.T / m\n",
    "a dictionary at once": LINEAR + 'grads = {"dW": dZ @ X.T / m}\n',
    "a step": MEAN + "dt = 0.1\nW = W - dt * dW\nprint(f'{J:.3f}')\n",
    "np.nansum": MEAN.replace("np.sum", "np.nansum"),
}


@pytest.mark.parametrize("source", WRITTEN.values(), ids=WRITTEN.keys())
def test_what_people_write_is_right(source: str) -> None:
    report = checked(source, "written")
    assert report.verdict == "right", report.message
    assert {f.verdict for f in report.lines} == {"right"}


# And what they write wrong: the lines blamed, and the fix of the first
SLIPS: dict[str, tuple[str, list[tuple[str, str | None]]]] = {
    "never divided by m": (
        LOOPED + "    dw += X[:, i] * e\nJ = J / m\n",
        [("dw += X[:, i] * e", "dw += X[:, i] * e / m")],
    ),
    "the transpose, then the step": (
        LINEAR + "dW = X @ dZ.T / m\nW = W - 0.1 * dW\n",
        [("dW = X @ dZ.T / m", "dW = dZ @ X.T / m")],
    ),
    "np.dot in the wrong order": (
        LINEAR + "dW = np.dot(X, dZ.T) / m\n",
        [("dW = np.dot(X, dZ.T) / m", "dW = np.dot(X, dZ.T).T / m")],
    ),
    "an entry of a dictionary": (
        LINEAR + 'grads = {"dW": dZ @ X.T}\n',
        [('grads = {"dW": dZ @ X.T}', 'grads = {"dW": dZ @ X.T / m}')],
    ),
    "a name that stood for something else": (
        LINEAR.replace("Z = W @ X", "Z = 2 * X\nZ = W @ X").replace("dZ = Z - Y", "dZ = 3 * (Z - Y)")
        + "dW = dZ @ X.T / m\n",
        [("dZ = 3 * (Z - Y)", "dZ = Z - Y")],
    ),
}


@pytest.mark.parametrize(("source", "expected"), SLIPS.values(), ids=SLIPS.keys())
def test_what_people_write_wrong(source: str, expected: list[tuple[str, str | None]]) -> None:
    found = wrong_lines(checked(source, "slip"))
    assert [line for line, _ in found] == [line for line, _ in expected]
    for (_, fix), (_, wanted) in zip(found, expected, strict=True):
        assert wanted is None or fix == wanted


JUDGED = {
    "np.vectorize": ("dW = np.vectorize(float)(dZ) @ X.T / m\n", "right"),
    "np.vectorize, a slip": ("dW = np.vectorize(float)(dZ) @ X.T\n", "wrong"),
}


@pytest.mark.parametrize(("more", "verdict"), JUDGED.values(), ids=JUDGED.keys())
def test_what_was_once_refused_is_judged(more: str, verdict: str) -> None:
    assert checked(LINEAR + more, "judged").verdict == verdict


def test_a_claim_of_something_that_is_not_there_is_named() -> None:
    report = checked(MEAN + "dWhx = 7 * X\n", "typo")
    assert [u.name for u in report.unjudged] == ["dWhx"]


def test_an_input_larger_than_memory_is_refused() -> None:
    report = checked('X: "900, 900, 900, 900"\nJ = np.sum(X * X)\ndX = 2 * X\n', "huge")
    assert "an input of 656100000000 numbers is declared, expected at most" in report.message


def test_a_training_loop_after_a_first_forward_part_is_right() -> None:
    loop = (
        "for step in range(2):\n    Z = W @ X\n    J = np.sum((Z - Y) ** 2) / (2 * m)\n    dZ = Z - Y\n"
        "    dW = dZ @ X.T / m\n    W = W - 0.1 * dW\n"
    )
    assert checked(LINEAR + loop, "loop").verdict == "right"
