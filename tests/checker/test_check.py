"""Right derivations are right, and whatever is done to a derivation is reported."""

import json
import random
import re
from pathlib import Path

import pytest

from backproof.checker.check import check_source, checked
from backproof.examples import FOLDER

from .reports import EXAMPLES, PUBLIC, wrong_lines


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 12


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_right_derivations_are_right(path: Path, seed: int) -> None:
    report = checked(path.read_text(), path.name, seed)
    assert report.verdict == "right", report.message
    assert report.lines
    assert {finding.verdict for finding in report.lines} == {"right"}


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_public_formulations_are_right(path: Path, seed: int) -> None:
    report = checked(path.read_text(), path.name, seed)
    assert report.verdict == "right", report.message
    unjudged = {f.name for f in report.lines if f.verdict != "right"}
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
    source = (FOLDER / "public" / f"{name}.py").read_text()
    assert source.count(right) == 1, "the example has changed"
    report = checked(source.replace(right, wrong), name)
    ((line, fix),) = wrong_lines(report)
    assert wrong in line
    assert fix is not None


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
    assert checked(SOFTMAX, "softmax").verdict == "right"
    rows = SOFTMAX.replace('"k, m one-hot"', '"m, k one-hot"').replace("Y", "Y.T").replace("Y.T:", "Y:")
    assert checked(rows, "softmax in rows").verdict == "right"
    for declared in ("k, m in {0, 1}", "k, m in [0, 1]", "k, m"):
        report = checked(SOFTMAX.replace("k, m one-hot", declared), "softmax")
        assert report.verdict == "wrong"
        assert wrong_lines(report) == [(f'Y: "{declared}"', 'Y: "k, m one-hot"')]
        assert [f.name for f in report.lines] == ["Y"]
    report = checked(SOFTMAX.replace("k, m one-hot", "k, m").replace("A - Y", "A * Y"), "softmax")
    assert [f.name for f in report.lines if f.verdict == "wrong"] == ["dW"]


def test_a_list_of_values_is_an_array_of_the_graph() -> None:
    source = """
x: "()"
y: "()"
V = np.array([[x * y, x], [y, 1.0]])
J = np.sum(V**3)
dx = 3 * (x * y) ** 2 * y + 3 * x**2
dV = 3 * V**2
"""
    assert {f.verdict for f in checked(source, "list").lines} == {"right"}


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
        assert report["verdict"] in ("right", "wrong", "unjudged", "unusable")
        assert report["message"] or report["verdict"] != "unusable"
