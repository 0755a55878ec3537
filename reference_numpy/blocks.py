"""The building blocks of an L-layer network: linear, activation, their composition, and each one's backward.

A forward block returns its result and a cache; the backward block of the same layer needs that cache.
"""

from __future__ import annotations

import numpy as np

from shapes.names import depth
from shapes.network import ANY_ACTIVATION, HIDDEN, Hidden, hidden_layers

from .activations import ACTIVATIONS
from .losses import cost, cross_entropy, cross_entropy_prime
from .registry import Array, Layers, formula, gradient

FORWARD = "Notes B, Forward propagation in a deep network; Notes A, p. 38-39"
BACKWARD = "Notes B, Backward; Notes A, p. 40"


@formula(
    r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}",
    "S17 S18",
    FORWARD,
    "a_prev (n_prev, 1), W (n, n_prev), b (n, 1) -> z (n, 1), cache",
)
def linear_example_forward(a_prev: Array, W: Array, b: Array) -> tuple[Array, Layers]:
    """Linear part of a layer for one example."""
    z = W @ a_prev + b
    return z, {"a_prev": a_prev, "W": W, "b": b}


@gradient(
    linear_example_forward,
    r"dW^{[l]} = dz^{[l]} a^{[l-1]T}, \quad db^{[l]} = dz^{[l]}, \quad da^{[l-1]} = W^{[l]T} dz^{[l]}",
    "S17 S18",
    BACKWARD,
    "dz, cache -> da_prev, dW, db",
)
def linear_example_backward(dz: Array, cache: Layers) -> tuple[Array, Array, Array]:
    """Backward of the linear part for one example."""
    da_prev = cache["W"].T @ dz
    dW = dz @ cache["a_prev"].T
    db = dz.copy()
    return da_prev, dW, db


@formula(
    r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}",
    "S17 S18",
    FORWARD,
    "A_prev (n_prev, m), W (n, n_prev), b (n, 1) -> Z (n, m), cache",
)
def linear_forward(A_prev: Array, W: Array, b: Array) -> tuple[Array, Layers]:
    """Linear part of a layer for m examples."""
    Z = W @ A_prev + b
    return Z, {"A_prev": A_prev, "W": W, "b": b}


@gradient(
    linear_forward,
    r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}, \quad db^{[l]} = \frac{1}{m} \sum_i dZ^{[l](i)}, \quad "
    r"dA^{[l-1]} = W^{[l]T} dZ^{[l]}",
    "S17 S18",
    BACKWARD + ", with 1/m",
    "dZ, cache -> dA_prev, dW, db",
)
def linear_backward(dZ: Array, cache: Layers) -> tuple[Array, Array, Array]:
    """Backward of the linear part for m examples."""
    m = dZ.shape[1]
    dA_prev = cache["W"].T @ dZ
    dW = dZ @ cache["A_prev"].T / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return dA_prev, dW, db


@formula(
    r"a^{[l]} = g^{[l]}(z^{[l]})",
    "S17 S18",
    FORWARD + "; p. 34-35",
    f"z (n, 1), activation in {ANY_ACTIVATION} -> a (n, 1), cache",
)
def activation_example_forward(z: Array, activation: str) -> tuple[Array, Layers]:
    """Activation part of a layer for one example."""
    g, _ = ACTIVATIONS[activation]
    return g(z), {"z": z}


@gradient(
    activation_example_forward,
    r"dz^{[l]} = da^{[l]} * g^{[l]\prime}(z^{[l]})",
    "S17 S18",
    BACKWARD + "; with * for +",
    "da, cache, activation -> dz",
)
def activation_example_backward(da: Array, cache: Layers, activation: str) -> Array:
    """Backward of the activation part for one example."""
    _, g_prime = ACTIVATIONS[activation]
    return da * g_prime(cache["z"])


@formula(
    r"A^{[l]} = g^{[l]}(Z^{[l]})",
    "S18",
    FORWARD,
    f"Z (n, m), activation in {ANY_ACTIVATION} -> A (n, m), cache",
)
def activation_forward(Z: Array, activation: str) -> tuple[Array, Layers]:
    """Activation part of a layer."""
    g, _ = ACTIVATIONS[activation]
    return g(Z), {"Z": Z}


@gradient(
    activation_forward,
    r"dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]})",
    "S18",
    BACKWARD + ", with * for +",
    "dA, cache, activation -> dZ",
)
def activation_backward(dA: Array, cache: Layers, activation: str) -> Array:
    """Backward of the activation part."""
    _, g_prime = ACTIVATIONS[activation]
    return dA * g_prime(cache["Z"])


@formula(
    r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad A^{[l]} = g^{[l]}(Z^{[l]})",
    "S18",
    FORWARD,
    f"A_prev (n_prev, m), W (n, n_prev), b (n, 1), activation in {ANY_ACTIVATION} -> A (n, m), cache",
)
def linear_activation_forward(A_prev: Array, W: Array, b: Array, activation: str) -> tuple[Array, Layers]:
    """One whole layer, linear then activation; its cache is the caches of the two parts."""
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = activation_forward(Z, activation)
    return A, linear_cache | activation_cache


@gradient(
    linear_activation_forward,
    r"dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]}), \quad dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}, \quad db^{[l]} "
    r"= \frac{1}{m} \sum_i dZ^{[l](i)}, \quad dA^{[l-1]} = W^{[l]T} dZ^{[l]}",
    "S18",
    BACKWARD,
    "dA, cache, activation -> dA_prev, dW, db",
)
def linear_activation_backward(dA: Array, cache: Layers, activation: str) -> tuple[Array, Array, Array]:
    """Backward of one whole layer."""
    dZ = activation_backward(dA, cache, activation)
    return linear_backward(dZ, cache)


@formula(
    r"A^{[0]} = X, \quad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad l = 1 \dots L, \quad A^{[l]} = "
    r"g^{[l]}(Z^{[l]}), \quad l = 1 \dots L - 1, \quad A^{[L]} = \sigma(Z^{[L]})",
    "S18",
    "Notes B, Outline",
    f"X (n_0, m), parameters {{W, b}}, {HIDDEN} -> AL (n_L, m), caches",
)
def model_forward(X: Array, parameters: Layers, activation: Hidden = "relu") -> tuple[Array, list[Layers]]:
    """Forward pass of the model, L - 1 times linear -> g, then linear -> sigma; caches[l - 1] belongs to layer l."""
    L = depth(parameters)
    g = (*hidden_layers(activation, L), "sigmoid")
    A, caches = X, []
    for l in range(1, L + 1):
        A, cache = linear_activation_forward(A, parameters[f"W{l}"], parameters[f"b{l}"], g[l - 1])
        caches.append(cache)
    return A, caches


@formula(
    r"J = -\frac{1}{m} \sum_i \sum_j \left(y_j^{(i)} \log a_j^{[L](i)} + (1 - y_j^{(i)}) \log(1 - "
    r"a_j^{[L](i)})\right)",
    "S18",
    "Notes B, Outline: compute loss; Notes A, p. 8, with 1/m and the minus sign; "
    "Slides, Logistic Regression cost function; Slides, Gradient Descent; Notes C, Cost function, with 1/m",
    "AL (n_L, m) in (0, 1), Y (n_L, m) in [0, 1] -> J ()",
)
def compute_cost(AL: Array, Y: Array) -> Array:
    """Cross-entropy cost as the notes write it, from the predictions; valid while none of them is exactly 0 or 1."""
    return cost(cross_entropy(AL, Y))


@gradient(
    compute_cost,
    r"dA^{[L]} = -\frac{Y}{A^{[L]}} + \frac{1 - Y}{1 - A^{[L]}}",
    "S18",
    "Notes A, p. 29",
    "AL, Y -> dAL",
)
def compute_cost_backward(AL: Array, Y: Array) -> Array:
    """Where the backward pass begins."""
    return cross_entropy_prime(AL, Y)


@formula(
    r"A^{[0]} = X, \quad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad l = 1 \dots L, \quad A^{[l]} = "
    r"g^{[l]}(Z^{[l]}), \quad l = 1 \dots L - 1, \quad A^{[L]} = \sigma(Z^{[L]}), \quad J = \frac{1}{m} \sum_i "
    r"L(a^{[L](i)}, y^{(i)})",
    "S18",
    "Notes B, Outline",
    f"X (n_0, m), Y (n_L, m) in [0, 1], parameters {{W, b}}, {HIDDEN} -> J (), AL (n_L, m), caches",
)
def model_cost(
    X: Array, Y: Array, parameters: Layers, activation: Hidden = "relu"
) -> tuple[Array, Array, list[Layers]]:
    """Forward pass and cost, from the predictions: valid while none of them is rounded to 0 or 1."""
    AL, caches = model_forward(X, parameters, activation)
    return compute_cost(AL, Y), AL, caches


@gradient(
    model_cost,
    r"dA^{[L]} = -\frac{Y}{A^{[L]}} + \frac{1 - Y}{1 - A^{[L]}}, \quad dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]}), "
    r"\quad dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}, \quad db^{[l]} = \frac{1}{m} \sum_i dZ^{[l](i)}, \quad "
    r"dA^{[l-1]} = W^{[l]T} dZ^{[l]}",
    "S18",
    "Notes B, Outline",
    "AL, Y, caches, activation -> grads {dAL, dA, dW, db}",
)
def model_backward(AL: Array, Y: Array, caches: list[Layers], activation: Hidden = "relu") -> Layers:
    """Backward pass of the whole model."""
    L = len(caches)
    g = (*hidden_layers(activation, L), "sigmoid")
    dA = compute_cost_backward(AL, Y)
    grads = {"dAL": dA}
    for l in range(L, 0, -1):
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], g[l - 1])
        grads |= {f"dA{l - 1}": dA, f"dW{l}": dW, f"db{l}": db}
    return grads
