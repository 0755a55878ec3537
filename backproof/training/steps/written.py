"""Steps by the formulas as the notes write them: each form of a network has its own, and makes its arrays anew."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reference_numpy.blocks import model_backward, model_cost
from reference_numpy.deep import deep_cost, deep_gradients
from reference_numpy.descent import update_parameters, update_with_momentum
from reference_numpy.logistic import (
    logistic_cost,
    logistic_example_gradients,
    logistic_example_loss,
    logistic_gradients,
    logistic_loop,
)
from reference_numpy.neuron import propagate_backward, propagate_forward
from reference_numpy.shallow import shallow_cost, shallow_gradients
from shapes.arguments import unchecked
from shapes.forms import FORMS as WRITTEN
from shapes.network import Head, hidden_layers

from ..engine import Array, Arrays

Stepped = tuple[Any, Arrays]  # the cost, and the derivatives by the parameters
Form = Callable[[Array, Array, Arrays, Head], Stepped]


class WrittenStep:
    """The step of a form; every line of it is a call of reference_numpy."""

    def __init__(self, form: Form, parameters: Arrays, velocity: Arrays, head: Head) -> None:
        self._form, self._head = form, head
        self.parameters, self.velocity, self.grads = dict(parameters), dict(velocity), dict[str, Array]()

    def gradient(self, X: Array, Y: Array) -> Any:
        """Go forward and backward; return the cost."""
        J, self.grads = self._form(X, Y, self.parameters, self._head)
        return J

    def update(self, alpha: float, beta: float) -> None:
        """Update the parameters, with or without momentum."""
        self.parameters, self.velocity = updated(self.parameters, self.grads, self.velocity, alpha, beta)


def updated(parameters: Arrays, grads: Arrays, velocity: Arrays, alpha: float, beta: float) -> tuple[Arrays, Arrays]:
    """Return parameters and velocity after an update, plain without beta."""
    with unchecked(), np.errstate(all="ignore"):
        if beta:
            return update_with_momentum(parameters, grads, velocity, alpha, beta)
        return update_parameters(parameters, grads, alpha), velocity


def _deep(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    J, cache = deep_cost(X, Y, parameters, head)
    return J, deep_gradients(Y, parameters, cache, head)


def _blocks(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    J, AL, caches = model_cost(X, Y, parameters, head.activation)
    return J, model_backward(AL, Y, caches, head.activation)


def _shallow(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    W1, b1, W2, b2 = WRITTEN["shallow"].from_layers(parameters)
    (g,) = hidden_layers(head.activation, 2)
    J, cache = shallow_cost(X, Y, W1, b1, W2, b2, g)
    return J, shallow_gradients(X, Y, W2, cache, g)


def _lee(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    J, cache = propagate_forward(X, Y, parameters)
    return J, propagate_backward(Y, parameters, cache)


def _logistic(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    w, b = WRITTEN["column"].from_layers(parameters)
    J, cache = logistic_cost(w, b, X, Y)
    grads = logistic_gradients(X, Y, cache)
    return J, _as_layers("column", grads["dw"], grads["db"])


def _logistic_loop(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    w, b = WRITTEN["column"].from_layers(parameters)
    J, dw, db = logistic_loop(w, b, X, Y)
    return J, _as_layers("column", dw, db)


def _logistic_example(X: Array, Y: Array, parameters: Arrays, head: Head) -> Stepped:
    w, b = WRITTEN["vector"].from_layers(parameters)
    if X.shape[1] != 1:  # the last cost is that of all examples
        return _logistic(X, Y, parameters, head)
    L, cache = logistic_example_loss(w, b, X[:, 0], Y[0, 0])
    grads = logistic_example_gradients(X[:, 0], Y[0, 0], cache)
    return L, _as_layers("vector", grads["dw"], grads["db"])


def _as_layers(form: str, dw: Array, db: Array) -> Arrays:
    return {f"d{name}": V for name, V in WRITTEN[form].to_layers(dw, np.asarray(db, dw.dtype)).items()}


FORMS: Mapping[str, Callable[[Array, Array, Arrays, Head], Stepped]] = {
    "deep": _deep,
    "blocks": _blocks,
    "shallow": _shallow,
    "lee": _lee,
    "logistic": _logistic,
    "logistic_loop": _logistic_loop,
    "logistic_example": _logistic_example,
}
