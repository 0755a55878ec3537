"""The derivation checker: right derivations are right, a slip is found on its line, garbage is one clear message."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import backproof
from backproof.checker.report import Report
from backproof.checker.report import check_source

from backproof.checker import running

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples" / "derivations").glob("*.py"))
PUBLIC = sorted((ROOT / "examples" / "public").glob("*.py"))
SHALLOW = (ROOT / "examples/derivations/s14_shallow_vectorised.py").read_text()
LOOP = (ROOT / "examples/derivations/s05_logistic_loop.py").read_text()
DEEP = (ROOT / "examples/derivations/s17_deep_network.py").read_text()


def changed(source: str, old: str, new: str) -> str:
    """The derivation with one of its lines replaced."""
    assert source.count(f"\n{old}\n") == 1
    return source.replace(f"\n{old}\n", f"\n{new}\n")


def wrong_lines(report: Report) -> list[tuple[str, str | None]]:
    """Line as written and its fix, of every wrong line, without repetition."""
    found = [(report.source[f["line"] - 1].strip(), f["fix"]) for f in report.lines if f["verdict"] == "wrong"]
    return list(dict.fromkeys(found))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 12


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", range(0, 20))
def test_right_derivations_are_right(path: Path, seed: int) -> None:
    report = check_source(path.read_text(), path.name, seed)
    assert report.verdict == "right", report.message
    assert report.lines
    assert {finding["verdict"] for finding in report.lines} == {"right"}


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_public_formulations_are_right(path: Path, seed: int) -> None:
    report = check_source(path.read_text(), path.name, seed)
    assert report.verdict == "right", report.message
    unjudged = {f["name"] for f in report.lines if f["verdict"] != "right"}
    assert unjudged <= ({"dA0", "dA1", "dA2"} if path.stem == "01_course_helpers" else set())  # in its caches alone


PUBLIC_SLIPS = [
    ("02_softmax_columns", "dZ = A - Y", "dZ = A + Y"),
    ("03_cs231n_rows", "dhidden_pre[hidden_layer <= 0] = 0", "dhidden_pre[hidden_layer >= 0] = 0"),
    ("08_sums", "dO * O * (1 - O)", "dO * (1 - O)"),
    ("13_attention", "dS @ K / np.sqrt(d)", "dS @ K"),
    ("15_inverted_dropout", "* D1 / keep_prob", "* D1"),
    ("22_lstm_step", "dg * (1 - g**2)", "dg * (1 - g)"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), PUBLIC_SLIPS, ids=[name for name, _, _ in PUBLIC_SLIPS])
def test_a_slip_in_a_public_formulation(name: str, right: str, wrong: str) -> None:
    source = (ROOT / "examples" / "public" / f"{name}.py").read_text()
    assert source.count(right) == 1, "the example has changed"
    report = check_source(source.replace(right, wrong), name)
    ((line, fix),) = wrong_lines(report)
    assert wrong in line
    assert fix is not None


SLIPS = [
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2.T @ dZ2 * A1", "g(Z1) where g'(Z1) belongs"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2.T @ dZ2", "g'(Z1) is missing"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2.T @ dZ2 * (1 - A1)", "g'(Z1) belongs"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2.T @ dZ2 * (1 - Z1**2)", "g'(Z1) belongs"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W1.T @ dZ2 * (1 - A1**2)", "W1 where W2 belongs"),
    ("dZ1 = W2.T @ dZ2 * (1 - A1**2)", "dZ1 = W2 @ dZ2 * (1 - A1**2)", "W2"),
    ("dZ2 = A2 - Y", "dZ2 = Y - A2", "operands of - exchanged"),
    ("dZ2 = A2 - Y", "dZ2 = A2 + Y", "+ where - belongs"),
    ("dZ2 = A2 - Y", "dZ2 = 2 * (A2 - Y)", "2 too many"),
    ("dW2 = 1 / m * dZ2 @ A1.T", "dW2 = dZ2 @ A1.T", "1/m is missing"),
    ("dW2 = 1 / m * dZ2 @ A1.T", "dW2 = 1 / m * 1 / m * dZ2 @ A1.T", "m too many"),
    ("dW2 = 1 / m * dZ2 @ A1.T", "dW2 = 1 / n_1 * dZ2 @ A1.T", "n_1 where m belongs"),
    ("dW2 = 1 / m * dZ2 @ A1.T", "dW2 = A1 @ dZ2.T / m", "operands in the wrong order"),
    ("dW2 = 1 / m * dZ2 @ A1.T", "dW2 = 1 / m * dZ2 @ Z1.T", "Z1 where A1 belongs"),
    ("dW1 = 1 / m * dZ1 @ X.T", "dW1 = -1 / m * dZ1 @ X.T", "wrong sign"),
    ("dW1 = 1 / m * dZ1 @ X.T", "dW1 = 1 / m * dZ1 @ A1.T", "A1 where X belongs"),
    ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = 1 / m * np.sum(dZ1, axis=1)", "keepdims"),
    ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = 1 / m * np.sum(dZ1, axis=0, keepdims=True)", "axis 1"),
    ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = np.sum(dZ1) / m", "axis 1"),
    ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)", "db1 = np.dot(dZ1, np.ones(m, 1)) / m", "a tuple"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "cause"), SLIPS, ids=[wrong for _, wrong, _ in SLIPS])
def test_a_slip_is_found_on_its_line_and_repaired(right: str, wrong: str, cause: str) -> None:
    report = check_source(changed(SHALLOW, right, wrong), "shallow.py")
    assert report.verdict == "wrong"
    ((line, fix),) = wrong_lines(report)
    assert line == wrong
    finding = next(f for f in report.lines if f["verdict"] == "wrong")
    assert cause in finding["cause"]
    assert finding["fix_verified"] == running.SAMPLES
    assert fix is not None
    assert check_source(changed(SHALLOW, right, fix), "shallow.py", seed=77).verdict == "right"


def test_two_slips_are_two_wrong_lines() -> None:
    source = changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = Y - A2")
    source = changed(source, "dW1 = 1 / m * dZ1 @ X.T", "dW1 = dZ1 @ X.T")
    assert wrong_lines(check_source(source, "x")) == [
        ("dZ2 = Y - A2", "dZ2 = A2 - Y"),
        ("dW1 = dZ1 @ X.T", "dW1 = 1 / m * dZ1 @ X.T"),
    ]


def test_an_exponent_without_its_minus_is_said_instead() -> None:
    wrong = "A2 = 1 / (1 + np.exp(Z2))"
    found = wrong_lines(check_source(changed(SHALLOW, "A2 = 1 / (1 + np.exp(-Z2))", wrong), "x"))
    assert found == [(wrong, "A2 = 1 / (1 + np.exp(-Z2))")]


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        ("J = 1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))", "-("),
        ("J = -1 / 2 * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))", "-1 / m"),
    ],
)
def test_a_slip_in_the_forward_part_is_said_instead(wrong: str, fix: str) -> None:
    right = "J = -1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))"
    ((line, repaired),) = wrong_lines(check_source(changed(SHALLOW, right, wrong), "x"))
    assert line == wrong
    assert repaired is not None
    assert fix in repaired


def test_a_loop_that_forgets_to_accumulate() -> None:
    source = changed(LOOP, "    dw2 += X[1, i] * dz", "    dw2 = X[1, i] * dz")
    assert wrong_lines(check_source(source, "x")) == [("dw2 = X[1, i] * dz", "dw2 += X[1, i] * dz")]


def test_a_loop_that_never_divides() -> None:
    ((_, fix),) = wrong_lines(check_source(changed(LOOP, "dw1 = dw1 / m", "dw1 = dw1 * 1"), "x"))
    assert fix is not None
    assert "m" in fix


def test_a_layer_index_off_by_one() -> None:
    old = '    grads[f"dW{l}"] = 1 / m * grads[f"dZ{l}"] @ cache[f"A{l - 1}"].T'
    report = check_source(changed(DEEP, old, old.replace("A{l - 1}", "A{l}")), "x")
    assert [line for line, _ in wrong_lines(report)] == [old.replace("A{l - 1}", "A{l}").strip()]


def test_the_other_convention_is_accepted_and_noted() -> None:
    source = changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m")
    for name in ("dW2", "db2", "dW1", "db1"):
        source = source.replace(f"{name} = 1 / m * ", f"{name} = ")
    report = check_source(source, "x")
    assert report.verdict == "right"
    assert next(f["note"] for f in report.lines if f["name"] == "dZ2") == "dZ2 is dJ/dZ2 itself, 1/m of J included"


def test_what_is_known_is_said_when_nothing_fits() -> None:
    report = check_source(changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = np.cos(A2) * np.sin(Y) + 3"), "x")
    finding = next(f for f in report.lines if f["verdict"] == "wrong")
    assert finding["fix"] is None
    assert "dZ2 is off by" in finding["note"]


INPUT = 'import numpy as np\nX: "n, m"\n'
UNUSABLE = [
    ("x = (", "line 1: this is no Python"),
    ("x = 1", "no input is declared"),
    ('X: "n; m"\nJ = X.sum()', "line 1: the shape 'n; m' cannot be read"),
    (INPUT + "dX = X", "there is no cost J, and no loss L"),
    (INPUT + "J = np.sum(X)", "there are no claims"),
    (INPUT + 'W: "n, n"\nJ = np.sum(X)\ndX = X', "W is declared, and never used"),
    (INPUT + "J = X\ndX = X", "J has shape"),
    (INPUT + "J = np.sum(X)\ndQ = X", "line 4: dQ claims the derivative by Q, and there is no Q"),
    (INPUT + "J = np.sum(x)\ndX = X", "line 3: NameError: name 'x' is not defined"),
    (INPUT + "J = np.sum(X @ X)\ndX = X", "line 3: "),
    (INPUT + "while True: pass", "the script was still running after 1 s"),
    (INPUT + "def f(): return f()\nf()", "line 3: RecursionError"),
    (INPUT + "raise SystemExit(0)", "line 3: SystemExit"),
    (INPUT + "J = 'seven'\ndX = X", "there is no cost J"),
    (INPUT + "J = 1 / 0", "line 3: ZeroDivisionError"),
    ("\0", "this is no Python"),
    ('X: "0, m"\nJ = np.sum(X)\ndX = X', "a size of 0 is declared"),
    ('X: "100000, 100000"\nJ = np.sum(X)\ndX = X', "a size of 100000 is declared"),
    ('X: "n,, m"\nJ = np.sum(X)\ndX = X', "line 1: the shape 'n,, m' cannot be read"),
    (INPUT + "J = 3.0\ndX = X", "J is a plain number"),
    (INPUT + "J = np.sum(X // 2)\ndX = X", "floor"),
    (INPUT + "J = np.sum(np.random.randn(3) @ X)\ndX = X", "line 3: the script draws random numbers"),
]


WRONG_VALUES = ['"Z"', "object()", "np.array([object()])", "(1, [1, 2])", "2 * X + 5j", "None", "1", "X[0]", "1 / 0"]


@pytest.mark.parametrize("value", WRONG_VALUES)
def test_a_claim_of_anything_is_wrong(value: str) -> None:
    report = check_source(INPUT + f"J = np.sum(X * X)\ndX = {value}\n", "x")
    assert report.verdict == "wrong"
    assert json.loads(report.to_json())["lines"][0]["verdict"] == "wrong"


def test_an_input_that_leads_to_the_cost_on_some_samples_only_is_judged() -> None:
    source = 'x: "()"\ny: "()"\nr = max(x, y)\nJ = r * r\ndr = 2 * r\ndx = dr * (x > y)\ndy = dr * (y > x)\n'
    assert {f["verdict"] for f in check_source(source, "x").lines} == {"right"}
    wrong = source.replace("dx = dr", "dx = 5 * dr")
    assert [line for line, _ in wrong_lines(check_source(wrong, "x"))] == ["dx = 5 * dr * (x > y)"]


def test_saturation_is_no_verdict() -> None:
    source = INPUT + "A = 1 / (1 + np.exp(-1000 * X))\nJ = -np.sum(np.log(A))\ndX = 1000 * (A - 1)\n"
    report = check_source(source, "x")
    assert report.verdict == "unusable"
    assert "not finite here" in report.message


def forward(X, W, Y):  # type: ignore[no-untyped-def]
    """A linear network with squared error."""
    Z = W @ X
    return np.sum((Z - Y) ** 2) / (2 * X.shape[1]), {"X": X, "Z": Z, "Y": Y, "W": W}


def backward(cache):  # type: ignore[no-untyped-def]
    """Its derivatives."""
    dZ = cache["Z"] - cache["Y"]
    return {"dW": residual_product(dZ, cache["X"])}


def residual_product(dZ, X):  # type: ignore[no-untyped-def]
    """dW without 1/m: a slip."""
    return dZ @ X.T


def test_two_functions() -> None:
    report = backproof.check(forward, backward, shapes={"X": "n, m", "W": "k, n", "Y": "k, m"})
    assert {f["name"]: f["verdict"] for f in report.lines} == {"dZ": "right", "dW": "wrong"}
    with pytest.raises(TypeError, match="shapes lacks W, Y"):
        backproof.check(forward, backward, shapes={"X": "n, m"})
    with pytest.raises(TypeError, match="backward is missing"):
        backproof.check(forward, shapes={})


def test_the_display_in_a_notebook() -> None:
    html = backproof.check(changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = Y - A2"))._repr_html_()
    assert "fix (verified on 6 witnesses): " in html
    assert "no input is declared" in backproof.check("x = 1\n")._repr_html_()


def test_the_fixture(assert_derivation: Callable[..., None]) -> None:
    assert_derivation(SHALLOW)
    with pytest.raises(pytest.fail.Exception, match="1/m is missing"):
        assert_derivation(changed(SHALLOW, "dW2 = 1 / m * dZ2 @ A1.T", "dW2 = dZ2 @ A1.T"))


@pytest.mark.parametrize(("source", "message"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_what_cannot_be_checked_is_one_message(source: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LIMIT_S", 1)
    report = check_source(source, "x")
    assert report.verdict == "unusable"
    assert message in report.message
    assert json.loads(report.to_json())["lines"] == []


def test_the_function_takes_a_path_or_the_text() -> None:
    path = ROOT / "examples/derivations/s14_shallow_vectorised.py"
    assert (
        backproof.check(path).verdict
        == backproof.check(str(path)).verdict
        == backproof.check(SHALLOW).verdict
        == "right"
    )


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backproof", "check", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command(tmp_path: Path) -> None:
    right, wrong, unusable = (tmp_path / name for name in ("right.py", "wrong.py", "unusable.py"))
    right.write_text(SHALLOW)
    wrong.write_text(changed(SHALLOW, SLIPS[0][0], SLIPS[0][1]))
    unusable.write_text("x = (")
    ends = [run(str(path)) for path in (right, wrong, unusable, tmp_path / "none.py")]
    assert [end.returncode for end in ends] == [0, 1, 2, 2]
    assert "all claims are right" in ends[0].stdout
    assert "fix (verified on 6 witnesses): dZ1 = W2.T @ dZ2 * (1 - A1**2)" in ends[1].stdout
    assert "line 1: this is no Python" in ends[2].stderr
    assert "cannot be read" in ends[3].stderr
    report = json.loads(run(str(wrong), "--json").stdout)
    assert list(report) == ["file", "verdict", "message", "lines"]
    assert list(report["lines"][0]) == ["line", "name", "verdict", "error", "cause", "fix", "fix_verified", "note"]


SOFTMAX = """
X: "n_0, m"
Y: "k, m one-hot"
W: "k, n_0"
E = np.exp(W @ X)
A = E / np.sum(E, axis=0, keepdims=True)
J = -1 / m * np.sum(Y * np.log(A))
dW = 1 / m * (A - Y) @ X.T
"""


def test_labels_of_a_softmax_are_one_hot() -> None:
    assert check_source(SOFTMAX, "softmax").verdict == "right"
    rows = SOFTMAX.replace('"k, m one-hot"', '"m, k one-hot"').replace("Y", "Y.T").replace("Y.T:", "Y:")
    assert check_source(rows, "softmax in rows").verdict == "right"
    for declared in ("k, m in {0, 1}", "k, m in [0, 1]", "k, m"):
        report = check_source(SOFTMAX.replace("k, m one-hot", declared), "softmax")
        assert report.verdict == "wrong"
        assert "each example has one 1 in Y" in report.message
        assert wrong_lines(report) == [(f'Y: "{declared}"', 'Y: "k, m one-hot"')]
        assert [f["name"] for f in report.lines] == ["Y", "dW"]
    report = check_source(SOFTMAX.replace("k, m one-hot", "k, m").replace("A - Y", "A * Y"), "softmax")
    assert [f["name"] for f in report.lines if f["verdict"] == "wrong"] == ["dW"]


def test_a_list_of_values_is_an_array_of_the_graph() -> None:
    source = """
x: "()"
y: "()"
V = np.array([[x * y, x], [y, 1.0]])
J = np.sum(V**3)
dx = 3 * (x * y) ** 2 * y + 3 * x**2
dV = 3 * V**2
"""
    assert {f["verdict"] for f in check_source(source, "list").lines} == {"right"}


@pytest.mark.parametrize("seed", range(5))
def test_any_damage_to_a_derivation_is_reported(seed: int) -> None:
    rng = random.Random(seed)
    odd = [
        "",
        "0",
        "None",
        "[1, 2]",
        "(Z, 1)",
        "np",
        "'s'",
        "{}",
        "1e400",
        "-1",
        "10**9",
        "X",
        "m",
        "True",
        "lambda: 0",
    ]
    for _ in range(8):
        lines = rng.choice(EXAMPLES + PUBLIC).read_text().splitlines()
        index = rng.choice([i for i, line in enumerate(lines) if "=" in line])
        words = list(re.finditer(r"\w+|[^\w\s]", lines[index]))
        start, end = rng.choice(words).span()
        put = rng.choice([*odd, rng.choice(words)[0]])
        lines[index] = lines[index][:start] + put + lines[index][end:]
        report = json.loads(check_source("\n".join(lines), "damaged").to_json())
        assert report["verdict"] in ("right", "wrong", "unusable")
        assert report["message"] or report["verdict"] != "unusable"


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
        ("mask = Z > 0", "mask = Z < 0"),
        ("return dA * mask", "return dA + mask"),
        ("return dZ @ A.T / m", "return dZ @ A.T * m"),
        ("error = Z2 - Y", "error = Z2 + Y"),
    ],
)
def test_a_slip_beside_the_claims_is_found_there(right: str, wrong: str) -> None:
    assert check_source(HELPERS, "helpers").verdict == "right"
    assert wrong_lines(check_source(HELPERS.replace(right, wrong), "helpers")) == [(wrong, right)]


def test_fewer_digits_are_named() -> None:
    source = INPUT + "J = np.sum(X**3)\ndX = 3 * X.astype(np.float32) ** 2\n"
    (finding,) = check_source(source, "float32").lines
    assert "computes with fewer digits than float64 has" in finding["note"]
