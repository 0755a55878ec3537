"""The witnesses and the judge: who is named when one of them, or the formula, is wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from reference_numpy import activations, blocks, deep
from reference_numpy.registry import FORMULAS, Formula, formula_of
from torch_impl import blocks as torch_blocks

from . import judge, modules, truth, verify
from .cases import CASES, case
from .mistakes import MISTAKES
from .sampling import samples
from .verify import select, verify_case
from .witnesses import complex_witness, numpy_witness, torch_witness

LINEAR = select(["blocks.linear_forward"])[0]


def first_sample(function: Callable[..., Any], **fixed: Any) -> tuple[Formula, Any]:
    formula = formula_of(function)
    return formula, next(samples(formula, fixed, {}, (3,), 0))


@pytest.mark.parametrize("name", ["A_prev", "W", "b"])
def test_three_witnesses_compute_the_same(name: str) -> None:
    formula, sample = first_sample(blocks.linear_forward)
    cotangent = np.random.default_rng(0).standard_normal((sample.sizes["n"], sample.sizes["m"]))
    found = [w(formula, sample, cotangent).derivatives[name] for w in (torch_witness, numpy_witness, complex_witness)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-13)
    np.testing.assert_allclose(found[0], found[2], rtol=1e-13)


def test_a_wrong_counterpart_is_the_odd_one_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def off(A_prev: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        return W @ A_prev + 2 * b, {"A_prev": A_prev, "W": W, "b": b}

    monkeypatch.setattr(torch_blocks, "linear_forward", off)
    forward, backward = verify_case(LINEAR)
    assert forward.verdict == "disagrees"
    assert backward.verdict == "inconclusive"
    assert (
        forward.reasons[0]
        == backward.reasons[0]
        == (
            "the torch counterpart of blocks.linear_forward is the odd one out: "
            "complex and numpy agree with blocks.linear_backward"
        )
    )


def test_a_wrong_module_is_the_odd_one_out(monkeypatch: pytest.MonkeyPatch) -> None:
    row = modules.MODULES[LINEAR.formula]
    wrong = row._replace(run=lambda network, given: 2 * row.run(network, given))
    monkeypatch.setitem(modules.MODULES, LINEAR.formula, wrong)
    forward, backward = verify_case(LINEAR)
    assert {forward.verdict, backward.verdict} == {"disagrees"}
    for result in (forward, backward):
        assert result.reasons[0] == (
            f"the torch.nn module of blocks.linear_forward is the odd one out: the others agree with {result.id}"
        )


def replace(monkeypatch: pytest.MonkeyPatch, function_id: str, wrong: Callable[..., Any]) -> None:
    kept = FORMULAS[function_id].function
    wrong.__name__, wrong.__module__ = kept.__name__, kept.__module__
    monkeypatch.setitem(FORMULAS[function_id].__dict__, "function", wrong)


def test_a_wrong_formula_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(dZ: Any, cache: Any) -> Any:
        return cache["W"].T @ dZ, dZ @ cache["A_prev"].T, dZ.mean(axis=1, keepdims=True)

    replace(monkeypatch, "blocks.linear_backward", wrong)
    forward, backward = verify_case(LINEAR)
    assert forward.verdict == "agrees"
    assert backward.verdict == "disagrees"
    assert (
        backward.reasons[0]
        == "blocks.linear_backward is the odd one out: it disagrees with torch, module, complex and numpy"
    )
    assert "dW is off by" in backward.reasons[1]


@pytest.mark.parametrize("name", ["blocks.linear_forward", "blocks.linear_backward"])
def test_a_formula_that_raises_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("broken on purpose")

    replace(monkeypatch, name, broken)
    result = next(r for r in verify_case(LINEAR) if r.id == name)
    assert result.verdict == "disagrees"
    assert "ZeroDivisionError: broken on purpose" in " ".join(result.reasons)


def test_a_gradient_left_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = FORMULAS["deep.deep_gradients"].function
    replace(
        monkeypatch,
        "deep.deep_gradients",
        lambda *a, **k: {name: V for name, V in right(*a, **k).items() if name != "db2"},
    )
    forward, result = verify_case(select(["deep.deep_cost"])[0])
    assert (forward.verdict, result.id) == ("agrees", "deep.deep_gradients")
    assert result.reasons[0] == "deep.deep_gradients is the odd one out"
    assert result.reasons[1].endswith("db2 is missing")


def test_a_function_that_changes_its_arguments_is_rejected() -> None:
    mistake = next(m for m in MISTAKES if m.cause == "parameters changed in place")
    evaluated = truth.truths(select(["descent.update_parameters"])[0], 0)
    found = [c for t in evaluated for _, c in judge.judge_value(mistake.of, mistake.function, t)]
    assert {c.reason for c in found if c.name == "W1" and c.verdict == "disagrees"} == {
        "W1 was changed by the function"
    }


def test_noise_makes_a_verdict_inconclusive() -> None:
    def nearly_zero(a: float) -> list[truth.Truth]:
        saturated = case(activations.tanh, Z=lambda sizes, rng: a + rng.random((2, 3)))
        return [t for t in truth.truths(saturated, 0) if t.sample.kind == "proof"]

    moderate, drowned = nearly_zero(1.0), nearly_zero(18.5)
    gradient = FORMULAS["activations.tanh_prime"]
    verdicts = [
        {c.verdict for t in evaluated for _, c in judge.judge_gradient(gradient, gradient.function, t)}
        for evaluated in (moderate, drowned)
    ]
    assert verdicts[0] == {"agrees"}
    assert verdicts[1] == {"inconclusive"}


def test_complex_step_falls_back_to_differences_where_a_function_is_not_analytic() -> None:
    formula, sample = first_sample(activations.relu)

    def with_abs(Z: Any) -> Any:
        return np.abs(Z) ** 3

    broken = Formula(with_abs, "", (), "", formula.arguments, formula.results)
    Z = sample.arguments["Z"]
    found = complex_witness(broken, sample, np.ones_like(Z)).derivatives["Z"]
    np.testing.assert_allclose(found, 3 * Z * np.abs(Z), rtol=1e-9)


def test_complex_step_refuses_a_write_into_a_real_buffer() -> None:
    formula, sample = first_sample(activations.relu)

    def through_a_buffer(Z: Any) -> Any:
        A = np.zeros(Z.shape)
        A[:] = Z**2
        return A

    broken = Formula(through_a_buffer, "", (), "", formula.arguments, formula.results)
    Z = sample.arguments["Z"]
    found = complex_witness(broken, sample, np.ones_like(Z)).derivatives["Z"]
    np.testing.assert_allclose(found, 2 * Z, rtol=1e-9)


def test_samples_have_distinct_prime_sizes_and_both_signs() -> None:
    formula = formula_of(deep.deep_cost)
    drawn = list(samples(formula, {}, {}, (3, 2, 4), 0))
    proof = [s for s in drawn if s.kind == "proof"]
    assert len(proof) == 3
    assert [s.kind for s in drawn[3:]] == ["one example", "one unit", "one output", "square"]
    for sample in proof:
        sizes = [size for name, size in sample.sizes.items() if name != "n_L"]
        assert len(set(sizes)) == len(sizes)
        assert min(sizes) >= 2
        assert not any(a % b == 0 for a in sizes for b in sizes if a != b)
        for V in (sample.arguments["X"], *sample.arguments["parameters"].values()):
            assert V.size < 4 or (V.min() < 0 < V.max())


def test_labels_are_hard_and_soft() -> None:
    Y = np.concatenate([s.arguments["Y"].ravel() for s in samples(formula_of(blocks.compute_cost), {}, {}, (3,), 0)])
    hard = np.isin(Y, [0, 1])
    assert hard.any()
    assert not hard.all()
    assert {0.0, 1.0} <= set(Y[hard])


def test_an_unknown_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="no formula, topic or system 'nonsense'"):
        select(["nonsense"])


@pytest.mark.parametrize("topic", ["deep", "S17", "deep.deep_gradients", "deep_gradients"])
def test_topics_select_by_module_system_and_name(topic: str) -> None:
    assert any(c.formula.id == "deep.deep_cost" for c in select([topic]))


def test_a_formula_without_a_row_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "CASES", tuple(row for row in CASES if row is not LINEAR))
    for topics in (["linear_forward"], ["blocks"], []):
        (left,) = (row for row in select(topics) if row.formula.id == "blocks.linear_forward")
        result, *_ = verify_case(left)
        assert (result.id, result.verdict) == ("blocks.linear_forward", "disagrees")
        assert "has no row in CASES" in result.reasons[0]


def test_a_formula_without_a_counterpart_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch_blocks, "linear_forward")
    result, *others = verify_case(LINEAR)
    assert (result.id, result.verdict) == ("blocks.linear_forward", "disagrees")
    assert [(r.id, r.verdict) for r in others] == [("blocks.linear_backward", "inconclusive")]
    assert result.reasons == [
        "its torch counterpart cannot be run: LookupError: torch_impl/blocks.py has no linear_forward, "
        "expected the torch counterpart of blocks.linear_forward"
    ]
