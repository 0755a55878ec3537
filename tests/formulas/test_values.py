"""Values that no sample meets by chance: kinks, saturation, the notes' own numbers, the course's random numbers."""

import inspect

import numpy as np
import pytest
import torch

from reference_numpy import (
    activations,
    broadcasting,
    calculus,
    deep,
    descent,
    dimensions,
    graph,
    initialization,
    losses,
    neuron,
    notation,
    prediction,
)
from shapes.network import Head
from torch_impl import activations as torch_activations

ZERO = np.zeros((1, 1))


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", activations.LEAK)])
def test_kink_follows_torch(name: str, slope: float) -> None:
    g, g_prime = activations.ACTIVATIONS[name]
    Z = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    torch_activations.ACTIVATIONS[name](Z).sum().backward()
    assert g(ZERO).item() == 0
    assert g_prime(ZERO).item() == slope
    assert Z.grad is not None
    assert Z.grad.item() == slope


def test_relu_and_its_kin_keep_the_dtype() -> None:
    Z = np.array([[-2.0, 0.0, 3.0]], dtype=np.float32)
    for g, g_prime in activations.ACTIVATIONS.values():
        assert g(Z).dtype == g_prime(Z).dtype == np.float32


@pytest.mark.parametrize(("z", "a"), [(-1e4, 0.0), (-800.0, 0.0), (0.0, 0.5), (800.0, 1.0), (1e4, 1.0)])
def test_sigmoid_does_not_overflow(z: float, a: float) -> None:
    assert activations.sigmoid(np.array([[z]])).item() == a


@pytest.mark.parametrize("z", [-700.0, -40.0, -1.0])
def test_sigmoid_keeps_its_relative_precision_where_it_is_small(z: float) -> None:
    assert activations.sigmoid(np.array([[z]])).item() == pytest.approx(np.exp(z) / (1 + np.exp(z)), rel=1e-15)


@pytest.mark.parametrize(
    ("z", "y", "loss", "slope"), [(30, 0, 30, 1), (-30, 1, 30, -1), (800, 0, 800, 1), (800, 1, 0, 0)]
)
def test_cross_entropy_from_logits_is_right_when_saturated(z: float, y: float, loss: float, slope: float) -> None:
    Z, Y = np.array([[float(z)]]), np.array([[float(y)]])
    assert losses.cross_entropy_from_logits(Z, Y).item() == pytest.approx(loss, abs=1e-12)
    assert losses.cross_entropy_from_logits_prime(Z, Y).item() == pytest.approx(slope, abs=1e-12)


def test_both_forms_of_cross_entropy_are_the_same_number() -> None:
    Z, Y = np.array([[-3.0, -0.5, 0.0, 2.0]]), np.array([[0.0, 1.0, 0.3, 1.0]])
    np.testing.assert_allclose(
        losses.cross_entropy(activations.sigmoid(Z), Y), losses.cross_entropy_from_logits(Z, Y), rtol=1e-13
    )


def test_computation_graph_of_the_notes() -> None:
    J, cache = graph.graph_forward(5.0, 3.0, 2.0)
    assert (cache["u"], cache["v"], J) == (6, 11, 33)
    assert graph.graph_backward(cache) == {"dv": 3, "da": 3, "du": 3, "db": 6, "dc": 9}


@pytest.mark.parametrize(
    ("f", "f_prime", "a", "slope"),
    [
        (calculus.triple, calculus.triple_prime, 2.0, 3.0),
        (calculus.triple, calculus.triple_prime, 5.0, 3.0),
        (calculus.square, calculus.square_prime, 2.0, 4.0),
        (calculus.square, calculus.square_prime, 5.0, 10.0),
        (calculus.cube, calculus.cube_prime, 2.0, 12.0),
        (calculus.natural_log, calculus.natural_log_prime, 2.0, 0.5),
    ],
)
def test_slopes_of_the_notes(f: calculus.Function, f_prime: calculus.Function, a: float, slope: float) -> None:
    at = np.array(a)
    assert f_prime(at) == slope
    assert calculus.slope(f, at) == pytest.approx(slope, abs=0.01)
    assert abs(calculus.slope(f, at, 1e-6) - slope) < 1e-4


def test_height_over_width_for_the_straight_line() -> None:
    assert calculus.triple(np.array(2.001)) == pytest.approx(6.003)
    assert calculus.slope(calculus.triple, np.array(2.0)) == pytest.approx(0.003 / 0.001)


def test_column_percentages_of_the_notes() -> None:
    A = np.array([[1.0, 2, 5, 2], [2, 3, 5, 3], [3, 4, 5, 6]])
    S = broadcasting.column_percentages(A)
    np.testing.assert_allclose(S.sum(axis=0), 100)
    np.testing.assert_allclose(S * [6, 9, 15, 11] / 100, A)


def test_one_picture_of_the_cats_is_a_column_of_12288() -> None:
    picture = np.arange(64 * 64 * 3).reshape(64, 64, 3) % 256
    x = notation.picture_to_column(picture.astype(np.uint8))
    assert x.shape == (12288, 1)
    assert [x[i, 0] for i in range(4)] == [picture[0, 0, 0], picture[0, 0, 1], picture[0, 0, 2], picture[0, 1, 0]]


def test_flatten_gives_one_column_for_each_picture() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (9, 4, 3, 2)).astype(np.uint8)
    X = notation.flatten_pictures(pictures)
    assert X.shape == (24, 9)
    assert X.flags.f_contiguous
    for i, picture in enumerate(pictures):
        np.testing.assert_array_equal(X[:, [i]], notation.picture_to_column(picture))
    assert notation.scale_pixels(np.array([[0, 51, 255]], dtype=np.uint8)).tolist() == [[0.0, 0.2, 1.0]]


def test_initial_parameters_repeat_the_course() -> None:
    layers = [5, 4, 1]
    legacy = np.random.RandomState(1)
    expected = {"W1": legacy.randn(4, 5), "W2": legacy.randn(1, 4)}
    factors = {
        "zeros": (0.0, 0.0),
        "small": (0.01, 0.01),
        "uniform": (0.01, 0.01),
        "scaled": (1 / np.sqrt(5), 1 / np.sqrt(4)),
        "he": (np.sqrt(2 / 5), np.sqrt(2 / 4)),
        "xavier": (np.sqrt(2 / 9), np.sqrt(2 / 5)),
    }
    assert set(factors) == set(initialization.SCALES)
    for scale, (first, second) in factors.items():
        parameters = initialization.initialize_parameters(layers, np.random.RandomState(1), scale)
        if scale == "uniform":
            continue
        np.testing.assert_allclose(parameters["W1"], expected["W1"] * first, rtol=1e-15)
        np.testing.assert_allclose(parameters["W2"], expected["W2"] * second, rtol=1e-15)
        assert not parameters["b1"].any()
        assert parameters["b2"].shape == (1, 1)
    assert list(parameters) == ["W1", "b1", "W2", "b2"]
    default = initialization.initialize_parameters(layers, np.random.RandomState(1))
    np.testing.assert_array_equal(
        default["W1"], initialization.initialize_parameters(layers, np.random.RandomState(1), "scaled")["W1"]
    )


def test_shapes_of_lees_network() -> None:
    shapes = dimensions.layer_shapes([12288, *neuron.HIDDEN_UNITS], 209)
    assert neuron.HIDDEN_UNITS == (5, 5, 5, 3, 1)
    assert shapes["W1"] == (5, 12288)
    assert shapes["b4"] == (3, 1)
    assert shapes["Z5"] == shapes["A5"] == (1, 209)
    assert shapes["A0"] == (12288, 209)


def test_threshold_is_strict() -> None:
    assert prediction.threshold(np.array([[0.2, 0.5, 0.500001]])).tolist() == [[0.0, 0.0, 1.0]]
    assert prediction.threshold(np.array([[0.2, 0.5]]), 0.1).tolist() == [[1.0, 1.0]]


def test_accuracy_counts_right_answers() -> None:
    assert prediction.accuracy(np.array([[1.0, 0, 1, 1]]), np.array([[1.0, 1, 1, 1]])) == 0.75


def test_batches_hold_each_example_once_with_its_label() -> None:
    X = np.arange(14.0).reshape(2, 7)
    Y = np.array([[0.0, 1, 0, 1, 0, 1, 0]])
    order = np.array([6, 2, 0, 5, 1, 3, 4])
    batches = descent.mini_batches(X, Y, 3, order)
    assert [x.shape[1] for x, _ in batches] == [3, 3, 1]
    np.testing.assert_array_equal(np.hstack([x for x, _ in batches]), X[:, order])
    np.testing.assert_array_equal(np.hstack([y for _, y in batches]), Y[:, order])


def test_defaults_are_those_of_the_course() -> None:
    Z = np.array([[-1.0, 2.0]])
    np.testing.assert_allclose(activations.leaky_relu(Z), [[-0.01, 2.0]])
    np.testing.assert_allclose(activations.leaky_relu_prime(Z), [[0.01, 1.0]])


def test_batches_may_be_larger_than_eight_and_than_the_set() -> None:
    X, Y = np.ones((2, 20)), np.ones((1, 20))
    assert [x.shape[1] for x, _ in descent.mini_batches(X, Y, 9, np.arange(20))] == [9, 9, 2]
    assert [x.shape[1] for x, _ in descent.mini_batches(X, Y, 50, np.arange(20))] == [20]


def test_split_takes_the_first_examples() -> None:
    X, Y = np.arange(10.0).reshape(2, 5), np.array([[0.0, 1, 0, 1, 1]])
    X_train, Y_train, X_test, Y_test = notation.split_examples(X, Y, 3)
    assert [V.shape[1] for V in (X_train, Y_train, X_test, Y_test)] == [3, 3, 2, 2]
    np.testing.assert_array_equal(np.hstack([X_train, X_test]), X)
    np.testing.assert_array_equal(np.hstack([Y_train, Y_test]), Y)


def test_defaults_of_descent_are_those_of_the_course() -> None:
    parameters = inspect.signature(descent.gradient_descent).parameters
    assert {name: parameters[name].default for name in ("head", "alpha", "beta", "iterations")} == {
        "head": Head("relu", "sigmoid", "cross_entropy", 0.0),
        "alpha": 0.0075,
        "beta": 0.0,
        "iterations": 2500,
    }


def test_every_gradient_has_the_shape_of_its_variable() -> None:
    layers, m = [5, 7, 3, 2], 11
    parameters = initialization.initialize_parameters(layers, np.random.RandomState(0))
    X, Y = np.ones((5, m)), np.ones((2, m))
    _, cache = deep.deep_cost(X, Y, parameters)
    grads = deep.deep_gradients(Y, parameters, cache)
    shapes = dimensions.layer_shapes(layers, m)
    assert {name: V.shape for name, V in (parameters | cache).items()} == shapes
    assert {name: V.shape for name, V in grads.items()} == {name: shapes[name[1:]] for name in grads}
    assert {name[1:] for name in grads} == set(shapes) - {"A0", "A3"}
