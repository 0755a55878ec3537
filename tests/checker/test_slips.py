"""A slip is found on its line and repaired, as the report says; explain/test_rules.py has a row for each kind."""

import pytest

from backproof.checker.check import checked

from .reports import DEEP, LOOP, SHALLOW, changed, wrong_lines

SLIPS = [
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2.T @ dZ2 * A1", "g(Z1) where g'(Z1) belongs"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2.T @ dZ2 * (1 - Z1**2)", "belongs"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W1.T @ dZ2 * (1 - A1**2)", "W1 where W2 belongs"),
    ("dZ2 = A2 - Y", "dZ2 = 2 * (A2 - Y)", "2 too many"),
    ("dW2 = 1 / m * dZ2 @ A1.T", "dW2 = A1 @ dZ2.T / m", "operands in the wrong order"),
    ("dW1 = 1 / m * dZ1 @ X.T", "dW1 = 1 / m * dZ1 @ A1.T", "A1 where X belongs"),
    ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = np.sum(dZ1) / m", "axis 1"),
    ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = np.dot(dZ1, np.ones(m, 1)) / m", "a tuple"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "cause"), SLIPS, ids=[wrong for _, wrong, _ in SLIPS])
def test_a_slip_is_found_on_its_line_and_repaired(right: str, wrong: str, cause: str) -> None:
    report = checked(changed(SHALLOW, right, wrong), "shallow.py")
    assert report.verdict == "wrong"
    ((line, fix),) = wrong_lines(report)
    assert line == wrong
    finding = next(f for f in report.lines if f.verdict == "wrong")
    assert cause in (finding.cause or "")
    assert finding.fix_verified >= 4
    assert fix is not None
    assert checked(changed(SHALLOW, right, fix), "shallow.py", seed=77).verdict == "right"


def test_two_slips_are_two_wrong_lines() -> None:
    source = changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = Y - A2")
    source = changed(source, "dW1 = 1 / m * dZ1 @ X.T", "dW1 = dZ1 @ X.T")
    assert wrong_lines(checked(source, "x")) == [
        ("dZ2 = Y - A2", "dZ2 = A2 - Y"),
        ("dW1 = dZ1 @ X.T", "dW1 = 1 / m * dZ1 @ X.T"),
    ]


def test_an_exponent_without_its_minus_is_said_instead() -> None:
    wrong = "A2 = 1 / (1 + np.exp(Z2))"
    found = wrong_lines(checked(changed(SHALLOW, "A2 = 1 / (1 + np.exp(-Z2))", wrong), "x"))
    assert found == [(wrong, "A2 = 1 / (1 + np.exp(-Z2))")]


def test_a_loop_that_forgets_to_accumulate() -> None:
    source = changed(LOOP, "    dw2 += X[1, i] * dz", "    dw2 = X[1, i] * dz")
    assert wrong_lines(checked(source, "x")) == [("dw2 = X[1, i] * dz", "dw2 += X[1, i] * dz")]


def test_a_loop_that_never_divides() -> None:
    ((_, fix),) = wrong_lines(checked(changed(LOOP, "dw1 = dw1 / m", "dw1 = dw1 * 1"), "x"))
    assert fix is not None
    assert "m" in fix


def test_a_layer_index_off_by_one() -> None:
    old = '    grads[f"dW{l}"] = 1 / m * grads[f"dZ{l}"] @ cache[f"A{l - 1}"].T'
    report = checked(changed(DEEP, old, old.replace("A{l - 1}", "A{l}")), "x")
    assert [line for line, _ in wrong_lines(report)] == [old.replace("A{l - 1}", "A{l}").strip()]


def test_the_other_convention_is_accepted_and_noted() -> None:
    source = changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m")
    for name in ("dW2", "db2", "dW1", "db1"):
        source = source.replace(f"{name} = 1 / m * ", f"{name} = ")
    report = checked(source, "x")
    assert report.verdict == "right"
    assert report.story == "dZ2 is dJ/dZ2 itself, 1/m of J included"


def test_what_is_known_is_said_when_nothing_fits() -> None:
    report = checked(changed(SHALLOW, "dW2 = 1 / m * dZ2 @ A1.T", "dW2 = np.cos(W2) * np.sin(W2) + 3"), "x")
    finding = next(f for f in report.lines if f.verdict == "wrong")
    assert finding.note or finding.fix


HELPERS = """
X: "n_0, m"
Y: "n_2, m"
W1: "n_1, n_0"
W2: "n_2, n_1"

def relu(Z):
    return np.maximum(0, Z)

def through_relu(dA, Z):
    mask = Z > 0
    return dA * mask

def mean_of_products(dZ, A):
    return dZ @ A.T / m

Z1 = W1 @ X
A1 = relu(Z1)
Z2 = W2 @ A1
J = np.sum((Z2 - Y) ** 2) / (2 * m)

error = Z2 - Y
dZ2 = error
dW2 = mean_of_products(dZ2, A1)
dA1 = W2.T @ dZ2
dZ1 = through_relu(dA1, Z1)
dW1 = mean_of_products(dZ1, X)
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param(
            "mask = Z > 0",
            "mask = Z < 0",
            marks=pytest.mark.xfail(reason="-Z1 in the call is tried before the helper", strict=True),
        ),
        ("return dA * mask", "return dA + mask"),
        ("return dZ @ A.T / m", "return dZ @ A.T * m"),
        ("error = Z2 - Y", "error = Z2 + Y"),
    ],
)
def test_a_slip_beside_the_claims_is_found_there(right: str, wrong: str) -> None:
    assert checked(HELPERS, "helpers").verdict == "right"
    assert wrong_lines(checked(HELPERS.replace(right, wrong), "helpers")) == [(wrong, right)]
