"""A run with the board and one without: it costs neither a bit nor a line, and shows one clean curve."""

import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.plugins.hparams.api_pb2 import Status

from backproof import files
from backproof.board import live_parity
from backproof.board.board import Board, open_board, times
from backproof.board.links import tensorboard
from backproof.commands.train import train
from backproof.training.checkpoint import unpack
from backproof.training.config_files import read_config
from backproof.training.engine import Engine, Live
from backproof.training.loop import batch_columns
from backproof.training.numpy_engine import NumpyEngine
from backproof.training.options import LogOptions, names_of
from tests.command import command
from tests.configs import ENGINES, SMALL, load, with_options
from tests.training.children import child, end_of, finish, wait_for

from .moments import moment_of
from .reading import hparams_of, lines_of, read, text_of


@ENGINES
@pytest.mark.parametrize("batch_size", [None, 90])
def test_the_board_changes_neither_a_bit_nor_a_line(engine: str, batch_size: int | None, folder: Path) -> None:
    config = with_options(SMALL, engine=engine, iterations=40, batch_size=batch_size)
    shown = {"board": True, "parity_every": 7, "histograms": 4}
    for name, changed in (("without", {}), ("board", {"board": True}), ("all", shown)):
        assert train(with_options(config, **changed), name, None, as_json=True) == 0
    assert end_of(folder / "runs/without") == end_of(folder / "runs/board") == end_of(folder / "runs/all")


def test_nothing_is_computed_between(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: dict[str, int] = dict.fromkeys(("step", "forward", "outputs", "parameters", "gradients"), 0)

    def counted(name: str) -> Callable[..., Any]:
        right = getattr(NumpyEngine, name)

        def count(self: Engine, *args: Any) -> Any:
            calls[name] += 1
            return right(self, *args)

        return count

    for name in calls:
        monkeypatch.setattr(NumpyEngine, name, counted(name))
    compared: list[Any] = []

    def compare(*args: Any) -> dict[str, float]:
        compared.append(args)
        return {"dW1": len(compared)}

    monkeypatch.setattr(live_parity, "gradient_errors", compare)
    monkeypatch.setattr(live_parity, "run_errors", lambda *args: {"dW1": 0.0})
    config = with_options(SMALL, iterations=100, log_every=50, checkpoint_every=100, board=True, parity_every=30)
    assert train(config, "run", None, as_json=True) == 0
    stops = {0, 50, 100, 30, 60, 90} | times(5)(config) | times(10)(config)
    assert calls["step"] == 100 - len(stops - {100})
    for (used, parameters, X, Y), i in zip(compared, (0, 30, 60, 90), strict=True):
        assert used == config.changed(first_layer="direct")  # as it was chosen
        assert list(parameters) == ["W1", "b1", "W2", "b2"]
        columns: Any = batch_columns(config, 400, i)
        np.testing.assert_array_equal(X, load(config).train.X[:, columns])
        np.testing.assert_array_equal(Y, load(config).train.Y[:, columns])
    curve = read(folder / "runs/run").Scalars("parity/dW1")
    assert [(event.step, event.value) for event in curve] == [(0, 1), (30, 2), (60, 3), (90, 4)]
    assert calls["outputs"] == 3
    assert calls["forward"] == 1  # the projector's
    assert calls["gradients"] == 6  # one for each iteration that is logged or proved


def test_a_run_that_goes_on_shows_one_clean_curve(folder: Path) -> None:
    config = with_options(SMALL, board=True, parity_every=10)
    assert train(with_options(config, iterations=70), "run", None, as_json=True) == 0
    assert train(with_options(config, iterations=80), None, "run", as_json=True) == 0
    assert train(config, None, "run", as_json=True) == 0
    assert_clean(folder / "runs/run", 150)
    assert len(list((folder / "runs/run").glob("events.out.tfevents.*"))) == 3
    assert len(list((folder / "runs/run").glob("0*"))) == 1


def assert_clean(folder: Path, last: int) -> None:
    """The curves of a resumed run are those of its metrics, each step once."""
    events, lines = read(folder), lines_of(folder)
    found = events.Scalars("cost/train")
    assert [event.step for event in found] == [*range(0, last, 3), last]
    assert [event.value for event in found] == pytest.approx([line["cost"] for line in lines], rel=1e-6)
    for tag in events.Tags()["scalars"]:
        steps = [event.step for event in events.Scalars(tag)]
        assert steps == sorted(set(steps)), tag


@ENGINES
def test_killed_it_has_what_the_metrics_have_and_goes_on_cleanly(engine: str, tmp_path: Path) -> None:
    config = with_options(SMALL, engine=engine, board=True, iterations=10**6, checkpoint_every=40)
    process, run = child(tmp_path, config, "run"), tmp_path / "runs/run"
    wait_for(run, process)
    while process.is_alive() and (run / "metrics.jsonl").read_bytes().count(b"\n") < 40:
        pass
    process.kill()
    finish(process)
    lines, events = lines_of(run), read(run)
    assert len(lines) >= 40
    everywhere = [tag for tag in events.Tags()["scalars"] if not tag.startswith("run/it")]
    written = sum(event.step <= lines[-1]["iteration"] for tag in everywhere for event in events.Scalars(tag))
    assert len(everywhere) * len(lines) - written <= 10
    done = unpack(run / "model.h5").iteration
    assert finish(child(tmp_path, with_options(config, iterations=done + 60), None, "run")) == 0
    assert_clean(run, done + 60)


def test_a_cost_that_is_not_finite_is_said_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data", "housing", "--output", "identity", "--learning-rate", "1e5", "--engine", "numpy")
    assert command("train", *words, "--run", "far") == 1
    events = read(folder / "runs/far")
    outcome = text_of(events, "outcome")
    assert outcome.startswith("**not finite** after ")
    assert "Try a smaller --learning-rate (10000 instead of 100000)" in outcome
    ended = hparams_of(events, "session_end_info").session_end_info
    assert ended.status == Status.Value("STATUS_FAILURE")


def test_a_disk_that_is_full_for_events_does_not_lose_the_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = [25], files.append

    def full(*args: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        right(*args)

    monkeypatch.setattr("backproof.board.events.append", full)
    words = ("--data", "flower", "--engine", "numpy", "--iterations", "150", "--checkpoint-every", "4")
    assert command("train", *words, "--log-every", "3", "--run", "run") == 2
    err = capsys.readouterr().err
    assert "backproof: runs/run: No space left on device; the last checkpoint is whole" in err
    assert "Traceback" not in err
    monkeypatch.undo()
    os.chdir(folder)
    assert 0 < unpack(folder / "runs/run/model.h5").iteration < 150
    assert command("train", "--resume", "run") == 0
    assert_clean(folder / "runs/run", 150)


def test_an_interrupted_run_leaves_no_thread_and_no_open_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Board] = []

    def interrupt(self: Board, iteration: int, live: Live) -> None:
        written.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Board, "look", interrupt)
    before = threading.enumerate()
    assert command("train", "--data", "flower", "--engine", "numpy", "--run", "run") == 130
    for thread in set(threading.enumerate()) - set(before):
        thread.join(5)  # the progress bar tells its thread to end, and does not wait for it
    assert threading.enumerate() == before
    assert written[0]._writer.file_writer is None  # closed


def test_without_a_board_nothing_is_written_for_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "--data", "xor", "--engine", "numpy", "--iterations", "5")
    assert command(*words, "--no-board", "--run", "without") == 0
    assert "tensorboard" not in capsys.readouterr().out
    assert sorted(p.name for p in (folder / "runs/without").iterdir())[1:] == [
        "config.json",
        "metrics.jsonl",
        "model.h5",
        "summary.json",
    ]
    assert command(*words, "--run", "with.dot") == 0
    out = capsys.readouterr().out
    assert f"look      {tensorboard()}\n" in out
    assert (
        "http://localhost:6006/?runFilter=%5Ewith%5C.dot%24%7C%5E%5C.%24&tagFilter=%5E%28cost%7Caccuracy%29%2F" in out
    )


def test_a_run_of_before_the_board_is_still_read(folder: Path) -> None:
    saved = {name: value for name, value in SMALL.to_json().items() if name not in names_of(LogOptions) - {"log_every"}}
    (folder / "config.json").write_text(json.dumps({"options": saved}))
    assert read_config(folder / "config.json") == with_options(SMALL, board=True, checkpoint_every=250)


def test_the_time_spent_in_the_board_is_not_the_training_s(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = with_options(SMALL, board=True)
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr("backproof.board.board.time.perf_counter", lambda: float(next(clock)))
    data = load(config)
    with open_board(config, data, folder, 0) as board:
        moment = moment_of(config)
        record: Any = dict.fromkeys(("cost", "test_cost", "train_accuracy", "test_accuracy", "gradient_norm"), 1.0)
        for iteration in (0, 50, 100):
            board.record(record | {"iteration": iteration}, moment.live)
            if iteration == 50:
                board.look(50, moment.live)
    speeds = [event.value for event in read(folder).Scalars("run/iterations_per_second")]
    assert speeds == [pytest.approx(50 / 20), pytest.approx(50 / 30)]
