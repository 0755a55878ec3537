"""Notes as they stand: what is read, what is judged, what is said of a wrong formula."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

import backproof
from backproof.checker.check import checked
from backproof.errors import UserError
from backproof.examples import FOLDER
from backproof.notes.check import check_notes
from backproof.notes.html import page_of
from backproof.notes.judged import course
from backproof.notes.judged.calculus import Above, Claim
from backproof.notes.judged.judging import judge
from backproof.notes.meaning.shapes import World
from backproof.notes.meaning.to_python import to_python
from backproof.notes.reading.pages import page
from backproof.notes.reading.products import UnreadError
from backproof.notes.reading.reader import read
from backproof.notes.reading.statements import cut
from backproof.notes.report import NotesReport

PAGES = sorted((FOLDER / "notes").iterdir())
READINGS = [
    (r"W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})", "W2.T @ dZ2 * g1_prime(Z1)"),
    (r"\frac1m \, dZ^{[2]} \cdot A^{[1]\top}", "1 / m * dZ2 @ A1.T"),
    (r"\frac{1}{m} \text{np.sum}(dZ^{[2]}, \text{axis}=1)", "1 / m * np.sum(dZ2, axis=1)"),
    (r"W^{(2)} \times a^{(1)} + b^{(2)}", "W2 @ a1 + b2"),
    (r"\frac{1}{m} \sum_{i=1}^m dZ^{[2](i)}", "1 / m * sum(dZ2[i] for i in range(m))"),
    (r"\left(\mathbf{A}^{[2]} - Y\right) \odot \mathbb{1}[Z^{[2]} > 0]", "(A2 - Y) * (Z2 > 0)"),
    (r"\underbrace{e^{-\hat{y}}}_{small} \ln \hat{y}", "np.exp(-y_hat) * np.log(y_hat)"),
]


@pytest.mark.parametrize(("tex", "source"), READINGS)
def test_a_formula_is_read_as_numpy(tex: str, source: str) -> None:
    """The product that is meant follows from the shapes; indices are never powers."""
    assert to_python(read(tex), World(layers=2)).text == source


def test_what_cannot_be_read_is_named_at_its_sign() -> None:
    """Nothing is guessed: the sign where reading ended is told."""
    with pytest.raises(UnreadError, match="wp"):
        read(r"a + \wp(z)")


def test_each_link_of_a_chain_is_a_statement() -> None:
    """A chain has its first left side; remarks and arrows separate."""
    found = cut(r"dZ = a - y = -(y - a) \quad \text{so} \quad db := db / m")
    assert [(one.left, one.relation, one.right.strip()) for one in found] == [
        ("dZ", "=", "a - y"),
        ("dZ", "=", "-(y - a)"),
        ("db", ":=", "db / m"),
    ]


def test_formulas_are_found_with_their_lines_and_code_is_left_alone() -> None:
    """Dollars, fences of mathematics, environments; not code, not struck-out text."""
    text = "a $x = 1$\n\n```python\ny = '$z = 1$'\n```\n~~$u = 1$~~\n```math\nv = 1\n```\n"
    text += "\\begin{align}\nw &= 1\n\\end{align}\n"
    found = [(formula.line, formula.tex.strip()) for formula in page(text, "a.md").formulas]
    assert [(line, tex.replace(" ", "")) for line, tex in found] == [(1, "x=1"), (8, "v=1"), (10, "w&=1")]


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("examples", ["m", "1"])
def test_what_is_taken_from_the_course_is_right(layers: int, examples: str) -> None:
    """The derivatives by which statements are judged hold against autograd themselves."""
    world = World(layers=layers, examples=examples)
    lines = [*course.declarations(world), *course.forward(world), "J = J0", *course.backward(world, "d")]
    assert checked("\n".join(["import numpy as np", *lines, ""]), "course").verdict == "right"


COURSE = [
    ("dZ^{[l]}", r"W^{[l+1]T} dZ^{[l+1]} \odot g^{[l]\prime}(Z^{[l]})", "right"),
    ("dZ^{[l]}", r"W^{[l]T} dZ^{[l+1]} \odot g^{[l]\prime}(Z^{[l]})", "wrong"),
    ("dw", r"\frac{1}{m} X dZ^T", "right"),
    ("dw", r"\frac{1}{m} X dZ", "wrong"),
    ("A", r"\frac{1}{1 + e^{Z}}", "wrong"),
    (r"\frac{d}{dz} g(z)", "a (1 - a)", "right"),
]


@pytest.mark.parametrize(("left", "right", "verdict"), COURSE)
def test_a_statement_alone_is_judged_in_the_network_of_the_course(left: str, right: str, verdict: str) -> None:
    """A general layer stands for each hidden layer of a deep network."""
    claim = Claim(read(left), "=", read(right), 1, f"{left} = {right}", right)
    assert judge(claim, Above()).verdict == verdict


@cache
def reported(path: Path) -> NotesReport:
    """The report on a page that ships."""
    return check_notes(path.read_text(encoding="utf-8"), path.name)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_wrong_formula_is_found_and_the_page_is_right_after_its_fix(path: Path) -> None:
    """The right formula stands in LaTeX beside the wrong one, and makes the page right."""
    text, report = path.read_text(encoding="utf-8"), reported(path)
    wrong = [said for said in report.statements if said.verdict == "wrong"]
    assert wrong
    assert all(said.fix_tex for said in wrong)
    for said in reversed(wrong):
        text = text[: said.start] + said.fix_tex + text[said.end :]
    assert check_notes(text, path.name).verdict == "right"


def test_a_name_that_the_page_does_not_define_is_not_judged() -> None:
    """A claim with an unknown quantity has no verdict, and the reason names the quantity."""
    report = check_notes("$z = w^T x + b$, $a = \\sigma(z)$, $dz = q - y$\n", "a.md")
    assert [(said.status, said.verdict) for said in report.statements][-1] == ("read", "")
    assert "q is not defined" in report.statements[-1].reason


def test_the_page_of_the_report_needs_nothing_else() -> None:
    """Formulas are MathML within the file; nothing is loaded."""
    shown = page_of(reported(PAGES[0]))
    assert shown.count("<math") > 10
    assert not re.search(r"<(script|link|img)|src=|@import", shown)


def test_the_command_lists_every_statement_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Line, status, reading, verdict and the right formula; the page of the report beside it."""
    from backproof.commands.check import Shown, check

    html = tmp_path / "page.html"
    assert check(str(PAGES[0]), None, 0, Shown(as_json=True, html=str(html))) == 1
    told = json.loads(capsys.readouterr().out)["statements"]
    assert {"line", "cell", "tex", "status", "python", "verdict", "fix_tex"} <= set(told[0])
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    page = tmp_path / "page.md"
    page.write_text(r"$Z = w^T X + b$, $A = \sigma(Z)$, $$dw = \frac{1}{m} X dZ$$")
    assert backproof.check(page).verdict == "wrong"


def test_html_is_for_notes_alone(tmp_path: Path) -> None:
    """A program has no page."""
    from backproof.commands.check import Shown, check

    program = tmp_path / "a.py"
    program.write_text("x = 1\n")
    with pytest.raises(UserError, match="--html"):
        check(str(program), None, 0, Shown(html="a.html"))
