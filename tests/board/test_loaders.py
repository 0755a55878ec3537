"""A run that was killed and went on shows one clean curve, in both of TensorBoard's loaders."""

import json
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from torch.utils.tensorboard import SummaryWriter

from backproof.board.events import open_events
from tests.command import backproof, command

from .browser import get, tensorboard, wait_for

LOADERS = pytest.mark.parametrize("fast", [True, False], ids=["fast loader", "slow loader"])
TAG = "cost/train"
KILL = """
import os, signal
from backproof.training.runs import RunFolder
record = RunFolder.record
def killed(self, line, live):
    record(self, line, live)
    if line["iteration"] == 35:
        os.kill(os.getpid(), signal.SIGKILL)
RunFolder.record = killed
"""


def curve(logdir: Path, run: str, fast: bool, last: int) -> list[tuple[int, float]]:
    """Steps and values as a browser gets them, once the last step is loaded."""
    with tensorboard(logdir, fast) as address:
        return wait_for(lambda: loaded(address, run, last))


def loaded(address: str, run: str, last: int) -> list[tuple[int, float]]:
    """Nothing while the last step is missing."""
    if TAG not in get(address, "data/plugin/scalars/tags").get(run, {}):
        return []
    points = get(address, f"data/plugin/scalars/scalars?run={run}&tag={TAG}")
    return [(step, value) for _, step, value in points] if points[-1][1] == last else []


def write(writer: Any, value: float, steps: range) -> None:
    for step in steps:
        writer.add_scalar(TAG, value, step)
    writer.close()


def killed_at_90_and_resumed_at_60(first: Callable[[Path], SummaryWriter], folder: Path) -> list[tuple[int, float]]:
    """Write it; what is to be seen of it."""
    write(first(folder / "run"), 1.0, range(0, 100, 10))
    write(open_events(folder / "run", 60), 2.0, range(60, 150, 10))
    return [(step, 1.0) for step in range(0, 60, 10)] + [(step, 2.0) for step in range(60, 150, 10)]


@LOADERS
def test_one_clean_curve(fast: bool, tmp_path: Path) -> None:
    expected = killed_at_90_and_resumed_at_60(lambda folder: open_events(folder, 0), tmp_path)
    assert curve(tmp_path, "run", fast, last=140) == expected


def test_this_test_can_fail(tmp_path: Path) -> None:
    expected = killed_at_90_and_resumed_at_60(lambda folder: SummaryWriter(str(folder)), tmp_path)
    assert curve(tmp_path, "run", fast=False, last=140) != expected


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one that was killed and went on."""
    folder = tmp_path_factory.mktemp("killed")
    words = ("--engine", "numpy", "--iterations", "60", "--log-every", "5", "--checkpoint-every", "20")
    code = f"import os\nos.chdir({str(folder)!r})\n{KILL}"
    assert backproof("train", *words, "--run", "killed", code=code).returncode == -9
    with chdir(folder):
        assert command("train", "--resume", "killed") == 0
    return folder / "runs"


@LOADERS
def test_one_clean_curve_of_a_training(fast: bool, runs: Path) -> None:
    lines = [json.loads(line) for line in (runs / "killed/metrics.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == list(range(0, 61, 5))
    seen = curve(runs, "killed", fast, last=60)
    assert [step for step, _ in seen] == [line["iteration"] for line in lines]
    assert [value for _, value in seen] == pytest.approx([line["cost"] for line in lines], rel=1e-6)
