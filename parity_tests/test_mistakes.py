"""The tests can fail: every planted mistake is rejected by the judge that accepts the right formulas."""

import pytest

from reference_numpy import blocks
from reference_numpy.registry import formula_of

from . import verify
from .cases import CASES
from .mistakes import MISTAKES
from .planted import Mistake
from .truth import Truth
from .verify import planted, rejects

pytestmark = pytest.mark.usefixtures("evaluated_once")


def evaluated(mistake: Mistake, seed: int) -> list[Truth]:
    truths, refused = verify.evaluate(next(c for c in CASES if mistake in planted(c)), seed)
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
