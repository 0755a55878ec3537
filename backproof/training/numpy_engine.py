"""Training by the formulas derived by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_numpy.blocks import model_backward, model_cost
from reference_numpy.deep import deep_cost, deep_forward, deep_gradients
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
from shapes.names import last_layer
from shapes.network import Head, hidden_layers

from .engine import Array, Arrays, Columns, Placed, State
from .options import Config

Stepped = tuple[Any, Arrays]  # the cost, and the derivatives by the parameters


class NumpyEngine:
    """Every step by reference_numpy; arguments pass unchecked, since the data were checked when read."""

    name = "numpy"
    device = "cpu"

    def __init__(self, config: Config, parameters: Arrays, velocity: Arrays) -> None:
        self._head, self._alpha, self._beta = config.head, config.descent.alpha, config.descent.momentum
        self._dtype = np.dtype(config.place.dtype)
        self._form = FORMS[config.place.form]
        self._grads: Arrays = {}
        self._parameters: Arrays = {}
        self._velocity: Arrays = {}
        self.load(parameters, velocity)

    def place(self, X: Array, Y: Array | None = None) -> Placed:
        """Return the arrays, examples contiguous in memory."""
        return Placed(*(None if V is None else np.asarray(V, self._dtype, order="F") for V in (X, Y)))

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward by hand."""
        X, Y = _chosen(data, columns)
        with unchecked(), np.errstate(all="ignore"):  # a cost that is not finite is noticed by who reads it
            J, self._grads = self._form(X, Y, self._parameters, self._head)
        return J

    def update(self) -> None:
        """Update the parameters, with or without momentum."""
        self._parameters, self._velocity = updated(
            self._parameters, self._grads, self._velocity, self._alpha, self._beta
        )

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        J = self.gradient(data, columns)
        self.update()
        return J

    def read(self, costs: list[Any]) -> NDArray[np.float64]:
        """Return the costs as one array."""
        return np.array(costs, dtype=np.float64)

    def cost(self, data: Placed, l2: float = 0.0) -> float:
        """Return the cost, without a step."""
        with unchecked(), np.errstate(all="ignore"):
            return float(deep_cost(data.X, data.Y, self.parameters(), self._head._replace(l2=l2))[0])

    def predict(self, data: Placed) -> Array:
        """Return the output activations (n_L, m)."""
        return self._forward(data.X)[0]

    def outputs(self, data: Placed) -> tuple[Array, Arrays]:
        """Return the output activations (n_L, m), and the largest activation of each hidden unit."""
        AL, values = self._forward(data.X)
        return AL, {f"A{l}": values[f"A{l}"].max(axis=1, keepdims=True) for l in range(1, last_layer(values))}

    def forward(self, data: Placed, columns: Columns = None) -> Arrays:
        """Return every intermediate value."""
        return self._forward(_chosen(data, columns)[0])[1]

    def parameters(self) -> Arrays:
        """Return the parameters; an update makes new arrays, so these stay as they are."""
        return dict(self._parameters)

    def gradients(self) -> Arrays:
        """Return the derivatives by the parameters."""
        return {f"d{name}": self._grads[f"d{name}"] for name in self._parameters}

    def velocity(self) -> Arrays:
        """Return the velocity; empty without momentum."""
        return dict(self._velocity)

    def state(self) -> State:
        """Return parameters and velocity."""
        return State(self.parameters(), self.velocity())

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from these parameters and this velocity."""
        self._parameters = dict(parameters)
        still = {f"v{name}": np.zeros_like(V) for name, V in parameters.items()}
        self._velocity = (still | velocity) if self._beta else {}

    def _forward(self, X: Array) -> tuple[Array, Arrays]:
        with unchecked(), np.errstate(all="ignore"):
            return deep_forward(X, self.parameters(), self._head.activation, self._head.output)


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


def updated(parameters: Arrays, grads: Arrays, velocity: Arrays, alpha: float, beta: float) -> tuple[Arrays, Arrays]:
    """Return parameters and velocity after an update, plain without beta."""
    with unchecked(), np.errstate(all="ignore"):
        if beta:
            return update_with_momentum(parameters, grads, velocity, alpha, beta)
        return update_parameters(parameters, grads, alpha), velocity


def _chosen(data: Placed, columns: Columns) -> tuple[Array, Array]:
    if columns is None:
        return data.X, data.Y
    return data.X.T[columns].T, data.Y[:, columns]
