"""The deep L-layer network: the general forward rule and the general backward rule.

A0 = X; the cache holds A0, Z1, A1, ..., ZL, AL; dV of a quantity per example is m times dJ/dV.
"""

from __future__ import annotations

import numpy as np

from shapes.names import depth
from shapes.network import ANY_ACTIVATION, HIDDEN, Head, Hidden, hidden_layers, labels_violation

from .activations import ACTIVATIONS
from .losses import cost, cross_entropy_from_logits, squared_error
from .registry import Array, Layers, formula, gradient


@formula(
    r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad A^{[l]} = g^{[l]}(Z^{[l]}), \quad l = 1 \dots L, \quad A^{[0]} = X",
    "S17",
    "Notes A, p. 34-35 and p. 39; Notes B, Forward propagation in a deep network",
    f"X (n_0, m), parameters {{W, b}}, {HIDDEN}, output in {ANY_ACTIVATION} -> AL (n_L, m), cache",
)
def deep_forward(
    X: Array, parameters: Layers, activation: Hidden = "relu", output: str = "sigmoid"
) -> tuple[Array, Layers]:
    """Forward pass; one activation for all hidden layers, or g[l] for each of them."""
    L = depth(parameters)
    g = (*hidden_layers(activation, L), output)
    A = X
    cache = {"A0": X}
    for l in range(1, L + 1):
        Z = parameters[f"W{l}"] @ A + parameters[f"b{l}"]  # (n_l, m)
        A = ACTIVATIONS[g[l - 1]][0](Z)
        cache |= {f"Z{l}": Z, f"A{l}": A}
    return A, cache


@formula(
    r"J = \frac{\lambda}{2m} \sum_{l=1}^L \lVert W^{[l]} \rVert_F^2",
    "S22",
    "built on Notes A, p. 41: regularisation, the word alone",
    "parameters {W, b}, l2 () in [0, inf), m () in {1..inf} -> J ()",
)
def l2_penalty(parameters: Layers, l2: float, m: int) -> Array:
    """The part that L2 regularisation adds to the cost: weights only, never biases."""
    L = depth(parameters)
    return l2 / (2 * m) * sum(np.sum(parameters[f"W{l}"] ** 2) for l in range(1, L + 1))


@gradient(
    l2_penalty,
    r"dW^{[l]} = \frac{\lambda}{m} W^{[l]}",
    "S22",
    "built on Notes A, p. 41: regularisation, the word alone",
    "parameters, l2, m -> grads {dW}",
)
def l2_gradients(parameters: Layers, l2: float, m: int) -> Layers:
    """What L2 regularisation adds to each dW."""
    L = depth(parameters)
    return {f"dW{l}": l2 / m * parameters[f"W{l}"] for l in range(1, L + 1)}


@formula(
    r"A^{[0]} = X, \quad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad A^{[l]} = g^{[l]}(Z^{[l]}), \quad l = 1 \dots "
    r"L, \quad J = \frac{1}{m} \sum_i L(a^{[L](i)}, y^{(i)}) + \frac{\lambda}{2m} \sum_l \lVert W^{[l]} \rVert_F^2",
    "S17 S21 S22",
    "Notes A, p. 27; the penalty is built on Notes A, p. 41, the word alone",
    "X (n_0, m), Y (n_L, m), parameters {W, b}, head: Head -> J (), cache",
    also=labels_violation,
)
def deep_cost(X: Array, Y: Array, parameters: Layers, head: Head = Head()) -> tuple[Array, Layers]:
    """Cost of a deep network; cross-entropy is formed from the logits and needs a sigmoid output."""
    activation, output, loss, l2 = head
    L, m = depth(parameters), X.shape[1]
    AL, cache = deep_forward(X, parameters, activation, output)
    losses = cross_entropy_from_logits(cache[f"Z{L}"], Y) if loss == "cross_entropy" else squared_error(AL, Y)
    J = cost(losses) + l2_penalty(parameters, l2, m)
    return J, cache


@gradient(
    deep_cost,
    r"dZ^{[L]} = \begin{cases} A^{[L]} - Y & \text{for cross-entropy} \\ (A^{[L]} - Y) * g^{[L]\prime}(Z^{[L]}) & "
    r"\text{for squared error} \end{cases}, \; dW^{[l]} = \tfrac{1}{m} dZ^{[l]} A^{[l-1]T} + \tfrac{\lambda}{m} "
    r"W^{[l]}, \; db^{[l]} = \tfrac{1}{m} \textstyle\sum_i dZ^{[l](i)}, \; dA^{[l-1]} = W^{[l]T} dZ^{[l]}, \; "
    r"dZ^{[l-1]} = dA^{[l-1]} * g^{[l-1]\prime}(Z^{[l-1]})",
    "S17 S22",
    "Notes A, p. 38-40; Notes B, Backward",
    "Y, parameters, cache, head -> grads {dZ, dW, db, dA}",
    also=labels_violation,
)
def deep_gradients(Y: Array, parameters: Layers, cache: Layers, head: Head = Head()) -> Layers:
    """Backward pass, from the output to the first layer; with squared error, dZ[L] = (A[L] - Y) * g'(Z[L])."""
    activation, output, loss, l2 = head
    L, m = depth(parameters), Y.shape[1]
    g_prime = [ACTIVATIONS[g][1] for g in (*hidden_layers(activation, L), output)]
    grads = {}
    dZ = cache[f"A{L}"] - Y  # (n_L, m)
    if loss == "squared_error":
        dZ = dZ * g_prime[L - 1](cache[f"Z{L}"])
    for l in range(L, 0, -1):
        W, A_prev = parameters[f"W{l}"], cache[f"A{l - 1}"]
        grads[f"dZ{l}"] = dZ
        grads[f"dW{l}"] = dZ @ A_prev.T / m + l2 / m * W  # (n_l, n_l-1)
        grads[f"db{l}"] = np.sum(dZ, axis=1, keepdims=True) / m  # (n_l, 1)
        if l > 1:
            grads[f"dA{l - 1}"] = W.T @ dZ  # (n_l-1, m)
            dZ = grads[f"dA{l - 1}"] * g_prime[l - 2](cache[f"Z{l - 1}"])
    return grads


@formula(
    r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}, \quad a^{[l]} = g^{[l]}(z^{[l]}), \quad l = 1 \dots L, \quad a^{[0]} = "
    r"x, \quad L = L(a^{[L]}, y)",
    "S17",
    "Notes A, p. 35 and p. 39; Notes B, Example: 2 layer NN",
    f"x (n_0, 1), y (n_L, 1) in [0, 1], parameters {{W, b}}, {HIDDEN} -> L (), cache",
)
def deep_example_loss(x: Array, y: Array, parameters: Layers, activation: Hidden = "relu") -> tuple[Array, Layers]:
    """Loss of a deep network on one example, a column; the cache holds a0, z1, a1, ..., zL, aL."""
    L = depth(parameters)
    g = (*hidden_layers(activation, L), "sigmoid")
    a = x
    cache = {"a0": x}
    for l in range(1, L + 1):
        z = parameters[f"W{l}"] @ a + parameters[f"b{l}"]  # (n_l, 1)
        a = ACTIVATIONS[g[l - 1]][0](z)
        cache |= {f"z{l}": z, f"a{l}": a}
    return np.sum(cross_entropy_from_logits(z, y)), cache


@gradient(
    deep_example_loss,
    r"dz^{[L]} = a^{[L]} - y, \; dz^{[l]} = da^{[l]} * g^{[l]\prime}(z^{[l]}), \; dW^{[l]} = dz^{[l]} a^{[l-1]T}, \; "
    r"db^{[l]} = dz^{[l]}, \; da^{[l-1]} = W^{[l]T} dz^{[l]}",
    "S17",
    "Notes A, p. 40; Notes B, Backward",
    "y, parameters, cache, activation -> grads {dz, dW, db, da}",
)
def deep_example_gradients(y: Array, parameters: Layers, cache: Layers, activation: Hidden = "relu") -> Layers:
    """Backward pass of one example, from the output to the first layer."""
    L = depth(parameters)
    g_prime = [ACTIVATIONS[g][1] for g in hidden_layers(activation, L)]
    grads: Layers = {}
    dz = cache[f"a{L}"] - y
    for l in range(L, 0, -1):
        grads |= {f"dz{l}": dz, f"dW{l}": dz @ cache[f"a{l - 1}"].T, f"db{l}": dz.copy()}
        if l > 1:
            grads[f"da{l - 1}"] = parameters[f"W{l}"].T @ dz
            dz = grads[f"da{l - 1}"] * g_prime[l - 2](cache[f"z{l - 1}"])
    return grads


@formula(
    r"Z^{[l+1]} = W^{[l+1]} g^{[l]}(Z^{[l]}) + b^{[l+1]}",
    "S17",
    "Notes A, p. 40",
    f"Z (n, m), W_next (k, n), b_next (k, 1), activation in {ANY_ACTIVATION} -> Z_next (k, m)",
)
def next_linear(Z: Array, W_next: Array, b_next: Array, activation: str = "relu") -> Array:
    """From the linear part of one layer to the linear part of the next."""
    g, _ = ACTIVATIONS[activation]
    return W_next @ g(Z) + b_next


@gradient(
    next_linear,
    r"dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]} * g^{[l]\prime}(Z^{[l]})",
    "S17",
    "Notes A, p. 40, with W of the layer l + 1",
    "dZ_next, Z, W_next, activation -> dZ",
)
def hidden_dZ(dZ_next: Array, Z: Array, W_next: Array, activation: str = "relu") -> Array:
    """The recurrence that carries the error one layer back."""
    _, g_prime = ACTIVATIONS[activation]
    return W_next.T @ dZ_next * g_prime(Z)
