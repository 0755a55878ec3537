"""Every formula against results worked out by hand: what both implementations have wrong alike is wrong here."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests.mistakes import MISTAKES
from parity_tests.planted import Mistake
from parity_tests.witnesses import results_of
from reference_numpy.registry import FORMULAS, Formula, formula_of
from tests.formulas import anchors_of_networks, anchors_of_products

from .anchors import ANCHORS, Anchor

assert anchors_of_networks.__doc__  # their rows are in the list by now
assert anchors_of_products.__doc__


def misses(row: Anchor, function: Callable[..., Any]) -> str:
    """Return in what a function differs from an anchor; nothing where they agree."""
    formula = formula_of(row.function)
    arguments = copy.deepcopy(row.arguments)
    results = results_of(formula, function(*arguments))
    if formula.of and results.keys() != row.results.keys():
        return f"{formula.id} returns {sorted(results)}, expected {sorted(row.results)}"
    for name, expected in row.results.items():
        got = np.asarray(results[name])
        if got.shape != np.shape(expected) or not np.allclose(got, expected, rtol=1e-13, atol=1e-15):
            return f"{formula.id}: {name} is {got.tolist()}, expected {np.asarray(expected).tolist()}"
    for before, after in zip(row.arguments, arguments, strict=True):
        if isinstance(before, dict) and any(not np.array_equal(V, after[key]) for key, V in before.items()):
            return f"{formula.id} changed its arguments"
    return ""


@pytest.mark.parametrize("row", [pytest.param(row, id=row.function.__name__) for row in ANCHORS])
def test_by_hand(row: Anchor) -> None:
    if said := misses(row, row.function):
        pytest.fail(said, pytrace=False)


def test_every_formula_is_anchored() -> None:
    assert {formula_of(row.function).id for row in ANCHORS} == set(FORMULAS)


def notices(formula: Formula, function: Callable[..., Any]) -> bool:
    """Whether an anchor of a formula sees that another function stands in its place."""
    for row in ANCHORS:
        if formula_of(row.function) is formula:
            try:
                if misses(row, function):
                    return True
            except Exception:  # it does not even run
                return True
    return False


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.name) for m in MISTAKES])
def test_every_planted_mistake_is_seen_without_a_witness(mistake: Mistake) -> None:
    assert notices(mistake.of, mistake.function)
