"""The notes' own forms train: each equals the deep form step by step, on real data, and refuses other networks."""

from typing import Any

import numpy as np
import pytest

from backproof.data.sets import load
from backproof.errors import UserError
from backproof.training.engines import initial_parameters
from backproof.training.numpy_engine import NumpyEngine
from backproof.training.options import Config
from backproof.training.steps.written import FORMS
from reference_numpy import loops
from reference_numpy.descent import gradient_descent
from shapes.forms import FORMS as WRITTEN
from shapes.network import Head

SMALL: dict[str, Any] = {"engine": "numpy", "momentum": 0.0, "learning_rate": 0.05, "init": "scaled"}
NETWORKS: dict[str, dict[str, Any]] = {
    "blocks": {"layers": (7, 5), "activation": ("tanh", "relu")},
    "shallow": {"layers": (7,), "activation": ("tanh",)},
    "lee": {"layers": (5, 5, 3)},
    "logistic": {"layers": ()},
    "logistic_loop": {"layers": ()},
    "logistic_example": {"layers": (), "batch_size": 1},
}
STEPS = {"logistic_loop": 3, "logistic_example": 200}


def biased(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters with biases that are not 0: where all inputs of a unit are 0, z = b, and Lee's ReLU'(0) is 1."""
    rng = np.random.default_rng(0)
    return parameters | {name: 0.1 * rng.standard_normal(V.shape) for name, V in parameters.items() if name[0] == "b"}


def trained(form: str, steps: int, **options: Any) -> tuple[list[float], dict[str, Any]]:
    """Costs and parameters after so many steps on the digits."""
    config = Config().changed(form=form, **SMALL, **options)
    data = load(config.data, "cross_entropy").train
    engine = NumpyEngine(config, biased(initial_parameters(config, len(data.X))), {})
    placed = engine.place(*data)
    columns = [None if config.descent.batch_size is None else np.array([i]) for i in range(steps)]
    return [float(engine.step(placed, chosen)) for chosen in columns], engine.parameters()


@pytest.mark.parametrize("form", NETWORKS)
def test_a_form_is_the_deep_form_step_by_step(form: str) -> None:
    steps = STEPS.get(form, 40)
    costs, parameters = trained(form, steps, **NETWORKS[form])
    of_deep, deep = trained("deep", steps, **NETWORKS[form])
    np.testing.assert_allclose(costs, of_deep, rtol=1e-10)
    for name, V in deep.items():
        np.testing.assert_allclose(parameters[name], V, rtol=1e-9, atol=1e-13)
    if NETWORKS[form].get("batch_size") is None:
        assert costs[-1] < costs[0]


def test_every_form_can_be_chosen() -> None:
    assert set(FORMS) == {"deep", *NETWORKS}


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("shallow", {"layers": (7, 5)}, "expected one hidden layer, as in --layers 7, not 2"),
        ("lee", {"layers": (5,), "activation": ("tanh",)}, "expected --activation relu, not tanh"),
        ("logistic", {"layers": (5,)}, "expected no hidden layer, as --layers alone says, not 1"),
        ("logistic_example", {"layers": ()}, "expected --batch-size 1"),
        ("blocks", {"l2": 0.1}, "expected --engine numpy, cross-entropy and no --l2"),
        ("blocks", {"engine": "torch"}, "expected --engine numpy, cross-entropy and no --l2"),
        ("blocks", {"loss": "squared_error"}, "expected --engine numpy, cross-entropy and no --l2"),
    ],
)
def test_a_form_refuses_what_the_notes_do_not_train_by_it(form: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=f"--form {form}: {said}"):
        Config().changed(form=form, **SMALL | options)


@pytest.mark.parametrize(("layers", "count"), [((5, 3), 3), ((), 2)])
def test_there_are_as_many_activations_as_hidden_layers(layers: tuple[int, ...], count: int) -> None:
    with pytest.raises(UserError, match=f"expected one activation, or one for each of the {len(layers)} hidden layers"):
        Config().changed(layers=layers, activation=("relu",) * count)


# The loops of the reference against gradient_descent, on the digits


def digits() -> tuple[Any, Any]:
    train = load(Config().data, "cross_entropy").train
    return train.X[:, :300], train.Y[:, :300]


def start(*hidden: int) -> dict[str, Any]:
    return initial_parameters(Config().changed(layers=hidden, init="scaled"), 64)


def test_logistic_regression_completely() -> None:
    X, Y = digits()
    w, b, costs = loops.logistic_regression(X, Y, np.zeros((64, 1)), 0.0, 0.1, 50)
    deep, of_deep = gradient_descent(X, Y, {"W1": np.zeros((1, 64)), "b1": np.zeros((1, 1))}, Head(), 0.1, 0.0, 50)
    np.testing.assert_allclose(costs, of_deep, rtol=1e-12)
    for V, expected in zip((w, b), WRITTEN["column"].from_layers(deep), strict=True):
        np.testing.assert_allclose(V, expected, rtol=1e-10)
    assert costs[-1] < 0.9 * costs[0]


def test_logistic_regression_from_one_example_at_a_time() -> None:
    X, Y = digits()
    w, _, costs = loops.logistic_one_by_one(X, Y, np.zeros(64), 0.0, 0.05, 3)
    assert costs[-1] < costs[0] < np.log(2)
    again = {"W1": np.zeros((1, 64)), "b1": np.zeros((1, 1))}
    for i in range(900):
        one = X[:, [i % 300]], Y[:, [i % 300]]
        again, _ = gradient_descent(*one, again, Head(), 0.05, 0.0, 1)
    np.testing.assert_allclose(w[None], again["W1"], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_shallow_loop_and_the_outline_are_the_deep_loop(activation: str) -> None:
    X, Y = digits()
    deep, costs = gradient_descent(X, Y, start(7), Head(activation), 0.1, 0.0, 50)
    *moved, of_shallow = loops.shallow_network(X, Y, **start(7), activation=activation, alpha=0.1, iterations=50)
    by_blocks, of_blocks = loops.outline(X, Y, start(7), activation, 0.1, 50)
    np.testing.assert_array_equal(of_shallow, costs)
    np.testing.assert_allclose(of_blocks, costs, rtol=1e-12)
    for V, (name, expected) in zip(moved, deep.items(), strict=True):
        np.testing.assert_array_equal(V, expected)
        np.testing.assert_allclose(by_blocks[name], expected, rtol=1e-10, atol=1e-14)


def test_lees_loop_is_the_deep_loop() -> None:
    X, Y = digits()
    begun = biased(start(5, 5, 3))
    deep, costs = gradient_descent(X, Y, begun, Head(), 0.1, 0.0, 50)
    by_lee, of_lee = loops.lee_network(X, Y, begun, 0.1, 50)
    np.testing.assert_allclose(of_lee, costs, rtol=1e-12)
    for name, expected in deep.items():
        np.testing.assert_allclose(by_lee[name], expected, rtol=1e-10, atol=1e-14)


def test_lees_slope_at_zero_is_the_other_convention() -> None:
    X, Y = np.array([[-1.0]]), np.array([[1.0]])
    dead = {"W1": np.array([[0.0]]), "b1": np.zeros((1, 1)), "W2": np.ones((1, 1)), "b2": np.zeros((1, 1))}
    by_lee, _ = loops.lee_network(X, Y, dead, 1.0, 1)
    deep, _ = gradient_descent(X, Y, dead, Head(), 1.0, 0.0, 1)
    assert by_lee["b1"].item() == 0.5
    assert deep["b1"].item() == 0
