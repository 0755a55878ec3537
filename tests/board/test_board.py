"""The board: what TensorBoard shows of a run is there, is right, and costs a run neither a bit nor a line."""

import dataclasses
import errno
import io
import json
import os
import re
import threading
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.api_pb2 import Status
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from backproof.board import pictures
from backproof.board import text
from backproof.board import live_parity
from backproof.training import runs
from backproof.board.board import TABLE
from backproof.board.board import Board
from backproof.board.board import open_board
from backproof.board.board import times
from backproof.board.figures import Moment
from backproof.board.figures import dead_units
from backproof.board.figures import update_ratios
from backproof.training.checkpoint import unpack
from backproof.training.options import WRITTEN
from backproof.training.options import Config
from backproof.training.options import read_config
from backproof.data.sets import Dataset
from backproof.data.sets import load
from backproof.training.engine import Engine
from backproof.training.engines import initial_parameters
from backproof.training.engines import make_engine
from backproof.training.numpy_engine import NumpyEngine
from backproof.commands.train import train
from backproof.training.loop import Live
from backproof.training.loop import batch_columns
from backproof.training.loop import train as train_network

from parity_tests.compare import THRESHOLD_U
from tests.configs import ENGINES
from tests.configs import SMALL
from tests.training.children import child
from tests.training.children import end_of
from tests.training.children import finish
from tests.training.children import wait_for
from tests.training.logs import Log
from tests.command import command
from tests.configs import options
from tests.configs import with_options

ALL = {
    "scalars": 0,
    "images": 0,
    "histograms": 0,
    "tensors": 0,
}
SHOWN: Any = {"board": True, "iterations": 60, "log_every": 7, "parity_every": 20, "histograms": 3, "device": "cpu"}
CONFIGS = {
    "flower-numpy": options("flower", engine="numpy", **SHOWN),
    "flower-torch": options("flower", engine="torch", batch_size=64, **SHOWN),
    "digits-numpy": options(engine="numpy", **SHOWN),
    "digits-torch": options(engine="torch", **SHOWN),
    "housing-numpy": options("housing", engine="numpy", **SHOWN),
    "housing-torch": options("housing", engine="torch", layers=(3,), output="identity", **SHOWN),
    "xor-torch": options("xor", engine="torch", **SHOWN),
    "table-numpy": options("cancer", engine="numpy", layers=(), loss="squared_error", output="identity", **SHOWN),
}


def read(folder: Path) -> EventAccumulator:
    """All events of a run."""
    events = EventAccumulator(str(folder), size_guidance=ALL)
    events.Reload()
    return events


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def text_of(events: EventAccumulator, tag: str) -> str:
    return events.Tensors(f"text/{tag}/text_summary")[-1].tensor_proto.string_val[0].decode()


def hparams_of(events: EventAccumulator, tag: str) -> Any:
    content = events.SummaryMetadata(f"_hparams_/{tag}").plugin_data.content
    return HParamsPluginData.FromString(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which each of the configurations was trained."""
    where = tmp_path_factory.mktemp("board")
    with chdir(where):
        for name, config in CONFIGS.items():
            assert train(config, name, None, as_json=True) == 0
    return where / "runs"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by_layer(group: str, L: int, first: str = "layer") -> set[str]:
    return {f"{group}/{first}{l}" for l in range(1, L + 1)}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_tag_is_there(name: str, folder: Path) -> None:
    config, tags = CONFIGS[name], read(folder / name).Tags()
    data, L = load(config), len(config.layers) + 1
    tested, classes, n_x = data.test is not None, data.classes is not None, len(data.train.X)
    sets = {"train", "test"} if tested else {"train"}
    expected = {f"cost/{part}" for part in sets} | {"gradient_norm/all", "run/learning_rate"}
    expected |= {"run/iterations_per_second"} | by_layer("gradient_norm", L) | by_layer("update_ratio", L, "W")
    for group in ("parity", "parity_of_run"):
        expected |= by_layer(group, L, "dW") | by_layer(group, L, "db")
    expected |= {f"accuracy/{part}" for part in sets} if classes else set()
    expected |= by_layer("dead_units", L - 1) if config.activation == "relu" else set()
    assert set(tags["scalars"]) == expected
    pictures = {"training_set", "misclassified", "W1"} if data.shape else set()
    pictures |= {"decision_boundary"} if n_x == 2 and classes else set()
    pictures |= {"fit"} if n_x == 1 else set()
    assert {tag.removeprefix("pictures/") for tag in tags["images"]} == pictures
    distributions = by_layer("weights", L, "W") | by_layer("gradients", L, "dW") | by_layer("activations", L, "A")
    assert set(tags["histograms"]) == distributions
    words = {f"text/{tag}/text_summary" for tag in ("configuration", "formulas", "what_is_logged", "outcome")}
    curve = {"precision_recall/test"} if tested and config.output == "sigmoid" else set()
    assert set(tags["tensors"]) == words | curve | {"custom_scalars__config__"}
    assert tags["graph"]


@pytest.mark.parametrize("name", CONFIGS)
def test_the_curves_are_those_of_the_metrics(name: str, folder: Path) -> None:
    events, lines = read(folder / name), lines_of(folder / name)
    curves = {
        "cost/train": "cost",
        "cost/test": "test_cost",
        "accuracy/train": "train_accuracy",
        "accuracy/test": "test_accuracy",
        "gradient_norm/all": "gradient_norm",
    }
    for tag, key in curves.items():
        if lines[0].get(key) is not None:
            found = events.Scalars(tag)
            assert [event.step for event in found] == [line["iteration"] for line in lines]
            assert [event.value for event in found] == pytest.approx([line[key] for line in lines], rel=1e-6)
    L = len(CONFIGS[name].layers) + 1
    norms = np.array([[event.value for event in events.Scalars(f"gradient_norm/layer{l + 1}")] for l in range(L)])
    np.testing.assert_allclose(np.sqrt(np.sum(norms**2, axis=0)), [line["gradient_norm"] for line in lines], rtol=1e-5)
    rates = [event.value for event in events.Scalars("run/learning_rate")]
    assert rates == pytest.approx([CONFIGS[name].learning_rate] * len(lines))
    assert all(event.value > 0 for event in events.Scalars("run/iterations_per_second"))


@pytest.mark.parametrize("name", CONFIGS)
def test_the_proof_is_live_and_holds(name: str, folder: Path) -> None:
    events = read(folder / name)
    for tag in events.Tags()["scalars"]:
        if tag.startswith("parity/"):
            assert [event.step for event in events.Scalars(tag)] == [0, 20, 40, 60]
            assert all(event.value < THRESHOLD_U["float64"] for event in events.Scalars(tag))


def test_pictures_are_pictures(folder: Path) -> None:
    for name, tags in {
        "digits-numpy": {"training_set": 1, "misclassified": 5, "W1": 5},
        "flower-torch": {"decision_boundary": 10},
        "housing-torch": {"fit": 10},
    }.items():
        events = read(folder / name)
        for tag, n in tags.items():
            found = events.Images(f"pictures/{tag}")
            assert [event.step for event in found] == sorted(times(n)(CONFIGS[name])) if n > 1 else [0]
            for event in found:
                with Image.open(io.BytesIO(event.encoded_image_string)) as picture:
                    assert picture.size == (event.width, event.height)
                    assert 200 < picture.width < 500
                    assert len(set(picture.convert("L").tobytes())) > 2


def test_text_says_what_was_trained(folder: Path) -> None:
    events = read(folder / "digits-torch")
    configuration = text_of(events, "configuration")
    for line in ("| network | 64-20-7-5-1 |", "| test examples | 360 |", "| `--parity-every` | 20 | iterations from"):
        assert line in configuration
    formulas = text_of(events, "formulas")
    for part in ("### deep.deep_gradients", r"A^{[L]} - Y", "dZ @ A_prev.T / m", "S17 S22; Notes A, p. 38-40", "relu"):
        assert part.replace("S17 S22", "S17, S22") in formulas
    assert "deep_cost" in formulas
    assert "**finished** after 60 iterations" in text_of(events, "outcome")
    assert all(f"| {row.what} |" in text_of(events, "what_is_logged") for row in TABLE)
    for tag in ("configuration", "what_is_logged"):
        widths = {line.replace("\\|", "").count("|") for line in text_of(events, tag).splitlines() if line[:1] == "|"}
        assert widths <= {3, 4, 5}


def test_hyper_parameters_have_the_same_names_in_every_run(folder: Path) -> None:
    started = {name: hparams_of(read(folder / name), "session_start_info").session_start_info for name in CONFIGS}
    names = {field.name for field in dataclasses.fields(Config)} - WRITTEN
    assert all(set(session.hparams) == names for session in started.values())
    digits = started["digits-torch"].hparams
    assert digits["layers"].string_value == "20-7-5"
    assert digits["batch_size"].number_value == 1437
    assert digits["learning_rate"].number_value == 0.1
    ended = hparams_of(read(folder / "digits-torch"), "session_end_info").session_end_info
    assert ended.status == Status.Value("STATUS_SUCCESS")


def test_the_charts_of_several_curves_name_tags_that_exist(folder: Path) -> None:
    tags = read(folder / "digits-numpy").Tags()["scalars"]
    for charts in board_text.LAYOUT.values():
        for pattern in charts.values():
            assert sum(re.fullmatch(pattern, tag) is not None for tag in tags) >= 2


def test_the_precision_recall_curve_is_of_the_test_set(folder: Path) -> None:
    config = CONFIGS["digits-numpy"]
    data = load(config)
    assert data.test is not None
    found = read(folder / "digits-numpy").Tensors("precision_recall/test")[-1].tensor_proto
    values = np.array(found.float_val).reshape(6, -1)  # true and false positives, true and false negatives, ...
    model = unpack(folder / "digits-numpy/model.h5")
    engine = make_engine(config, model.parameters)
    A = engine.predict(engine.place(data.test.X))[0]
    assert values[0, 0] == data.test.Y.sum()
    assert values[0, 63] == np.sum(data.test.Y[0] * (A >= 63 / 126))
    assert values[1, 63] == np.sum((1 - data.test.Y[0]) * (A >= 63 / 126))


@pytest.mark.parametrize(("name", "size"), [("digits-torch", 360), ("flower-numpy", 400), ("xor-torch", 4)])
def test_the_projector_has_a_point_for_each_example(name: str, size: int, folder: Path) -> None:
    config = (folder / name / "projector_config.pbtxt").read_text()
    where = folder / name / "00000/last_hidden_layer"
    points = np.loadtxt(where / "tensors.tsv", delimiter="\t")
    assert points.shape == (size, CONFIGS[name].layers[-1])
    header, *facts = (where / "metadata.tsv").read_text().splitlines()
    assert header.split("\t") == ["class", "prediction", "right", "output"]
    assert len(facts) == size
    assert ("sprite" in config) is (name == "digits-torch")
    if name == "digits-torch":
        right = np.mean([line.split("\t")[2] == "yes" for line in facts])
        assert right == pytest.approx(lines_of(folder / name)[-1]["test_accuracy"])
        with Image.open(where / "sprite.png") as sprite:
            assert sprite.size == (19 * 8, 19 * 8)


def test_the_projector_gets_three_columns_of_any_layer(folder: Path) -> None:
    points = np.loadtxt(folder / "housing-numpy/00000/last_hidden_layer/tensors.tsv", delimiter="\t")
    test = load(CONFIGS["housing-numpy"]).test
    assert test is not None
    np.testing.assert_allclose(points, np.pad(test.X.T, ((0, 0), (0, 2))), rtol=1e-12)
    facts = (folder / "housing-numpy/00000/last_hidden_layer/metadata.tsv").read_text().splitlines()
    assert facts[0] == "value\tprediction"
    assert len(facts) == 51


# Figures and pictures of a moment


def moment_of(config: Config, change: dict[str, Any] | None = None, data: Dataset | None = None) -> Moment:
    """A moment before the first update, with some parameters changed."""
    data = data or load(config)
    engine = make_engine(config, initial_parameters(config, len(data.train.X)) | (change or {}))
    train, test = engine.place(*data.train), None if data.test is None else engine.place(*data.test)
    engine.gradient(train)
    return Moment(config, data, 0, Live(engine, train, test, None))


@ENGINES
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_update_ratio_is_that_of_the_update_that_follows(engine: str, momentum: float) -> None:
    config = options("flower", engine=engine, device="cpu", momentum=momentum, iterations=4, log_every=1)

    class Ratios(Log):
        def record(self, record: Any, live: Live) -> None:
            super().record(record, live)
            ratios.append(update_ratios(Moment(config, data, record["iteration"], live)))

    ratios: list[Any] = []
    data, log = load(config), Ratios()
    train_network(config, data, make_engine(config, initial_parameters(config, 2)), [log])
    for i, (before, after) in enumerate(zip(log.seen, log.seen[1:], strict=False)):
        for name in ("W1", "W2"):
            moved = np.linalg.norm(after[name] - before[name]) / np.linalg.norm(before[name])
            assert ratios[i][name] == pytest.approx(moved, rel=1e-9)


def test_weights_of_zero_have_no_update_ratio() -> None:
    assert update_ratios(moment_of(options("cancer", engine="numpy", init="zeros"))) == {"W1": None}


@ENGINES
def test_dead_units_are_those_above_zero_for_no_example(engine: str) -> None:
    config = options("flower", engine=engine, device="cpu", layers=(8, 4), activation="relu")
    b1 = np.array([[-1e3]] * 6 + [[1e3]] * 2)
    found = dead_units(moment_of(config, {"b1": b1, "b2": np.array([[1e9], [-1e9], [1e9], [1e9]])}))
    assert found == {"layer1": 0.75, "layer2": 0.25}
    assert dead_units(moment_of(options("flower", engine=engine, device="cpu"))) == {}


def test_misclassified_pictures_are_captioned(monkeypatch: pytest.MonkeyPatch) -> None:
    config = options(engine="numpy", layers=())
    moment = moment_of(config, {"W1": np.zeros((1, 64)), "b1": np.array([[2.0]])})  # all are taken for odd
    seen: list[Any] = []
    monkeypatch.setattr(board_pictures, "tiled", lambda *args: seen.append(args))
    board_pictures.mistakes(moment)
    (tiles, captions, title) = seen[0]
    assert captions == [["is even", "said odd 88%"]] * board_pictures.MOST
    assert len(tiles) == board_pictures.MOST
    assert moment.dataset.test is not None
    even = int(np.sum(moment.dataset.test.Y == 0))
    assert title == f"{even} of 360 test pictures are misclassified; the 12 surest"
    first = moment.dataset.test.X[:, int(np.argmin(moment.dataset.test.Y[0]))].reshape(8, 8)
    np.testing.assert_array_equal(np.asarray(tiles[0])[..., 0], np.round(255 * first).astype(np.uint8))


def test_the_decision_boundary_is_where_the_class_changes() -> None:
    moment = moment_of(options("flower", layers=(), engine="numpy"), {"W1": np.array([[5.0, 0.0]])})
    picture = board_pictures.boundary(moment)["decision_boundary"][23:].astype(int)
    red_minus_blue = picture[..., 0] - picture[..., 2]
    assert red_minus_blue[:, 5].min() > 50  # X_1 < 0: class 0, red
    assert red_minus_blue[:, -5].max() < -50
    np.testing.assert_array_less(picture.sum(axis=2).min(axis=1), 400)  # each line crosses the dark boundary


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_pictures_of_any_channels(channels: int) -> None:
    shape = (5, 4, channels)
    X = np.random.default_rng(0).random((20 * channels, 3))
    tiles = board_pictures.pictures_of(X, shape)
    assert [tile.size for tile in tiles] == [(4, 5)] * 3
    expected = X[:, 0].reshape(shape).mean(axis=2) if channels < 3 else X[:, 0].reshape(shape)[..., 0]
    np.testing.assert_allclose(np.asarray(tiles[0])[..., 0] / 255, expected, atol=1.1 / 255)
    data = load(options())
    odd = dataclasses.replace(
        data, shape=shape, train=data.train._replace(X=np.resize(X, (20 * channels, 9))), test=None
    )
    odd = dataclasses.replace(odd, train=odd.train._replace(Y=odd.train.Y[:, :9]))
    moment = moment_of(options(engine="numpy", layers=(2,)), data=odd)
    for pictures in (board_pictures.samples(moment), board_pictures.first_weights(moment)):
        assert all(picture.ndim == 3 for picture in pictures.values())


@pytest.mark.parametrize("value", [1e308, -1e308, np.inf, np.nan])
@pytest.mark.parametrize("data", ["digits", "flower", "housing"])
def test_values_out_of_all_bounds_stop_no_training(data: str, value: float, empty: Path) -> None:
    config = options(data, engine="numpy", iterations=1, histograms=2, parity_every=1, board=True)
    dataset = load(config)
    n_x = len(dataset.train.X)
    L = len(config.layers) + 1
    moment = moment_of(config, {f"b{L}": np.array([[value]]), "W1": np.full(((*config.layers, 1)[0], n_x), value)})
    record: Any = {"iteration": 0, "cost": value, "gradient_norm": value, "test_cost": value, "train_accuracy": None}
    with open_board(config, dataset, empty, 0) as board:
        board.record(record | {"test_accuracy": None}, moment.live)
        for iteration in (0, 1):
            board.look(iteration, moment.live)
    assert len(read(empty).Scalars("cost/train")) == 1


def test_moments_are_spread_over_the_run() -> None:
    config = options(iterations=100)
    assert times(0)(config) == set()
    assert times(1)(config) == {100}
    assert times(5)(config) == {0, 25, 50, 75, 100}
    assert times(1000)(config) == set(range(101))


# A run with the board and one without


@ENGINES
@pytest.mark.parametrize("batch_size", [None, 90])
def test_the_board_changes_neither_a_bit_nor_a_line(engine: str, batch_size: int | None, empty: Path) -> None:
    config = with_options(SMALL, engine=engine, iterations=40, batch_size=batch_size)
    shown = {"board": True, "parity_every": 7, "histograms": 4}
    for name, changed in (("without", {}), ("board", {"board": True}), ("all", shown)):
        assert train(with_options(config, **changed), name, None, as_json=True) == 0
    assert end_of(empty / "runs/without") == end_of(empty / "runs/board") == end_of(empty / "runs/all")


def test_nothing_is_computed_between(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        assert used == config
        assert list(parameters) == ["W1", "b1", "W2", "b2"]
        columns: Any = batch_columns(config, 400, i)
        np.testing.assert_array_equal(X, load(config).train.X[:, columns])
        np.testing.assert_array_equal(Y, load(config).train.Y[:, columns])
    curve = read(empty / "runs/run").Scalars("parity/dW1")
    assert [(event.step, event.value) for event in curve] == [(0, 1), (30, 2), (60, 3), (90, 4)]
    assert calls["outputs"] == 3
    assert calls["forward"] == 1  # the projector's
    assert calls["gradients"] == 6  # one for each iteration that is logged or proved


def test_a_run_that_goes_on_shows_one_clean_curve(empty: Path) -> None:
    config = with_options(SMALL, board=True, parity_every=10)
    assert train(with_options(config, iterations=70), "run", None, as_json=True) == 0
    assert train(with_options(config, iterations=80), None, "run", as_json=True) == 0
    assert train(config, None, "run", as_json=True) == 0
    assert_clean(empty / "runs/run", 150)
    assert len(list((empty / "runs/run").glob("events.out.tfevents.*"))) == 3
    assert len(list((empty / "runs/run").glob("0*"))) == 1


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


def test_a_cost_that_is_not_finite_is_said_in_words(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data", "housing", "--output", "identity", "--learning-rate", "1e5", "--engine", "numpy")
    assert command("train", *words, "--run", "far") == 1
    events = read(empty / "runs/far")
    outcome = text_of(events, "outcome")
    assert outcome.startswith("**not finite** after ")
    assert "Try a smaller --learning-rate (10000 instead of 100000)" in outcome
    ended = hparams_of(events, "session_end_info").session_end_info
    assert ended.status == Status.Value("STATUS_FAILURE")


def test_a_disk_that_is_full_for_events_does_not_lose_the_run(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = [25], runs.append

    def full(*args: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        right(*args)

    monkeypatch.setattr("backproof.events.append", full)
    words = ("--data", "flower", "--engine", "numpy", "--iterations", "150", "--checkpoint-every", "4")
    assert command("train", *words, "--log-every", "3", "--run", "run") == 2
    err = capsys.readouterr().err
    assert "backproof: runs/run: No space left on device; the last checkpoint is whole" in err
    assert "Traceback" not in err
    monkeypatch.undo()
    os.chdir(empty)
    assert 0 < unpack(empty / "runs/run/model.h5").iteration < 150
    assert command("train", "--resume", "run") == 0
    assert_clean(empty / "runs/run", 150)


def test_an_interrupted_run_leaves_no_thread_and_no_open_file(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_without_a_board_nothing_is_written_for_it(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "--data", "xor", "--engine", "numpy", "--iterations", "5")
    assert command(*words, "--no-board", "--run", "without") == 0
    assert "tensorboard" not in capsys.readouterr().out
    assert sorted(p.name for p in (empty / "runs/without").iterdir())[1:] == [
        "config.json",
        "metrics.jsonl",
        "model.h5",
        "summary.json",
    ]
    assert command(*words, "--run", "with.dot") == 0
    out = capsys.readouterr().out
    assert "look      tensorboard --logdir runs\n" in out
    assert "http://localhost:6006/?runFilter=%5Ewith%5C.dot%24&tagFilter=%5E%28cost%7Caccuracy%29%2F" in out


def test_a_run_of_before_the_board_is_still_read(empty: Path) -> None:
    saved = {name: value for name, value in SMALL.to_json().items() if name not in WRITTEN - {"log_every"}}
    (empty / "config.json").write_text(json.dumps({"options": saved}))
    assert read_config(empty / "config.json") == with_options(SMALL, board=True, checkpoint_every=250)


def test_the_time_spent_in_the_board_is_not_the_training_s(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = with_options(SMALL, board=True)
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr("backproof.board.time.perf_counter", lambda: float(next(clock)))
    data = load(config)
    with open_board(config, data, empty, 0) as board:
        moment = moment_of(config)
        record: Any = dict.fromkeys(("cost", "test_cost", "train_accuracy", "test_accuracy", "gradient_norm"), 1.0)
        for iteration in (0, 50, 100):
            board.record(record | {"iteration": iteration}, moment.live)
            if iteration == 50:
                board.look(50, moment.live)
    speeds = [event.value for event in read(empty).Scalars("run/iterations_per_second")]
    assert speeds == [pytest.approx(50 / 20), pytest.approx(50 / 30)]
