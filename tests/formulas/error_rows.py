"""Bad arguments, and what is said of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reference_numpy import (
    activations,
    blocks,
    calculus,
    circuits,
    deep,
    descent,
    dimensions,
    initialization,
    logistic,
    losses,
    notation,
    prediction,
    shallow,
)
from shapes.network import Head

X, Y = np.ones((4, 5)), np.ones((1, 5))
W1, b1, W2, b2 = np.ones((3, 4)), np.ones((3, 1)), np.ones((1, 3)), np.ones((1, 1))
P: dict[str, Any] = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
G = {f"d{name}": V for name, V in P.items()}
V = {f"v{name}": V for name, V in P.items()}
w, b = np.ones((4, 1)), 0.5


def at(array: Any, index: tuple[int, ...], value: float) -> Any:
    changed = array.copy()
    changed[index] = value
    return changed


def row(function: Callable[..., Any], arguments: dict[str, Any], message: str, error: type = ValueError) -> Any:
    number = sum(1 for r in NAMES if r.startswith(function.__name__))
    NAMES.append(f"{function.__name__}-{number}")
    return pytest.param(function, arguments, message, error, id=NAMES[-1])


NAMES: list[str] = []
LINEAR = {"A_prev": X, "W": W1, "b": b1}
COST = {"X": X, "Y": Y, "parameters": P}
STEP = {
    **COST,
    "head": Head(),
    "velocity": V,
    "alpha": 0.1,
    "beta": 0.9,
}

# where: what, expected, why
ROWS = [
    # shape
    row(blocks.linear_forward, LINEAR | {"W": np.ones((3, 2))},
        "linear_forward: W has shape (3, 2), expected (n, n_prev=4): n_prev comes from A_prev"),
    row(blocks.linear_forward, LINEAR | {"b": np.ones(3)},
        "linear_forward: b has shape (3,), expected (n=3, 1): n comes from W"),
    row(blocks.compute_cost, {"AL": np.full((3, 4), 0.5), "Y": np.ones((2, 4))},
        "compute_cost: Y has shape (2, 4), expected (n_L=3, m=4): m comes from AL, n_L comes from AL"),
    row(blocks.linear_forward, LINEAR | {"b": np.ones((1, 3))},
        "linear_forward: b has shape (1, 3), expected (n=3, 1): n comes from W"),
    row(losses.cost, {"L": np.ones(5)}, "cost: L has shape (5,), expected (n, m)"),
    row(logistic.logistic_cost, {"w": w, "b": b, "X": X, "Y": np.ones((1, 4))},
        "logistic_cost: Y has shape (1, 4), expected (1, m=5): m comes from X"),
    row(logistic.logistic_cost, {"w": w.T, "b": b, "X": X, "Y": Y},
        "logistic_cost: w has shape (1, 4), expected (n_x, 1)"),
    row(logistic.logistic_cost, {"w": w, "b": np.ones((1, 1)), "X": X, "Y": Y},
        "logistic_cost: b has shape (1, 1), expected ()"),
    row(shallow.shallow_forward, {"X": X, "W1": W1, "b1": b1, "W2": np.ones((1, 2)), "b2": b2},
        "shallow_forward: W2 has shape (1, 2), expected (n_2, n_1=3): n_1 comes from W1"),
    row(deep.deep_forward, {"X": X, "parameters": P | {"W2": np.ones((1, 2))}},
        "deep_forward: parameters['W2'] has shape (1, 2), expected (n_2, n_1=3): n_1 comes from parameters['W1']"),
    row(deep.deep_forward, {"X": np.ones((7, 5)), "parameters": P},
        "deep_forward: parameters['W1'] has shape (3, 4), expected (n_1, n_0=7): n_0 comes from X"),
    row(deep.deep_cost, COST | {"Y": np.ones((2, 5))},
        "deep_cost: parameters['W2'] has shape (1, 3), expected (n_2=2, n_1=3): "
        "n_1 comes from parameters['W1'], n_2 comes from Y"),
    row(descent.update_parameters, {"parameters": P, "grads": G | {"dW1": W1.T}, "alpha": 0.1},
        "update_parameters: grads['dW1'] has shape (4, 3), expected (n_1=3, n_0=4): "
        "n_0 comes from parameters['W1'], n_1 comes from parameters['W1']"),
    # dtype
    row(activations.sigmoid, {"Z": np.ones((2, 3), dtype=np.int64)},
        "sigmoid: Z has dtype int64, expected float32 or float64: "
        "other types truncate, wrap or lose the precision that gradients need", TypeError),
    row(activations.relu, {"Z": np.ones((2, 3), dtype=np.float16)},
        "relu: Z has dtype float16, expected float32 or float64", TypeError),
    row(activations.tanh, {"Z": np.ones((2, 3), dtype=bool)},
        "tanh: Z has dtype bool, expected float32 or float64", TypeError),
    row(blocks.linear_forward, LINEAR | {"b": b1.astype(np.float32)},
        "linear_forward: b has dtype float32, expected float64, the dtype of A_prev", TypeError),
    row(activations.sigmoid, {"Z": [[1.0, 2.0]]}, "sigmoid: Z is a list, expected an array", TypeError),
    row(activations.sigmoid, {"Z": 1.0}, "sigmoid: Z is a float, expected an array", TypeError),
    row(descent.mini_batches, {"X": X, "Y": Y, "batch_size": 2, "order": np.arange(5.0)},
        "mini_batches: order has dtype float64, expected integers", TypeError),
    row(notation.scale_pixels, {"X": X}, "scale_pixels: X has dtype float64, expected integers", TypeError),
    row(activations.sigmoid, {"Z": None}, "sigmoid: Z is a NoneType, expected an array", TypeError),
    row(logistic.logistic_cost, {"w": w, "b": "0", "X": X, "Y": Y},
        "logistic_cost: b is a str, expected a number", TypeError),
    row(logistic.logistic_cost, {"w": w, "b": True, "X": X, "Y": Y},
        "logistic_cost: b is a bool, expected a number", TypeError),
    row(deep.deep_forward, {"X": X, "parameters": [W1, b1]},
        "deep_forward: parameters is a list, expected a dictionary", TypeError),
    # values
    row(deep.deep_forward, {"X": at(X, (1, 4), np.nan), "parameters": P},
        "deep_forward: X[1, 4] is nan, expected finite values"),
    row(deep.deep_forward, {"X": X, "parameters": P | {"W1": at(W1, (2, 0), np.inf)}},
        "deep_forward: parameters['W1'][2, 0] is inf, expected finite values"),
    row(logistic.logistic_cost, {"w": w, "b": float("nan"), "X": X, "Y": Y},
        "logistic_cost: b is nan, expected finite values"),
    row(losses.cross_entropy, {"A": at(X, (0, 0), 0.5), "Y": X},
        "cross_entropy: A[0, 1] is 1.0, expected values in (0, 1)"),
    row(losses.cross_entropy, {"A": 0 * X, "Y": X}, "cross_entropy: A[0, 0] is 0.0, expected values in (0, 1)"),
    row(losses.cross_entropy_from_logits, {"Z": X, "Y": at(X, (2, 3), 1.5)},
        "cross_entropy_from_logits: Y[2, 3] is 1.5, expected values in [0, 1]"),
    row(logistic.logistic_cost, {"w": w, "b": b, "X": X, "Y": at(Y, (0, 2), -1.0)},
        "logistic_cost: Y[0, 2] is -1.0, expected values in [0, 1]"),
    row(deep.deep_cost, COST | {"Y": at(Y, (0, 1), 2.0)},
        "deep_cost: Y has values from 1.0 to 2.0, expected [0, 1]: for cross-entropy they are probabilities"),
    row(deep.deep_cost, COST | {"Y": at(Y, (0, 1), -1.0)},
        "deep_cost: Y has values from -1.0 to 1.0, expected [0, 1]: for cross-entropy they are probabilities"),
    row(calculus.natural_log, {"a": np.zeros((2, 2))},
        "natural_log: a[0, 0] is 0.0, expected values in (0, inf)"),
    row(prediction.accuracy, {"P": Y, "Y": 0.5 * Y}, "accuracy: Y[0, 0] is 0.5, expected values in {0, 1}"),
    row(prediction.threshold, {"A": Y, "at": 1.0}, "threshold: at is 1.0, expected values in (0, 1)"),
    row(activations.leaky_relu, {"Z": X, "leak": 0.0}, "leaky_relu: leak is 0.0, expected values in (0, 1)"),
    row(descent.update_parameters, {"parameters": P, "grads": G, "alpha": 0.0},
        "update_parameters: alpha is 0.0, expected values in (0, inf)"),
    row(descent.descent_step, STEP | {"beta": 1.0}, "descent_step: beta is 1.0, expected values in [0, 1)"),
    row(descent.descent_step, STEP | {"beta": -0.1}, "descent_step: beta is -0.1, expected values in [0, 1)"),
    row(descent.descent_step, STEP | {"head": Head(l2=-0.1)}, "descent_step: l2 is -0.1, expected values in [0, inf)"),
    row(descent.gradient_descent, COST | {"iterations": 0},
        "gradient_descent: iterations is 0, expected values in {1..inf}"),
    row(descent.gradient_descent, COST | {"iterations": 2.5},
        "gradient_descent: iterations is 2.5, expected an integer", TypeError),
    row(descent.mini_batches, {"X": X, "Y": Y, "batch_size": 0, "order": np.arange(5)},
        "mini_batches: batch_size is 0, expected values in {1..inf}"),
    row(circuits.deep_xor_network, {"n": 1}, "deep_xor_network: n is 1, expected values in {2..12}"),
    row(circuits.shallow_xor_network, {"n": 13}, "shallow_xor_network: n is 13, expected values in {2..12}"),
    row(circuits.parity, {"X": at(X, (0, 0), 2.0)}, "parity: X[0, 0] is 2.0, expected values in {0, 1}"),
    # words
    row(deep.deep_forward, {"X": X, "parameters": P, "activation": "relux"},
        "deep_forward: activation is 'relux', expected one of identity, leaky_relu, relu, sigmoid, tanh"),
    row(shallow.shallow_forward, {"X": X, "W1": W1, "b1": b1, "W2": W2, "b2": b2, "activation": None},
        "shallow_forward: activation is None, expected one of identity, leaky_relu, relu, sigmoid, tanh"),
    row(deep.deep_cost, COST | {"head": Head(loss="hinge")},
        "deep_cost: loss is 'hinge', expected one of cross_entropy, squared_error"),
    row(deep.deep_cost, COST | {"head": Head(output="relu")},
        "deep_cost: output is 'relu', expected 'sigmoid': cross-entropy needs a in (0, 1)"),
    row(deep.deep_cost, COST | {"head": Head(output="relu"), "Y": 2 * Y},
        "deep_cost: output is 'relu', expected 'sigmoid': cross-entropy needs a in (0, 1)"),
    row(descent.descent_step, STEP | {"head": Head(output="relu")},
        "descent_step: output is 'relu', expected 'sigmoid': cross-entropy needs a in (0, 1)"),
    row(descent.gradient_descent, COST | {"head": Head(output="relu")},
        "gradient_descent: output is 'relu', expected 'sigmoid': cross-entropy needs a in (0, 1)"),
    row(circuits.parity, {"X": np.ones((1, 2))},
        "parity: X has 1 bits in a column, expected from 2 to 12: the shallow network doubles with each"),
    row(circuits.parity, {"X": np.ones((13, 2))},
        "parity: X has 13 bits in a column, expected from 2 to 12: the shallow network doubles with each"),
    row(initialization.initialize_parameters, {"layers": 5, "rng": None},
        "initialize_parameters: layers is 5, expected [n_x, ..., n_L]: a network needs an input and an output"),
    row(initialization.initialize_parameters, {"layers": [4, 1], "rng": None, "scale": "huge"},
        "initialize_parameters: scale is 'huge', expected one of zeros, small, uniform, scaled, he, xavier"),
    row(deep.deep_cost, COST | {"head": Head("relux")},
        "deep_cost: activation is 'relux', expected one of identity, leaky_relu, relu, sigmoid, tanh"),
    row(deep.deep_cost, COST | {"head": "relu"}, "deep_cost: head is a str, expected a Head", TypeError),
    row(deep.deep_forward, {"X": X, "parameters": P, "activation": ("relu", "relux")},
        "deep_forward: activation is 'relux', expected one of identity, leaky_relu, relu, sigmoid, tanh"),
    row(deep.deep_forward, {"X": X, "parameters": P, "activation": ("relu", "tanh")},
        "activation is relu, tanh, expected one word or 1: one for each hidden layer"),
    row(shallow.shallow_forward, {"X": X, "W1": W1, "b1": b1, "W2": W2, "b2": b2, "activation": ("relu",)},
        "shallow_forward: activation is ('relu',), expected one of identity, leaky_relu, relu, sigmoid, tanh"),
    # empty
    row(deep.deep_forward, {"X": np.ones((4, 0)), "parameters": P},
        "deep_forward: X has shape (4, 0), expected every size at least 1: a batch without examples has no mean"),
    row(blocks.linear_forward, {"A_prev": np.ones((0, 5)), "W": np.ones((3, 0)), "b": b1},
        "linear_forward: A_prev has shape (0, 5), expected every size at least 1: there is nothing to compute"),
    row(losses.cost, {"L": np.ones((0, 0))},
        "cost: L has shape (0, 0), expected every size at least 1: there is nothing to compute"),
    # layers
    row(deep.deep_forward, {"X": X, "parameters": {"W1": W1, "b1": b1, "W2": W2}},
        "deep_forward: parameters lacks b2, expected an entry of W, b for each of the layers 1 to 2"),
    row(deep.deep_forward, {"X": X, "parameters": {}},
        "deep_forward: parameters lacks W1, b1, expected an entry of W, b for each of the layers 1 to 1"),
    row(descent.update_parameters, {"parameters": P, "grads": {k: G[k] for k in ("dW1", "db1")}, "alpha": 0.1},
        "update_parameters: grads lacks dW2, db2, expected an entry of dW, db for each of the layers 1 to 2"),
    row(initialization.initialize_parameters, {"layers": [4, 0, 1], "rng": None},
        "initialize_parameters: layers[1] is 0, expected an integer of at least 1: a layer needs a unit"),
    row(initialization.initialize_parameters, {"layers": [4, 2.0, 1], "rng": None},
        "initialize_parameters: layers[1] is 2.0, expected an integer of at least 1: a layer needs a unit"),
    row(initialization.initialize_parameters, {"layers": [4], "rng": None},
        "initialize_parameters: layers is [4], expected [n_x, ..., n_L]: a network needs an input and an output"),
    row(dimensions.layer_shapes, {"layers": [4, -1], "m": 5},
        "layer_shapes: layers[1] is -1, expected an integer of at least 1: a layer needs a unit"),
    row(dimensions.layer_shapes, {"layers": [4, 1], "m": 0}, "layer_shapes: m is 0, expected values in {1..inf}"),
    # what shapes cannot say
    row(notation.split_examples, {"X": X, "Y": Y, "m_train": 5},
        "split_examples: m_train is 5, expected less than m=5: the test set needs an example"),
    row(descent.batch_indices, {"order": np.array([0, 1, 1]), "batch_size": 2},
        "batch_indices: order is [0, 1, 1], expected a permutation of 0..2: each example once"),
    row(descent.mini_batches, {"X": X, "Y": Y, "batch_size": 2, "order": np.array([0, 1, 2, 3, 3])},
        "mini_batches: order is [0, 1, 2, 3, 3], expected a permutation of 0..4: each example once"),
]  # fmt: skip
