"""A generated corpus of wrong derivations: every slip is found, on its line, and repaired; the figures are printed."""

import random
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest

from backproof.checker.check import check_source
from backproof.checker.report import Report
from parity_tests.mistakes import MISTAKES
from parity_tests.planted import Mistake
from reference_numpy import (
    activations,
    blocks,
    broadcasting,
    deep,
    descent,
    dimensions,
    logistic,
    loops,
    losses,
    neuron,
)
from reference_numpy.registry import FORMULAS, formula_of

from .corpus import ACTIVATIONS, SMALL, Derivation, network, places, small, written

CELLS = list(product(ACTIVATIONS, (1, 2, 3, 4)))
# Planted in no line that claims a derivative, where it is a slip: in the forward part, in what follows the gradients,
# in a branch, in what is returned; and dL = 1/m is the other convention, which is right when it is carried through.
NOT_CLAIMS = {
    formula_of(function)
    for function in (
        activations.sigmoid,
        activations.sigmoid_prime_quotient,
        blocks.activation_example_backward,  # those of one example are the claims of m examples again
        blocks.linear_activation_backward,
        blocks.model_backward,
        deep.deep_example_gradients,
        deep.hidden_dZ,
        deep.l2_gradients,
        descent.update_parameters,
        descent.update_with_momentum,
        descent.mini_batches,
        logistic.absorbed_example_gradients,
        logistic.logistic_example_steps,
        dimensions.layer_shapes,
        logistic.logistic_loop,
        losses.cost,
        losses.cost_backward,
        losses.cross_entropy,
        losses.cross_entropy_by_cases,
        losses.cross_entropy_loss,
        losses.cross_entropy_by_cases_prime,
        losses.labels_likelihood,
        broadcasting.broadcast_column_backward,
        broadcasting.broadcast_row_backward,
        broadcasting.column_percentages,
        broadcasting.sum_vertically,
        loops.logistic_one_by_one,
        loops.logistic_regression,
        loops.shallow_network,
        neuron.propagate_backward,
    )
} | {formula for formula in FORMULAS.values() if formula.topic in ("gram", "freivalds")}
NOT_CLAIMED = {
    "dW1 missing",
    "A[L] - Y where squared error needs g'(Z[L]) too",
    "derivative of the wrong activation in the hidden layers",
    "g' of the layer after",
}

pytestmark = pytest.mark.minutes


def check(derivation: Derivation, wrong: dict[int, str]) -> Report:
    """The report on the derivation with some of its lines replaced."""
    return check_source("\n".join(wrong.get(i, line) for i, line in enumerate(written(derivation))), "corpus.py")


def blamed(report: Report) -> set[int]:
    """Indices of the lines that the report calls wrong."""
    return {finding.line - 1 for finding in report.lines if finding.verdict == "wrong"}


def repairs(report: Report) -> dict[int, str]:
    """The repaired lines by index."""
    return {f.line - 1: f.fix for f in report.lines if f.verdict == "wrong" and f.fix}


def judge_slips(derivation: Derivation, slips: Iterable[tuple[Mistake, int, str]], what: str) -> str:
    """Check that each slip is found, blamed on its line and repaired; a line of figures."""
    assert {f.verdict for f in check(derivation, {}).lines} == {"right"}
    made, left = 0, []
    for _, index, wrong in slips:
        report = check(derivation, {index: wrong})
        assert report.verdict == "wrong", wrong
        assert blamed(report) == {index}, wrong
        made += 1
        if fix := repairs(report):
            assert check(derivation, fix).verdict == "right", (wrong, fix)
        else:
            left.append(wrong)
    assert left == []
    return f"{what}: {made} slips found on their line and repaired"


def one_of_each(derivation: Derivation, seed: int) -> list[tuple[Mistake, int, str]]:
    """Every mistake that fits, at one of the lines where it does."""
    by_mistake: dict[Mistake, list[tuple[Mistake, int, str]]] = {}
    for place in places(derivation):
        by_mistake.setdefault(place[0], []).append(place)
    rng = random.Random(seed)
    return [rng.choice(choices) for choices in by_mistake.values()]


@pytest.mark.parametrize(("activation", "depth"), CELLS)
def test_one_slip(activation: str, depth: int, capsys: pytest.CaptureFixture[str]) -> None:
    plain, with_l2 = (network(activation, depth, l2) for l2 in (False, True))
    figures = [judge_slips(plain, one_of_each(plain, depth), f"{activation}, {depth} layers")]
    of_deep = [place for place in one_of_each(with_l2, depth) if place[0].of is formula_of(deep.deep_gradients)]
    figures.append(judge_slips(with_l2, of_deep, f"{activation}, {depth} layers, L2"))
    with capsys.disabled():
        print("", *figures, sep="\n", end="")


@pytest.mark.parametrize("function", SMALL)
def test_one_slip_in_a_small_system(function: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    derivation = small(function)
    figures = judge_slips(derivation, places(derivation), formula_of(function).id)
    with capsys.disabled():
        print("", figures, sep="\n", end="")


@pytest.mark.parametrize(("activation", "depth"), [cell for cell in CELLS if cell[1] > 1])
def test_two_slips_on_different_lines(activation: str, depth: int) -> None:
    derivation = network(activation, depth, l2=False)
    rng, everywhere = random.Random(depth), list(places(derivation))
    for _ in range(4):
        (_, one, first), (_, two, second) = rng.sample(everywhere, 2)
        if one != two:
            report = check(derivation, {one: first, two: second})
            assert blamed(report) == {one, two}, (first, second)
            assert set(repairs(report)) == {one, two}, (first, second)


def test_every_planted_mistake_in_a_claim_is_in_the_corpus() -> None:
    derivations = [network(*cell, l2) for cell in CELLS for l2 in (False, True)] + [small(f) for f in SMALL]
    used = {mistake for derivation in derivations for mistake, _, _ in places(derivation)}
    left = {m.name for m in MISTAKES if m not in used and m.of not in NOT_CLAIMS and m.cause not in NOT_CLAIMED}
    assert left == set()
