"""What may be chosen for a network: the sizes of its layers, and its `Head`."""

from collections.abc import Mapping
from numbers import Integral
from types import MappingProxyType
from typing import Any, NamedTuple

from .language import Quantity, parse

ACTIVATIONS = ("identity", "leaky_relu", "relu", "sigmoid", "tanh")
ANY_ACTIVATION = f"{{{', '.join(ACTIVATIONS)}}}"
HIDDEN = f"activation of each layer in {ANY_ACTIVATION}"
Hidden = str | tuple[str, ...]  # g of the hidden layers: one word for all, or g[1], ..., g[L-1]


def hidden_layers(activation: Hidden, L: int) -> tuple[str, ...]:
    """Return the activation of each hidden layer of L layers; ValueError where there are too many or too few."""
    if isinstance(activation, str):
        return (activation,) * (L - 1)
    if len(activation) != L - 1:
        raise ValueError(
            f"activation is {', '.join(activation)}, expected one word or {L - 1}: one for each hidden layer"
        )
    return tuple(activation)


class Head(NamedTuple):
    """What a network of given layers computes, and what it is told: activations, loss, and lambda of the L2 penalty."""

    activation: Hidden = "relu"
    output: str = "sigmoid"
    loss: str = "cross_entropy"
    l2: float = 0.0


class Record(NamedTuple):
    """A type of several values that travel together, and what is declared of each."""

    kind: type
    fields: Mapping[str, Quantity]


HEAD = Record(
    Head,
    MappingProxyType(
        parse(f"{HIDDEN}, output in {ANY_ACTIVATION}, loss in {{cross_entropy, squared_error}}, l2 () in [0, inf)")
    ),
)
RECORDS: Mapping[str, Record] = MappingProxyType({"Head": HEAD})


def head_violation(head: Head) -> str | None:
    """Return what is wrong with cross-entropy without a sigmoid output."""
    if head.loss == "cross_entropy" and head.output != "sigmoid":
        return f"output is {head.output!r}, expected 'sigmoid': cross-entropy needs a in (0, 1)"
    return None


def labels_violation(head: Head, Y: Any) -> str | None:
    """Return what is wrong with a head, or with labels that do not fit its loss."""
    if violation := head_violation(head):
        return violation
    if head.loss == "cross_entropy" and ((Y < 0) | (Y > 1)).any():
        return f"Y has values from {Y.min()} to {Y.max()}, expected [0, 1]: for cross-entropy they are probabilities"
    return None


def layers_violation(layers: Any) -> str | None:
    """Return what is wrong with layers that are not [n_x, n_1, ..., n_L], L >= 1 and every size a positive integer."""
    if not isinstance(layers, (list, tuple)) or len(layers) < 2:
        return f"layers is {layers}, expected [n_x, ..., n_L]: a network needs an input and an output"
    for l, n in enumerate(layers):
        if not isinstance(n, Integral) or n < 1:
            return f"layers[{l}] is {n!r}, expected an integer of at least 1: a layer needs a unit"
    return None
