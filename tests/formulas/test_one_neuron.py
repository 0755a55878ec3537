"""What the notes say of one neuron and of arrays: one example and many, likelihood, broadcasting."""

import numpy as np
import pytest

from backproof.demonstrations.draws import data, network
from reference_numpy import (
    activations,
    blocks,
    broadcasting,
    deep,
    logistic,
    losses,
    neuron,
    shallow,
)
from shapes.network import Head

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


# S9: the likelihood


def test_likelihood_is_the_exponential_of_minus_the_loss() -> None:
    A, Y = RNG.uniform(0.01, 0.99, (1, 9)), RNG.integers(0, 2, (1, 9)).astype(float)
    P = losses.likelihood(A, Y)
    np.testing.assert_allclose(P, np.where(Y == 1, A, 1 - A), rtol=1e-14)
    np.testing.assert_allclose(np.log(P), -losses.cross_entropy(A, Y), rtol=1e-12)
    assert losses.log_likelihood(A, Y) == pytest.approx(np.log(np.prod(P)), rel=1e-12)
    assert losses.cost(losses.cross_entropy(A, Y)) == pytest.approx(-losses.log_likelihood(A, Y) / 9, rel=1e-14)


# S11: broadcasting


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
