"""Planted mistakes: slips that people make, each a wrong function that stands in for a right one.

The same code judges them on the same inputs, and must reject every one; otherwise an agreement proves little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference_numpy import (
    activations,
    blocks,
    calculus,
    deep,
    descent,
    graph,
    housing,
    logistic,
    losses,
    neuron,
    shallow,
    vectorization,
)
from reference_numpy._formula import Array, Formula, Layers, formula_of

Three = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Mistake:
    """A wrong function in the place of `of`, and the slip it makes in the field's words."""

    of: Formula
    cause: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Name of the wrong function."""
        return self.function.__name__


MISTAKES: list[Mistake] = []


def mistake(of: Callable[..., Any], cause: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a wrong function."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        MISTAKES.append(Mistake(formula_of(of), cause, function))
        return function

    return register


def rest(dZ: Array, cache: Layers) -> Three:
    """The right backward of the linear part, for mistakes in one of its three results."""
    return blocks.linear_backward(dZ, cache)


# One layer: dW, db, dA_prev


@mistake(blocks.linear_backward, "missing 1/m in dW")
def dW_without_mean(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, dZ @ cache["A_prev"].T, db


@mistake(blocks.linear_backward, "1/m twice in dW")
def dW_mean_twice(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, dZ @ cache["A_prev"].T / dZ.shape[1] ** 2, db


@mistake(blocks.linear_backward, "1/n where 1/m belongs")
def dW_over_units(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, dZ @ cache["A_prev"].T / dZ.shape[0], db


@mistake(blocks.linear_backward, "1/(m - 1) where 1/m belongs")
def dW_off_by_one(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, dZ @ cache["A_prev"].T / max(dZ.shape[1] - 1, 2), db


@mistake(blocks.linear_backward, "operands swapped: dW is the transpose")
def dW_transposed(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, cache["A_prev"] @ dZ.T / dZ.shape[1], db


@mistake(blocks.linear_backward, "the last example only")
def dW_last_example(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, dZ[:, -1:] @ cache["A_prev"][:, -1:].T / dZ.shape[1], db


@mistake(blocks.linear_backward, "wrong sign of dW")
def dW_negative(dZ: Array, cache: Layers) -> Three:
    dA_prev, dW, db = rest(dZ, cache)
    return dA_prev, -dW, db


@mistake(blocks.linear_backward, "W where A_prev belongs")
def dW_from_W(dZ: Array, cache: Layers) -> Three:
    dA_prev, _, db = rest(dZ, cache)
    return dA_prev, cache["W"] * np.sum(dZ) / dZ.shape[1], db


@mistake(blocks.linear_backward, "missing 1/m in db")
def db_without_mean(dZ: Array, cache: Layers) -> Three:
    dA_prev, dW, _ = rest(dZ, cache)
    return dA_prev, dW, np.sum(dZ, axis=1, keepdims=True)


@mistake(blocks.linear_backward, "sum over the units, not over the examples")
def db_wrong_axis(dZ: Array, cache: Layers) -> Three:
    dA_prev, dW, _ = rest(dZ, cache)
    return dA_prev, dW, np.sum(dZ, axis=0, keepdims=True) / dZ.shape[1]


@mistake(blocks.linear_backward, "keepdims dropped")
def db_without_keepdims(dZ: Array, cache: Layers) -> Three:
    dA_prev, dW, _ = rest(dZ, cache)
    return dA_prev, dW, np.sum(dZ, axis=1) / dZ.shape[1]


@mistake(blocks.linear_backward, "sum over everything")
def db_summed_over_all(dZ: Array, cache: Layers) -> Three:
    dA_prev, dW, _ = rest(dZ, cache)
    return dA_prev, dW, np.full_like(dZ[:, :1], np.sum(dZ) / dZ.shape[1])


@mistake(blocks.linear_backward, "1/m inside dA_prev")
def dA_prev_with_mean(dZ: Array, cache: Layers) -> Three:
    _, dW, db = rest(dZ, cache)
    return cache["W"].T @ dZ / dZ.shape[1], dW, db


@mistake(blocks.linear_backward, "missing transpose of W")
def dA_prev_without_transpose(dZ: Array, cache: Layers) -> Three:
    _, dW, db = rest(dZ, cache)
    return cache["W"] @ dZ, dW, db


@mistake(blocks.linear_backward, "* where @ belongs")
def dA_prev_elementwise(dZ: Array, cache: Layers) -> Three:
    _, dW, db = rest(dZ, cache)
    return np.sum(cache["W"]) * dZ, dW, db


# The activation: g'


@mistake(blocks.activation_backward, "+ where * belongs")
def dZ_sum_for_product(dA: Array, cache: Layers, activation: str) -> Array:
    return dA + activations.ACTIVATIONS[activation][1](cache["Z"])


@mistake(blocks.activation_backward, "g(Z) where g'(Z) belongs")
def dZ_with_g(dA: Array, cache: Layers, activation: str) -> Array:
    return dA * activations.ACTIVATIONS[activation][0](cache["Z"])


@mistake(blocks.activation_backward, "missing g'(Z)")
def dZ_without_g_prime(dA: Array, cache: Layers, activation: str) -> Array:
    return dA.copy()


@mistake(blocks.activation_backward, "derivative of the wrong activation")
def dZ_with_sigmoid_prime(dA: Array, cache: Layers, activation: str) -> Array:
    return dA * activations.sigmoid_prime(cache["Z"])


@mistake(blocks.activation_backward, "A where Z belongs in g'")
def dZ_with_g_prime_of_A(dA: Array, cache: Layers, activation: str) -> Array:
    g, g_prime = activations.ACTIVATIONS[activation]
    return dA * g_prime(g(cache["Z"]))


@mistake(activations.sigmoid, "exp(Z) where exp(-Z) belongs")
def sigmoid_sign(Z: Array) -> Array:
    return 1 / (1 + np.exp(Z))


@mistake(activations.sigmoid_prime, "1 - a^2, the derivative of tanh")
def sigmoid_prime_of_tanh(Z: Array) -> Array:
    return 1 - activations.sigmoid(Z) ** 2


@mistake(activations.sigmoid_prime, "wrong sign in a(1 - a)")
def sigmoid_prime_sign(Z: Array) -> Array:
    A = activations.sigmoid(Z)
    return A * (1 + A)


@mistake(activations.tanh_prime, "missing square")
def tanh_prime_without_square(Z: Array) -> Array:
    return 1 - activations.tanh(Z)


@mistake(activations.tanh_prime, "Z where A belongs")
def tanh_prime_of_Z(Z: Array) -> Array:
    return 1 - Z**2


@mistake(activations.relu_prime, "slope 1 everywhere")
def relu_prime_everywhere(Z: Array) -> Array:
    return np.ones_like(Z)


@mistake(activations.relu_prime, "g where g' belongs")
def relu_prime_is_relu(Z: Array) -> Array:
    return activations.relu(Z)


@mistake(activations.leaky_relu_prime, "slope 0.001 where the function has 0.01")
def leaky_relu_prime_other_slope(Z: Array, leak: float) -> Array:
    return np.where(Z > 0, 1, leak / 10)


# The loss and the cost


@mistake(losses.cross_entropy, "missing minus sign")
def cross_entropy_sign(A: Array, Y: Array) -> Array:
    return Y * np.log(A) + (1 - Y) * np.log(1 - A)


@mistake(losses.cross_entropy, "branches swapped")
def cross_entropy_swapped(A: Array, Y: Array) -> Array:
    return -((1 - Y) * np.log(A) + Y * np.log(1 - A))


@mistake(losses.cross_entropy_prime, "missing term (1 - y)/(1 - a)")
def cross_entropy_prime_one_term(A: Array, Y: Array) -> Array:
    return -Y / A


@mistake(losses.cross_entropy_from_logits_prime, "y - a where a - y belongs")
def logits_prime_sign(Z: Array, Y: Array) -> Array:
    return Y - activations.sigmoid(Z)


@mistake(losses.cross_entropy_from_logits_prime, "z where a belongs")
def logits_prime_of_z(Z: Array, Y: Array) -> Array:
    return Z - Y


@mistake(losses.squared_error_prime, "factor 2 left over")
def squared_error_prime_doubled(A: Array, Y: Array) -> Array:
    return 2 * (A - Y)


@mistake(losses.cost, "1/2 where 1/m belongs")
def cost_halved(L: Array) -> Array:
    return np.sum(L) / 2


@mistake(losses.cost_backward, "1/m inside a derivative per example")
def cost_backward_with_mean(L: Array) -> Array:
    return np.ones_like(L) / L.shape[1]


# Logistic regression


@mistake(logistic.logistic_example_gradients, "dw without x")
def example_dw_without_x(x: Array, y: Array, cache: Layers) -> Layers:
    dz = cache["a"] - y
    return {"dz": dz, "dw": np.full_like(x, dz), "db": dz}


@mistake(logistic.logistic_gradients, "an extra a(1 - a) in dZ")
def logistic_extra_g_prime(X: Array, Y: Array, cache: Layers) -> Layers:
    dZ = (cache["A"] - Y) * cache["A"] * (1 - cache["A"])
    return {"dZ": dZ, "dw": X @ dZ.T / X.shape[1], "db": np.sum(dZ) / X.shape[1]}


@mistake(logistic.logistic_gradients, "1/m missing in dw and db")
def logistic_without_mean(X: Array, Y: Array, cache: Layers) -> Layers:
    dZ = cache["A"] - Y
    return {"dZ": dZ, "dw": X @ dZ.T, "db": np.sum(dZ)}


@mistake(logistic.logistic_loop, "= where += belongs: the last example only")
def loop_without_accumulation(w: Array, b: Array, X: Array, Y: Array) -> Three:
    J, _, _ = logistic.logistic_loop(w, b, X, Y)
    dz = activations.sigmoid(w.T @ X[:, -1:] + b) - Y[:, -1:]
    return J, X[:, -1:] * dz / X.shape[1], dz[0, 0] / X.shape[1]


@mistake(logistic.logistic_loop, "never divided by m")
def loop_never_divided(w: Array, b: Array, X: Array, Y: Array) -> Three:
    J, dw, db = logistic.logistic_loop(w, b, X, Y)
    return J, dw * X.shape[1], db * X.shape[1]


@mistake(logistic.logistic_loop, "a = sigma(z)(1 - a)")
def loop_a_times_its_derivative(w: Array, b: Array, X: Array, Y: Array) -> Three:
    A = activations.sigmoid(w.T @ X + b)
    dZ = A * (1 - A) - Y
    return logistic.logistic_loop(w, b, X, Y)[0], X @ dZ.T / X.shape[1], np.sum(dZ) / X.shape[1]


# The shallow and the deep network


def shallow_with(X: Array, Y: Array, W2: Array, cache: Layers, dZ1: Array) -> Layers:
    """Right gradients but for dZ1 and what follows from it."""
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2, db2 = dZ2 @ cache["A1"].T / m, np.sum(dZ2, axis=1, keepdims=True) / m
    dW1, db1 = dZ1 @ X.T / m, np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dZ2": dZ2, "dW2": dW2, "db2": db2, "dZ1": dZ1, "dW1": dW1, "db1": db1}


@mistake(shallow.shallow_gradients, "g(Z1) where g'(Z1) belongs")
def shallow_with_g(X: Array, Y: Array, W2: Array, cache: Layers, activation: str) -> Layers:
    return shallow_with(X, Y, W2, cache, W2.T @ (cache["A2"] - Y) * cache["A1"])


@mistake(shallow.shallow_gradients, "g'(Z2) where g'(Z1) belongs")
def shallow_with_output_prime(X: Array, Y: Array, W2: Array, cache: Layers, activation: str) -> Layers:
    _, g_prime = activations.ACTIVATIONS[activation]
    return shallow_with(X, Y, W2, cache, W2.T @ (cache["A2"] - Y) * np.sum(g_prime(cache["Z2"]), axis=0))


@mistake(shallow.shallow_gradients, "the updated W2 used in the backward pass")
def shallow_with_updated_W2(X: Array, Y: Array, W2: Array, cache: Layers, activation: str) -> Layers:
    _, g_prime = activations.ACTIVATIONS[activation]
    dZ2 = cache["A2"] - Y
    updated = W2 - 0.0075 * dZ2 @ cache["A1"].T / X.shape[1]
    return shallow_with(X, Y, W2, cache, updated.T @ dZ2 * g_prime(cache["Z1"]))


@mistake(shallow.shallow_gradients, "dW1 missing")
def shallow_without_dW1(X: Array, Y: Array, W2: Array, cache: Layers, activation: str) -> Layers:
    right = shallow.shallow_gradients(X, Y, W2, cache, activation)
    return {name: V for name, V in right.items() if name != "dW1"}


@mistake(deep.hidden_dZ, "g'(Z[l]) missing")
def hidden_dZ_without_g_prime(dZ_next: Array, Z: Array, W_next: Array, activation: str) -> Array:
    return W_next.T @ dZ_next


@mistake(deep.hidden_dZ, "g(Z[l]) where g'(Z[l]) belongs")
def hidden_dZ_with_g(dZ_next: Array, Z: Array, W_next: Array, activation: str) -> Array:
    return W_next.T @ dZ_next * activations.ACTIVATIONS[activation][0](Z)


@mistake(deep.deep_gradients, "W of the neighbouring layer")
def deep_with_neighbour_W(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    L = len(parameters) // 2
    shifted = {f"W{l}": parameters[f"W{max(l - 1, 1)}"] for l in range(1, L + 1)}
    return deep.deep_gradients(Y, parameters | shifted, cache, **options)


@mistake(deep.deep_gradients, "A of the neighbouring layer")
def deep_with_neighbour_A(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    grads = deep.deep_gradients(Y, parameters, cache, **options)
    grads["dW1"] = grads["dZ1"] @ cache["A1"].T / Y.shape[1]
    return grads


@mistake(deep.deep_gradients, "updated W used in the backward pass")
def deep_with_updated_W(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    grads = deep.deep_gradients(Y, parameters, cache, **options)
    updated = {name: V - 0.0075 * grads[f"d{name}"] for name, V in parameters.items()}
    return deep.deep_gradients(Y, updated, cache, **options)


@mistake(deep.deep_gradients, "derivative of the wrong activation in the hidden layers")
def deep_with_other_activation(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    other = "tanh" if options["activation"] == "sigmoid" else "sigmoid"
    return deep.deep_gradients(Y, parameters, cache, **options | {"activation": other})


@mistake(deep.deep_gradients, "A[L] - Y where squared error needs g'(Z[L]) too")
def deep_without_output_prime(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    return deep.deep_gradients(Y, parameters, cache, **options | {"loss": "cross_entropy"})


@mistake(deep.deep_gradients, "L2 term missing")
def deep_without_l2(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    return deep.deep_gradients(Y, parameters, cache, **options | {"l2": 0.0})


@mistake(deep.deep_gradients, "L2 term off by a factor 2")
def deep_l2_halved(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    return deep.deep_gradients(Y, parameters, cache, **options | {"l2": options["l2"] / 2})


@mistake(deep.deep_gradients, "L2 term without 1/m")
def deep_l2_without_mean(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    return deep.deep_gradients(Y, parameters, cache, **options | {"l2": options["l2"] * Y.shape[1]})


@mistake(deep.deep_gradients, "L2 term on the bias")
def deep_l2_on_bias(Y: Array, parameters: Layers, cache: Layers, **options: Any) -> Layers:
    grads = deep.deep_gradients(Y, parameters, cache, **options)
    return grads | {
        f"d{name}": grads[f"d{name}"] + options["l2"] / Y.shape[1] * parameters[name] for name in ("b1", "b2")
    }


@mistake(deep.l2_gradients, "L2 term on the bias")
def l2_on_bias(parameters: Layers, l2: float, m: int) -> Layers:
    return {f"d{name}": l2 / m * V for name, V in parameters.items()}


@mistake(deep.l2_gradients, "factor 2 left over")
def l2_doubled(parameters: Layers, l2: float, m: int) -> Layers:
    return {f"d{name}": 2 * l2 / m * V for name, V in parameters.items() if name[0] == "W"}


@mistake(blocks.model_backward, "output layer treated like a hidden one")
def model_with_hidden_output(AL: Array, Y: Array, caches: list[Layers], activation: str) -> Layers:
    dZ = -(Y / AL - (1 - Y) / (1 - AL)) * activations.ACTIVATIONS[activation][1](caches[-1]["Z"]) * 2
    _, dW, db = blocks.linear_backward(dZ, caches[-1])
    right = blocks.model_backward(AL, Y, caches, activation)
    return right | {f"dW{len(caches)}": dW, f"db{len(caches)}": db}


# Descent


@mistake(descent.update_parameters, "+ where - belongs")
def update_uphill(parameters: Layers, grads: Layers, alpha: float) -> Layers:
    return {name: V + alpha * grads[f"d{name}"] for name, V in parameters.items()}


@mistake(descent.update_parameters, "parameters changed in place")
def update_in_place(parameters: Layers, grads: Layers, alpha: float) -> Layers:
    for name in parameters:
        parameters[name] -= alpha * grads[f"d{name}"]
    return parameters


@mistake(descent.update_with_momentum, "momentum forgotten")
def momentum_forgotten(
    parameters: Layers, grads: Layers, velocity: Layers, alpha: float, beta: float
) -> tuple[Layers, Layers]:
    return descent.update_with_momentum(parameters, grads, velocity, alpha, 0.0)


@mistake(descent.update_with_momentum, "the old velocity used in the update")
def momentum_one_step_late(
    parameters: Layers, grads: Layers, velocity: Layers, alpha: float, beta: float
) -> tuple[Layers, Layers]:
    _, moved = descent.update_with_momentum(parameters, grads, velocity, alpha, beta)
    return {name: V - alpha * velocity[f"v{name}"] for name, V in parameters.items()}, moved


@mistake(descent.mini_batches, "the last, smaller batch dropped")
def batches_without_the_last(X: Array, Y: Array, batch_size: int, order: Any) -> list[tuple[Array, Array]]:
    batches = descent.mini_batches(X, Y, batch_size, order)
    return batches[:-1]


# Calculus, graph, housing, neuron, broadcasting


@mistake(calculus.cube_prime, "a^3 where 3a^2 belongs")
def cube_prime_is_cube(a: Array) -> Array:
    return a**3


@mistake(graph.graph_backward, "db without the factor c")
def graph_db_without_c(cache: graph.Values) -> graph.Values:
    return graph.graph_backward(cache) | {"db": np.full_like(cache["b"], 3)}


@mistake(graph.graph_backward, "da and dc exchanged")
def graph_da_is_dc(cache: graph.Values) -> graph.Values:
    right = graph.graph_backward(cache)
    return right | {"da": right["dc"], "dc": right["da"]}


@mistake(housing.housing_gradients, "missing g'(z)")
def housing_without_g_prime(x: Array, y: Array, cache: Layers, activation: str) -> Layers:
    dZ = cache["Y_hat"] - y
    return {"dZ": dZ, "dw": np.sum(x * dZ) / x.shape[1], "db": np.sum(dZ) / x.shape[1]}


@mistake(neuron.neuron_gradients, "dW in the shape of W.T")
def neuron_dW_transposed(X: Array, Y: Array, cache: Layers) -> Layers:
    right = neuron.neuron_gradients(X, Y, cache)
    return right | {"dW": right["dW"].T}


@mistake(neuron.neuron_gradients, "dZ.T where dZ belongs in db")
def neuron_db_transposed(X: Array, Y: Array, cache: Layers) -> Layers:
    right = neuron.neuron_gradients(X, Y, cache)
    return right | {"db": np.dot(right["dZ"].T, np.ones((len(Y), 1))) / X.shape[1]}


@mistake(vectorization.add_row_backward, "dS returned for a row that was copied")
def row_not_summed(dS: Array) -> tuple[Array, Array]:
    return dS.copy(), dS.copy()


@mistake(vectorization.column_percentages, "factor 100 missing")
def shares_not_percentages(A: Array) -> Array:
    return A / np.sum(A, axis=0, keepdims=True)
