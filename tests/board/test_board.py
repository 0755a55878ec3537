"""The board: what TensorBoard shows of a run is there and is right."""

import io
import math
import re
from contextlib import chdir
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.plugins.hparams.api_pb2 import Status

from backproof.board import text
from backproof.board.board import TABLE, times
from backproof.board.graph import graph
from backproof.commands.train import train
from backproof.training.checkpoint import unpack
from backproof.training.engines import make_engine
from backproof.training.options import LogOptions, known, names_of
from parity_tests.compare import THRESHOLD_U
from tests.configs import load, options

from .reading import hparams_of, lines_of, read, text_of

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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which each of the configurations was trained."""
    where = tmp_path_factory.mktemp("board")
    with chdir(where):
        for name, config in CONFIGS.items():
            assert train(config, name, None, as_json=True) == 0
    return where / "runs"


def by_layer(group: str, L: int, first: str = "layer") -> set[str]:
    return {f"{group}/{first}{l}" for l in range(1, L + 1)}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_tag_is_there(name: str, folder: Path) -> None:
    config, tags = CONFIGS[name], read(folder / name).Tags()
    data, L = load(config), len(config.network.layers) + 1
    tested, classes, n_x = data.test is not None, data.classes is not None, len(data.train.X)
    sets = {"train", "test"} if tested else {"train"}
    expected = {f"cost/{part}" for part in sets} | {"gradient_norm/all", "run/learning_rate"}
    expected |= {f"proof/{whose}" for whose in ("by_hand", "of_this_run", "threshold")}
    expected |= {"run/iterations_per_second"} | by_layer("gradient_norm", L) | by_layer("update_ratio", L, "W")
    for group in ("parity", "parity_of_run"):
        expected |= by_layer(group, L, "dW") | by_layer(group, L, "db")
    expected |= {f"accuracy/{part}" for part in sets} if classes else set()
    expected |= {"run/epoch"} if config.descent.batch_size else set()
    expected |= by_layer("dead_units", L - 1) if config.network.activation == ("relu",) else set()
    assert set(tags["scalars"]) == expected
    pictures = {"training_set", "misclassified", "W1"} if data.shape else set()
    pictures |= {"decision_boundary"} if n_x == 2 and classes else set()
    pictures |= {"confusion"} if classes else set()
    pictures |= {"fit"} if n_x == 1 else set()
    assert {tag.removeprefix("pictures/") for tag in tags["images"]} == pictures
    distributions = by_layer("weights", L, "W") | by_layer("gradients", L, "dW") | by_layer("activations", L, "A")
    assert set(tags["histograms"]) == distributions
    words = {f"text/{tag}/text_summary" for tag in ("configuration", "formulas", "what_is_logged", "outcome")}
    curve = {"precision_recall/test"} if tested and config.network.output == "sigmoid" else set()
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
    L = len(CONFIGS[name].network.layers) + 1
    norms = np.array([[event.value for event in events.Scalars(f"gradient_norm/layer{l + 1}")] for l in range(L)])
    np.testing.assert_allclose(np.sqrt(np.sum(norms**2, axis=0)), [line["gradient_norm"] for line in lines], rtol=1e-5)
    if batch := CONFIGS[name].descent.batch_size:
        passes = [line["iteration"] / math.ceil(400 / batch) for line in lines]
        assert [event.value for event in events.Scalars("run/epoch")] == pytest.approx(passes)
    rates = [event.value for event in events.Scalars("run/learning_rate")]
    assert rates == pytest.approx([CONFIGS[name].descent.learning_rate] * len(lines))
    assert all(event.value > 0 for event in events.Scalars("run/iterations_per_second"))


@pytest.mark.parametrize("name", CONFIGS)
def test_the_proof_is_live_and_holds(name: str, folder: Path) -> None:
    events = read(folder / name)
    for tag in events.Tags()["scalars"]:
        if tag.startswith("parity/"):
            assert [event.step for event in events.Scalars(tag)] == [0, 20, 40, 60]
            assert all(event.value < THRESHOLD_U["float64"] for event in events.Scalars(tag))
    for whose, group in (("by_hand", "parity"), ("of_this_run", "parity_of_run")):
        for step, found in enumerate(events.Scalars(f"proof/{whose}")):
            tags = [tag for tag in events.Tags()["scalars"] if tag.startswith(f"{group}/")]
            largest = max(events.Scalars(tag)[step].value for tag in tags)
            assert found.value == pytest.approx(math.log10(max(largest, 0.1) / THRESHOLD_U["float64"]), rel=1e-5)
            assert largest > 0 or "digits" not in name  # two implementations do not agree to the last bit everywhere
    assert [event.value for event in events.Scalars("proof/threshold")] == [0.0] * 4


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
    for part in (
        "### deep.deep_gradients",
        "A^[L] - Y",
        "dW^[l] = 1/m dZ^[l] A^[l-1]ᵀ",
        "dZ @ A_prev.T / m",
        "S17 S22; Notes A, p. 38-40",
        "relu",
    ):
        assert part.replace("S17 S22", "S17, S22") in formulas
    assert "deep_cost" in formulas
    assert "\\frac" not in formulas
    assert "**finished** after 60 iterations" in text_of(events, "outcome")
    assert all(f"| {row.what} |" in text_of(events, "what_is_logged") for row in TABLE)
    for tag in ("configuration", "what_is_logged"):
        widths = {line.replace("\\|", "").count("|") for line in text_of(events, tag).splitlines() if line[:1] == "|"}
        assert widths <= {3, 4, 5}


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (options("xor", l2=0.5), "tanh sigmoid cross_entropy_from_logits l2_penalty tanh_prime update_with_momentum"),
        (options("housing"), "relu squared_error relu_prime update_parameters"),
        (
            options("housing", layers=(3,), output="identity"),
            "relu identity squared_error relu_prime identity_prime update_parameters",
        ),
    ],
)
def test_the_formulas_are_those_that_the_options_use(config: Any, names: str) -> None:
    everywhere = {"initialize_parameters", "deep_forward", "cost", "deep_cost", "deep_gradients"}
    classes = config.network.loss == "cross_entropy"
    expected = everywhere | set(names.split()) | ({"threshold", "accuracy"} if classes else set())
    assert {function.__name__ for function in text.used(config, classes)} == expected


def test_a_bar_in_a_cell_ends_no_cell() -> None:
    assert text.table(("a", "b"), [("x|y", 1)]) == "| a | b |\n| --- | --- |\n| x\\|y | 1 |"


def test_hyper_parameters_have_the_same_names_in_every_run(folder: Path) -> None:
    started = {name: hparams_of(read(folder / name), "session_start_info").session_start_info for name in CONFIGS}
    names = known().keys() - names_of(LogOptions)
    assert all(set(session.hparams) == names for session in started.values())
    digits = started["digits-torch"].hparams
    assert digits["layers"].string_value == "20-7-5"
    assert started["table-numpy"].hparams["layers"].string_value == "none"
    assert digits["batch_size"].string_value == "all"
    assert started["flower-torch"].hparams["batch_size"].number_value == 64
    assert digits["learning_rate"].number_value == 0.1
    ended = hparams_of(read(folder / "digits-torch"), "session_end_info").session_end_info
    assert ended.status == Status.Value("STATUS_SUCCESS")


def test_the_charts_of_several_curves_name_tags_that_exist(folder: Path) -> None:
    tags = read(folder / "digits-numpy").Tags()["scalars"]
    moment: Any = SimpleNamespace(config=CONFIGS["digits-numpy"].changed(parity_every=None))
    assert text.LAYOUT.keys() - text.layout(moment).keys() == {text.PROOF}
    for charts in text.LAYOUT.values():
        for pattern in charts.values():
            assert sum(re.fullmatch(pattern, tag) is not None for tag in tags) >= 2


def test_the_graph_is_in_the_symbols_of_the_notes(folder: Path) -> None:
    nodes = {node.name: node for node in read(folder / "digits-numpy").Graph().node}
    layers = [f"layer_{l}/{symbol}{l}" for l in range(1, 5) for symbol in "WbZA"]
    assert list(nodes) == ["A0", *layers, "Y", "J"]
    assert list(nodes["layer_1/Z1"].input) == ["layer_1/W1", "A0", "layer_1/b1"]
    assert list(nodes["layer_3/Z3"].input) == ["layer_3/W3", "layer_2/A2", "layer_3/b3"]
    assert list(nodes["J"].input) == ["layer_4/Z4", "Y"]
    assert [nodes[name].op for name in ("layer_2/A2", "layer_4/A4", "J")] == ["relu", "sigmoid", "cross_entropy"]
    shape = nodes["layer_2/W2"].attr["_output_shapes"].list.shape[0]
    assert [dim.size for dim in shape.dim] == [7, 20]
    for name, size in (("layer_2/b2", [7, 1]), ("layer_2/A2", [7, 1437]), ("J", [1, 1]), ("A0", [64, 1437])):
        assert [dim.size for dim in nodes[name].attr["_output_shapes"].list.shape[0].dim] == size
    squared = {node.name: node for node in graph(options(loss="squared_error", l2=0.5), 64, 9).node}
    assert list(squared["J"].input) == ["layer_4/A4", "Y", *(f"layer_{l}/W{l}" for l in range(1, 5))]


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
    assert points.shape == (size, CONFIGS[name].network.layers[-1])
    header, *facts = (where / "metadata.tsv").read_text().splitlines()
    assert header.split("\t") == ["class", "prediction", "right", "output"]
    assert len(facts) == size
    assert "sprite" in config
    with Image.open(where / "sprite.png") as sprite:
        pixels = np.asarray(sprite.convert("RGB")).astype(int)
    side = math.ceil(size**0.5)
    height = pixels.shape[0] // side
    for i in range(size):  # the colour of the class is seen at once, in the corner of each tile
        corner = pixels[i // side * height, i % side * height]
        assert (corner[2] > corner[0]) == bool(shown_labels(CONFIGS[name])[i])
    if name == "digits-torch":
        right = np.mean([line.split("\t")[2] == "yes" for line in facts])
        assert right == pytest.approx(lines_of(folder / name)[-1]["test_accuracy"])


def shown_labels(config: Any) -> Any:
    data = load(config)
    return (data.train if data.test is None else data.test).Y[0]


def test_the_projector_gets_three_columns_of_any_layer(folder: Path) -> None:
    points = np.loadtxt(folder / "housing-numpy/00000/last_hidden_layer/tensors.tsv", delimiter="\t")
    test = load(CONFIGS["housing-numpy"]).test
    assert test is not None
    np.testing.assert_allclose(points, np.pad(test.X.T, ((0, 0), (0, 2))), rtol=1e-12)
    facts = (folder / "housing-numpy/00000/last_hidden_layer/metadata.tsv").read_text().splitlines()
    assert facts[0] == "value\tprediction"
    assert len(facts) == 51
