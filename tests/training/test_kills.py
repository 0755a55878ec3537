"""A run that is killed at any instant goes on as if nothing had happened."""

import json
import random
import shutil
import signal
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from backproof.training.checkpoint import unpack
from tests.configs import ENGINES, SMALL, with_options

from .children import child, end_of, finish, wait_for

BOARD = {"projector_config.pbtxt", "00000"}  # besides the event files


def killed(process: ForkServerProcess, made: Path, seconds: float) -> bool:
    """Kill a process so many seconds after the folder is there; whether it was still at work."""
    wait_for(made, process)
    time.sleep(seconds)
    process.kill()
    return finish(process) == -signal.SIGKILL


def kill_and_resume(folder: Path, engine: str, instants: int, board: bool = False) -> None:
    """Kill runs at random instants, every second one twice, and compare each one's end with a run left alone."""
    config, rng = with_options(SMALL, engine=engine, board=board), random.Random(f"{engine} {instants}")
    whole = child(folder, config, "whole")
    wait_for(folder / "runs/whole", whole)
    begun = time.monotonic()
    assert finish(whole) == 0
    longest = time.monotonic() - begun
    expected, hits = end_of(folder / "runs/whole"), 0
    for i in range(3 * instants):
        name = f"killed{i}"
        if not killed(child(folder, config, name), folder / "runs" / name, rng.uniform(0, longest)):
            longest *= 0.8  # it had ended: the run left alone was slowed down by something else
            continue
        hits += 1
        if i % 2:
            hits += killed(child(folder, config, None, name), folder / "runs" / name, rng.uniform(0, longest))
        if not (folder / "runs" / name / "summary.json").exists():
            assert finish(child(folder, config, None, name)) == 0, (folder / "error").read_text()
        bits, lines = end_of(folder / "runs" / name)
        assert bits == expected[0]
        assert lines == expected[1]
        found = {p.name for p in (folder / "runs" / name).iterdir() if not p.name.startswith("events.")}
        assert sorted(found - {*(BOARD if board else ())}) == [
            ".lock",
            "config.json",
            "metrics.jsonl",
            "model.h5",
            "summary.json",
        ]
        shutil.rmtree(folder / "runs" / name)
        if hits >= instants:
            return
    pytest.fail(f"{hits} of {instants} kills hit a run at work")


@ENGINES
def test_killed_at_random_instants(engine: str, tmp_path: Path) -> None:
    kill_and_resume(tmp_path, engine, 5)


@ENGINES
def test_killed_at_random_instants_with_a_board(engine: str, tmp_path: Path) -> None:
    kill_and_resume(tmp_path, engine, 2, board=True)


@pytest.mark.slow
@pytest.mark.minutes
@ENGINES
@pytest.mark.parametrize("board", [False, True])
def test_killed_at_many_random_instants(board: bool, engine: str, tmp_path: Path) -> None:
    kill_and_resume(tmp_path, engine, 50, board)


def test_killed_before_there_is_a_folder(tmp_path: Path) -> None:
    rng, chosen = random.Random(1), SMALL.changed(first_layer="direct").to_json()
    for i in range(12):
        process = child(tmp_path, SMALL, f"run{i}")
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        finish(process)
        if (tmp_path / f"runs/run{i}").exists():
            unpack(tmp_path / f"runs/run{i}/model.h5")
            assert json.loads((tmp_path / f"runs/run{i}/config.json").read_text())["options"] == chosen
