"""The page of formulas is up to date, and its links point at the functions."""

import re

import pytest

from backproof.pages.formulas import PAGE, WIDTH, equations, formulas_page, width
from reference_numpy.registry import FORMULAS
from tests import ROOT


def test_the_formula_page_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text() == formulas_page(), "run `make docs`"


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_the_formula_page_has_the_formula(formula_id: str) -> None:
    page = (ROOT / PAGE).read_text()
    entry = page.partition(f"### {formula_id}\n")[2].partition("###")[0]
    assert "\n".join(equations(FORMULAS[formula_id].latex)) in entry
    by_hand, torch = re.findall(
        r"\]\(\.\./(?:\w+)/\w+\.py#L\d+\)\n\n```python\ndef (\w+)\(.*?\n```\n", entry, re.DOTALL
    )
    assert by_hand == FORMULAS[formula_id].name
    of = FORMULAS[formula_id].of or FORMULAS[formula_id].same_as or FORMULAS[formula_id]
    assert torch == of.name


def test_wide_equations_are_in_several_lines() -> None:
    wide = equations(FORMULAS["deep.deep_gradients"].latex)
    assert wide[0] == r"\begin{aligned}"
    assert wide[1].startswith(r"dZ^{[L]} &= \begin{cases} A^{[L]} - Y & ")
    assert wide[-2] == r"dZ^{[l-1]} &= dA^{[l-1]} * g^{[l-1]\prime}(Z^{[l-1]})"
    assert equations(f"a = {'b' * WIDTH} = c, \\quad d = \\begin{{cases}} e & f \\end{{cases}}")[1:-1] == [
        rf"a &= {'b' * WIDTH} \\",
        r"&= c \\",
        r"d &= \begin{cases} e & f \end{cases}",
    ]
    assert equations(r"a = b, \quad c = d") == [r"a = b, \quad c = d"]


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_no_part_of_an_equation_is_lost(formula_id: str) -> None:
    latex = FORMULAS[formula_id].latex
    lines = [line for line in equations(latex) if "{aligned}" not in line]
    assert all(width(line) <= WIDTH for line in lines)
    shown, declared = (re.sub(r"\\quad|\\;|[ ,&]|\\\\$", "", text, flags=re.M) for text in ("\n".join(lines), latex))
    assert shown.replace("\n", "") == declared


def test_links_of_the_page_point_at_the_function() -> None:
    for name, path, line in re.findall(
        r"### \w+\.(\w+)\n(?:.*\n)*?by hand: \[[^]]*\]\(\.\./([^#]*)#L(\d+)\)", (ROOT / PAGE).read_text()
    ):
        assert (ROOT / path).read_text().splitlines()[int(line) - 1].startswith(f"def {name}(")
