"""The course's published trainings: the page has what both engines find, and a long test finds it again."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import tyro
from tyro.conf import OmitArgPrefixes

from backproof.__main__ import base_options
from backproof.training.loop import Record
from backproof.training.options import Config
from backproof.training.published import ENGINES, PAGE, PUBLISHED, page, repeat
from tests import ROOT
from tests.command import command

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}


def costs(section: str) -> list[tuple[int, float, float]]:
    return [
        (int(i), float(a), float(b)) for i, a, b in re.findall(r"^\| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", section, re.M)
    ]


def accuracies(section: str) -> dict[str, tuple[str, str]]:
    return {engine: (a, b) for engine, a, b in re.findall(r"^\| (\w+) \| ([\d.]+%) \| ([\d.]+%) \|$", section, re.M)}


def options_of(line: str) -> Config:
    """The options that a line of the README gives."""
    words = shlex.split(line)[2:]
    return tyro.cli(Config, args=words, default=base_options(words), config=(OmitArgPrefixes,))


def test_each_published_training_is_a_line_of_the_readme() -> None:
    lines = re.findall(r"^\$ (backproof train --data train_catvnoncat.h5 .*)$", (ROOT / "README.md").read_text(), re.M)
    given = {"data": "train_catvnoncat.h5", "test": "test_catvnoncat.h5", "device": "auto", "engine": "torch"}
    assert [options_of(line) for line in lines] == [config.changed(**given) for config in PUBLISHED.values()]


def test_without_its_folder_the_usage_is_said() -> None:
    command = [sys.executable, "-m", "backproof.training.published"]
    for words in ([], ["nowhere"]):
        run = subprocess.run([*command, *words], capture_output=True, text=True, cwd=ROOT, check=False)
        assert run.stderr == (
            "usage: python -m backproof.training.published FOLDER, which has the course's train_catvnoncat.h5\n"
        )
        assert run.returncode == 1


@pytest.mark.cats
@pytest.mark.slow
@pytest.mark.minutes
def test_a_newcomers_first_training_is_as_good_as_the_course(cats_folder: Path, folder: Path) -> None:
    files = [str(cats_folder / f"{part}_catvnoncat.h5") for part in ("train", "test")]
    assert command("train", "--data", files[0], "--test", files[1], "--no-board", "--run", "cats") == 0
    assert json.loads((folder / "runs/cats/summary.json").read_text())["test_accuracy"] >= 0.8


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_page_has_every_hundredth_cost_and_one_result(name: str) -> None:
    rows = costs(SECTIONS[name])
    assert [i for i, _, _ in rows] == list(range(0, PUBLISHED[name].descent.iterations + 1, 100))
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
