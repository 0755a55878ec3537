"""The course's published trainings: the page has what both engines find, and a long test finds it again."""

import re
from pathlib import Path

import pytest

from backproof.training.loop import Record
from backproof.training.published import ENGINES, PAGE, PUBLISHED, page, repeat

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}


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
