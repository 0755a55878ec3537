"""The lines of a pass through a deep network, each with what is left of it and what rounding may leave.

Products of matrices are looked at along random vectors, which stay for REDRAWN iterations, so that the products with
the examples are computed once; the other lines are computed again. It is the same for NumPy and torch: what differs
is a `Kit`.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

REDRAWN = 100  # iterations
ROUNDINGS = 8  # of a line that is computed again, in units of its largest entry

Formula = Callable[..., Any]
Line = tuple[str, Any, Any]  # its name, what is left of it, and what may be left


class Kit(NamedTuple):
    """A library's residuals, and what they are made of."""

    linear_residual: Formula
    dW_residual: Formula
    dA_residual: Formula
    residual_bound: Formula
    norm: Callable[[Any], Any]  # of Frobenius
    place: Callable[[Any], Any]  # an array of NumPy, where the library has it
    epsilon: float


def residuals(freivalds: Any) -> tuple[Formula, Formula, Formula, Formula]:
    """Return the formulas of a module without the check of their arguments."""
    bare: Callable[[Any], Formula] = inspect.unwrap
    products = bare(freivalds.linear_residual), bare(freivalds.dW_residual), bare(freivalds.dA_residual)
    return *products, bare(freivalds.residual_bound)


class Layer(NamedTuple):
    """The values of a layer, examples in columns; dA is that of its own A, and is of no use in the last layer."""

    W: Any
    b: Any
    dW: Any
    db: Any
    Z: Any
    A: Any
    dA: Any
    dZ: Any


class Projected(NamedTuple):
    """The input of a layer along the vectors: A_prev v, A_prev.T u, and the norm of A_prev."""

    along_v: Any
    along_u: Any
    norm: Any


class Seen(NamedTuple):
    """A layer along the vectors: Z v, A as the input of the next layer, dZ v, dZ t, dZ 1, the norm of dZ, and dA v.

    t is the input of the layer along u.
    """

    Z_v: Any
    A: Projected
    dZ_v: Any
    dZ_t: Any
    dZ_1: Any
    dZ_norm: Any
    dA_v: Any


class Vectors:
    """The random vectors of an iteration, and the examples along them."""

    def __init__(self, kit: Kit, seed: int) -> None:
        self._kit, self._seed, self._block = kit, seed, -1

    def renew(self, iteration: int, X: Any, sizes: list[int], Q: Any = None) -> None:
        """Draw vectors for REDRAWN iterations: v for the examples of X (n_x, m), u for the inputs of each layer."""
        if (block := iteration // REDRAWN) == self._block:
            return
        self._block, place = block, self._kit.place
        rng = np.random.default_rng([self._seed, block])
        self.v, self.ones = place(rng.standard_normal((X.shape[1], 1))), place(np.ones((X.shape[1], 1)))
        self.u = [place(rng.standard_normal((n, 1))) for n in (X.shape[0], *sizes)]
        self.X = Projected(X @ self.v, X.T @ self.u[0], self._kit.norm(X))
        if Q is not None:
            self.at_rest = Projected(Q @ self.v, None, self._kit.norm(Q))

    def of_examples(self, X: Any, whole: bool) -> Projected:
        """Return examples along the vectors, which are known of all."""
        if whole:
            return self.X
        return Projected(X @ self.v[: X.shape[1]], X.T @ self.u[0], self._kit.norm(X))


def matrix_lines(
    kit: Kit,
    vectors: Vectors,
    layers: list[Layer],
    given: Projected,
    seen: list[Seen],
    l2: float,
    m: int,
    s: Any = None,
) -> Iterator[Line]:
    """Yield the lines with a product of matrices, and db, in the order of the passes; `given` is the first input.

    dW = dZ A_prev.T / m + l2 / m W; where dZ has 1/m in it already, m is 1 and l2 is what stands before W. With `s` the
    first layer is in the span of the examples: X is G, W is C, and dW is no product.
    """
    e, k = kit.epsilon, layers[0].Z.shape[1]
    inputs, norms = [given, *(layer.A for layer in seen)], [kit.norm(layer.W) for layer in layers]
    for l, layer in enumerate(layers):
        r = kit.linear_residual(seen[l].Z_v, layer.W, layer.b, vectors.v[:k], inputs[l].along_v)
        bound = kit.residual_bound(norms[l], inputs[l].norm, layer.W.shape[1], k, e)
        bound = bound + kit.residual_bound(kit.norm(layer.b), k**0.5, 1, k, e)
        if l == 0 and s is not None:
            r = r - s * vectors.at_rest.along_v
            bound = bound + kit.residual_bound(abs(s), vectors.at_rest.norm, 1, k, e)
        yield f"Z{l + 1}", kit.norm(r), bound
    for l in reversed(range(len(layers))):
        layer, dZ, n_prev = layers[l], seen[l].dZ_norm, layers[l].W.shape[1]
        if l or s is None:
            r = kit.dW_residual(layer.dW, layer.W, l2, m, vectors.u[l], seen[l].dZ_t)
            of_penalty = kit.residual_bound(norms[l], l2 / m, 1, n_prev, e)
            yield f"dW{l + 1}", kit.norm(r), kit.residual_bound(dZ, inputs[l].norm, k, n_prev, e) / m + of_penalty
        r = layer.db - seen[l].dZ_1 / m
        yield f"db{l + 1}", kit.norm(r), kit.residual_bound(dZ, k**0.5, k, 1, e) / m
        if l:
            r = kit.dA_residual(seen[l - 1].dA_v, layer.W, seen[l].dZ_v)
            yield f"dA{l}", kit.norm(r), kit.residual_bound(norms[l], dZ, len(layer.b), k, e)
