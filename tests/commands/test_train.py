"""`backproof train`: what it prints, writes and warns of."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from backproof.commands import learning
from backproof.commands import train as train_module
from backproof.training.checkpoint import unpack
from backproof.training.config_files import from_json
from backproof.training.health import Finding
from backproof.training.loop import Begun, Record, Status, Summary
from backproof.training.ranks.group import STARTED
from parity_tests.compare import THRESHOLD_U, distance_u
from tests.command import command
from tests.configs import options, with_options

from .preparations import XOR


def test_the_command_trains_and_says_what_is_next(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("train", "--engine", "numpy", "--iterations", "60", "--run", "first") == 0
    out, err = capsys.readouterr()
    assert "digits: 1437 + 360 examples, network 64-20-7-5-1, numpy on cpu in float64" in err
    for part in (
        "runs/first  finished, 60 iterations in",
        "accuracy  train ",
        "tensorboard --logdir runs",
        "#timeseries",
        "predict",
    ):
        assert part in out
    saved = json.loads((folder / "runs/first/config.json").read_text())
    assert list(saved) == ["backproof", "created", "options", "versions", "device", "threads", "data"]
    assert from_json(saved["options"], "") == options(engine="numpy", iterations=60, first_layer="direct", board=True)
    assert [len(sum_) for sum_ in saved["data"].values()] == [64, 64]
    lines = [json.loads(line) for line in (folder / "runs/first/metrics.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [0, 25, 50, 60]
    assert set(lines[0]) == set(Record.__annotations__)
    summary = json.loads((folder / "runs/first/summary.json").read_text())
    assert {key: summary[key] for key in ("cost", "test_accuracy")} == {
        key: lines[-1][key] for key in ("cost", "test_accuracy")
    }


def test_epochs_are_said_where_there_are_mini_batches(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "--data", "flower", "--engine", "numpy", "--iterations", "20", "--no-board")
    assert command(*words, "--batch-size", "90") == 0  # of 400 examples: five mini-batches, the last one smaller
    out, err = capsys.readouterr()
    assert "20 iterations (4 epochs)" in err
    assert "finished, 20 iterations (4 epochs) in " in out
    assert command(*words) == 0
    assert "epochs" not in "".join(capsys.readouterr())


def test_without_a_name_the_next_free_one_is_taken(folder: Path) -> None:
    for _ in range(2):
        assert command("train", "--data", "xor", "--engine", "numpy", "--iterations", "3", "--no-board") == 0
    assert sorted(p.name for p in (folder / "runs").iterdir()) == ["xor-numpy-1", "xor-numpy-2"]


def test_as_json_nothing_else_is_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert command("train", "--data", "housing", "--engine", "numpy", "--run", "h", "--json") == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert json.loads(out)["run"] == "runs/h"
    assert json.loads(out)["train_accuracy"] is None


def no_constant(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def test_a_figure_that_is_not_finite_is_null_wherever_it_is_json(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "near.csv").write_text("x,y\n1,1\n2,2\n3,3.5\n")
    (folder / "far.csv").write_text("x,y\n1e200,1\n")
    words = ("--data", "near.csv", "--test", "far.csv", "--label", "y", "--loss", "squared_error", "--layers")
    more = ("--output", "identity", "--engine", "numpy", "--iterations", "5", "--no-board", "--json")
    assert command("train", *words, *more, "--run", "one") == 0
    one = json.loads(capfd.readouterr().out, parse_constant=no_constant)
    assert one == {"run": "runs/one"} | json.loads((folder / "runs/one/summary.json").read_text())
    assert one["test_cost"] is None
    assert command("train", *words, *more, "--run", "two", "--sweep", "seed=1") == 0
    (two,) = json.loads(capfd.readouterr().out, parse_constant=no_constant)["runs"]
    assert two["test_cost"] is None
    assert two["cost"] == one["cost"]


def test_a_data_set_brings_its_own_defaults_and_a_file_of_options_comes_first(folder: Path) -> None:
    assert command("train", "--data=xor", "--engine", "numpy", "--iterations", "3", "--run", "one") == 0
    resolved = options("xor", engine="numpy", iterations=3, first_layer="direct", board=True)
    assert unpack(folder / "runs/one/model.h5").config == resolved
    again = ("train", "--config", "runs/one/config.json", "--layers", "--seed", "5", "--run", "two")
    assert command(*again) == 0
    changed = with_options(resolved, layers=(), seed=5)
    assert unpack(folder / "runs/two/model.h5").config == changed


def test_a_cost_that_is_not_finite_is_said_and_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data", "housing", "--output", "identity", "--learning-rate", "1e5", "--engine", "numpy")
    assert command("train", *words, "--run", "far") == 1
    out, err = capsys.readouterr()
    assert "runs/far  not finite" in out
    assert "Try a smaller --learning-rate (10000 instead of 100000)" in err
    summary = json.loads((folder / "runs/far/summary.json").read_text())
    assert summary["status"] == "not finite"
    assert summary["reason"] in err
    unpack(folder / "runs/far/model.h5")


def test_what_only_a_board_would_show_is_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data", "xor", "--engine", "numpy", "--iterations", "4")
    assert command("train", *words, "--no-board", "--parity-every", "2", "--run", "one") == 0
    warning = "backproof: warning: --no-board: --parity-every 2 without effect, as the board shows them\n"
    assert warning in capsys.readouterr().err
    assert not list((folder / "runs/one").glob("events*"))
    assert command("train", *words, "--parity-every", "2", "--histograms", "1", "--run", "two") == 0
    assert "warning" not in capsys.readouterr().err
    assert command("train", "--config", "runs/two/config.json", "--no-board", "--run", "three") == 0
    assert capsys.readouterr().err.count("--no-board: --parity-every 2 and --histograms 1 without effect") == 1


@pytest.mark.parametrize(("channels", "offered"), [(1, True), (2, False), (3, True)])
def test_a_prediction_is_offered_where_it_can_be_made(
    channels: int, offered: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File("t.h5", "w") as file:
        file["train_set_x"] = np.arange(4 * 6 * channels, dtype=np.uint8).reshape(4, 2, 3, channels)
        file["train_set_y"] = np.array([0, 1, 0, 1])
        file["list_classes"] = np.array([b"no", b"yes"])
    assert command("train", "--data", "t.h5", "--engine", "numpy", "--iterations", "3", "--no-board") == 0
    assert ("backproof predict" in capsys.readouterr().out) is offered


def test_one_class_only_is_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "one.csv").write_text("x,y\n1,0\n2,0\n3,0\n")
    words = ("--data", "one.csv", "--label", "y", "--engine", "numpy", "--iterations", "5", "--layers")
    assert command("train", *words) == 0
    assert "warning: the training set has one class only, 'y 0'" in capsys.readouterr().err


@pytest.mark.cuda
def test_training_and_resuming_on_cuda(folder: Path, device: str) -> None:
    if device != "cuda":
        pytest.skip("needs pytest --device cuda")
    words = ("train", "--batch-size", "64", "--device", "cuda", "--checkpoint-every", "50")
    assert command(*words, "--iterations", "200", "--run", "whole") == 0
    assert command(*words, "--iterations", "100", "--run", "half") == 0
    assert command("train", "--resume", "half", "--iterations", "200") == 0
    whole, half = (unpack(folder / "runs" / name / "model.h5") for name in ("whole", "half"))
    for name, V in whole.parameters.items():
        assert distance_u(half.parameters[name], V) < THRESHOLD_U["float64"]
    assert "cuda: " in json.loads((folder / "runs/whole/config.json").read_text())["device"]


def test_the_speed_of_a_run_that_goes_on_is_that_of_its_own_iterations() -> None:
    with Progress(disable=True) as shown:
        bar = learning.Bar(shown, 200, Begun(100, 10.0))
        record: Any = {"iteration": 150, "cost": 0.5, "seconds": 12.0, "train_accuracy": None, "test_accuracy": 0.25}
        live: Any = None
        bar.record(record, live)
        assert shown.tasks[0].description == "cost 0.500000  test 25.0%  25 it/s"
        bar.record(record | {"seconds": 10.0}, live)
        assert "it/s" not in shown.tasks[0].description


def test_an_interruption_says_how_to_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("backproof.commands.learning.train_network", interrupt)
    assert command("train", "--data", "xor", "--run", "r", "--no-board") == 130
    assert capsys.readouterr().err.endswith("train --resume r\n")


def test_what_takes_long_to_read_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(learning, "Console", partial(Console, force_terminal=True, width=80))
    with learning.reading("a\x1b.csv", hidden=False):
        pass
    assert "reading a\\x1b.csv" in capsys.readouterr().err
    with learning.reading("a.csv", hidden=True):
        pass
    assert capsys.readouterr().err == ""


def test_what_was_found_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    dead, equal = Finding("layer 1 is dead", "try a smaller rate"), Finding("all are equal", "try another start")
    nothing = Summary(Status.LEARNED_NOTHING, f"no better: {dead}", 5, 1.0, findings=(dead, equal))
    learning.complain(nothing)
    assert capsys.readouterr().err == f"backproof: no better: {dead}\nbackproof: {equal}\n"
    learning.complain(nothing, "r", quiet=True)
    assert capsys.readouterr().err == f"backproof: r: no better: {dead}\n"
    learning.complain(Summary(Status.FINISHED, None, 5, 1.0, findings=(dead,)))
    assert capsys.readouterr().err == f"backproof: {dead}\n"


def test_from_where_a_run_goes_on_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("train", *XOR, "--iterations", "2", "--batch-size", "2", "--name", "r") == 0
    assert command("train", "--resume", "r", "--iterations", "4") == 0
    first, second = (line for line in capsys.readouterr().err.splitlines() if line.startswith("xor: "))
    assert first.endswith(", 2 iterations (1 epochs)")
    assert second.endswith(", 4 iterations (2 epochs), from iteration 2")


def test_the_best_is_told_where_it_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "--engine", "numpy", "--iterations", "5", "--log-every", "5", "--no-board")
    assert command(*words, "--keep-best") == 0
    assert "\nbest      best.h5, test 0." in capsys.readouterr().out
    assert command(*words) == 0
    assert "best" not in capsys.readouterr().out


def test_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_module._again("r").endswith("backproof train --resume r")
    assert "torchrun" not in train_module._again("r")
    for name in STARTED:
        monkeypatch.setenv(name, "0")
    assert train_module._again("r") == "torchrun ... -m backproof train --resume r"
