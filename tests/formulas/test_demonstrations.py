"""What the notes demonstrate of one neuron and of arrays: one example and many, convexity, likelihood, broadcasting."""

import inspect
import time
from typing import Any

import numpy as np
import pytest

from reference_numpy import (
    activations,
    blocks,
    broadcasting,
    deep,
    descent,
    logistic,
    losses,
    neuron,
    shallow,
    vectorization,
)
from shapes.network import Head

from .networks import data, network

RNG = np.random.default_rng(0)
HIDDEN = sorted(activations.ACTIVATIONS)


# S4, S5, S6, S7, S13, S14: one example and m examples, loops and vectorised forms, are the same


def test_mean_of_the_gradients_of_each_example_is_the_gradient_of_the_cost() -> None:
    X, Y = data(4, 7)
    w, b = RNG.standard_normal((4, 1)), 0.3
    J, cache = logistic.logistic_cost(w, b, X, Y)
    grads = logistic.logistic_gradients(X, Y, cache)
    singles = []
    for x, y in zip(X.T, Y[0], strict=True):
        L, kept = logistic.logistic_example_loss(w[:, 0], b, x, y)
        singles.append((L, logistic.logistic_example_gradients(x, y, kept)))
    assert pytest.approx(np.mean([L for L, _ in singles]), rel=1e-14) == J
    np.testing.assert_allclose(grads["dw"][:, 0], np.mean([g["dw"] for _, g in singles], axis=0), rtol=1e-13)
    assert grads["db"] == pytest.approx(np.mean([g["db"] for _, g in singles]), rel=1e-13)
    np.testing.assert_allclose(grads["dZ"][0], [g["dz"] for _, g in singles], rtol=1e-13)  # dZ carries no 1/m


def test_loop_and_vectorised_logistic_regression_are_the_same() -> None:
    X, Y = data(4, 7)
    w, b = RNG.standard_normal((4, 1)), 0.3
    J, cache = logistic.logistic_cost(w, b, X, Y)
    grads = logistic.logistic_gradients(X, Y, cache)
    J_loop, dw, db = logistic.logistic_loop(w, b, X, Y)
    assert pytest.approx(J_loop, rel=1e-14) == J
    np.testing.assert_allclose(grads["dw"], dw, rtol=1e-13)
    assert grads["db"] == pytest.approx(db, rel=1e-13)


def test_absorbed_bias_is_the_same_regression() -> None:
    X, Y = data(4, 7)
    w, b = RNG.standard_normal((4, 1)), 0.3
    J, cache = logistic.logistic_cost(w, b, X, Y)
    grads = logistic.logistic_gradients(X, Y, cache)
    theta, X_0 = logistic.absorb_bias(w, b, X)
    J_0, cache_0 = logistic.absorbed_cost(theta, X_0, Y)
    dtheta = logistic.absorbed_gradients(X_0, Y, cache_0)["dtheta"]
    assert pytest.approx(J_0, rel=1e-14) == J
    np.testing.assert_allclose(dtheta, np.vstack([[[grads["db"]]], grads["dw"]]), rtol=1e-13)


@pytest.mark.parametrize("activation", HIDDEN)
def test_one_example_and_m_examples_of_the_shallow_network(activation: str) -> None:
    X, Y = data(3, 5, 2)
    p = network([3, 4, 2])
    J, cache = shallow.shallow_cost(X, Y, p["W1"], p["b1"], p["W2"], p["b2"], activation)
    grads = shallow.shallow_gradients(X, Y, p["W2"], cache, activation)
    total, sums = 0.0, {name: np.zeros_like(V) for name, V in grads.items() if name[1] != "Z"}
    for i in range(5):
        x, y = X[:, [i]], Y[:, [i]]
        L, kept = shallow.shallow_example_loss(x, y, p["W1"], p["b1"], p["W2"], p["b2"], activation)
        one = shallow.shallow_example_gradients(x, y, p["W2"], kept, activation)
        total += float(L)
        for name in sums:
            sums[name] += one[name]
        np.testing.assert_allclose(grads["dZ1"][:, [i]], one["dz1"], rtol=1e-12)
    assert pytest.approx(total / 5, rel=1e-13) == J
    for name, summed in sums.items():
        np.testing.assert_allclose(grads[name], summed / 5, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("activation", HIDDEN)
def test_shallow_deep_and_blocks_are_one_network(activation: str) -> None:
    X, Y = data(3, 5, 2)
    p = {name: V / 2 for name, V in network([3, 4, 2]).items()}
    J, cache = deep.deep_cost(X, Y, p, Head(activation))
    grads = deep.deep_gradients(Y, p, cache, Head(activation))
    J_2, cache_2 = shallow.shallow_cost(X, Y, p["W1"], p["b1"], p["W2"], p["b2"], activation)
    grads_2 = shallow.shallow_gradients(X, Y, p["W2"], cache_2, activation)
    J_3, AL, caches = blocks.model_cost(X, Y, p, activation)
    grads_3 = blocks.model_backward(AL, Y, caches, activation)
    assert pytest.approx(J_2, rel=1e-14) == J
    assert pytest.approx(J_3, rel=1e-12) == J
    for name in ("dW1", "db1", "dW2", "db2"):
        np.testing.assert_allclose(grads[name], grads_2[name], rtol=1e-12)
        np.testing.assert_allclose(grads[name], grads_3[name], rtol=1e-10)


def test_lees_neuron_is_a_layer_with_weights_in_columns() -> None:
    X, Y = data(4, 7, 2)
    p = network([4, 2])
    J, cache = deep.deep_cost(X, Y, p)
    grads = deep.deep_gradients(Y, p, cache)
    J_lee, kept = neuron.neuron_cost(p["W1"].T, X, p["b1"], Y)
    lee = neuron.neuron_gradients(X, Y, kept)
    assert pytest.approx(J_lee, rel=1e-14) == J
    np.testing.assert_allclose(grads["dW1"], lee["dW"].T, rtol=1e-13)
    np.testing.assert_allclose(grads["db1"], lee["db"], rtol=1e-13)


# S8, S21: convexity


def line(seed: int) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    X, Y = data(3, 20, seed=seed)
    return X, Y, 3 * rng.standard_normal((3, 1)), 3 * rng.standard_normal((3, 1))


@pytest.mark.parametrize("seed", range(20))
def test_cost_of_logistic_regression_lies_below_its_chords(seed: int) -> None:
    X, Y, here, there = line(seed)
    for t in (0.1, 0.5, 0.8):
        between = logistic.logistic_cost(t * here + (1 - t) * there, 0.2, X, Y)[0]
        chord = t * logistic.logistic_cost(here, 0.2, X, Y)[0] + (1 - t) * logistic.logistic_cost(there, 0.2, X, Y)[0]
        assert between < chord


def test_squared_error_of_logistic_regression_rises_above_a_chord() -> None:
    above = 0
    for seed in range(20):
        X, Y, here, there = line(seed)

        def J(w: Any, X: Any = X, Y: Any = Y) -> float:
            return float(losses.cost(losses.squared_error(logistic.logistic_forward(w, 0.2, X)[0], Y)))

        above += J((here + there) / 2) > (J(here) + J(there)) / 2
    assert above > 0


def test_curvature_of_cross_entropy_is_positive_and_that_of_squared_error_changes_sign() -> None:
    Z = np.linspace(-6, 6, 101)[None]
    for y in (0.0, 0.4, 1.0):
        Y = np.full_like(Z, y)
        assert losses.cross_entropy_curvature(Z, Y).min() > 0
        assert losses.squared_error_curvature(Z, Y).min() < 0 < losses.squared_error_curvature(Z, Y).max()


def test_any_start_reaches_the_same_minimum() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((2, 40))
    Y = (X[:1] - X[1:] + rng.standard_normal((1, 40)) > 0).astype(float)
    ends = []
    for start in (np.zeros((1, 2)), np.array([[5.0, -3.0]]), np.array([[-4.0, 6.0]])):
        trained, costs = descent.gradient_descent(
            X, Y, {"W1": start, "b1": np.ones((1, 1))}, Head(), alpha=1.0, iterations=2000
        )
        ends.append(np.append(trained["W1"], trained["b1"]))
        assert costs[-1] < costs[0]
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-9)
    np.testing.assert_allclose(ends[2], ends[0], rtol=1e-9)


# S9: the likelihood


def test_likelihood_is_the_exponential_of_minus_the_loss() -> None:
    A, Y = RNG.uniform(0.01, 0.99, (1, 9)), RNG.integers(0, 2, (1, 9)).astype(float)
    P = losses.likelihood(A, Y)
    np.testing.assert_allclose(P, np.where(Y == 1, A, 1 - A), rtol=1e-14)
    np.testing.assert_allclose(np.log(P), -losses.cross_entropy(A, Y), rtol=1e-12)
    assert losses.log_likelihood(A, Y) == pytest.approx(np.log(np.prod(P)), rel=1e-12)
    assert losses.cost(losses.cross_entropy(A, Y)) == pytest.approx(-losses.log_likelihood(A, Y) / 9, rel=1e-14)


# S10, S11: vectorisation and broadcasting


def test_loop_is_slower_than_one_call() -> None:
    w, x = RNG.standard_normal(2_000), RNG.standard_normal(2_000)  # few enough for one thread: workers share the cores

    def seconds(dot: Any) -> float:
        start = time.perf_counter()
        inspect.unwrap(dot)(w, x)
        return time.perf_counter() - start

    pairs = [(seconds(vectorization.dot), seconds(vectorization.dot_loop)) for _ in range(30)]
    assert min(loop for _, loop in pairs) > 3 * min(one_call for one_call, _ in pairs)


@pytest.mark.parametrize("operation", broadcasting.OPERATIONS)
def test_broadcasting_copies_along_axes_of_size_one(operation: str) -> None:
    A, row, column = RNG.standard_normal((3, 4)), RNG.uniform(1, 2, (1, 4)), RNG.uniform(1, 2, (3, 1))
    whole = getattr(np, operation)
    np.testing.assert_array_equal(broadcasting.broadcast_row(A, row, operation), whole(A, np.vstack([row] * 3)))
    np.testing.assert_array_equal(
        broadcasting.broadcast_column(A, column, operation), whole(A, np.hstack([column] * 4))
    )
    np.testing.assert_array_equal(broadcasting.broadcast_number(A, 100.0, operation), whole(A, np.full((3, 4), 100.0)))


def test_sums_that_undo_broadcasting_are_those_of_db() -> None:
    dZ = RNG.standard_normal((3, 5))
    _, dc = broadcasting.broadcast_column_backward(dZ, dZ, dZ[:, :1], "add")
    _, _, db = blocks.linear_backward(dZ, {"A_prev": np.ones((2, 5)), "W": np.ones((3, 2)), "b": np.ones((3, 1))})
    np.testing.assert_allclose(db, dc / 5, rtol=1e-15)
