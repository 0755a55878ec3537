"""What cannot be checked is one clear message, and nonsense is wrong."""

import json

import pytest

from backproof.checker.check import check_source

from .reports import INPUT, wrong_lines

UNUSABLE = [
    ("x = (", "line 1: this is no Python"),
    ("x = 1", "no cost is found"),
    ('X: "n; m"\nJ = X.sum()', "line 1: the shape 'n; m' cannot be read"),
    (INPUT + "dX = X", "no cost is found"),
    (INPUT + "J = np.sum(X)", "there are no claims"),
    (INPUT + "J = X\ndX = X", "no cost is found"),
    (INPUT + "J = np.sum(x)\ndX = X", "line 3: NameError: name 'x' is not defined"),
    (INPUT + "J = np.sum(X @ X)\ndX = X", "line 3: "),
    (INPUT + "while True: pass", "it was stopped after 1 s"),
    (INPUT + "def f(): return f()\nf()", "line 3: RecursionError"),
    (INPUT + "raise SystemExit(0)", "no cost is found"),
    (INPUT + "J = 'seven'\ndX = X", "no cost is found"),
    (INPUT + "J = 1 / 0", "line 3: ZeroDivisionError"),
    ("\0", "this is no Python"),
    ('X: "0, m"\nJ = np.sum(X)\ndX = X', "a size of 0 is declared"),
    ('X: "100000, 100000"\nJ = np.sum(X)\ndX = X', "a size of 100000 is declared"),
    ('X: "n,, m"\nJ = np.sum(X)\ndX = X', "line 1: the shape 'n,, m' cannot be read"),
    (INPUT + "J = 3.0\ndX = X", "no cost is found"),
]
WRONG_VALUES = ['"Z"', "object()", "2 * X + 5j", "None", "1", "X[0]", "1 / 0"]


@pytest.mark.parametrize("value", WRONG_VALUES)
def test_a_claim_of_anything_is_wrong(value: str) -> None:
    report = check_source(INPUT + f"J = np.sum(X * X)\ndX = {value}\n", "x")
    assert report.verdict == "wrong"
    assert json.loads(report.to_json())["lines"][0]["verdict"] == "wrong"


def test_an_input_that_leads_to_the_cost_on_some_samples_only_is_judged() -> None:
    source = 'x: "()"\ny: "()"\nr = max(x, y)\nJ = r * r\ndr = 2 * r\ndx = dr * (x > y)\ndy = dr * (y > x)\n'
    assert {f.verdict for f in check_source(source, "x").lines} == {"right"}
    wrong = source.replace("dx = dr", "dx = 5 * dr")
    assert [line for line, _ in wrong_lines(check_source(wrong, "x"))] == ["dx = 5 * dr * (x > y)"]


def test_saturation_is_no_verdict() -> None:
    source = INPUT + "A = 1 / (1 + np.exp(-1000 * X))\nJ = -np.sum(np.log(A))\ndX = 1000 * (A - 1)\n"
    assert check_source(source, "x").verdict != "right"


def test_a_derivative_by_nothing_is_not_passed_in_silence() -> None:
    report = check_source(INPUT + "J = np.sum(X * X)\ndX = 2 * X\ndQ = X\n", "x")
    assert report.verdict == "unjudged"
    assert report.exit_status == 2
    assert [(u.line, u.name, u.reason) for u in report.unjudged] == [(5, "dQ", "there is no Q")]


@pytest.mark.parametrize("end", ["\f", "\u2028"])
def test_lines_are_those_of_python(end: str) -> None:
    report = check_source(INPUT + f"a = 1  # {end} {end}\nJ = np.sum(X * X)\ndX = 3 * X\n", "x")
    assert [(f.line, f.fix) for f in report.lines] == [(5, "dX = 2 * X")]
    assert report.source[4] == "dX = 3 * X"


def test_a_step_of_the_floor_has_no_slope() -> None:
    assert check_source(INPUT + "J = np.sum(X // 2)\ndX = X\n", "x").verdict == "wrong"


@pytest.mark.parametrize(("source", "message"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_what_cannot_be_checked_is_one_message(source: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backproof.checker.check.CPU_LIMIT_S", 1)
    report = check_source(source, "x")
    assert report.verdict == "unusable"
    assert message in report.message
    assert json.loads(report.to_json())["lines"] == []


SATURATED = """\
X: "n, m"
Y: "1, m in {0, 1}"
w: "n, 1"
p: "() in (0, 1)"
A = 1 / (1 + np.exp(-(w.T @ X) / p**3))
J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
dw = X @ (A - Y).T / p**3
"""


@pytest.mark.parametrize("seed", [1, 5])
def test_a_draw_whose_cost_is_no_number_proves_nothing(seed: int) -> None:
    """Where p is small the cost is infinite; another draw is taken."""
    assert check_source(f"import numpy as np\n{SATURATED}", "derivation.py", seed).verdict == "right"
