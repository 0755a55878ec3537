"""The proof while a network learns: right gradients are near, a planted mistake is far, whatever is trained."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.board import live_parity
from backproof.board.live_parity import gradient_errors, refuse_disagreement, run_errors
from backproof.commands.train import train
from backproof.training.engine import Arrays
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.loop import Stopped
from backproof.training.numpy_engine import NumpyEngine
from backproof.training.options import Config
from reference_numpy.deep import deep_gradients
from tests.configs import load, options, with_options
from tests.training.trained import trained

HEADS = [("sigmoid", "cross_entropy"), *product(("sigmoid", "identity", "relu"), ("squared_error",))]
NETWORKS = [
    options(layers=(5, 3), activation=activation, output=output, loss=loss, l2=l2, init="xavier")
    for activation, (output, loss), l2 in product(
        ("relu", "tanh", "sigmoid", "leaky_relu", "identity"), HEADS, (0.0, 0.7)
    )
]
FAR = 1e8


def batch(config: Config, n_x: int = 7, m: int = 11) -> tuple[Arrays, Any, Any]:
    """Parameters whose biases are not zero and whose output is alive, X (n_x, m) of both signs, Y (1, m) of 0 and 1."""
    rng = np.random.default_rng(3)
    parameters = {k: V + 0.3 * rng.standard_normal(V.shape) for k, V in initial_parameters(config, n_x).items()}
    parameters[f"b{len(config.network.layers) + 1}"] += 1
    return parameters, rng.standard_normal((n_x, m)), rng.integers(0, 2, (1, m)).astype(float)


@pytest.mark.parametrize(
    "config", NETWORKS, ids=lambda c: f"{c.network.activation}-{c.network.output}-{c.network.loss}-{c.descent.l2}"
)
def test_right_gradients_are_near(config: Config) -> None:
    errors = gradient_errors(config, *batch(config))
    assert list(errors) == ["dW1", "db1", "dW2", "db2", "dW3", "db3"]
    assert 0 < max(errors.values()) < 1e4


def test_logistic_regression_has_one_layer() -> None:
    config = options(layers=())
    assert list(gradient_errors(config, *batch(config))) == ["dW1", "db1"]


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_it_holds_after_training(engine: str) -> None:
    config = options("flower", iterations=300, l2=0.1)
    machine, _, _ = trained(config, engine)
    assert max(gradient_errors(config, machine.parameters(), *load(config).train).values()) < 1e4


def scaled(name: str, factor: float) -> Callable[[Arrays, Config], Arrays]:
    return lambda grads, config: grads | {name: factor * grads[name]}


def without_l2(grads: Arrays, config: Config) -> Arrays:
    return grads | {"dW2": grads["dW2"] - config.descent.l2 / 11 * PARAMETERS["W2"]}


PENALISED = options(layers=(5, 3), l2=0.7, activation="tanh")
PARAMETERS, X, Y = batch(PENALISED)
MISTAKES = {
    "m is missing": ("dW1", scaled("dW1", 11)),
    "a sign": ("db2", scaled("db2", -1)),
    "a millionth": ("dW3", scaled("dW3", 1 + 1e-6)),
    "L2 is missing": ("dW2", without_l2),
    "a transpose": ("dW1", lambda grads, config: grads | {"dW1": grads["dW1"].T}),
}


@pytest.mark.parametrize(("name", "mistake"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_by_hand_is_seen_where_it_is(
    name: str, mistake: Callable[[Arrays, Config], Arrays], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*arguments: Any) -> Arrays:
        return mistake(deep_gradients(*arguments), PENALISED)

    monkeypatch.setattr(live_parity, "deep_gradients", wrong)
    errors = gradient_errors(PENALISED, PARAMETERS, X, Y)
    assert errors.pop(name) > FAR
    assert max(errors.values()) < 1e4


def test_what_is_in_float32_is_proved_in_float64() -> None:
    single = {name: V.astype(np.float32) for name, V in PARAMETERS.items()}
    errors = gradient_errors(PENALISED, single, X.astype(np.float32), Y.astype(np.float32))
    assert 0 < max(errors.values()) < 1e4
    machine = make_engine(with_options(PENALISED, dtype="float32", device="cpu"), PARAMETERS)
    assert max(gradient_errors(PENALISED, machine.parameters(), X, Y).values()) < 1e4


def test_what_is_given_stays_as_it_is() -> None:
    before = {name: V.copy() for name, V in PARAMETERS.items()}
    gradient_errors(PENALISED, PARAMETERS, X, Y)
    assert all(np.array_equal(V, before[name]) for name, V in PARAMETERS.items())


def test_parameters_that_blew_up_are_no_agreement() -> None:
    blown = PARAMETERS | {"W3": np.full_like(PARAMETERS["W3"], np.inf)}
    assert not np.isfinite(gradient_errors(PENALISED, blown, X, Y)["dW1"])


def test_a_gradient_that_is_zero_must_be_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    config = options(layers=(5,), init="zeros")
    start = initial_parameters(config, 7)
    assert gradient_errors(config, start, X, Y)["dW1"] == 0
    monkeypatch.setattr(live_parity, "deep_gradients", lambda *a: deep_gradients(*a) | {"dW1": np.full((5, 7), 1e-300)})
    assert gradient_errors(config, start, X, Y)["dW1"] == np.inf


def test_what_drowns_in_rounding_noise_is_no_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    config = options(layers=(), output="identity", loss="squared_error")
    X, W = np.ones((2, 3)), np.array([[1.0, 1 / 3]])
    Y = W @ X + np.array([[0.3, 0.6, -0.9]])  # residuals whose sum is 0 but for rounding
    start = {"W1": W, "b1": np.zeros((1, 1))}
    monkeypatch.setattr(live_parity, "deep_gradients", lambda *a: deep_gradients(*a) | {"db1": np.full((1, 1), 1e-15)})
    assert np.isnan(gradient_errors(config, start, X, Y)["db1"])


def test_what_drowns_does_so_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    config = options(layers=(), output="identity", loss="squared_error")
    X, W = np.array([[1.0, 1, 1], [1, 3, 7]]), np.array([[1.0, 1 / 3]])
    Y = W @ X + np.array([[0.1, 0.2, -0.3]])
    monkeypatch.setattr(live_parity, "deep_gradients", lambda *a: deep_gradients(*a) | {"db1": np.full((1, 1), 1e-15)})
    errors = gradient_errors(config, {"W1": W, "b1": np.zeros((1, 1))}, X, Y)
    assert np.isnan(errors["db1"])
    assert errors["dW1"] < 1e4


def test_where_one_weight_is_huge_nothing_can_be_told() -> None:
    huge = PARAMETERS | {"W3": np.full_like(PARAMETERS["W3"], 1e200)}
    assert np.isnan(list(gradient_errors(PENALISED, huge, X, Y).values())).all()


def test_what_cannot_be_told_ends_no_training() -> None:
    refuse_disagreement(PENALISED, 0, {"dW1": np.nan}, {"dW1": np.nan})
    refuse_disagreement(PENALISED, 0, {}, {})
    with pytest.raises(Stopped, match=r"iteration 3: dW1 by hand disagrees with autograd by 1\.0e\+09 u"):
        refuse_disagreement(PENALISED, 3, {"dW1": 1e9}, {"dW1": 1e10})
    with pytest.raises(Stopped, match=r"dW2 of this run disagrees with the hand-derived one by inf u"):
        refuse_disagreement(PENALISED, 3, {"dW1": 1.0}, {"dW1": 1e10, "dW2": np.inf})


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_what_the_run_itself_learns_from_is_compared_with_the_other_implementation(engine: str) -> None:
    for dtype in ("float64", "float32"):
        config = with_options(PENALISED, dtype=dtype, device="cpu", engine=engine)
        machine = make_engine(config, PARAMETERS)
        machine.gradient(machine.place(X, Y))
        own = machine.gradients()
        assert 0.1 < max(run_errors(config, machine.parameters(), X, Y, own).values()) < 5e3
        errors = run_errors(config, machine.parameters(), X, Y, own | {"dW2": 1.01 * own["dW2"]})
        assert errors.pop("dW2") > 1e4
        assert max(errors.values()) < 5e3


def wrong(gradients: dict[str, Any]) -> dict[str, Any]:
    return gradients | {"dW1": 1.01 * gradients["dW1"]}


def test_a_proof_that_fails_ends_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = options("flower", engine="numpy", iterations=40, parity_every=10, board=True)
    gradients = NumpyEngine.gradients
    slips = {  # a mistake in the derivation, then one in what the run does with it
        "derivation": (live_parity, "deep_gradients", lambda *a: wrong(deep_gradients(*a))),
        "run": (NumpyEngine, "gradients", lambda engine: wrong(gradients(engine))),
    }
    for name, slip in slips.items():
        with monkeypatch.context() as patch:
            patch.setattr(*slip)
            assert train(config, name, None, as_json=True) == 1
        summary = json.loads((tmp_path / "runs" / name / "summary.json").read_text())
        assert summary["status"] == "disagrees"
        assert summary["reason"].startswith("iteration 0: dW1 ")
        assert "disagrees with autograd by" in summary["reason"]
