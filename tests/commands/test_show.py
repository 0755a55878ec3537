"""`backproof show`: a formula with both implementations, and lists."""

import pytest
from rich.console import Console

from backproof.commands import show as show_module
from backproof.commands.listing import print_groups
from backproof.commands.topics import find
from parity_tests.cases import CASES, Case
from reference_numpy.registry import FORMULAS
from tests.command import backproof


def test_show_has_everything() -> None:
    run = backproof("show", "linear_backward", COLUMNS="60")
    assert run.returncode == 0
    for part in (
        r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}",
        "dZ (n, m), cache -> dA_prev (n_prev, m)",
        "S17, S18; Notes B, Backward",
        "blocks.linear_forward",
        "  def linear_backward(dZ: Array, cache: Layers) -> tuple[Array, Array, Array]:\n",
        'dW = dZ @ cache["A_prev"].T / m',
        "return linear(A_prev, W, b)",
        "agrees with torch, module, numpy, complex",
    ):
        assert part in run.stdout


@pytest.mark.usefixtures("evaluated_once")
@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_every_formula_can_be_shown(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show(case.formula.id, seed=0) == 0
    assert "agrees with torch" in capsys.readouterr().out


@pytest.mark.parametrize("system", [f"S{i}" for i in range(1, 26)])
def test_every_system_can_be_found(system: str) -> None:
    assert find(system)


def test_show_lists_all_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show("", seed=0) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line[0] == " "] == [formula.name for formula in FORMULAS.values()]
    assert [line.split()[0] for line in lines if line[0] != " "] == list(
        dict.fromkeys(formula.topic for formula in FORMULAS.values())
    )


def test_a_list_fits_the_terminal_and_is_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    groups = {
        "topic": {"name": "what it is, in more words than fit into one line of a terminal", "b": "[l] is no markup"}
    }
    print_groups(groups, Console(force_terminal=True, width=40, color_system=None))
    assert capsys.readouterr().out.splitlines() == [
        "topic",
        "  name  what it is, in more words than …",
        "  b     [l] is no markup",
    ]
    print_groups(groups, Console(force_terminal=False, width=40))
    assert "  name  what it is, in more words than fit into one line of a terminal" in capsys.readouterr().out
