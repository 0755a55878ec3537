"""The course's published trainings: the page has what both engines find, and a long test finds it again."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from backproof.training.loop import Record
from backproof.training.published import ENGINES, PAGE, PUBLISHED, page, repeat

from .trained import trained

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}


# What the course printed: costs by iteration, with as many digits, and the share of right answers in training and test.
COURSE: dict[str, tuple[dict[int, str], tuple[str, str]]] = {
    "logistic regression": (
        {0: "0.693147", 100: "0.584508", 500: "0.303273", 1000: "0.214820", 1500: "0.166521", 1900: "0.140872"},
        ("99.0431%", "70.0000%"),
    ),
    "[12288, 7, 1]": (
        {
            0: "0.693049735660",
            100: "0.646432095343",
            500: "0.515830477276",
            1000: "0.339428153837",
            2000: "0.074390787043",
            2400: "0.048554785629",
        },
        ("100.0000%", "72.0000%"),
    ),
    "[12288, 20, 7, 5, 1]": (
        {0: "0.771749", 100: "0.672053", 500: "0.540138", 1000: "0.315187", 2000: "0.113821", 2400: "0.092878"},
        ("98.5646%", "80.0000%"),
    ),
}


def costs(section: str) -> list[tuple[int, float, float]]:
    return [
        (int(i), float(a), float(b)) for i, a, b in re.findall(r"^\| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", section, re.M)
    ]


def accuracies(section: str) -> dict[str, tuple[str, str]]:
    return {engine: (a, b) for engine, a, b in re.findall(r"^\| (\w+) \| ([\d.]+%) \| ([\d.]+%) \|$", section, re.M)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_page_has_every_hundredth_cost_and_one_result(name: str) -> None:
    rows = costs(SECTIONS[name])
    assert [i for i, _, _ in rows] == list(range(0, PUBLISHED[name].iterations + 1, 100))
    for _, by_hand, by_torch in rows:
        assert by_hand == pytest.approx(by_torch, rel=1e-9)
    found = accuracies(SECTIONS[name])
    assert tuple(found) == ENGINES
    assert len(set(found.values())) == 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_page_has_the_figures_that_the_course_printed(name: str) -> None:
    printed, shares = COURSE[name]
    found = {iteration: both for iteration, *both in costs(SECTIONS[name])}
    for iteration, cost in printed.items():
        digits = len(cost.partition(".")[2])
        assert [f"{ours:.{digits}f}" for ours in found[iteration]] == [cost, cost]
    assert set(accuracies(SECTIONS[name]).values()) == {shares}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_training_begins_at_the_logarithm_of_two(engine: Literal["numpy", "torch"]) -> None:
    config = replace(PUBLISHED["logistic regression"], data="digits", engine=engine, iterations=1)
    _, log, _ = trained(config, engine)
    assert f"{log.records[0]['cost']:.6f}" == "0.693147"  # before any update, whatever the pictures are


def test_the_page_is_written_from_records() -> None:
    def record(i: int, cost: float) -> Record:
        return Record(
            iteration=i, cost=cost, train_accuracy=0.5, test_cost=0.7, test_accuracy=0.25, gradient_norm=1, seconds=1
        )

    curves = {(n, e): [record(0, 0.5), record(100, 0.25 + 1e-4 * (e == "torch"))] for n in PUBLISHED for e in ENGINES}
    sections = page(curves).split("\n## ")[1:]
    assert [s.partition("\n")[0] for s in sections] == list(PUBLISHED) == list(SECTIONS)
    assert costs(sections[0]) == [(0, 0.5, 0.5), (100, 0.25, 0.2501)]
    assert accuracies(sections[0]) == dict.fromkeys(ENGINES, ("50.0000%", "25.0000%"))
    assert "differ by at most 4.0e-04" in sections[0]


@pytest.mark.slow
@pytest.mark.minutes
@pytest.mark.cats
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_trainings_find_the_page_again(name: str, engine: str, cats_folder: Path) -> None:
    records = repeat(name, engine, cats_folder)
    expected = [row[1 + ENGINES.index(engine)] for row in costs(SECTIONS[name])]
    assert [r["cost"] for r in records] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    shares = records[-1]["train_accuracy"], records[-1]["test_accuracy"]
    assert tuple(f"{share:.4%}" for share in shares) == accuracies(SECTIONS[name])[engine]
