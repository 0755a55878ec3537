"""What the notes say of networks: depth pays, steps descend."""

import itertools

import numpy as np
import pytest

from backproof.demonstrations.draws import data, network
from reference_numpy import (
    circuits,
    deep,
    descent,
)
from shapes.network import Head

# S20: circuits


@pytest.mark.parametrize("n", [2, 5, 12])
def test_parity_is_that_of_either_network(n: int) -> None:
    X = np.array(list(itertools.product((0.0, 1.0), repeat=n))).T
    for kind in ("deep", "shallow"):
        np.testing.assert_array_equal(circuits.parity(X, kind), X.sum(axis=0, keepdims=True) % 2)


@pytest.mark.parametrize("n", range(2, 13))
def test_depth_is_logarithmic_and_units_are_few(n: int) -> None:
    tree, flat = circuits.deep_xor_network(n), circuits.shallow_xor_network(n)
    assert len(tree) // 2 == np.ceil(np.log2(n)) + 1
    assert circuits.count_hidden_units(tree) <= 3 * n
    assert circuits.count_hidden_units(flat) == 2 ** (n - 1)
    if n >= 6:
        assert circuits.count_hidden_units(tree) < circuits.count_hidden_units(flat)


@pytest.mark.parametrize("n", [2, 4, 8])
def test_a_tree_over_a_power_of_two_has_two_units_for_each_xor(n: int) -> None:
    assert circuits.count_hidden_units(circuits.deep_xor_network(n)) == 2 * (n - 1)


# S21, S22: descent


def test_a_small_step_downhill_lowers_the_cost_by_the_squared_gradient() -> None:
    X, Y = data(3, 8, 2)
    p = network([3, 4, 2])
    J, cache = deep.deep_cost(X, Y, p, Head("tanh"))
    grads = deep.deep_gradients(Y, p, cache, Head("tanh"))
    alpha = 1e-6
    after, _ = deep.deep_cost(X, Y, descent.update_parameters(p, grads, alpha), Head("tanh"))
    squared = sum(float(np.sum(grads[f"d{name}"] ** 2)) for name in p)
    assert (J - after) / alpha == pytest.approx(squared, rel=1e-4)


def test_momentum_zero_is_plain_descent_and_l2_zero_is_none() -> None:
    X, Y = data(3, 8, 2)
    p = network([3, 4, 2])
    plain, _ = deep.deep_cost(X, Y, p)
    grads = deep.deep_gradients(Y, p, deep.deep_cost(X, Y, p)[1])
    zero = {f"v{name}": np.zeros_like(V) for name, V in p.items()}
    with_momentum, velocity = descent.update_with_momentum(p, grads, zero, 0.1, 0.0)
    for name, V in descent.update_parameters(p, grads, 0.1).items():
        np.testing.assert_array_equal(V, with_momentum[name])
        np.testing.assert_array_equal(velocity[f"v{name}"], grads[f"d{name}"])
    assert deep.l2_penalty(p, 0.0, 8) == 0
    assert deep.deep_cost(X, Y, p, Head(l2=0.0))[0] == plain


def test_gradients_of_batches_weighted_by_size_are_the_full_gradient() -> None:
    X, Y = data(3, 11, 2)
    p = network([3, 4, 2])
    full = deep.deep_gradients(Y, p, deep.deep_cost(X, Y, p, Head("tanh"))[1], Head("tanh"))
    parts = [
        (x.shape[1], deep.deep_gradients(y, p, deep.deep_cost(x, y, p, Head("tanh"))[1], Head("tanh")))
        for x, y in descent.mini_batches(X, Y, 4, np.random.default_rng(0).permutation(11))
    ]
    assert [size for size, _ in parts] == [4, 4, 3]
    for name in ("dW1", "db1", "dW2", "db2"):
        np.testing.assert_allclose(full[name], sum(size * g[name] for size, g in parts) / 11, rtol=1e-12)
