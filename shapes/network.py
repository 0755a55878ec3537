"""What may be chosen for a network: the sizes of its layers, [n_x, n_1, ..., n_L]."""

from numbers import Integral
from typing import Any


def layers_violation(layers: Any) -> str | None:
    """Return what is wrong with layers that are not [n_x, n_1, ..., n_L], L >= 1 and every size a positive integer."""
    if not isinstance(layers, (list, tuple)) or len(layers) < 2:
        return f"layers is {layers}, expected [n_x, ..., n_L]: a network needs an input and an output"
    for l, n in enumerate(layers):
        if not isinstance(n, Integral) or n < 1:
            return f"layers[{l}] is {n!r}, expected an integer of at least 1: a layer needs a unit"
    return None
