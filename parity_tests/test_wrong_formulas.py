"""Any single wrong formula is named, and no other."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from reference_numpy.registry import FORMULAS

from .cases import CASES
from .truth import gradients_for, loop_forms
from .verify import evaluate, judge_case


@cache
def evaluated(case_id: str) -> Any:
    return evaluate(next(c for c in CASES if c.formula.id == case_id))[0]


def slightly_off(value: Any) -> Any:
    """The same value with its first numbers a thousandth off."""
    if isinstance(value, tuple):
        return (slightly_off(value[0]), *value[1:])
    if isinstance(value, list):
        return [slightly_off(value[0]), *value[1:]]
    if isinstance(value, dict):
        first = next(iter(value))
        return value | {first: slightly_off(value[first])}
    if np.issubdtype(np.asarray(value).dtype, np.integer):
        return value + np.ones_like(value)
    return value * 1.001 + 1e-3


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_any_single_wrong_formula_is_named(formula_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formula = FORMULAS[formula_id]
    case = next(c for c in CASES if formula in (c.formula, *gradients_for(c.formula), *loop_forms(c.formula)))
    samples = evaluated(case.formula.id)
    right = formula.function

    def wrong(*args: Any, **kwargs: Any) -> Any:
        return slightly_off(right(*args, **kwargs))

    wrong.__name__, wrong.__module__ = right.__name__, right.__module__
    assert {r.verdict for r in judge_case(case, samples)} == {"agrees"}
    monkeypatch.setitem(formula.__dict__, "function", wrong)
    assert [r.id for r in judge_case(case, samples) if r.verdict == "disagrees"] == [formula_id]
