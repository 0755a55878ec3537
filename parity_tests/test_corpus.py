"""A generated corpus of wrong derivations: every slip is found, on its line, and repaired; the figures are printed."""

import random
from itertools import product

import pytest

from backproof.checking import Report, check_source

from .corpus import SLIPS, SLOPES, derivation, places
from .mistakes import MISTAKES

CELLS = list(product(SLOPES, (1, 2, 3, 4)))


def check(lines: list[str], wrong: dict[int, str]) -> Report:
    """The report on the derivation with some of its lines replaced."""
    return check_source("\n".join(wrong.get(i, line) for i, line in enumerate(lines)), "corpus.py")


def blamed(report: Report) -> set[int]:
    """Indices of the lines that the report calls wrong."""
    return {finding["line"] - 1 for finding in report.lines if finding["verdict"] == "wrong"}


def repairs(report: Report) -> dict[int, str]:
    """The repaired lines by index."""
    return {f["line"] - 1: f["fix"] for f in report.lines if f["verdict"] == "wrong" and f["fix"]}


def test_every_slip_is_a_planted_mistake() -> None:
    assert {slip.mistake for slip in SLIPS} <= {mistake.name for mistake in MISTAKES}
    used = {slip.mistake for a, depth in CELLS for slip, _, _ in places(derivation(a, depth, depth % 2 == 0), a)}
    assert used == {slip.mistake for slip in SLIPS}


@pytest.mark.parametrize(("activation", "depth"), CELLS)
def test_one_slip(activation: str, depth: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = derivation(activation, depth, l2=depth % 2 == 0)
    assert {f["verdict"] for f in check(lines, {}).lines} == {"right"}
    rng = random.Random(depth)
    by_mistake: dict[str, list[tuple[int, str]]] = {}
    for slip, index, wrong in places(lines, activation):
        by_mistake.setdefault(slip.mistake, []).append((index, wrong))
    repaired = []
    for choices in by_mistake.values():
        index, wrong = rng.choice(choices)
        report = check(lines, {index: wrong})
        assert report.verdict == "wrong", wrong
        assert blamed(report) == {index}, wrong
        fix = repairs(report)
        if fix:
            assert check(lines, fix).verdict == "right", (wrong, fix)
            repaired.append(wrong)
    with capsys.disabled():
        print(f"\n{activation}, {depth} layers: {len(by_mistake)} slips found on their line, {len(repaired)} repaired")
    assert len(repaired) >= 0.97 * len(by_mistake), set(by_mistake) - set(repaired)


@pytest.mark.parametrize(("activation", "depth"), [cell for cell in CELLS if cell[1] > 1])
def test_two_slips_on_different_lines(activation: str, depth: int) -> None:
    lines = derivation(activation, depth, l2=False)
    rng, everywhere = random.Random(depth), list(places(lines, activation))
    for _ in range(4):
        (_, one, first), (_, two, second) = rng.sample(everywhere, 2)
        if one != two:
            report = check(lines, {one: first, two: second})
            assert blamed(report) == {one, two}, (first, second)
            assert set(repairs(report)) == {one, two}, (first, second)
