"""The page of formulas is up to date, and its links point at the functions."""

import re

import pytest

from backproof.pages.formulas import PAGE, formulas_page
from reference_numpy._formula import FORMULAS
from tests import ROOT


def test_the_formula_page_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text() == formulas_page(), "run `make docs`"


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_the_formula_page_has_the_formula(formula_id: str) -> None:
    page = (ROOT / PAGE).read_text()
    entry = page.partition(f"### {formula_id}\n")[2].partition("###")[0]
    assert FORMULAS[formula_id].latex in entry
    assert len(re.findall(r"\]\(\.\./(reference_numpy|torch_impl)/", entry)) == 2


def test_links_of_the_page_point_at_the_function() -> None:
    for name, path, line in re.findall(
        r"### \w+\.(\w+)\n(?:.*\n)*?- by hand: \[[^]]*\]\(\.\./([^#]*)#L(\d+)\)", (ROOT / PAGE).read_text()
    ):
        assert (ROOT / path).read_text().splitlines()[int(line) - 1].startswith(f"def {name}(")
