"""The tests can fail: every planted mistake is rejected by the judge that accepts the right formulas."""

from dataclasses import replace

import pytest

from reference_numpy import blocks
from reference_numpy.registry import FORMULAS, Formula, formula_of

from . import verify
from .cases import CASES
from .generic import MOST, by_syntax, edits
from .mistakes import MISTAKES
from .planted import Mistake
from .truth import Truth
from .verify import planted, proved_by, rejects

pytestmark = pytest.mark.usefixtures("evaluated_once")


def evaluated(mistake: Mistake, seed: int) -> list[Truth]:
    truths, refused = verify.evaluate(next(c for c in CASES if mistake.of in proved_by(c)), seed)
    assert refused == []
    return truths


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.name) for m in MISTAKES])
def test_is_rejected(mistake: Mistake, seed: int) -> None:
    assert rejects(mistake, evaluated(mistake, seed)), mistake.name


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.name) for m in MISTAKES])
def test_right_formula_is_not_rejected_on_the_same_inputs(mistake: Mistake) -> None:
    right = Mistake(mistake.of, "none", mistake.old, mistake.old)
    assert not rejects(right, evaluated(mistake, 0))


def test_there_are_enough_and_each_is_named() -> None:
    assert len(MISTAKES) >= 35
    assert len({m.name for m in MISTAKES}) == len(MISTAKES)


def test_a_slip_that_fits_nowhere_or_twice_is_refused() -> None:
    for old, times in (("dq", 0), ("dZ", 5)):
        with pytest.raises(ValueError, match=f"{old!r} occurs {times} times, expected once"):
            Mistake(formula_of(blocks.linear_backward), "none", old, "").function  # noqa: B018


# By syntax

OWN = {mistake.of for mistake in MISTAKES}
BY_SYNTAX = [f for f in FORMULAS.values() if f not in OWN]


@pytest.mark.parametrize("formula", BY_SYNTAX, ids=lambda f: f.id)
def test_a_formula_without_mistakes_of_its_own_gets_some_by_its_syntax(formula: Formula) -> None:
    truths, refused = verify.evaluate(next(c for c in CASES if formula in proved_by(c)))
    assert refused == []
    mistakes = planted(formula, truths)
    assert 0 < len(mistakes) <= MOST
    assert all(rejects(mistake, truths) for mistake in mistakes)


def test_the_edits_are_those_of_a_hand_that_slips() -> None:
    assert {mistake.cause: mistake.new for mistake in edits(FORMULAS["deep.next_linear"])} == {
        "a sign flipped in return W_next @ g(Z) + b_next": "return -(W_next @ g(Z) + b_next)",
        "a sign flipped in W_next @ g(Z) + b_next": "return W_next @ g(Z) - b_next",
        "a transpose changed in W_next @ g(Z)": "return W_next @ g(Z).T + b_next",
        "transposes swapped in W_next @ g(Z)": "return W_next.T @ g(Z).T + b_next",
    }


def test_an_edit_that_changes_no_value_or_cannot_run_is_no_mistake() -> None:
    truths, _ = verify.evaluate(verify.select(["deep.next_linear"])[0])
    causes = [mistake.cause for mistake in by_syntax(FORMULAS["deep.next_linear"], truths)]
    assert causes == ["a sign flipped in return W_next @ g(Z) + b_next", "a sign flipped in W_next @ g(Z) + b_next"]
    without_b = [replace(truth, pool=truth.pool | {"b_next": 0 * truth.pool["b_next"]}) for truth in truths]
    assert [m.cause for m in by_syntax(FORMULAS["deep.next_linear"], without_b)] == causes[:1]
