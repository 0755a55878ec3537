"""Why activations must be non-linear: a network of linear layers is one linear map, and this is the map."""

from __future__ import annotations

from shapes.names import depth

from .registry import Array, Layers, formula, gradient


@formula(
    r"M^{[1]} = W^{[1]}, \quad c^{[1]} = b^{[1]}, \quad M^{[l]} = W^{[l]} M^{[l-1]}, \quad c^{[l]} = W^{[l]} "
    r"c^{[l-1]} + b^{[l]}, \quad l = 2 \dots L, \quad W' = M^{[L]}, \quad b' = c^{[L]}",
    "S15",
    "Notes A, p. 25",
    "parameters {W, b} -> W (n_L, n_0), b (n_L, 1)",
)
def collapse(parameters: Layers) -> tuple[Array, Array]:
    """The one layer that equals a network whose hidden activations are linear."""
    W, b = parameters["W1"].copy(), parameters["b1"].copy()
    for l in range(2, depth(parameters) + 1):
        W, b = parameters[f"W{l}"] @ W, parameters[f"W{l}"] @ b + parameters[f"b{l}"]
    return W, b


@formula(
    r"\hat{Y} = W' X + b'",
    "S15",
    "Notes A, p. 25",
    "X (n_0, m), parameters {W, b} -> Y_hat (n_L, m)",
)
def linear_network(X: Array, parameters: Layers) -> Array:
    """What a network of linear layers computes, by its equal map."""
    W, b = collapse(parameters)
    return W @ X + b


@gradient(
    linear_network,
    r"dX = W'^T d\hat{Y}",
    "S15",
    "built on Notes A, p. 25",
    "dY_hat, parameters -> dX",
)
def linear_network_backward(dY_hat: Array, parameters: Layers) -> Array:
    """The error reaches the input through the same one map."""
    W, _ = collapse(parameters)
    return W.T @ dY_hat
