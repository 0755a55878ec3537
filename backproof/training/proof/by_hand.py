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
from .lines import ROUNDINGS, Kit, Layer, Line, Projected, Seen, Vectors, matrix_lines, residuals

BLOCK = 2**15  # numbers of each array that are looked at together


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
        given, l2 = self._vectors.of_examples(X, X is examples), self._head.l2
        inputs, seen, same = given, [], []
        rights = [_right(written, l, Y, self._head.loss) for l in range(len(written))]
        for l, right in enumerate(rights, start=1):
            along, as_before = self._along(layers[l - 1], inputs.along_u, self._vectors.u[l], right)
            inputs = along.A
            seen.append(along)
            same.append(as_before)
        yield from matrix_lines(self._kit, self._vectors, layers, given, seen, l2, m, s)
        for l, (layer, right, as_before) in enumerate(zip(layers, rights, same, strict=True), start=1):
            for k, (name, got) in enumerate((("A", layer.A), ("dZ", layer.dZ))):
                yield f"{name}{l}", *((0.0, 1.0) if as_before else self._off(got, right(slice(None))[k]))
        if gram:
            D = written[0].dZ / m
            yield "dW1", *self._off(written[0].dW, D + l2 / m * written[0].W if l2 else D)

    def _along(
        self, layer: Layer, t: Array, u: Array, right: Callable[[slice], tuple[Array, Array]]
    ) -> tuple[Seen, bool]:
        """Look at a layer along the vectors, some rows at a time while they are near the processor.

        Its A and dZ are computed again besides; also return whether they are what they were.
        """
        n, m = layer.Z.shape
        v, ones = self._vectors.v[:m, 0], self._vectors.ones[:m, 0]
        Z_v, A_v, dZ_v, dZ_t, dZ_1, dA_v = np.empty((6, n), layer.Z.dtype)
        A_u, A_square, dZ_square, same = np.zeros(m, layer.Z.dtype), 0.0, 0.0, True
        for first in range(0, n, rows := max(1, BLOCK // m)):
            block = slice(first, first + rows)
            Z, A, dZ, dA = layer.Z[block], layer.A[block], layer.dZ[block], layer.dA[block]
            A_again, dZ_again = right(block)
            same = same and bool((A_again == A).all()) and bool((dZ_again == dZ).all())
            Z.dot(v, Z_v[block])
            A.dot(v, A_v[block])
            A_u += u[block, 0].dot(A)
            A_square += np.vdot(A, A)
            dZ.dot(v, dZ_v[block])
            dZ.dot(t[:, 0], dZ_t[block])
            dZ.dot(ones, dZ_1[block])
            dZ_square += np.vdot(dZ, dZ)
            dA.dot(v, dA_v[block])
        A_along = Projected(A_v[:, None], A_u[:, None], math.sqrt(A_square))
        of_slopes = dZ_v[:, None], dZ_t[:, None], dZ_1[:, None], math.sqrt(dZ_square)
        return Seen(Z_v[:, None], A_along, *of_slopes, dA_v[:, None]), same

    def _off(self, got: Array, right: Array) -> tuple[float, float]:
        """Return how far a line is from what was computed again, and how far it may be."""
        return float(np.max(np.abs(got - right))), ROUNDINGS * self._kit.epsilon * float(np.max(np.abs(right)))


def _right(layers: list[Written], l: int, Y: Array, loss: str) -> Callable[[slice], tuple[Array, Array]]:
    """Return how some rows of A and dZ of a layer, counted from 0, are computed again."""
    layer, is_last = layers[l], l == len(layers) - 1

    def right(rows: slice) -> tuple[Array, Array]:
        Z, A = layer.Z[rows], layer.A[rows]
        again = np.empty_like(Z)
        layer.activate(Z, again)
        if not is_last:
            return again, layer.dA[rows] * layer.slope(Z, A)
        dZ = A - Y[rows]
        return again, dZ * layer.slope(Z, A) if loss == "squared_error" else dZ

    return right


def _norm(V: Any) -> float:
    flat = V.ravel(order="K")
    return math.sqrt(flat.dot(flat))
