"""One anchor or more for each formula: arguments, and results that were worked out by hand.

Neither implementation is asked, so that a slip made in both is seen. The arguments are chosen for results that paper
can reach: sigma(ln 3) = 3/4, sigma(2 ln 3) = 9/10, tanh(ln 2) = 3/5, tanh(ln 3) = 4/5.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference_numpy import (
    activations,
    broadcasting,
    calculus,
    graph,
    housing,
    logistic,
    losses,
    neuron,
    notation,
    prediction,
    vectorization,
)


class Anchor(NamedTuple):
    """A call of a formula, and its results by their declared names, entries of dictionaries by key."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    results: dict[str, Any]


def a(*rows: Any) -> Any:
    """Return an array of floats; rows of an array with two dimensions, or the numbers of one."""
    return np.array(rows, dtype=float)


def column(*numbers: float) -> Any:
    return a(*([number] for number in numbers))


LN2, LN3 = float(np.log(2)), float(np.log(3))
ANCHORS: list[Anchor] = []


def anchor(function: Callable[..., Any], *arguments: Any, **results: Any) -> None:
    ANCHORS.append(Anchor(function, arguments, results))


# Activations and losses, where a is 1/2, 3/4 and 1/4

Z, A, Y = a([0, LN3, -LN3]), a([0.5, 0.75, 0.25]), a([1, 0, 0.5])
anchor(activations.sigmoid, Z, A=A)
anchor(activations.sigmoid_prime, Z, dA_dZ=a([1 / 4, 3 / 16, 3 / 16]))
anchor(activations.sigmoid_prime_quotient, Z, dA_dZ=a([1 / 4, 3 / 16, 3 / 16]))
anchor(activations.tanh, a([0, LN2, -LN3]), A=a([0, 0.6, -0.8]))
anchor(activations.tanh_prime, a([0, LN2, -LN3]), dA_dZ=a([1, 0.64, 0.36]))
anchor(activations.relu, a([-2, 0, 3]), A=a([0, 0, 3]))
anchor(activations.relu_prime, a([-2, 0, 3]), dA_dZ=a([0, 0, 1]))
anchor(activations.leaky_relu, a([-2, 0, 3]), A=a([-0.02, 0, 3]))
anchor(activations.leaky_relu, a([-2, 0, 3]), 0.25, A=a([-0.5, 0, 3]))
anchor(activations.leaky_relu_prime, a([-2, 0, 3]), dA_dZ=a([0.01, 0.01, 1]))
anchor(activations.leaky_relu_prime, a([-2, 0, 3]), 0.25, dA_dZ=a([0.25, 0.25, 1]))
anchor(activations.identity, a([-2, 0, 3]), A=a([-2, 0, 3]))
anchor(activations.identity_prime, a([-2, 0, 3]), dA_dZ=a([1, 1, 1]))
anchor(losses.cross_entropy, A, Y, L=a([LN2, 2 * LN2, 2 * LN2 - LN3 / 2]))
anchor(losses.cross_entropy_prime, A, Y, dL_dA=a([-2, 4, -4 / 3]))
anchor(losses.cross_entropy_by_cases, A, a([1, 0, 1]), L=a([LN2, 2 * LN2, 2 * LN2]))
anchor(losses.cross_entropy_by_cases_prime, A, a([1, 0, 1]), dL_dA=a([-2, 4, -4]))
anchor(losses.cross_entropy_loss, 0.75, 0.0, L=2 * LN2)
anchor(losses.cross_entropy_loss, 0.5, 1.0, L=LN2)
anchor(losses.cross_entropy_loss, 0.25, 1.0, L=2 * LN2)
anchor(losses.cross_entropy_from_logits, Z, Y, L=a([LN2, 2 * LN2, 2 * LN2 - LN3 / 2]))
anchor(losses.cross_entropy_from_logits_prime, Z, Y, dL_dZ=a([-0.5, 0.75, -0.25]))
anchor(losses.cross_entropy_curvature, Z, Y, C=a([1 / 4, 3 / 16, 3 / 16]))
anchor(losses.squared_error, a([1, 2], [3, -1]), a([0, 2], [1, 1]), L=a([0.5, 0], [2, 2]))
anchor(losses.squared_error_prime, a([1, 2], [3, -1]), a([0, 2], [1, 1]), dL_dA=a([1, 0], [2, -2]))
anchor(losses.squared_error_curvature, Z, a([1, 0, 0.25]), C=a([1 / 16, -9 / 256, 9 / 256]))
anchor(losses.likelihood, A, a([1, 0, 1]), P=a([1 / 2, 1 / 4, 1 / 4]))
anchor(losses.labels_likelihood, A, a([1, 0, 1]), P=1 / 32)
anchor(losses.log_likelihood, A, a([1, 0, 1]), logP=-5 * LN2)
anchor(losses.cost, a([1, 2, 3], [4, 5, 6]), J=7.0)
anchor(losses.cost_backward, a([1, 2, 3], [4, 5, 6]), dL=a([1, 1, 1], [1, 1, 1]))

# Calculus, the computation graph, arrays

anchor(calculus.slope, calculus.cube, np.float64(1), 0.5, df=4.75)  # to the right; on both sides it would be 3.25
for function, value in ((calculus.triple, 6), (calculus.square, 4), (calculus.cube, 8), (calculus.natural_log, LN2)):
    anchor(function, a(2, 1), f=a(value, 3 if value == 6 else 0 if value == LN2 else 1))
anchor(calculus.triple_prime, a(2, 5), df_da=a(3, 3))
anchor(calculus.square_prime, a(2, 5), df_da=a(4, 10))
anchor(calculus.cube_prime, a(2, 5), df_da=a(12, 75))
anchor(calculus.natural_log_prime, a(2, 5), df_da=a(0.5, 0.2))
anchor(graph.graph_forward, 5.0, 3.0, 2.0, J=33.0, u=6.0, v=11.0)
anchor(graph.graph_backward, {"b": 3.0, "c": 2.0, "u": 6.0, "v": 11.0}, dv=3.0, da=3.0, du=3.0, db=6.0, dc=9.0)
TABLE = a([1, 2, 3], [4, 5, 6])
for dot in (vectorization.dot, vectorization.dot_loop):
    anchor(dot, a(1, 2), a(3, -1), z=1.0)
anchor(vectorization.dot_backward, 2.0, a(1, 2), a(3, -1), dw=a(6, -2), dx=a(2, 4))
BY_OPERATION: dict[str, tuple[Any, ...]] = {  # S, dA and what the row, the column and the number get, for dS = TABLE
    "add": (TABLE + 10, TABLE, [5, 7, 9], [6, 15], 21),
    "subtract": (TABLE - 10, TABLE, [-5, -7, -9], [-6, -15], -21),
    "multiply": (TABLE * 10, TABLE * 10, [17, 29, 45], [14, 77], 91),
    "divide": (TABLE / 10, TABLE / 10, [-0.17, -0.29, -0.45], [-0.14, -0.77], -0.91),
}
for operation, (combined, slope_of_A, dr, dc, ds) in BY_OPERATION.items():
    tens = (a([10, 10, 10]), a([10], [10]), 10.0)
    anchor(broadcasting.broadcast_row, TABLE, tens[0], operation, S=combined)
    anchor(broadcasting.broadcast_row_backward, TABLE, TABLE, tens[0], operation, dA=slope_of_A, dr=a(dr))
    anchor(broadcasting.broadcast_column, TABLE, tens[1], operation, S=combined)
    anchor(broadcasting.broadcast_column_backward, TABLE, TABLE, tens[1], operation, dA=slope_of_A, dc=column(*dc))
    anchor(broadcasting.broadcast_number, TABLE, tens[2], operation, S=combined)
    anchor(broadcasting.broadcast_number_backward, TABLE, TABLE, tens[2], operation, dA=slope_of_A, ds=ds)
anchor(broadcasting.broadcast_row, TABLE, a([10, 20, 30]), "add", S=a([11, 22, 33], [14, 25, 36]))
anchor(broadcasting.broadcast_column, TABLE, a([10], [20]), "subtract", S=a([-9, -8, -7], [-16, -15, -14]))
anchor(broadcasting.sum_vertically, TABLE, s=a(5, 7, 9))
anchor(broadcasting.sum_vertically_backward, a(1, 2, 3), TABLE, dA=a([1, 2, 3], [1, 2, 3]))
anchor(broadcasting.sum_horizontally, TABLE, s=a([6], [15]))
anchor(broadcasting.sum_horizontally_backward, a([1], [2]), TABLE, dA=a([1, 1, 1], [2, 2, 2]))
anchor(broadcasting.column_percentages, a([1, 2], [3, 2]), S=a([25, 50], [75, 50]))
anchor(broadcasting.column_percentages_backward, a([1, 0], [0, 2]), a([1, 2], [3, 2]), dA=a([18.75, -25], [-6.25, 25]))

# Pictures and examples

PLANES = 0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11
PICTURE = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
anchor(notation.picture_by_planes, PICTURE, x=np.array([[i] for i in PLANES], np.uint8))
anchor(notation.picture_to_column, PICTURE, x=np.array([[i] for i in range(12)], np.uint8))
anchor(notation.flatten_pictures, np.array([[[[1], [2]]], [[[3], [4]]]], np.uint8), X=np.array([[1, 3], [2, 4]]))
anchor(notation.stack_columns, [column(1, 2), column(3, 4)], X=a([1, 3], [2, 4]))
anchor(notation.scale_pixels, np.array([[0, 51, 255]], np.uint8), X_scaled=a([0, 0.2, 1]))
anchor(
    notation.split_examples,
    *(a([1, 2, 3]), a([0, 1, 0]), 2),
    **{"X_train": a([1, 2]), "Y_train": a([0, 1]), "X_test": a([3]), "Y_test": a([0])},
)
anchor(prediction.threshold, a([0.2, 0.5, 0.7]), P=a([0, 0, 1]))
anchor(prediction.threshold, a([0.2, 0.5, 0.7]), 0.3, P=a([0, 1, 1]))
anchor(prediction.accuracy, a([1, 0, 1, 1]), a([1, 1, 1, 1]), accuracy=0.75)

# Logistic regression: w = (1, -1), b = ln 3, and z = ln 3, -ln 3, 0

W, B, X, LABELS = column(1, -1), LN3, a([2, 0, -LN3], [2, 2 * LN3, 0]), a([0, 1, 1])
DZ, DW, DB, COST = a([0.75, -0.75, -0.5]), column(0.5 + LN3 / 6, 0.5 - LN3 / 2), -1 / 6, 5 * LN2 / 3
CACHE = {"Z": a([LN3, -LN3, 0]), "A": a([0.75, 0.25, 0.5])}
anchor(logistic.logistic_forward, W, B, X, **CACHE)
anchor(logistic.logistic_cost, W, B, X, LABELS, J=COST, **CACHE)
anchor(logistic.logistic_gradients, X, LABELS, CACHE, dZ=DZ, dw=DW, db=DB)
anchor(logistic.logistic_loop, W, B, X, LABELS, J=COST, dw=DW, db=DB)
THETA, X_0 = column(LN3, 1, -1), np.vstack([np.ones((1, 3)), X])
anchor(logistic.absorb_bias, W, B, X, theta=THETA, X_0=X_0)
anchor(logistic.absorbed_cost, THETA, X_0, LABELS, J=COST, **CACHE)
anchor(logistic.absorbed_gradients, X_0, LABELS, CACHE, dZ=DZ, dtheta=np.vstack([[[DB]], DW]))
x = a(2, 2 + 2 * LN3)
anchor(logistic.logistic_example_loss, a(1, -1), LN3, x, 1.0, L=2 * LN2, z=-LN3, a=0.25)
anchor(
    logistic.logistic_example_gradients,
    *(x, 1.0, {"z": np.float64(-LN3), "a": np.float64(0.25)}),
    **{"da": -4.0, "dz": -0.75, "dw": -0.75 * x, "db": -0.75},
)
anchor(
    logistic.logistic_example_steps,
    *(x, 1.0, {"z": np.float64(-LN3), "a": np.float64(0.25)}),
    **{"da": -4.0, "dz": -0.75, "dw": -0.75 * x},
)
x_0 = a(1, 2, 2 + 2 * LN3)
anchor(logistic.absorbed_example_loss, a(LN3, 1, -1), x_0, 1.0, L=2 * LN2, z=-LN3, a=0.25)
anchor(
    logistic.absorbed_example_gradients,
    *(x_0, 1.0, {"z": np.float64(-LN3), "a": np.float64(0.25)}),
    **{"dz": -0.75, "dw": -0.75 * x_0},
)
anchor(neuron.neuron, W, X, a([B]), Y_hat=CACHE["A"])
anchor(neuron.neuron_cost, W, X, a([B]), LABELS, J=COST, Z=CACHE["Z"], Y_hat=CACHE["A"])
anchor(neuron.neuron_gradients, X, LABELS, {"Z": CACHE["Z"], "Y_hat": CACHE["A"]}, dZ=DZ, dW=DW, db=a([DB]))

# Housing prices: z = 1, 3, -1

PRICES = a([1, 2, 0]), a([2, 1, 1])
ONLY_POSITIVE = {"Z": a([1, 3, -1]), "Y_hat": a([1, 3, 0])}
LINEAR = {"Z": a([1, 3, -1]), "Y_hat": a([1, 3, -1])}
anchor(housing.housing_cost, 2.0, -1.0, *PRICES, J=1.0, **ONLY_POSITIVE)
anchor(housing.housing_cost, 2.0, -1.0, *PRICES, "identity", J=1.5, **LINEAR)
anchor(
    housing.housing_gradients,
    *(*PRICES, ONLY_POSITIVE),
    **{"dY_hat": a([-1, 2, -1]), "dZ": a([-1, 2, 0]), "dw": 1.0, "db": 1 / 3},
)
anchor(
    housing.housing_gradients,
    *(*PRICES, LINEAR, "identity"),
    **{"dY_hat": a([-1, 2, -2]), "dZ": a([-1, 2, -2]), "dw": 1.0, "db": -1 / 3},
)
