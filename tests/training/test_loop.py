"""Training: one result from both engines, the options, what is logged, and a cost that stops being finite."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.__main__ import main
from backproof.training.checkpoint import unpack
from backproof.training.options import PRESETS
from backproof.training.options import Config
from backproof.training.options import from_json
from backproof.training.options import preset
from backproof.training.options import read_config
from backproof.data.sets import Dataset
from backproof.data.sets import Part
from backproof.data.sets import load
from backproof.training.engine import Engine
from backproof.training.engines import initial_parameters
from backproof.training.engines import make_engine
from backproof.errors import UserError
from backproof.training.loop import Listener
from backproof.training.loop import Live
from backproof.training.loop import Record
from backproof.training.loop import batch_columns
from backproof.training.loop import first_layer_not_finite
from backproof.training.loop import train
from reference_numpy.initialization import initialize_parameters

from parity_tests.compare import THRESHOLD_U
from parity_tests.compare import distance_u


class Log(Listener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.checkpoints: list[int] = []
        self.seen: list[dict[str, Any]] = []

    def record(self, record: Record, live: Live) -> None:
        self.records.append(record)
        self.seen.append(live.engine.parameters() | live.engine.gradients())

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        self.checkpoints.append(iteration)


def trained(config: Config, engine: str, device: str = "cpu", **listed: Any) -> tuple[Engine, Log, Any]:
    """An engine after its training, what was logged, and the summary."""
    where = {"engine": engine, "device": device if engine == "torch" else "cpu"}
    config = with_options(config, **where, **listed)
    dataset = load(config)
    machine = make_engine(config, initial_parameters(config, len(dataset.train.X)))
    log = Log()
    return machine, log, train(config, dataset, machine, [log])


def options(data: str = "digits", **changed: Any) -> Config:
    return with_options(preset(data), **({"board": False} | changed))


def with_options(config: Config, **changed: Any) -> Config:
    return dataclasses.replace(config, **changed)


# Learning rates at which the cost falls without spikes: at a spike rounding errors grow a billion times.
RUNS = {
    "digits": options(iterations=1001),
    "digits, logistic": options(layers=(), init="zeros", learning_rate=0.01, iterations=1001),
    "digits, mini-batches": options(batch_size=64, learning_rate=0.02, iterations=1001),
    "digits, L2, tanh": options(l2=0.7, activation="tanh", momentum=0.5, learning_rate=0.03, iterations=1001),
    "digits, squared error": options(loss="squared_error", output="identity", learning_rate=0.01, iterations=1001),
    "digits, leaky, batches, L2": options(
        activation="leaky_relu", batch_size=100, l2=0.1, learning_rate=0.02, init="xavier", iterations=1001
    ),
    "cancer": options("cancer", iterations=1001),
    "cancer, deep": options("cancer", layers=(5, 3), activation="sigmoid", init="scaled", iterations=1001),
    "flower": options("flower", iterations=1001),
    "housing": options("housing", iterations=1001),
    "housing, identity": options("housing", output="identity", iterations=1001),
    "xor": options("xor", iterations=1001),
    "xor of 5 bits": options("xor", bits=5, iterations=1001),
}


@pytest.mark.parametrize("config", RUNS.values(), ids=RUNS.keys())
def test_both_engines_have_one_result(config: Config, device: str) -> None:
    by_hand, ours, _ = trained(config, "numpy", log_every=1)
    by_torch, theirs, _ = trained(config, "torch", device, log_every=1)
    costs = np.array([[record["cost"] for record in log.records] for log in (ours, theirs)])
    assert costs.shape == (2, 1002)
    assert np.max(np.abs(costs[0] - costs[1]) / costs[0]) <= 1e-9
    assert np.mean(costs[0][-20:]) < np.mean(costs[0][:20])
    for mine, other in zip(ours.records, theirs.records, strict=True):
        assert mine["train_accuracy"] == other["train_accuracy"]
        assert mine["test_accuracy"] == other["test_accuracy"]
        assert mine["gradient_norm"] == pytest.approx(other["gradient_norm"], rel=1e-6)
    for name, V in by_hand.parameters().items():
        assert distance_u(by_torch.parameters()[name], V) < THRESHOLD_U["float64"], name
    data = load(config)
    for part in (data.train, data.test):
        if part is not None:
            one, other_one = (e.predict(e.place(part.X)) for e in (by_hand, by_torch))
            np.testing.assert_allclose(one, other_one, rtol=1e-9, atol=1e-12)
            assert np.array_equal(one > 0.5, other_one > 0.5)


def test_a_start_slightly_off_would_be_noticed() -> None:
    _, ours, _ = trained(RUNS["digits"], "numpy", iterations=50, log_every=1)
    _, theirs, _ = trained(RUNS["digits"], "torch", iterations=50, log_every=1, learning_rate=0.1 * (1 + 1e-7))
    costs = np.array([[record["cost"] for record in log.records] for log in (ours, theirs)])
    assert np.max(np.abs(costs[0] - costs[1]) / costs[0]) > 1e-9


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_first_steps_are_those_of_the_notes(engine: str, momentum: float, device: str) -> None:
    config = options("flower", iterations=3, log_every=1, momentum=momentum, learning_rate=0.5)
    machine, log, _ = trained(config, engine, device)
    expected = initialize_parameters([2, 4, 1], np.random.RandomState(1), "scaled")
    velocity = {name: np.zeros_like(V) for name, V in expected.items()}
    for seen in log.seen[:3]:
        for name, V in expected.items():
            np.testing.assert_allclose(seen[name], V, rtol=1e-12, atol=1e-15)
            velocity[name] = momentum * velocity[name] + seen[f"d{name}"]
            expected[name] = V - 0.5 * velocity[name]
    for name, V in machine.parameters().items():
        np.testing.assert_allclose(V, expected[name], rtol=1e-12, atol=1e-15)
    assert set(machine.velocity()) == ({f"v{name}" for name in expected} if momentum else set())


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("batch_size", [None, 7])
def test_how_often_is_logged_changes_no_bit(engine: str, batch_size: int | None) -> None:
    ends = []
    for log_every, checkpoint_every in ((1, 1), (7, 10), (1000, 1000)):
        config = options("flower", iterations=31, batch_size=batch_size, log_every=log_every)
        machine, log, _ = trained(config, engine, checkpoint_every=checkpoint_every)
        assert [r["iteration"] for r in log.records] == [*range(0, 31, log_every), 31]
        assert log.checkpoints == [*range(checkpoint_every, 31, checkpoint_every), 31]
        ends.append(b"".join(V.tobytes() for V in machine.parameters().values()))
    assert len(set(ends)) == 1


def test_every_epoch_takes_each_example_once_in_an_order_of_its_own() -> None:
    config = options(batch_size=30)
    batches: list[Any] = [batch_columns(config, 100, i) for i in range(12)]
    assert [len(b) for b in batches] == [30, 30, 30, 10] * 3
    epochs = [np.concatenate(batches[i : i + 4]) for i in (0, 4, 8)]
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    other: Any = batch_columns(dataclasses.replace(config, seed=2), 100, 0)
    assert not np.array_equal(batches[0], other)
    np.testing.assert_array_equal(batches[5], np.random.RandomState([1, 1]).permutation(100)[30:60])


def test_the_gradient_norm_is_that_of_all_gradients() -> None:
    _, log, _ = trained(options("flower", iterations=2, log_every=1), "numpy")
    for record, seen in zip(log.records, log.seen, strict=True):
        flat = np.concatenate([V.ravel() for name, V in seen.items() if name[0] == "d"])
        assert record["gradient_norm"] == pytest.approx(np.linalg.norm(flat), rel=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_float32_is_trained_in_float32(engine: str, device: str) -> None:
    machine, _, summary = trained(options("cancer", dtype="float32", iterations=200), engine, device)
    assert {V.dtype for V in (machine.parameters() | machine.velocity()).values()} == {np.dtype(np.float32)}
    assert summary["test_accuracy"] > 0.9


# A cost that is not finite

IDENTITY = options("housing", output="identity", iterations=500)
BLOWN_UP = {
    "rate": (with_options(IDENTITY, learning_rate=1e5), None, "the cost itself"),
    "rate, deep": (with_options(IDENTITY, learning_rate=1e6, layers=(3, 2)), None, "the cost itself"),
    "at once": (IDENTITY, 1e200, "the cost itself, while every value up to A1 is finite"),
    "first update": (IDENTITY, 1e150, "layer 1, in Z1"),
    "mini-batches": (with_options(IDENTITY, batch_size=2), 1e150, "layer 1, in Z1"),
}


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("log_every", [1, 7, 5000])
@pytest.mark.parametrize(("config", "size", "place"), BLOWN_UP.values(), ids=BLOWN_UP.keys())
def test_where_the_cost_stops_being_finite(
    config: Config, size: float | None, place: str, engine: str, log_every: int
) -> None:
    config = with_options(config, engine=engine, device="cpu", log_every=log_every)
    data = load(config)
    if size is not None:
        data = dataclasses.replace(data, train=Part(size * np.array([[1.0, -1, 0.5]]), np.ones((1, 3))), test=None)
    machine = make_engine(config, initial_parameters(config, 1))
    summary = train(config, data, machine, [])
    assert summary["status"] == "not finite"
    assert summary["cost"] is None
    reason = str(summary["reason"])
    assert f"iteration {summary['iterations']}: the cost is " in reason
    assert f"first in {place}" in reason
    assert f"Try a smaller --learning-rate ({config.learning_rate / 10:g} instead of" in reason
    assert summary["iterations"] == _first_bad_iteration(config, data)


def _first_bad_iteration(config: Config, data: Dataset) -> int:
    machine = make_engine(config, initial_parameters(config, 1))
    placed = machine.place(*data.train)
    costs = machine.read([machine.step(placed, batch_columns(config, len(data.train.X[0]), i)) for i in range(500)])
    return int(np.flatnonzero(~np.isfinite(costs))[0])


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize(
    ("spoiled", "place"), [("W1", "layer 1, in W1"), ("b2", "layer 2, in b2"), ("W3", "layer 3, in W3"), ("", "cost")]
)
def test_the_first_layer_is_named(spoiled: str, place: str, engine: str) -> None:
    config = options("xor", layers=(3, 2), engine=engine)
    machine = make_engine(config, initial_parameters(config, 2))
    parameters = {
        name: V * (np.nan if name in (spoiled, "b3") and spoiled else 1) for name, V in machine.parameters().items()
    }
    machine.load(parameters, {})
    assert place in first_layer_not_finite(machine, machine.place(*load(config).train), None)


# The options


def test_the_options_survive_json() -> None:
    for config in RUNS.values():
        assert from_json(json.loads(json.dumps(config.to_json())), "here") == config


@pytest.mark.parametrize("data", PRESETS)
def test_what_ships_trains_well(data: str) -> None:
    _, _, summary = trained(preset(data), "numpy")
    assert summary["status"] == "finished"
    if data == "housing":
        assert summary["test_cost"] < 0.05  # the noise of the prices is 0.25 ** 2 / 2 = 0.031
    else:
        assert (summary["test_accuracy"] or summary["train_accuracy"]) > 0.9


BAD_JSON = {
    "a list": ([1], "found list, expected an object"),
    "unknown": ({"epochs": 3}, "no option 'epochs', expected some of data, test, label"),
    "text for a number": ({"learning_rate": "0.1"}, "learning_rate is '0.1', expected a number"),
    "truth for a number": ({"iterations": True}, "iterations is True, expected an integer"),
    "a fraction": ({"iterations": 1.5}, "iterations is 1.5, expected an integer"),
    "a word of layers": ({"layers": [3, "4"]}, "layers is [3, '4'], expected a list of integers"),
    "another word": ({"engine": "jax"}, "engine is 'jax', expected one of torch, numpy"),
    "null": ({"seed": None}, "seed is None, expected an integer"),
    "out of range": ({"momentum": 1.0}, "--momentum 1.0: expected a number in [0, 1)"),
}


@pytest.mark.parametrize(("content", "message"), BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_configuration_that_cannot_be_used(content: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"options": content}))
    with pytest.raises(UserError) as error:
        read_config(path)
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))


# The command


def command(*words: str) -> int:
    """Exit status of the command, in this process."""
    before, sys.argv = sys.argv, ["backproof", *words]
    try:
        with pytest.raises(SystemExit) as end:
            main()
    finally:
        sys.argv = before
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert list(saved) == ["backproof", "created", "options", "versions", "device", "data"]
    assert from_json(saved["options"], "") == options(engine="numpy", iterations=60, board=True)
    assert [len(sum_) for sum_ in saved["data"].values()] == [64, 64]
    lines = [json.loads(line) for line in (folder / "runs/first/metrics.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [0, 25, 50, 60]
    assert set(lines[0]) == set(Record.__annotations__)
    summary = json.loads((folder / "runs/first/summary.json").read_text())
    assert {key: summary[key] for key in ("cost", "test_accuracy")} == {
        key: lines[-1][key] for key in ("cost", "test_accuracy")
    }


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
    assert unpack(folder / "runs/one/model.h5").config == options("xor", engine="numpy", iterations=3, board=True)
    again = ("train", "--config", "runs/one/config.json", "--layers", "--seed", "5", "--run", "two")
    assert command(*again) == 0
    changed = options("xor", engine="numpy", iterations=3, layers=(), seed=5, board=True)
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
