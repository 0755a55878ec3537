"""The options: they survive JSON, suit the data that ship, and are refused when they cannot be used."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.data.hdf5 import digits
from backproof.data.sets import Dataset, Part
from backproof.errors import UserError
from backproof.training.config_files import from_json, read_config
from backproof.training.options import PRESETS, Config, preset
from backproof.training.session import suited
from tests.command import command

from .trained import RUNS, trained


def test_the_options_survive_json() -> None:
    for config in RUNS.values():
        assert from_json(json.loads(json.dumps(config.to_json())), "here") == config


@pytest.mark.parametrize("data", PRESETS)
def test_what_ships_trains_well(data: str) -> None:
    _, _, summary = trained(preset(data), "numpy")
    assert summary.status == "finished"
    if data == "housing":
        assert summary.last["test_cost"] < 0.05  # the noise of the prices is 0.25 ** 2 / 2 = 0.031
    else:
        assert (summary.last["test_accuracy"] or summary.last["train_accuracy"]) > 0.9


@pytest.mark.parametrize("times", [1, 3])
def test_pictures_of_any_size_train_well(times: int, folder: Path) -> None:
    """The first digits, each pixel that many times as wide and as high, in three colours."""
    pictures = digits()
    for part, X, Y in (
        ("train", pictures.X_train[:, :300], pictures.Y_train[0, :300]),
        ("test", pictures.X_test[:, :100], pictures.Y_test[0, :100]),
    ):
        pixels = np.rint(X.T.reshape(-1, 8, 8, 1) * 255).astype(np.uint8)
        with h5py.File(f"{part}.h5", "w") as file:
            file[f"{part}_set_x"] = pixels.repeat(times, 1).repeat(times, 2).repeat(3, 3)
            file[f"{part}_set_y"] = Y.astype(int)
            file["list_classes"] = np.array([b"even", b"odd"])
    words = ("--data", "train.h5", "--test", "test.h5", "--engine", "numpy", "--no-board", "--iterations", "800")
    assert command("train", *words, "--run", "r") == 0
    summary = json.loads((folder / "runs/r/summary.json").read_text())
    assert summary["test_accuracy"] > 0.8


@pytest.mark.parametrize(
    ("size", "momentum", "rate"), [(1.0, 0.0, 0.1), (1.0, 0.9, 0.1), (1000.0, 0.0, 0.02), (2856.53, 0.9, 0.0007)]
)
def test_a_learning_rate_suits_the_length_of_the_examples(size: float, momentum: float, rate: float) -> None:
    X = np.sqrt(size / 2) * np.array([[1.0, -1.0], [1.0, 1.0]])
    data = Dataset(Part(X, np.array([[0.0, 1.0]])), None, ("a", "b"))
    config = Config().changed(momentum=momentum)
    assert config.descent.learning_rate is None
    assert suited(config, data).descent.learning_rate == pytest.approx(rate, rel=1e-3)
    given = config.changed(learning_rate=0.3, first_layer="direct")
    assert suited(given, data) == given


BAD_JSON = {
    "a list": ([1], "found list, expected an object"),
    "unknown": ({"epochs": 3}, "no option 'epochs', expected some of data, test, label"),
    "text for a number": ({"learning_rate": "0.1"}, "learning_rate is '0.1', expected a number"),
    "truth for a number": ({"iterations": True}, "iterations is True, expected an integer"),
    "a fraction": ({"iterations": 1.5}, "iterations is 1.5, expected an integer"),
    "a word of layers": ({"layers": [3, "4"]}, "layers is [3, '4'], expected a list of integers"),
    "another word": ({"engine": "jax"}, "engine is 'jax', expected one of torch, numpy"),
    "null": ({"seed": None}, "seed is None, expected an integer"),
    "more layers than a run could keep": ({"layers": [1] * 101}, "--layers: 101 hidden layers, expected at most 100"),
    "out of range": ({"momentum": 1.0}, "--momentum 1.0: expected a number in [0, 1)"),
}


@pytest.mark.parametrize("option", ["learning_rate", "seed", "data", "layers", "nothing"])
@pytest.mark.parametrize("digits", [400, 5000])
def test_an_integer_of_any_length_is_one_refusal(option: str, digits: int) -> None:
    number = 10**digits
    with pytest.raises(UserError, match=r"^here: .{,400}$"):
        from_json({option: [number] if option == "layers" else number}, "here")
    with pytest.raises(UserError, match=r"^here: there is no option"):
        from_json({number: 1}, "here")


@pytest.mark.parametrize(("content", "message"), BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_configuration_that_cannot_be_used(content: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"options": content}))
    with pytest.raises(UserError) as error:
        read_config(path)
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))
