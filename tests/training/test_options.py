"""The options: they survive JSON, suit the data that ship, and are refused when they cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest

from backproof.errors import UserError
from backproof.training.config_files import from_json, read_config
from backproof.training.options import PRESETS, preset

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
