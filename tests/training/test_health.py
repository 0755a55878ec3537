"""A network that learns nothing says so, with what to try; one that learns is left in peace."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.data.sets import Dataset, Part
from backproof.training.health import Course, End, Finding, cost_of_the_best_constant, dead_layers, findings
from tests.board.reading import hparams_of, read, text_of
from tests.command import command
from tests.configs import options

from .trained import trained

X = np.array([[0.0, 1, 2, 3]])
DATA = Dataset(Part(X, np.array([[0.0, 1, 0, 1]])), None, ("cat", "dog"))
CONFIG = options("flower", activation="relu", layers=(2, 3), iterations=100)
ALIVE = {"A1": np.ones((2, 1)), "A2": np.ones((3, 1))}
GRADIENTS = {f"d{V}{l}": np.ones((1, 1)) for l in (1, 2, 3) for V in "Wb"}
PARAMETERS = {f"{V}{l}": np.ones((1, 1)) for l in (1, 2, 3) for V in "Wb"}
STILL_AT = float(np.log(2))  # the cost of a network that says 0.5 of everything


def record(iteration: int = 100, cost: float = 0.5, test_cost: float | None = None) -> dict[str, Any]:
    return {"iteration": iteration, "cost": cost, "test_cost": test_cost}


def end(cost: float = STILL_AT, outputs: Any = (0.4, 0.6, 0.4, 0.6), **changed: Any) -> End:
    parts: dict[str, Any] = {
        "record": record(cost=cost),
        "largest": ALIVE,
        "parameters": PARAMETERS,
        "gradients": GRADIENTS,
    }
    return End(cost=cost, outputs=np.array([outputs]), **(parts | changed))


def said(course: Course, at_end: End, config: Any = CONFIG) -> tuple[str, bool]:
    found, nothing = findings(config, DATA, course, at_end)
    return " / ".join(map(str, found)), nothing


FALLEN = Course([record(0, 1.0)])


def test_one_that_learned_is_left_in_peace() -> None:
    assert said(FALLEN, end(cost=0.1)) == ("", False)


def test_one_that_is_still_on_its_way_has_not_failed() -> None:
    assert said(FALLEN, end(cost=0.75)) == (
        "the cost falls, and is still 0.75 where a network that always says the same has 0.6931; "
        "try more --iterations, or --learning-rate 3 instead of 0.3",
        False,
    )


@pytest.mark.parametrize("g", ["relu", "leaky_relu", "tanh"])
def test_dead_layers(g: str) -> None:
    config = CONFIG.changed(activation=g)
    dead = end(largest=ALIVE | {"A1": np.zeros((2, 1)), "A2": np.zeros((3, 1))})
    found, nothing = said(FALLEN, dead, config)
    if g != "relu":  # a leaky unit passes a gradient on at any value
        assert "ReLU" not in found
        assert not nothing
        return
    assert nothing
    assert "the ReLU units of layers 1 and 2 are 0 for every training example" in found
    assert "--learning-rate 0.03 instead of 0.3, or --activation leaky_relu" in found
    half = end(largest=ALIVE | {"A1": np.array([[0.0], [1e-9]])})
    assert dead_layers(config, half) == []


def test_a_dead_output_is_a_dead_layer() -> None:
    config = CONFIG.changed(output="relu", loss="squared_error")
    assert dead_layers(config, end(outputs=(0, 0, 0, 0))) == [3]
    assert dead_layers(config, end(outputs=(0, 0, 1e-3, 0))) == []
    assert dead_layers(CONFIG, end(outputs=(0, 0, 0, 0))) == []


def test_a_gradient_that_has_vanished() -> None:
    found, nothing = said(FALLEN, end(gradients=GRADIENTS | {"dW2": np.full((1, 1), 1e-10)}))
    assert nothing
    assert found.startswith("the gradient by W2 has vanished; try another --init")
    assert not said(FALLEN, end(gradients=GRADIENTS | {"dW2": np.full((1, 1), 1e-8)}))[1]


def test_a_cost_that_did_not_fall() -> None:
    found, nothing = said(Course([record(0, 0.7)]), end(cost=5.0))
    assert nothing
    assert "the cost did not fall: it was 0.7 at first and is 5 now; try --learning-rate 0.03 instead of 0.3" in found


def test_a_cost_that_hardly_fell() -> None:
    found, nothing = said(Course([record(0, 0.7)]), end(cost=0.7 * (1 - 1e-7)))
    assert nothing
    assert found.startswith(
        "the cost hardly fell: by 1e-07 of itself, which was 0.7; "
        "try --learning-rate 3 instead of 0.3, or another --init"
    )
    lucky, nothing = said(Course([record(0, 0.6)]), end(cost=0.5999))
    assert lucky.startswith("the cost hardly fell: by 0.0002 of itself, which was 0.6")
    assert not nothing
    assert said(Course([record(0, 0.6)]), end(cost=0.599)) == ("", False)


def test_predictions_that_are_all_equal() -> None:
    found, nothing = said(Course([record(0, 0.5)]), end(outputs=(0.4, 0.45, 0.4, 0.49)))
    assert nothing
    assert "every training example is said to be 'cat'" in found
    assert "said to be" not in said(Course([record(0, 0.5)]), end())[0]
    assert "said to be 'cat'" in said(FALLEN, end(outputs=(0.4, 0.45, 0.4, 0.49)))[0]


def test_after_a_few_updates_only_what_is_dead_is_said() -> None:
    few = CONFIG.changed(iterations=99)
    assert said(Course([record(0, 0.5)]), end(), few) == ("", False)
    dead, nothing = said(FALLEN, end(largest=ALIVE | {"A1": np.zeros((2, 1))}), few)
    assert "layer 1 are 0" in dead
    assert not nothing


def test_a_network_better_than_any_constant_has_learned_something() -> None:
    gone = {"gradients": {name: 0 * V for name, V in GRADIENTS.items()}}
    assert said(FALLEN, end(cost=0.5, **gone)) == ("", False)
    assert said(FALLEN, end(cost=0.999 * STILL_AT, **gone))[1]


def test_of_one_class_nothing_can_be_learned_and_nothing_is_blamed() -> None:
    one = dataclasses.replace(DATA, train=DATA.train._replace(Y=np.ones((1, 4))))
    gone = end(cost=1e-3, outputs=(0.9,) * 4, gradients={name: 0 * V for name, V in GRADIENTS.items()})
    assert findings(CONFIG, one, FALLEN, gone) == ([], False)


def test_a_cost_that_rises_on_the_test_set() -> None:
    course = Course([record(0, 1.0, 0.9), record(30, 0.5, 0.6), record(60, 0.2, 0.7)])
    over = end(cost=0.1, record=record(100, 0.1, 0.8))
    found, nothing = said(course, over)
    assert not nothing
    assert "lowest at iteration 30, 0.6, and has risen to 0.8" in found
    assert "try --keep-best, --iterations 30 or a larger --l2" in found
    assert said(course, end(cost=0.1, record=record(100, 0.1, 0.65))) == ("", False)
    at_once, _ = said(Course([record(0, 1.0, 0.6)]), over)
    assert "lowest at iteration 0, 0.6, and has risen to 0.8" in at_once
    assert "try fewer units in --layers or a larger --l2" in at_once


def test_what_is_not_finite_is_never_the_best() -> None:
    course = Course([record(0, 1.0, float("nan")), record(1, 1.0, 0.5), record(2, 1.0, float("-inf")), record(3, 1.0)])
    assert course.best == (1, 0.5)


def test_the_best_constant() -> None:
    Y = np.array([[0.0, 0, 0, 1]])
    costs = [-np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a)) for a in (0.2, 0.25, 0.3)]
    assert cost_of_the_best_constant(CONFIG, Y) == pytest.approx(costs[1])
    assert costs[1] < min(costs[0], costs[2])
    quantities = options("housing")
    assert cost_of_the_best_constant(quantities, Y) == pytest.approx(np.mean((Y - 0.25) ** 2) / 2)
    assert cost_of_the_best_constant(CONFIG, np.ones((1, 3))) == 0


# In a training

DEAD = ("train", "--learning-rate", "50", "--engine", "numpy", "--iterations", "200")


def test_a_training_that_learns_nothing_says_so_everywhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*DEAD, "--run", "dead") == 1
    out, err = capsys.readouterr()
    assert "runs/dead  learned nothing, 200 iterations" in out
    assert "predict" not in out
    assert "backproof: no better than a network that always says the same: the ReLU units of layer" in err
    assert "backproof: every training example is said to be '" in err
    summary = json.loads((folder / "runs/dead/summary.json").read_text())
    assert summary["status"] == "learned nothing"
    assert summary["findings"][0]["found"] in summary["reason"]
    events = read(folder / "runs/dead")
    outcome = text_of(events, "outcome")
    assert outcome.startswith("**learned nothing** after 200 iterations")
    assert all(finding["found"] in outcome for finding in summary["findings"])
    assert hparams_of(events, "session_end_info").session_end_info.status == 2  # failed


def test_as_json_it_says_so_too(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert command(*DEAD, "--run", "dead", "--no-board", "--json") == 1
    assert json.loads(capfd.readouterr().out)["status"] == "learned nothing"


def test_a_sweep_with_a_dead_run_is_not_trained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--iterations", "150", "--engine", "numpy", "--no-board", "--sweep", "learning_rate=0.1,50")
    assert command("train", *words, "--run", "s") == 1
    out, err = capsys.readouterr()
    assert [line.split()[-2:] for line in out.splitlines()[1:3]] == [
        ["finished", "s-learning_rate=0.1"],
        ["nothing", "s-learning_rate=50"],
    ]
    assert "backproof: s-learning_rate=50: no better than" in err


def test_weights_of_zero_learn_nothing() -> None:
    _, _, summary = trained(options("flower", init="zeros", iterations=150), "numpy")
    assert summary.status == "learned nothing"
    assert "the gradient by W1, W2 has vanished" in summary.reason


def test_the_first_cost_of_a_run_is_remembered(folder: Path) -> None:
    words = ("--data", "flower", "--engine", "numpy", "--no-board", "--json")
    assert command("train", *words, "--iterations", "200", "--log-every", "50", "--run", "r") == 0
    lines = [json.loads(line) for line in (folder / "runs/r/metrics.jsonl").read_text().splitlines()]
    lines[1]["test_cost"] = 0.001
    (folder / "runs/r/metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert command("train", "--resume", "r", "--iterations", "250", "--json") == 0
    summary = json.loads((folder / "runs/r/summary.json").read_text())
    assert summary["best"] == {"iteration": 50, "test_cost": 0.001}
    assert "lowest at iteration 50, 0.001" in summary["findings"][0]["found"]


def test_a_finding_is_a_sentence() -> None:
    assert str(Finding("it is so", "try this")) == "it is so; try this"


def test_a_rate_that_is_too_small_is_said() -> None:
    slow = options("xor", activation="relu", learning_rate=1e-6, iterations=150)
    _, _, summary = trained(slow, "numpy")
    assert summary.status == "learned nothing"
    assert "the cost hardly fell" in (summary.reason or "")
    assert "--learning-rate 1e-05 instead of 1e-06" in (summary.reason or "")
