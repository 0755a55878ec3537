"""--keep-best: the parameters of the lowest cost on the test set, beside the last."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backproof.commands.train import train
from backproof.training.checkpoint import unpack
from tests.command import command
from tests.configs import ENGINES, load, options, with_options

from .children import child, finish, wait_for
from .trained import trained

# The cost on the test set falls, rises, and falls again.
RISING = options(
    "flower", learning_rate=5.0, iterations=160, log_every=5, checkpoint_every=50, engine="numpy", keep_best=True
)


def lowest(folder: Path) -> tuple[int, float]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    best = min(lines, key=lambda line: line["test_cost"])
    return best["iteration"], best["test_cost"]


@ENGINES
def test_the_best_is_kept_beside_the_last(engine: str, folder: Path) -> None:
    config = with_options(RISING, engine=engine, device="cpu")
    assert train(config, "run", None, as_json=True) == 0
    iteration, cost = lowest(folder / "runs/run")
    assert 0 < iteration < 160
    best = unpack(folder / "runs/run/best.h5")
    assert best.iteration == iteration
    machine, _, _ = trained(with_options(config, iterations=iteration), engine)
    for name, V in machine.parameters().items():
        np.testing.assert_array_equal(best.parameters[name], V)
    data = load(config)
    assert data.test is not None
    assert machine.cost(machine.place(*data.test)) == cost
    summary = json.loads((folder / "runs/run/summary.json").read_text())
    assert summary["best"] == {"iteration": iteration, "test_cost": cost}
    assert unpack(folder / "runs/run/model.h5").iteration == 160


def test_without_the_option_nothing_is_kept(folder: Path) -> None:
    assert train(with_options(RISING, keep_best=False), "run", None, as_json=True) == 0
    assert not (folder / "runs/run/best.h5").exists()


@pytest.mark.parametrize("until", [50, 80, 120])
def test_a_run_that_goes_on_keeps_the_best_of_all(until: int, folder: Path) -> None:
    assert train(RISING, "whole", None, as_json=True) == 0
    assert train(with_options(RISING, iterations=until), "parts", None, as_json=True) == 0
    assert train(RISING, None, "parts", as_json=True) == 0
    whole, parts = (unpack(folder / f"runs/{name}/best.h5") for name in ("whole", "parts"))
    assert parts.iteration == whole.iteration
    for name, V in whole.parameters.items():
        np.testing.assert_array_equal(parts.parameters[name], V)


def test_a_killed_run_keeps_the_best_of_all(folder: Path) -> None:
    endless = with_options(RISING, iterations=10**6, checkpoint_every=7)
    process = child(folder, endless, "run")
    wait_for(folder / "runs/run/best.h5", process)
    process.kill()
    finish(process)
    assert process.exitcode == -signal.SIGKILL
    done = unpack(folder / "runs/run/model.h5").iteration
    assert unpack(folder / "runs/run/best.h5").iteration < done + 7
    assert finish(child(folder, with_options(endless, iterations=done + 60), None, "run")) == 0
    assert unpack(folder / "runs/run/best.h5").iteration == lowest(folder / "runs/run")[0]


def test_where_the_option_comes_later_the_best_is_that_of_the_rest(folder: Path) -> None:
    first = with_options(RISING, keep_best=False, iterations=100)
    assert train(first, "run", None, as_json=True) == 0
    assert train(RISING, None, "run", as_json=True) == 0
    assert unpack(folder / "runs/run/best.h5").iteration >= 100


def test_the_best_can_predict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (8, 8)).save("0.png")
    words = ("train", "--engine", "numpy", "--iterations", "30", "--log-every", "5", "--no-board", "--run", "d")
    assert command(*words, "--keep-best") == 0
    assert "best      best.h5, test 0." in capsys.readouterr().out
    answers = []
    for more in ((), ("--best",)):
        assert command("predict", "d", "0.png", "--json", *more) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[1]["iteration"] == unpack(folder / "runs/d/best.h5").iteration
    os.remove("runs/d/best.h5")
    assert command("predict", "d", "0.png", "--best") == 2
    assert "expected a folder with best.h5" in capsys.readouterr().err


def test_without_a_test_set_it_is_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "--data", "xor", "--engine", "numpy", "--iterations", "5", "--no-board", "--keep-best")
    assert command(*words) == 0
    assert "warning: --keep-best without effect, as there is no test set" in capsys.readouterr().err
