"""The forms in which the notes write the parameters of one network, and the one place where each becomes another.

Every form can be written as layers, {"W1": (n_1, n_0), "b1": (n_1, 1), ...}, and back; both ways are linear, so that
they hold of gradients too. They take arrays of either library.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Layers = dict[str, Any]


class Form(NamedTuple):
    """The names of the parameters in a form, and the way to layers and back; `to_layers` takes them in that order."""

    names: tuple[str, ...]
    to_layers: Callable[..., Layers]
    from_layers: Callable[[Layers], tuple[Any, ...]]


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "column": Form(  # logistic regression: w (n_x, 1), b ()
            ("w", "b"),
            lambda w, b: {"W1": w.T, "b1": b.reshape(1, 1)},
            lambda layers: (layers["W1"].T, layers["b1"].reshape(())),
        ),
        "vector": Form(  # logistic regression of one example: w (n_x,), b ()
            ("w", "b"),
            lambda w, b: {"W1": w.reshape(1, -1), "b1": b.reshape(1, 1)},
            lambda layers: (layers["W1"].reshape(-1), layers["b1"].reshape(())),
        ),
        "number": Form(  # housing: w (), b ()
            ("w", "b"),
            lambda w, b: {"W1": w.reshape(1, 1), "b1": b.reshape(1, 1)},
            lambda layers: (layers["W1"].reshape(()), layers["b1"].reshape(())),
        ),
        "columns": Form(  # Lee's neurons: W (n_x, k), b (k, 1)
            ("W", "b"),
            lambda W, b: {"W1": W.T, "b1": b},
            lambda layers: (layers["W1"].T, layers["b1"]),
        ),
        "layer": Form(  # a building block: W (n, n_prev), b (n, 1)
            ("W", "b"),
            lambda W, b: {"W1": W, "b1": b},
            lambda layers: (layers["W1"], layers["b1"]),
        ),
        "shallow": Form(  # the four arguments of the shallow network
            ("W1", "b1", "W2", "b2"),
            lambda W1, b1, W2, b2: {"W1": W1, "b1": b1, "W2": W2, "b2": b2},
            lambda layers: (layers["W1"], layers["b1"], layers["W2"], layers["b2"]),
        ),
    }
)


def form_violation(
    form: str, hidden: tuple[int, ...], activation: tuple[str, ...], batch_size: int | None
) -> str | None:
    """Return what is wrong with training a network of these hidden layers by the formulas of a form."""
    if form == "shallow" and len(hidden) != 1:
        return f"expected one hidden layer, as in --layers 7, not {len(hidden)}"
    if form == "lee" and set(activation) != {"relu"}:
        return f"expected --activation relu, not {' '.join(activation)}: Lee has no other"
    if form.startswith("logistic") and hidden:
        return f"expected no hidden layer, as --layers alone says, not {len(hidden)}"
    if form == "logistic_example" and batch_size != 1:
        return "expected --batch-size 1: it steps after each example"
    return None


def gram_violation(form: str, batch_size: int | None) -> str | None:
    """Return what is wrong with a first layer in the span of the examples."""
    if batch_size is not None:
        return f"expected all examples in each iteration, not --batch-size {batch_size}: it is in the span of them all"
    if form != "deep":
        return f"expected --form deep, not {form}: the notes have no other form of it"
    return None
