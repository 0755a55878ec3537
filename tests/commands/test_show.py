"""`backproof show`: a formula with both implementations, and lists."""

import pytest

from backproof.commands import show as show_module
from parity_tests.cases import CASES, Case
from reference_numpy._formula import FORMULAS
from tests.command import backproof


def test_show_has_everything() -> None:
    run = backproof("show", "linear_backward")
    assert run.returncode == 0
    for part in (
        r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}",
        "dZ (n, m), cache -> dA_prev (n_prev, m)",
        "S17, S18; Notes B, outline",
        "blocks.linear_forward",
        'dW = dZ @ cache["A_prev"].T / m',
        "return linear(A_prev, W, b)",
        "agrees with torch, numpy, complex",
    ):
        assert part in run.stdout


@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_every_formula_can_be_shown(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show(case.formula.id, seed=0) == 0
    assert "agrees with torch" in capsys.readouterr().out


@pytest.mark.parametrize("system", [f"S{i}" for i in range(1, 26)])
def test_every_system_can_be_found(system: str) -> None:
    assert show_module.find(system)


def test_show_lists_all_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show("", seed=0) == 0
    listed = capsys.readouterr().out
    assert all(formula_id in listed for formula_id in FORMULAS)
