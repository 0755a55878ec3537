"""The proof of a step by hand: its lines out of the arrays that it wrote."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reference_numpy import freivalds

from ..engine import Array
from ..gram.step import GramStep
from ..options import Config
from ..steps.deep import DeepStep
from ..steps.deep import Layer as Written
from .lines import ROUNDINGS, Kit, Layer, Line, Vectors, matrix_lines, residuals

BLOCK = 2**16  # numbers that are computed again at once, so that they stay near the processor


class ProofByHand:
    """The lines of each pass of a step; the examples are given whole, and as the batch has them."""

    def __init__(self, config: Config) -> None:
        dtype = np.dtype(config.place.dtype)
        self._kit = Kit(
            *residuals(freivalds),
            _norm,
            lambda V: V.astype(dtype),
            float(np.finfo(dtype).eps) / 2,
        )
        self._vectors = Vectors(self._kit, config.descent.seed)
        self._head = config.head

    def lines(self, step: DeepStep, examples: Array, X: Array, Y: Array, iteration: int) -> Iterator[Line]:
        """Yield the lines of the last pass, on X and Y."""
        written, m = step.layers(X.shape[1]), X.shape[1]
        layers = [Layer(W.W, W.b, W.dW, W.db, W.Z, W.A, W.dA, W.dZ) for W in written]
        gram = isinstance(step, GramStep)
        Q, s = (step.Q, float(step.parameters["s1"][0, 0])) if isinstance(step, GramStep) else (None, None)
        self._vectors.renew(iteration, examples, [len(layer.b) for layer in layers], Q)
        l2 = self._head.l2
        yield from matrix_lines(self._kit, self._vectors, layers, X, X is examples, l2, m, s)
        for l, layer in enumerate(written, start=1):
            yield f"A{l}", *self._again(layer.A, _activated(layer))
            if l < len(written):
                yield f"dZ{l}", *self._again(layer.dZ, _through(layer))
        yield f"dZ{len(written)}", *self._again(written[-1].dZ, _output(written[-1], Y, self._head.loss))
        if gram:
            yield "dW1", *self._again(written[0].dW, lambda rows: _coordinate(written[0], rows, m, l2))

    def _again(self, got: Array, right: Callable[[slice], Array]) -> tuple[float, float]:
        """Compute a line again, some rows at a time; what is left of it, and what may be left."""
        rows = max(1, BLOCK // got.shape[1])
        blocks = [slice(i, i + rows) for i in range(0, len(got), rows)]
        if all(np.array_equal(right(block), got[block]) for block in blocks):
            return 0.0, 1.0
        whole = right(slice(None))
        return float(np.max(np.abs(got - whole))), ROUNDINGS * self._kit.epsilon * float(np.max(np.abs(whole)))


def _activated(layer: Written) -> Callable[[slice], Array]:
    def right(rows: slice) -> Array:
        Z = layer.Z[rows]
        A = np.empty_like(Z)
        layer.activate(Z, A)
        return A

    return right


def _through(layer: Written) -> Callable[[slice], Array]:
    return lambda rows: layer.dA[rows] * layer.slope(layer.Z[rows], layer.A[rows])


def _output(layer: Written, Y: Array, loss: str) -> Callable[[slice], Array]:
    def right(rows: slice) -> Array:
        dZ = layer.A[rows] - Y[rows]
        return dZ * layer.slope(layer.Z[rows], layer.A[rows]) if loss == "squared_error" else dZ

    return right


def _coordinate(layer: Written, rows: slice, m: int, l2: float) -> Array:
    D = layer.dZ[rows] / m
    return D + l2 / m * layer.W[rows] if l2 else D


def _norm(V: Any) -> float:
    flat = V.ravel(order="K")
    return math.sqrt(flat.dot(flat))
