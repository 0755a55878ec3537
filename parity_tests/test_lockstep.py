"""A thousand steps of both implementations from the same start: the parameters stay together all the way."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backproof.data.hdf5 import cats, digits
from reference_numpy import activations, housing, neuron
from reference_numpy.initialization import initialize_parameters
from reference_numpy.neuron import HIDDEN_UNITS
from shapes.network import Head

from .compare import THRESHOLD_U
from .lockstep import Recipe, train_both

ARCHITECTURES = {"logistic": [5, 1], "shallow": [5, 7, 1], "deep": [5, 7, 4, 3, 1]}
EXTRAS = list(itertools.product((0.0, 0.9), (None, 16), (0.0, 0.7)))
RUNS = [
    (kind, activation, Recipe(Head(activation, l2=l2), alpha=0.02, beta=beta, batch_size=batch_size))
    for kind in ARCHITECTURES
    for activation in (sorted(activations.ACTIVATIONS) if kind != "logistic" else ["relu"])
    for beta, batch_size, l2 in EXTRAS
]


def two_clouds(m: int = 45) -> tuple[Any, Any]:
    """Points of two overlapping classes, examples in columns."""
    rng = np.random.default_rng(1)
    Y = rng.integers(0, 2, (1, m)).astype(float)
    return rng.standard_normal((5, m)) + Y, Y


@pytest.mark.parametrize(
    ("kind", "recipe"),
    [pytest.param(k, r, id=f"{k}-{a}-stepum{r.beta}-batch{r.batch_size}-l2_{r.head.l2}") for k, a, r in RUNS],
)
def test_a_thousand_steps(kind: str, recipe: Recipe, device: str) -> None:
    X, Y = two_clouds()
    start = initialize_parameters(ARCHITECTURES[kind], np.random.RandomState(2))
    steps = list(train_both(X, Y, start, recipe, 1001, device=device))
    assert [m.iteration for m in steps] == list(range(0, 1001, 100))
    for step in steps:
        assert step.distance_u < THRESHOLD_U["float64"], step
        assert step.costs[0] == pytest.approx(step.costs[1], rel=1e-9)
    if recipe.batch_size is None:
        assert steps[-1].costs[0] < steps[0].costs[0]


@pytest.mark.parametrize(("output", "loss"), [("identity", "squared_error"), ("sigmoid", "squared_error")])
def test_other_heads(output: str, loss: str, device: str) -> None:
    X, Y = two_clouds()
    start = initialize_parameters([5, 7, 4, 1], np.random.RandomState(2))
    for step in train_both(X, Y, start, Recipe(Head("tanh", output, loss), alpha=0.02), 1001, device=device):
        assert step.distance_u < THRESHOLD_U["float64"], step


def test_the_price_neuron(device: str) -> None:
    X, Y = np.random.default_rng(1).uniform(0.5, 2, (2, 1, 45))
    layer = torch.nn.Linear(1, 1, dtype=torch.float64, device=device)
    w, b = np.array(0.3), np.array(0.1)
    layer.load_state_dict({"weight": torch.tensor(w[None, None]), "bias": torch.tensor(b[None])})
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    rows, prices = (torch.tensor(V.T, device=device) for V in (X, Y))
    for _ in range(200):
        J, cache = housing.housing_cost(w, b, X, Y)
        grads = housing.housing_gradients(X, Y, cache)
        w, b = w - 0.05 * grads["dw"], b - 0.05 * grads["db"]
        optimizer.zero_grad()
        cost = ((torch.relu(layer(rows)) - prices) ** 2).mean() / 2
        cost.backward()
        optimizer.step()
        assert cost.item() == pytest.approx(float(J), rel=1e-9)
    assert (layer.weight.item(), layer.bias.item()) == pytest.approx((float(w), float(b)), rel=1e-9)


def test_lees_neuron(device: str) -> None:
    X, Y = two_clouds()
    W, b = np.full((5, 1), 0.1), np.zeros((1, 1))
    layer = torch.nn.Linear(5, 1, dtype=torch.float64, device=device)
    layer.load_state_dict({"weight": torch.tensor(W.T), "bias": torch.tensor(b[0])})
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    rows, labels = (torch.tensor(V.T, device=device) for V in (X, Y))
    for _ in range(200):
        J, cache = neuron.neuron_cost(W, X, b, Y)
        grads = neuron.neuron_gradients(X, Y, cache)
        W, b = W - 0.05 * grads["dW"], b - 0.05 * grads["db"]
        optimizer.zero_grad()
        cost = torch.nn.functional.binary_cross_entropy_with_logits(layer(rows), labels)
        cost.backward()
        optimizer.step()
        assert cost.item() == pytest.approx(float(J), rel=1e-9)
    np.testing.assert_allclose(layer.weight.detach().cpu().T, W, rtol=1e-9)


def test_one_step_apart_is_noticed() -> None:
    X, Y = two_clouds()
    start = initialize_parameters([5, 7, 1], np.random.RandomState(2))
    *_, ninth = train_both(X, Y, start, Recipe(), 10, every=9)
    other = start | {"W1": start["W1"] + 1e-6}
    *_, apart = train_both(X, Y, other, Recipe(), 10, every=9)
    assert ninth.distance_u < THRESHOLD_U["float64"]
    assert ninth.costs[0] != pytest.approx(apart.costs[1], rel=1e-9)


@pytest.mark.parametrize("kind", ["logistic", "shallow", "deep"])
def test_on_real_digits(kind: str, device: str) -> None:
    pictures = digits()
    layers = [len(pictures.X_train), *{"logistic": [1], "shallow": [7, 1], "deep": [20, 7, 5, 1]}[kind]]
    start = initialize_parameters(layers, np.random.RandomState(1))
    steps = list(train_both(pictures.X_train, pictures.Y_train, start, Recipe(), 301, device=device))
    for step in steps:
        assert step.distance_u < THRESHOLD_U["float64"], step
    assert steps[-1].costs[0] < steps[0].costs[0]


def test_lees_network_for_a_thousand_epochs(device: str) -> None:
    pictures = digits()
    start = initialize_parameters([64, *HIDDEN_UNITS], np.random.RandomState(1))
    X, Y = pictures.X_train[:, :300], pictures.Y_train[:, :300]
    steps = list(train_both(X, Y, start, Recipe(alpha=0.01), 1001, device=device))
    assert steps[-1].iteration == 1000
    for step in steps:
        assert step.distance_u < THRESHOLD_U["float64"], step
    assert steps[-1].costs[0] < steps[0].costs[0]


COURSE = {
    "logistic": ([1], "zeros", 0.005),
    "shallow": ([7, 1], "small", 0.0075),
    "deep": ([20, 7, 5, 1], "scaled", 0.0075),
}


@pytest.mark.slow
@pytest.mark.cats
@pytest.mark.parametrize("kind", COURSE)
def test_training_of_the_course(kind: str, cats_folder: Path, device: str) -> None:
    pictures = cats(cats_folder)
    hidden, scale, alpha = COURSE[kind]
    start = initialize_parameters([12288, *hidden], np.random.RandomState(1), scale)
    steps = list(train_both(pictures.X_train, pictures.Y_train, start, Recipe(alpha=alpha), 501, device=device))
    assert [m.iteration for m in steps] == [0, 100, 200, 300, 400, 500]
    for step in steps:
        assert step.costs[0] == pytest.approx(step.costs[1], rel=1e-9), step
        assert step.distance_u < THRESHOLD_U["float64"], step
