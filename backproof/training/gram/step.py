"""The step of `gram_cost`, `gram_gradients`, `span_slopes` and the update, as the step of the deep network is made."""

from typing import Any

import numpy as np

from reference_numpy.gram import span_square
from shapes.network import Head

from ..engine import Array, Arrays
from ..steps.deep import DeepStep, Layer


class GramStep(DeepStep):
    """A deep network on the Gram matrix, whose W1 is C and which has s1 (1, 1) besides.

    `products` are the results of `gram_matrices`.
    """

    def __init__(
        self, parameters: Arrays, velocity: Arrays, head: Head, products: tuple[Array, Array, Any], keeps_dA: bool
    ) -> None:
        super().__init__(parameters, velocity, head, keeps_dA)
        _, self.Q, self._q = products

    def gradient(self, X: Array, Y: Array) -> Any:
        """Go forward and backward; return the cost."""
        J = super().gradient(X, Y)
        np.multiply(self.parameters["s1"], self._head.l2 / Y.shape[1], out=self.grads["ds1"])
        return J

    def _at_rest(self, first: Layer) -> None:
        np.add(first.Z, self.parameters["s1"] * self.Q, out=first.Z)

    def _first_slope(self, dZ: Array, X: Array, first: Layer) -> None:
        np.copyto(first.dW, dZ)

    def _penalty(self, layers: list[Layer]) -> Any:
        first, (s,) = layers[0], self.parameters["s1"][0]
        square = span_square(self._q, self.Q, first.Z - first.b, s, first.W)
        squares = square + sum(np.sum(layer.W**2) for layer in layers[1:])
        return self._head.l2 / (2 * first.Z.shape[1]) * squares
