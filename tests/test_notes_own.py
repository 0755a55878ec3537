"""A page with a derivation of its own: what is wrong is told and mended in the page's LaTeX."""

import json
import re
from itertools import pairwise

import pytest

from backproof.checker.check import check_source
from backproof.notes.check import check_notes
from backproof.notes.html import page_of
from backproof.notes.judged import numbers
from backproof.notes.judged.doubts import doubt_of
from backproof.notes.meaning.cause_tex import cause_in_tex
from backproof.notes.meaning.to_tex import to_tex
from backproof.notes.reading.context import in_context
from backproof.notes.reading.reader import read

PAGE = r"""
$X$ is $(n, m)$.
$$Z = w^T X + b$$
$$A = \tanh(Z)$$
$$J = \frac{1}{2m} \sum_{i=1}^m (a^{(i)} - y^{(i)})^2$$
$$dA = \frac{1}{m} (A - Y)$$
$$dZ = dA \odot (1 - A)$$
$$dw = X dZ^T$$
"""


def test_the_fix_is_an_edit_of_the_formula_as_it_is_written() -> None:
    """Nothing else of the line changes, and the cause quotes the page."""
    found = {said.line: said for said in check_notes(PAGE, "page.md").statements if said.verdict == "wrong"}
    assert list(found) == [7]
    assert found[7].fix_tex == r"dA \odot (1 - A^2)"
    assert found[7].cause == "the square is missing: A^2 where A stands"


DEEP = {
    "braces": "{" * 900 + "x" + "}" * 900,
    "fractions": r"\frac{1}{" * 400 + "x" + "}" * 400,
    "brackets": "(" * 1000 + "x" + ")" * 1000,
    "powers": "x" + "^{x" * 900 + "}" * 900,
    "a sum": " + ".join(["w x"] * 400),
    "a product": "w x " * 400,
}


@pytest.mark.parametrize("right", DEEP.values(), ids=DEEP)
def test_a_formula_that_is_nested_too_deeply_is_not_read(right: str) -> None:
    (said,) = check_notes(f"$$z = {right}$$\n", "page.md").statements
    assert (said.status, said.reason) == ("not read", "it is nested too deeply")


MACROS = {
    "doubled": "".join(rf"\newcommand{{\{a}}}{{\{b}\{b}\{b}\{b}}}" + "\n" for a, b in pairwise("abcdefghijklmn")),
    "growing": r"\newcommand{\a}{\a" + r"\a" * 99 + "}",
    "given twice": r"\newcommand{\b}[1]{" + "#1" * 3000 + r"}\newcommand{\a}{\b{" + "x" * 3000 + "}}",
    "itself long": r"\newcommand{\a}{" + "x" * 5001 + "}",
}


@pytest.mark.parametrize("macros", MACROS.values(), ids=MACROS)
def test_a_formula_that_is_too_long_is_not_read(macros: str) -> None:
    found = [check_notes(text, "page.md").statements[0] for text in (f"$$z = {'x' * 5001}$$", macros + "\n$$z = \\a$$")]
    assert [(said.status, said.reason) for said in found] == [("not read", "it is longer than 5000 characters")] * 2


@pytest.mark.parametrize("power", ["9^{9^{9^9}}", "2^{99999999}", "(-1)^{0^{9^{9^9}}}"])
def test_a_power_that_no_machine_computes_has_no_value(power: str) -> None:
    (said, _) = check_notes(f"$$z = {power}$$\n$$a = 2^{{2^3}}$$\n", "page.md").statements
    assert (said.status, said.reason) == ("read", "its exponent is too large")


@pytest.mark.parametrize("digit", ["٣", "４", "⁴", "④"])
def test_digits_of_other_alphabets_are_not_read(digit: str) -> None:
    for tex in (f"z = {digit} x", f"Z^{{[{digit}]}} = W A"):
        (said,) = check_notes(f"$${tex}$$\n", "page.md").statements
        assert (said.status, said.reason) == ("not read", f"at {digit!r}")


@pytest.mark.parametrize("end", ["\f", "\u2028"])
def test_lines_of_a_page_end_where_editors_end_them(end: str) -> None:
    report = check_notes(PAGE.replace("$X$ is", f"$X$ {end} is"), "page.md")
    (wrong,) = (finding for finding in report.lines if finding.verdict == "wrong")
    assert (wrong.line, wrong.fix) == (7, r"$$dZ = dA \odot (1 - A^2)$$")


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("1/m is missing at dW2", r"\frac{1}{m} is missing at dW^{[2]}"),
        ("A1 where A1.T belongs", "A^{[1]} where A^{[1]T} belongs"),
        ("2 too many; the term W.T @ z is missing", "2 too many; the term W^T z is missing"),
        ("it has another shape", "it has another shape"),
    ],
)
def test_a_cause_quotes_latex(cause: str, told: str) -> None:
    """Formulas within it are rewritten, words are left alone."""
    assert cause_in_tex(cause, lambda source: to_tex(source, {})) == told


def test_g_is_the_last_activation_only_where_it_is_called() -> None:
    """Beside a hat, g(z) is sigma and the report says so; a gain g is no function."""
    _, _, right, said = in_context(read(r"\hat{y}"), read("g(z)"), "=", r"\hat{y} = g(z)")
    assert (right, said) == (read(r"\sigma(z)"), ["g is the last activation, sigma"])
    gain = read(r"g \odot \hat{x}")
    assert in_context(read("y"), gain, "=", r"y = g \odot \hat{x}")[2:] == (gain, [])


@pytest.mark.parametrize(
    ("left", "right", "reason", "doubt"),
    [
        ("dw^{(1)}", r"\frac{1}{m} dZ^{(2)} A^{(1)T}", "(G) read as [1]", "layer is damaged"),
        (r"\frac{\partial b}{\partial b}", r"\frac{\partial J}{\partial b}", "", "underlined"),
        ("dZ", "dA * (Z >= 0)", "", "one activation"),
        ("dZ", "dA * Z", "", ""),
    ],
)
def test_what_is_not_sure_is_not_called_wrong(left: str, right: str, reason: str, doubt: str) -> None:
    """A damaged layer, an underlined name, the slope of an activation that is not named."""
    found = doubt_of(read(left), read(right), reason)
    assert doubt in found
    assert bool(doubt) == bool(found)


def test_a_sum_that_starts_at_zero_is_no_value_of_the_graph() -> None:
    """J = 0 is where a loop begins, even with J = 3(a + bc) above it."""
    assert numbers.judged(read("J"), "=", read("0"), numbers.Worked(), has_graph=True) is None


def test_what_depends_on_the_text_is_not_called_wrong() -> None:
    """A slope at a point, a matrix written out, one example where the mean may be meant."""
    assert "point" in doubt_of(read(r"\frac{d}{da} f(a)"), read("7"), "")
    assert "matrix" in doubt_of(read("dW"), read("dZ"), "", r"\begin{bmatrix} dz \end{bmatrix}")
    assert "one example" in doubt_of(read("dw"), read("x"), "", "", "x where np.mean(x) belongs")


def test_the_page_of_the_report_can_be_read_in_print() -> None:
    """A verdict is a word and a sign, not a colour alone; a long formula is set smaller; causes hold formulas."""
    long = "$q = " + " + ".join(f"A^{{{power}}}" for power in range(2, 60)) + "$\n\n- **words** and `code`\n"
    shown = page_of(check_notes(PAGE + long, "page.md"))
    assert shown.count("✗ wrong") == 1
    assert "✓ right" in shown
    assert re.search(r"font-size: 0\.\d+em", shown)
    assert "<div class=cause>the square is missing: <math" in shown
    assert "• <b>words</b> and <code>code</code>" in shown


EXAMPLES = r"""
$w \in \mathbb{R}^{n_x}$
$$z^{(i)} = w^T x^{(i)} + b, \quad a^{(i)} = \sigma(z^{(i)})$$
$$J = -\frac{1}{m} \sum_{i=1}^m \left[ y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log (1 - a^{(i)}) \right]$$
$$dz^{(i)} = a^{(i)} - y^{(i)}, \quad dw = \frac{1}{m} X dZ$$
"""


def test_lines_of_one_example_are_those_of_all() -> None:
    """z^{(i)} defines Z, of whose size only n_x is said."""
    found = {said.tex.partition(" = ")[0]: said for said in check_notes(EXAMPLES, "page.md").statements}
    assert (found["dz^{(i)}"].verdict, found["dw"].verdict) == ("right", "wrong")
    assert found["dw"].fix_tex == r"\frac{1}{m} X dZ^T"


def test_an_index_that_is_first_here_and_second_there_is_not_summed() -> None:
    """The sum of w_j x_{ij} over j needs examples in rows, which the page does not say."""
    report = check_notes(r"$z_i = \sum_{j=1}^{n} w_j x_{ij} + b$, $m$, $X$", "page.md")
    assert "first index of one quantity" in report.statements[0].reason


TEXT = r"$Z = X W$, $P = \mathrm{softmax}(Z)$, $L = -\sum_i \sum_c Y_{ic} \log P_{ic} + \lambda \|W\|^2$"
CELL = """
def back(X, Y, W, lam):
    E = np.exp(X @ W)
    P = E / E.sum(1, keepdims=True)
    dZ = P - Y
    dW = X.T @ dZ + 2 * lam * W
    return dW
"""


@pytest.mark.parametrize(("text", "verdicts"), [(TEXT, {"right"}), ("words", {"right", "wrong"})])
def test_code_without_a_cost_is_not_wrong_where_the_text_gives_one(text: str, verdicts: set[str]) -> None:
    """The penalty stands in the text; of code alone, the cost is supposed, and the report opens with it."""
    cells = [("markdown", text), ("code", "import numpy as np\n" + CELL)]
    source = json.dumps({"cells": [{"cell_type": kind, "source": lines} for kind, lines in cells]})
    report = check_source(source, "n.ipynb") if text == "words" else check_notes(source, "n.ipynb")
    assert {finding.verdict for finding in report.lines if finding.name.startswith("d")} == verdicts
    assert ("of which the code computes nothing" in str(report.unjudged)) is (text == TEXT)
