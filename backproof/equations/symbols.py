"""What the symbols of an equation stand for, where no argument and no result has that name: the table.

SYNONYMS are other words of a quantity; LEFT are left sides that name a result in their own way; GIVEN are quantities
that an equation speaks of besides arguments and results; DRAWS are arguments that it needs of a certain shape; STEPS
are the cost and the gradients of a training loop.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from parity_tests.sampling import Draw
from reference_numpy import blocks, deep, gram, linearity, neuron, shallow

Named = dict[str, Any]

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "lam": ("l2", "leak"),
    "eps": ("epsilon", "nudge"),
    "y_hat": ("a", "A", "P"),
    "Y_hat": ("A",),
    "N": ("m",),
    "t": ("at",),
    "o": ("order",),
    "B": ("batch_size",),
    "slope": ("df",),
    "percentage": ("S",),
}
LEFT: Mapping[str, Mapping[str, str]] = {
    "losses.cross_entropy_curvature": {r"\frac{\partial^2 L}{\partial z^2}": "C"},
    "losses.squared_error_curvature": {r"\frac{\partial^2 L}{\partial z^2}": "C"},
    "losses.likelihood": {r"P(y \mid x)": "P"},
    "losses.labels_likelihood": {r"P(\text{labels})": "P"},
    "losses.log_likelihood": {r"\log P(\text{labels})": "logP"},
    "gram.span_square": {r"\lVert W^{[1]} \rVert_F^2": "square"},
    "neuron.propagate_forward": {"A_0": "A0"},
    "notation.scale_pixels": {"X": "X_scaled"},
    "descent.batch_indices": {"t_k": "batches[{}]"},
    "descent.mini_batches": {"X_k": "batches[{}][0]", "Y_k": "batches[{}][1]"},
}


def vec(array: Any) -> Any:
    """Return the entries as a column: row by row, the colours of a pixel together."""
    return np.array([[array[place]] for place in np.ndindex(array.shape)])


def part(array: Any, first: int, last: int) -> Any:
    """Return the entries of a vector, or the columns of a matrix, from one to another, counted from 1."""
    if array.shape[1:] == (1,):
        return np.array([[array[i - 1, 0]] for i in range(first, last + 1)])
    return np.column_stack([array[:, i - 1] for i in range(first, last + 1)])


def columns(array: Any, order: Any) -> Any:
    """Return these columns of a matrix, in their order."""
    return np.column_stack([array[:, int(i)] for i in np.ravel(order)])


FUNCTIONS: Mapping[str, Callable[..., Any]] = {"vec": vec, "part": part, "columns": columns}


def _bits(n: int) -> Any:
    """All patterns of n bits, in columns."""
    return np.array(list(itertools.product((0.0, 1.0), repeat=n))).T


def _all_bits(given: Named, results: Named) -> Named:
    X, pairs = _bits(given["n"]), _bits(2)
    odd = X[:, X.sum(axis=0) % 2 == 1].T
    return {"X": X, "m": X.shape[1], "a": pairs[:1], "b": pairs[1:], "P": odd}


def _network_of_bits(given: Named, results: Named) -> Named:
    return _all_bits(given, results) | results  # what the network computes says whether its parameters are right


def _along(product: Any, vector: Any) -> Any:
    """Return a matrix whose product with the vector is this."""
    return product @ vector.T / np.sum(vector**2)


def _collapsed(given: Named, results: Named) -> Named:
    W, b = linearity.collapse(given["parameters"])
    return {"W": W, "b": b}


def _draws(given: Named, results: Named) -> Named:
    layers, rng = given["layers"], given["rng"]
    sizes = list(itertools.pairwise(layers))
    drawn = {f"N{l}": rng.standard_normal((n, n_prev)) for l, (n_prev, n) in enumerate(sizes, start=1)}
    drawn |= {f"U{l}": rng.uniform(size=(n, n_prev)) for l, (n_prev, n) in enumerate(sizes, start=1)}
    return drawn | {"n": layers}


def _shards(given: Named, results: Named) -> Named:
    ends = list(itertools.accumulate(given["sizes"], initial=0))
    return {"all_r": [range(first, end) for first, end in itertools.pairwise(ends)]}


def _batches(given: Named, results: Named) -> Named:
    m, size = len(given["order"]), given["batch_size"]
    return {"m": m, "all_k": range(1, -(-m // size) + 1)}


def _drawn(sizes: Mapping[str, int], rng: np.random.Generator) -> Any:
    """A picture that begins as the one that the Slides show."""
    picture = rng.integers(0, 256, (5, 7, 3)).astype(np.uint8)
    picture[0, :2, :2] = [[255, 255], [231, 134]]
    return picture


def _picture(given: Named, results: Named) -> Named:
    picture = given["picture"]
    planes = {name: picture[:, :, k] for k, name in enumerate("RGB"[: picture.shape[2]])}
    h, w, c = picture.shape
    return planes | {"h": h, "w": w, "c": c, "n_x": len(results["x"])}


def _first_layer(given: Named, results: Named) -> Named:
    rng, (n, m) = np.random.default_rng(len(given["C"])), given["C"].shape
    return {"W_0": rng.standard_normal((n, 17)), "X": rng.standard_normal((17, m))}


GIVEN: Mapping[str, Callable[[Named, Named], Named]] = {
    "losses.cost": lambda given, results: {"L": np.sum(given["L"], axis=0, keepdims=True)},  # of an example, a number
    "circuits.deep_xor_network": _network_of_bits,
    "circuits.shallow_xor_network": _all_bits,
    "logistic.absorbed_example_loss": lambda given, results: {"x_0": given["x"][0]},
    "linearity.linear_network": _collapsed,
    "linearity.linear_network_backward": _collapsed,
    "initialization.initialize_parameters": _draws,
    "dimensions.layer_shapes": lambda given, results: {
        "n": given["layers"],
        **{f"d{name}": shape for name, shape in results.items()},  # a gradient has the shape of its variable
    },
    "notation.split_examples": lambda given, results: {"m_test": results["X_test"].shape[1]},
    "shards.sharded_cost": _shards,
    "shards.sharded_gradients": _shards,
    "descent.batch_indices": _batches,
    "descent.mini_batches": _batches,
    "notation.picture_by_planes": _picture,
    "notation.picture_to_column": _picture,
    "notation.stack_columns": lambda given, results: {"x": given["xs"], "m": len(given["xs"])},
    "gram.span_slopes": _first_layer,
    "freivalds.linear_residual": lambda given, results: {
        "Z": _along(given["z"], given["v"]),
        "A0": _along(given["t"], given["v"]),
    },
    "freivalds.dW_residual": lambda given, results: {"dZ": given["t"], "A0": given["u"] / np.sum(given["u"] ** 2)},
    "freivalds.dA_residual": lambda given, results: {"v": np.ones((1, 1)), "dA0": given["a"], "dZ": given["t"]},
}
DRAWS: Mapping[str, Mapping[str, Draw]] = {
    "logistic.absorbed_example_loss": {"x": lambda sizes, rng: np.r_[1.0, rng.standard_normal(sizes["n_w"] - 1)]},
    "notation.picture_by_planes": {"picture": _drawn},
}
STEPS: Mapping[str, tuple[Any, ...]] = {
    "descent.descent_step": (deep.deep_cost, deep.deep_gradients),
    "descent.gradient_descent": (deep.deep_cost, deep.deep_gradients),
    "gram.gram_descent": (gram.gram_matrices, gram.gram_cost, gram.gram_gradients, gram.span_slopes),
    "loops.shallow_network": (shallow.shallow_cost, shallow.shallow_gradients),
    "loops.outline": (blocks.model_cost, blocks.model_backward),
    "loops.lee_network": (neuron.propagate_forward, neuron.propagate_backward),
}
