"""Planted mistakes in one layer: dW, db, dA_prev, the activation, the loss."""

import numpy as np

from reference_numpy import (
    activations,
    blocks,
    losses,
)
from reference_numpy._formula import Array, Layers

from .planted import mistake

Three = tuple[Array, Array, Array]


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
