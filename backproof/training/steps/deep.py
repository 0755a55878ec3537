"""The step of the deep network, line by line that of `deep_cost`, `deep_gradients` and the update, without detours.

The formulas keep every value of a pass in dictionaries, for a reader, and make each array anew. Here the same
operations on the same numbers, in the same order, write into arrays that are made once, and all parameters are updated
as one array. The numbers are those of the formulas to the last bit, which a test holds.
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference_numpy.activations import ACTIVATIONS
from reference_numpy.deep import l2_penalty
from reference_numpy.losses import cost, squared_error
from shapes.names import depth
from shapes.network import Head, hidden_layers

from ..engine import Array, Arrays

BLOCK = 2**16  # parameters that are updated at once, so that they stay in the cache meanwhile
MOST_SIZES = 4  # of batches whose arrays are kept: the whole set, mini-batches, the last one of an epoch

bare: Callable[[Any], Any] = inspect.unwrap  # the formula without the check of its arguments
COST, SQUARED_ERROR = bare(cost), bare(squared_error)


class Together(NamedTuple):
    """Arrays that are named as parameters are and lie side by side in one, weights before biases."""

    all: Array
    of: Arrays
    weights: Array

    @classmethod
    def like(cls, parameters: Arrays, prefix: str = "") -> "Together":
        """Make zeros in the shapes of the parameters."""
        names = sorted(parameters, key=lambda name: name[0])
        ends = np.cumsum([parameters[name].size for name in names]).tolist()
        whole = np.zeros(ends[-1], parameters["W1"].dtype)
        parts = dict(zip(names, np.split(whole, ends[:-1]), strict=True))
        of = {f"{prefix}{name}": parts[name].reshape(V.shape) for name, V in parameters.items()}
        return cls(whole, of, whole[: ends[depth(parameters) - 1]])


class Layer(NamedTuple):
    """What a layer reads and writes for so many examples; dZ lies where dA lay, unless both are to be kept."""

    W: Array
    b: Array
    dW: Array
    db: Array
    Z: Array
    A: Array
    dA: Array
    dZ: Array
    activate: Callable[[Array, Array], object]
    slope: Callable[[Array, Array], Array]


class DeepStep:
    """Parameters, velocity and gradient of a deep network, which every step writes in place."""

    def __init__(self, parameters: Arrays, velocity: Arrays, head: Head, keeps_dA: bool = False) -> None:
        self._head, self._keeps_dA = head, keeps_dA
        self._values, self._slopes = Together.like(parameters), Together.like(parameters, "d")
        moving = Together.like(parameters, "v") if velocity else None
        self.parameters, self.grads = self._values.of, self._slopes.of
        self.velocity: Arrays = moving.of if moving else {}
        for name, V in (parameters | velocity).items():
            (self.parameters | self.velocity)[name][...] = V
        self._work = np.empty_like(self._values.all)
        whole = (self._values.all, self._slopes.all, moving.all if moving else self._slopes.all, self._work)
        self._blocks = [tuple(V[i : i + BLOCK] for V in whole) for i in range(0, self._work.size, BLOCK)]
        self._layers: dict[int, list[Layer]] = {}  # by the number of examples

    def gradient(self, X: Array, Y: Array) -> Any:
        """Go forward and backward; return the cost."""
        layers = self.layers(X.shape[1])
        self._forward(X, layers)
        J = self._cost(Y, layers[-1])
        if self._head.l2:
            J = J + self._penalty(layers)
        self._backward(X, Y, layers)
        return J

    def update(self, alpha: float, beta: float) -> None:
        """Update the parameters, with or without momentum."""
        for V, dV, v, work in self._blocks:
            if beta:
                np.multiply(v, beta, out=v)
                np.add(v, dV, out=v)
            np.multiply(v, alpha, out=work)
            np.subtract(V, work, out=V)

    def _forward(self, X: Array, layers: list[Layer]) -> None:
        """Fill Z[l] and A[l] of all layers, but for A[L]."""
        A = X
        for layer in layers:
            layer.W.dot(A, layer.Z)
            np.add(layer.Z, layer.b, out=layer.Z)
            if A is X:
                self._at_rest(layer)
            if layer is not layers[-1]:
                layer.activate(layer.Z, layer.A)
            A = layer.A

    def _cost(self, Y: Array, output: Layer) -> Any:
        """Fill A[L], and return the cost."""
        if self._head.loss == "cross_entropy":
            return _cross_entropy_of_sigmoid(output.Z, Y, output.A, output.dA)
        output.activate(output.Z, output.A)
        return COST(SQUARED_ERROR(output.A, Y))

    def _backward(self, X: Array, Y: Array, layers: list[Layer]) -> None:
        """Fill dW[l] and db[l] of all layers; nobody needs dA[0]."""
        output = layers[-1]
        dZ = np.subtract(output.A, Y, out=output.dZ)
        if self._head.loss == "squared_error":
            np.multiply(dZ, output.slope(output.Z, output.A), out=dZ)
        for l in range(len(layers) - 1, -1, -1):
            layer = layers[l]
            if l:
                dZ.dot(layers[l - 1].A.T, layer.dW)
            else:
                self._first_slope(dZ, X, layer)
            np.add.reduce(dZ, axis=1, keepdims=True, out=layer.db)
            if l:
                below = layers[l - 1]
                dA = layer.W.T.dot(dZ, below.dA)
                dZ = np.multiply(dA, below.slope(below.Z, below.A), out=below.dZ)
        np.divide(self._slopes.all, Y.shape[1], out=self._slopes.all)
        if self._head.l2:
            W = self._values.weights
            penalty = np.multiply(W, self._head.l2 / Y.shape[1], out=self._work[: W.size])
            np.add(self._slopes.weights, penalty, out=self._slopes.weights)

    def _at_rest(self, first: Layer) -> None:
        """Add to Z[1] what comes of no parameter: nothing."""

    def _first_slope(self, dZ: Array, X: Array, first: Layer) -> None:
        """Fill dW[1]."""
        dZ.dot(X.T, first.dW)

    def _penalty(self, layers: list[Layer]) -> Any:
        """Return the penalty on the weights."""
        return l2_penalty(self.parameters, self._head.l2, layers[0].Z.shape[1])

    def layers(self, m: int) -> list[Layer]:
        """Return the layers with room for m examples, made at the first call and dropped when many sizes follow."""
        if m not in self._layers:
            if len(self._layers) == MOST_SIZES:
                self._layers.clear()
            names = (*hidden_layers(self._head.activation, depth(self.parameters)), self._head.output)
            self._layers[m] = [self._layer(l, name, m) for l, name in enumerate(names, start=1)]
        return self._layers[m]

    def _layer(self, l: int, activation: str, m: int) -> Layer:
        values = (self.parameters[f"W{l}"], self.parameters[f"b{l}"], self.grads[f"dW{l}"], self.grads[f"db{l}"])
        Z, A, dA = (np.empty((len(values[1]), m), values[1].dtype) for _ in range(3))
        dZ = np.empty_like(dA) if self._keeps_dA else dA
        return Layer(*values, Z, A, dA, dZ, *_elementwise(activation))


def _elementwise(activation: str) -> tuple[Callable[[Array, Array], object], Callable[[Array, Array], Array]]:
    """Return how A is filled from Z, and g'(Z) from Z and A, which has a where the notes write it with a."""
    g, g_prime = map(bare, ACTIVATIONS[activation])
    if activation == "relu":  # the larger number in one pass, where the formula compares and chooses
        return lambda Z, A: np.maximum(Z, 0.0, out=A), lambda Z, A: g_prime(Z)
    if activation == "tanh":
        return lambda Z, A: np.tanh(Z, out=A), lambda Z, A: 1 - A**2
    if activation == "sigmoid":
        return lambda Z, A: np.copyto(A, g(Z)), lambda Z, A: A * (1 - A)
    return lambda Z, A: np.copyto(A, g(Z)), lambda Z, A: g_prime(Z)


def _cross_entropy_of_sigmoid(Z: Array, Y: Array, A: Array, e: Array) -> Any:
    """Fill A, and return the cost: sigmoid and cross-entropy share e^(-|z|), and -|z| = min(z, 0) - max(z, 0)."""
    positive = np.maximum(Z, 0.0)
    np.minimum(Z, 0.0, out=A)
    np.exp(np.subtract(A, positive, out=e), out=e)
    np.divide(np.exp(A, out=A), 1.0 + e, out=A)
    losses = np.subtract(positive, Z * Y, out=positive)
    return np.add.reduce(np.add(losses, np.log1p(e, out=e), out=losses), axis=None) / Z.shape[1]
