"""Several processes on one run, and a disk that fills up."""

import json
from pathlib import Path

import pytest

from tests.configs import SMALL, with_options

from .children import child, end_of, finish, wait_for
from .trained import first_checkpoint


def test_two_processes_on_one_run(tmp_path: Path) -> None:
    config = with_options(SMALL, iterations=10**6, checkpoint_every=10**6)
    first = child(tmp_path, config, "run")
    wait_for(tmp_path / "runs/run", first)
    assert finish(child(tmp_path, config, None, "run")) == 2
    assert "another process is training in this folder" in (tmp_path / "error").read_text()
    assert finish(child(tmp_path, config, "run")) == 2
    assert "exists already" in (tmp_path / "error").read_text()
    first.kill()
    finish(first)
    assert finish(child(tmp_path, with_options(config, iterations=20), None, "run")) == 0


def test_many_processes_and_one_name(tmp_path: Path) -> None:
    processes = [child(tmp_path, with_options(SMALL, iterations=10), "run") for _ in range(4)]
    assert sorted(finish(p) for p in processes) == [0, 2, 2, 2]
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["run"]


@pytest.mark.parametrize("room", [1000, 6600, 8000])
def test_a_disk_that_fills_up_half_way(room: int, tmp_path: Path) -> None:
    size = len(first_checkpoint(SMALL))
    assert finish(child(tmp_path, SMALL, "run", limit=room)) == 2
    message = (tmp_path / "error").read_text()
    assert "File too large" in message
    if room < size:
        assert not (tmp_path / "runs").exists()
        return
    lines = (tmp_path / "runs/run/metrics.jsonl").read_text()
    assert lines.endswith("\n")
    assert all(json.loads(line) for line in lines.splitlines())
    assert "the run can go on with --resume once there is room" in message
    assert finish(child(tmp_path, SMALL, None, "run")) == 0
    assert finish(child(tmp_path, SMALL, "whole")) == 0
    assert end_of(tmp_path / "runs/run") == end_of(tmp_path / "runs/whole")
