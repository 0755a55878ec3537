"""The torch modules: the same networks, parameters there and back, every gradient against the hand-derived one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backproof.data.hdf5 import cats, digits
from reference_numpy import activations, deep
from reference_numpy.initialization import SCALES, initialize_parameters
from shapes.forms import FORMS
from shapes.network import Head
from torch_impl.initialization import initialize_parameters as initialize_tensors
from torch_impl.layout import gradients_of, to_rows
from torch_impl.models import LogisticRegression, Network, ShallowNetwork

from .compare import compare
from .networks import ARCHITECTURES, verify_network
from .witnesses import to_torch


@pytest.mark.parametrize("kind", ARCHITECTURES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_digits(kind: str, dtype: str, device: str) -> None:
    pictures = digits()
    result = verify_network("digits", kind, pictures.X_train, pictures.Y_train, 0, dtype, device)
    assert result.verdict == "agrees", result.explain()


@pytest.mark.cats
@pytest.mark.parametrize("kind", ARCHITECTURES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_cats(kind: str, dtype: str, device: str, cats_folder: Path) -> None:
    pictures = cats(cats_folder)
    result = verify_network("cats", kind, pictures.X_train, pictures.Y_train, 0, dtype, device)
    assert result.verdict == "agrees", result.explain()


def test_a_wrong_gradient_of_a_network_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = deep.deep_gradients

    def without_mean(Y: Any, parameters: Any, cache: Any) -> Any:
        grads = right(Y, parameters, cache)
        return grads | {"db2": grads["db2"] * Y.shape[1]}

    monkeypatch.setattr("parity_tests.networks.deep_gradients", without_mean)
    pictures = digits()
    result = verify_network("digits", "deep", pictures.X_train, pictures.Y_train)
    assert result.verdict == "disagrees"
    assert "db2" in result.reasons[0]
    assert "pictures, layers [64, 20, 7, 5, 1]" in result.reasons[0]


@pytest.mark.parametrize("activation", sorted(activations.ACTIVATIONS))
@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("sigmoid", "cross_entropy"),
        ("sigmoid", "squared_error"),
        ("identity", "squared_error"),
        ("relu", "squared_error"),
    ],
)
def test_module_and_reference_are_one_network(activation: str, output: str, loss: str, device: str) -> None:
    rng = np.random.default_rng(0)
    layers = [5, 7, 3, 2]
    drawn = initialize_parameters(layers, np.random.RandomState(0))
    parameters = {name: V + rng.standard_normal(V.shape) / 2 for name, V in drawn.items()}
    X, Y = rng.standard_normal((5, 11)), rng.uniform(0, 1, (2, 11))
    head = Head(activation, output, loss)
    J, cache = deep.deep_cost(X, Y, parameters, head)
    claims = deep.deep_gradients(Y, parameters, cache, head)
    network = Network.from_parameters(to_torch(parameters, device), head)
    rows = to_rows(to_torch(X, device))
    cost = network.cost(rows, to_rows(to_torch(Y, device)))
    cost.backward()
    said = gradients_of(network.linears)
    assert pytest.approx(cost.item(), rel=1e-13) == J
    np.testing.assert_allclose(network.predict(rows).detach().cpu().numpy().T, cache["A3"], rtol=1e-12)
    assert set(said) == {f"d{name}" for name in parameters}
    for name, V in said.items():
        assert compare(name, V.cpu().numpy(), claims[name]).verdict == "agrees"


def test_parameters_there_and_back() -> None:
    parameters = to_torch(initialize_parameters([5, 7, 3, 1], np.random.RandomState(0)))
    network = Network.from_parameters(parameters)
    back = network.to_parameters()
    assert list(back) == list(parameters)
    for name, V in parameters.items():
        assert back[name].shape == V.shape
        assert torch.equal(back[name], V)
    back["W1"].zero_()
    assert torch.equal(network.to_parameters()["W1"], parameters["W1"])


def test_short_names_are_networks() -> None:
    logistic, shallow = LogisticRegression(5), ShallowNetwork(5, 7)
    assert {name: tuple(V.shape) for name, V in logistic.to_parameters().items()} == {"W1": (1, 5), "b1": (1, 1)}
    assert shallow.to_parameters()["W2"].shape == (1, 7)
    assert shallow.head == Head("tanh", "sigmoid", "cross_entropy")
    assert shallow.predict(torch.zeros(3, 5)).shape == (3, 1)


def test_a_short_name_makes_its_own_class_of_parameters() -> None:
    logistic = to_torch(initialize_parameters([5, 1], np.random.RandomState(0)))
    shallow = to_torch(initialize_parameters([5, 7, 2], np.random.RandomState(0)))
    assert type(LogisticRegression.from_parameters(logistic)) is LogisticRegression
    network = ShallowNetwork.from_parameters(shallow)
    assert type(network) is ShallowNetwork
    assert network.head == Head("tanh")
    assert ShallowNetwork.from_parameters(shallow, Head("relu")).head == Head("relu")
    assert torch.equal(network.to_parameters()["W2"], shallow["W2"])


@pytest.mark.parametrize("scale", SCALES)
def test_a_module_begins_as_the_notes_do(scale: str) -> None:
    network = ShallowNetwork(5, 3).double().start(np.random.RandomState(1), scale)
    for name, V in initialize_parameters([5, 3, 1], np.random.RandomState(1), scale).items():
        np.testing.assert_allclose(network.to_parameters()[name].numpy(), V, rtol=1e-15)
    assert LogisticRegression(4).start(np.random.RandomState(0), "zeros").predict(torch.ones(1, 4)).item() == 0.5


@pytest.mark.parametrize(
    ("form", "shapes"),
    [
        ("column", [(4, 1), ()]),
        ("vector", [(4,), ()]),
        ("number", [(), ()]),
        ("columns", [(4, 3), (3, 1)]),
        ("layer", [(3, 4), (3, 1)]),
        ("shallow", [(3, 4), (3, 1), (2, 3), (2, 1)]),
    ],
)
def test_every_form_of_the_parameters_becomes_layers_and_comes_back(form: str, shapes: list[tuple[int, ...]]) -> None:
    rng = np.random.default_rng(0)
    written = [rng.standard_normal(shape)[()] for shape in shapes]
    both: list[list[Any]] = [written, [torch.tensor(V) for V in written]]
    for V in both:
        layers = FORMS[form].to_layers(*V)
        for name, layer in layers.items():
            assert layer.ndim == 2, name
        for before, after in zip(V, FORMS[form].from_layers(layers), strict=True):
            assert before.shape == after.shape
            assert (before == after).all()
    assert Network.from_parameters(layers).to_parameters().keys() == layers.keys()
    assert len(FORMS[form].names) == len(shapes)
    assert set(FORMS) == {"column", "vector", "number", "columns", "layer", "shallow"}


def test_gradients_need_a_backward_pass() -> None:
    with pytest.raises(ValueError, match=r"layer 1 has no gradient, expected one: call backward\(\) first"):
        gradients_of(LogisticRegression(5).linears)


@pytest.mark.parametrize("scale", SCALES)
def test_both_sides_draw_the_same_numbers(scale: str) -> None:
    layers = [5, 4, 3, 1]
    by_numpy = initialize_parameters(layers, np.random.RandomState(1), scale)
    by_torch = initialize_tensors(layers, np.random.RandomState(1), scale)
    for name, V in by_numpy.items():
        np.testing.assert_allclose(by_torch[name].numpy(), V, rtol=1e-15)
