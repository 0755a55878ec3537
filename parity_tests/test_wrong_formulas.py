"""Any single wrong formula is named, and no other: everything is asked anew after each break."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reference_numpy import activations, logistic, losses
from reference_numpy.registry import FORMULAS, Formula, formula_of

from .blame import Result
from .cases import CASES, Case
from .mistakes import MISTAKES
from .modules import MODULES
from .planted import Mistake
from .sources import source_of
from .truth import gradients_for, loop_forms
from .verify import evaluate, verify_case
from .witnesses import counterpart_of

FORWARD = [case.formula for case in CASES]
TELLING = [  # a third party computes something of them
    f
    for f in FORWARD
    if f in MODULES
    or any(f.name not in other.function.__code__.co_names for other in (*gradients_for(f), *loop_forms(f)))
]


def slightly_off(value: Any) -> Any:
    """The same value with its first numbers a thousandth off."""
    if isinstance(value, tuple):
        return (slightly_off(value[0]), *value[1:])
    if isinstance(value, list):
        return [slightly_off(value[0]), *value[1:]]
    if isinstance(value, dict):
        first = next(iter(value))
        return value | {first: slightly_off(value[first])}
    return value * 1.001 + 1e-3


def case_of(formula: Formula) -> Case:
    """The row that proves a formula, with few samples."""
    case = next(c for c in CASES if formula in (c.formula, *gradients_for(c.formula), *loop_forms(c.formula)))
    return replace(case, variants=case.variants[:1], depths=case.depths[:1], corners=case.corners[:1])


def break_it(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], source: str) -> None:
    """Put other code into a function itself, so that whoever calls it, by whatever name, calls the wrong one."""
    namespace = dict(function.__globals__)
    exec(compile(source, "<broken on purpose>", "exec"), namespace)
    monkeypatch.setattr(function, "__code__", namespace[function.__name__].__code__)


def off_by_a_thousandth(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any]) -> None:
    tree = ast.parse(source_of(function)[2])
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    definition.decorator_list = []
    for node in ast.walk(definition):
        if isinstance(node, ast.Return) and node in definition.body:
            assert node.value is not None
            node.value = ast.Call(ast.Name("_slightly_off", ast.Load()), [node.value], [])
    monkeypatch.setitem(function.__globals__, "_slightly_off", slightly_off)
    break_it(monkeypatch, function, ast.unparse(ast.fix_missing_locations(tree)))


def red(results: list[Result]) -> list[str]:
    return [result.id for result in results if result.verdict == "disagrees"]


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_any_single_wrong_formula_is_named(formula_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formula = FORMULAS[formula_id]
    off_by_a_thousandth(monkeypatch, formula.function)
    results = verify_case(case_of(formula))
    assert red(results) == [formula_id]
    said = next(r for r in results if r.id == formula_id).reasons[0]
    if formula in FORWARD and formula not in TELLING:
        assert said.endswith("nobody can tell which of them is wrong")
    else:
        assert said.startswith(f"{formula_id} is the odd one out: "), said


@pytest.mark.parametrize("formula", [pytest.param(f, id=f.id) for f in FORWARD])
def test_any_single_wrong_counterpart_is_named(formula: Formula, monkeypatch: pytest.MonkeyPatch) -> None:
    off_by_a_thousandth(monkeypatch, inspect.unwrap(counterpart_of(formula)))
    forward, *others = verify_case(case_of(formula))
    assert red([forward, *others]) == [formula.id]
    if formula in TELLING:
        assert forward.reasons[0].startswith(f"the torch counterpart of {formula.id} is the odd one out: ")
    else:
        assert forward.reasons[0].endswith("nobody can tell which of them is wrong")


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.name) for m in MISTAKES])
def test_a_planted_mistake_is_blamed_on_its_formula(mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch, mistake.of.function, mistake.slip(source_of(mistake.of.function)[2]))
    case = next(c for c in CASES if mistake.of in (c.formula, *gradients_for(c.formula), *loop_forms(c.formula)))
    assert red(verify_case(replace(case, depths=case.depths[:1], corners=()))) == [mistake.of.id]


SLIPS: dict[str, tuple[Callable[..., Any], str, str, str]] = {
    "a kink": (
        activations.relu_prime,
        "(Z > 0)",
        "(Z >= 0)",
        "activations.relu_prime is the odd one out: it disagrees with torch and module",
    ),
    "a cost without its mean": (
        losses.cost,
        " / m",
        "",
        "losses.cost is the odd one out: its torch counterpart agrees",
    ),
    "a loss halved": (
        losses.cross_entropy,
        "return -(",
        "return -0.5 * (",
        "losses.cross_entropy is the odd one out: its torch counterpart agrees with losses.cross_entropy_prime",
    ),
}


@pytest.mark.parametrize(("function", "old", "new", "said"), SLIPS.values(), ids=SLIPS)
def test_what_was_accused_wrongly(
    function: Callable[..., Any], old: str, new: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    formula = formula_of(function)
    break_it(monkeypatch, formula.function, Mistake(formula, "", old, new).slip(source_of(formula.function)[2]))
    results = verify_case(next(c for c in CASES if c.formula in (formula, formula.of)))
    assert red(results) == [formula.id]
    assert next(r for r in results if r.id == formula.id).reasons[0].startswith(said)
    assert np.all([r.verdict == "inconclusive" for r in results if r.id != formula.id and r.reasons])


def test_a_witness_sees_what_is_broken_within() -> None:
    case = case_of(formula_of(logistic.logistic_cost))

    def derivatives() -> dict[str, Any]:
        evaluated, _ = evaluate(case)
        return {oracle.witness: oracle.derivatives["w"] for oracle in evaluated[0].oracles}

    before = derivatives()
    with pytest.MonkeyPatch.context() as patch:
        off_by_a_thousandth(patch, formula_of(losses.cross_entropy_from_logits).function)
        broken = derivatives()
    after = derivatives()
    assert {who for who in before if not np.array_equal(before[who], broken[who])} == {"complex", "numpy"}
    assert all(np.array_equal(before[who], after[who]) for who in before)
