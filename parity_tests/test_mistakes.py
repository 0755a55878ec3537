"""The tests can fail: every planted mistake is rejected by the judge that accepts the right formulas."""

from functools import cache

import pytest

from .cases import CASES, Case
from .mistakes import MISTAKES, Mistake
from .truth import Truth
from .verify import hear, planted, rejects


@cache
def heard(case_id: str, seed: int) -> list[Truth]:
    truths, failure = hear(next(c for c in CASES if c.formula.id == case_id), seed)
    assert failure is None
    return truths


def case_of(mistake: Mistake) -> Case:
    return next(c for c in CASES if mistake in planted(c))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.name) for m in MISTAKES])
def test_is_rejected(mistake: Mistake, seed: int) -> None:
    assert rejects(mistake, heard(case_of(mistake).formula.id, seed)), f"{mistake.name}: {mistake.cause}"


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.name) for m in MISTAKES])
def test_right_formula_is_not_rejected_on_the_same_inputs(mistake: Mistake) -> None:
    right = Mistake(mistake.of, "none", mistake.of.function)
    assert not rejects(right, heard(case_of(mistake).formula.id, 0))


def test_there_are_enough_and_each_is_named() -> None:
    assert len(MISTAKES) >= 35
    assert len({m.name for m in MISTAKES}) == len(MISTAKES)
    assert all(m.cause for m in MISTAKES)
