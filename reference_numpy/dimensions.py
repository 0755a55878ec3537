"""Matrix dimensions: the shape of every quantity of a network, and of its gradient."""

from __future__ import annotations

from shapes.network import layers_violation

from .registry import formula


@formula(
    r"W^{[l]}, dW^{[l]}: (n^{[l]}, n^{[l-1]}), \quad b^{[l]}, db^{[l]}: (n^{[l]}, 1), \quad "
    r"Z^{[l]}, A^{[l]}, dZ^{[l]}, dA^{[l]}: (n^{[l]}, m), \quad A^{[0]}: (n^{[0]}, m)",
    "S19",
    "Notes A, p. 27, p. 34 and p. 36-37; Notes B, Forward propagation in a deep network",
    "layers, m () in {1..inf} -> shapes",
    also=layers_violation,
)
def layer_shapes(layers: list[int], m: int) -> dict[str, tuple[int, int]]:
    """Shapes of all W, b, Z, A of a network [n_0, ..., n_L]; a gradient has the shape of its variable."""
    shapes = {"A0": (layers[0], m)}
    for l in range(1, len(layers)):
        n_prev, n = layers[l - 1], layers[l]
        shapes |= {f"W{l}": (n, n_prev), f"b{l}": (n, 1), f"Z{l}": (n, m), f"A{l}": (n, m)}
    return shapes
