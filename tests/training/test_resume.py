"""A run goes on from its checkpoint as one that never stopped, and keeps where it comes from."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from backproof.commands.train import train
from backproof.training.checkpoint import unpack
from backproof.training.session import open_new
from tests.command import command
from tests.configs import ENGINES, SMALL, options, with_options

from .children import end_of


@pytest.fixture
def half(folder: Path) -> Path:
    """A finished run of half the iterations."""
    assert train(with_options(SMALL, iterations=70), "half", None, as_json=True) == 0
    return folder / "runs/half"


@pytest.mark.parametrize("data", ["flower", "housing", "digits"])
@ENGINES
def test_a_finished_run_goes_on_as_one_that_never_stopped(data: str, engine: str, folder: Path) -> None:
    config = options(data, engine=engine, device="cpu", iterations=60, checkpoint_every=7, log_every=9)
    assert train(config, "whole", None, as_json=True) == 0
    assert train(with_options(config, iterations=31), "parts", None, as_json=True) == 0
    for iterations in (32, 60):
        assert train(with_options(config, iterations=iterations), None, "parts", as_json=True) == 0
    assert end_of(folder / "runs/parts") == end_of(folder / "runs/whole")
    resumed = json.loads((folder / "runs/parts/config.json").read_text())["resumed"]
    for entry in resumed:
        assert datetime.fromisoformat(entry.pop("date"))
    assert resumed == [
        {"iteration": 31, "changed": {"iterations": [31, 32]}},
        {"iteration": 32, "changed": {"iterations": [32, 60]}},
    ]


def test_where_a_run_comes_from_is_never_rewritten(half: Path) -> None:
    path = half / "config.json"
    first = json.loads(path.read_text())
    first |= {"created": "2020-01-01T00:00:00+00:00", "versions": {"python": "3.0"}, "device": "cuda: some other"}
    path.write_text(json.dumps(first))
    assert train(with_options(SMALL, iterations=70), None, "half", as_json=True) == 0
    assert train(with_options(SMALL, log_every=5), None, "half", as_json=True) == 0
    now = json.loads(path.read_text())
    for name in ("backproof", "created", "versions", "device", "data"):
        assert now[name] == first[name]
    assert now["options"] == with_options(SMALL, first_layer="direct", log_every=5).to_json()
    one, two = now["resumed"]
    assert [one["iteration"], two["iteration"]] == [70, 70]
    assert "changed" not in one
    assert two["changed"] == {"iterations": [70, 150], "log_every": [3, 5]}
    for entry in (one, two):
        assert entry["date"] > "2026"
        assert set(entry["versions"]) == {"python", "numpy", "torch", "h5py"}
        assert entry["device"] == "cpu"
        assert "backproof" not in entry


def test_a_run_whose_config_has_the_options_alone_goes_on(half: Path) -> None:
    path = half / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text())["options"]))
    assert command("train", "--resume", "half", "--iterations", "75", "--json") == 0
    now = json.loads(path.read_text())
    assert (now["created"], now["versions"], now["device"]) == (None, None, None)
    assert now["options"] == with_options(SMALL, first_layer="direct", iterations=75).to_json()
    assert now["resumed"][0]["changed"] == {"iterations": [70, 75]}


def test_a_run_can_change_engines(folder: Path) -> None:
    for name, first, second in (("one", "numpy", "torch"), ("two", "torch", "numpy"), ("three", "numpy", "numpy")):
        assert train(with_options(SMALL, engine=first, iterations=70), name, None, as_json=True) == 0
        assert train(with_options(SMALL, engine=second), None, name, as_json=True) == 0
    models = [unpack(folder / f"runs/{name}/model.h5") for name in ("one", "two", "three")]
    for name, V in models[2].parameters.items():
        for model in models[:2]:
            np.testing.assert_allclose(model.parameters[name], V, rtol=1e-9, atol=1e-12)
    assert models[0].config.place.engine == "torch"


def test_what_the_checkpoint_did_not_see_is_forgotten(half: Path) -> None:
    whole = (half / "metrics.jsonl").read_bytes()
    with (half / "metrics.jsonl").open("ab") as file:
        file.write(b'{"iteration": 72, "cost": 1.0}\n{"iteration": 75, "co')
    assert train(SMALL, None, "half", as_json=True) == 0
    lines = [json.loads(line) for line in (half / "metrics.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [*range(0, 150, 3), 150]
    assert (half / "metrics.jsonl").read_bytes().startswith(whole[: whole.rindex(b'{"iteration": 70')])


def test_a_line_without_its_end_is_torn(half: Path) -> None:
    path = half / "metrics.jsonl"
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join(lines[:-1]))  # the one of iteration 70 is gone, that of 69 lacks its end
    assert train(SMALL, None, "half", as_json=True) == 0
    found = [json.loads(line)["iteration"] for line in path.read_text().splitlines()]
    assert found == [*range(0, 69, 3), *range(72, 150, 3), 150]


def test_a_run_that_has_only_begun_goes_on_from_its_first_iteration(folder: Path) -> None:
    opened = open_new(with_options(SMALL, iterations=5), "run")
    opened.folder.close()
    assert unpack(folder / "runs/run/model.h5").iteration == 0
    assert train(with_options(SMALL, iterations=5), None, "run", as_json=True) == 0
    lines = (folder / "runs/run/metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["iteration"] for line in lines] == [0, 3, 5]
