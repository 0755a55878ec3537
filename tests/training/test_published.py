"""The course's published trainings: the page has what both engines find, and a long test finds it again."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import tyro
from tyro.conf import OmitArgPrefixes

from backproof.__main__ import base_options
from backproof.training.loop import Record
from backproof.training.options import Config
from backproof.training.published import ENGINES, PAGE, PUBLISHED, page, repeat
from tests import ROOT
from tests.command import command

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


def options_of(line: str) -> Config:
    """The options that a line of the README gives."""
    words = shlex.split(line)[2:]
    return tyro.cli(Config, args=words, default=base_options(words), config=(OmitArgPrefixes,))


def test_each_published_training_is_a_line_of_the_readme() -> None:
    lines = re.findall(r"^(backproof train --data train_catvnoncat.h5 .*)$", (ROOT / "README.md").read_text(), re.M)
    given = {"data": "train_catvnoncat.h5", "test": "test_catvnoncat.h5", "device": "auto", "engine": "torch"}
    assert [options_of(line) for line in lines] == [config.changed(**given) for config in PUBLISHED.values()]


def test_without_its_folder_the_usage_is_said() -> None:
    command = [sys.executable, "-m", "backproof.training.published"]
    for words in ([], ["nowhere"]):
        run = subprocess.run([*command, *words], capture_output=True, text=True, cwd=ROOT, check=False)
        assert run.stderr == (
            "usage: python -m backproof.training.published FOLDER, which has the course's train_catvnoncat.h5\n"
        )
        assert run.returncode == 2


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
    config = PUBLISHED["logistic regression"].changed(data="digits", engine=engine, iterations=1)
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
