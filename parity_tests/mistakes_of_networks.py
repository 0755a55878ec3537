"""Planted mistakes in whole networks, in descent, and in the small systems."""

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
    neuron,
    shallow,
    vectorization,
)
from reference_numpy._formula import Array, Layers

from .planted import mistake

Three = tuple[Array, Array, Array]


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
