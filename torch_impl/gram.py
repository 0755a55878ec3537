"""Torch counterparts of the first layer in the span of the examples, and that layer as a module.

The module's gradients are the coordinates of dW[1], so that torch's own optimiser moves s and C as it would move W[1].
"""

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from shapes.arguments import unchecked
from shapes.names import depth
from shapes.network import Head, hidden_layers

from .activations import ACTIVATIONS
from .checked import Parameters, checked
from .deep import deep_forward, l2_penalty
from .layout import linear_layers, to_columns, to_rows
from .losses import cost, cross_entropy_from_logits, squared_error
from .models import Network

T = torch.Tensor


@checked
def gram_matrices(X: T, W_0: T) -> tuple[T, T, T]:
    """Return the inner products of the examples with each other and with the weights, and the square of these."""
    return torch.einsum("ij,ik->jk", X, X), torch.mm(W_0, X), torch.linalg.vector_norm(W_0).square()


@checked
def span_weights(W_0: T, X: T, s: T, C: T) -> T:
    """Combine the weights at rest with the examples."""
    return torch.addmm(s * W_0, C, to_rows(X))


@checked
def span_product(Q: T, G: T, s: T, C: T) -> T:
    """Return the product by torch's fused product and sum."""
    return torch.addmm(s * Q, C, G)


@checked
def span_square(q: T, Q: T, H: T, s: T, C: T) -> T:
    """Return the square of the weights from inner products."""
    return s.square() * q + torch.einsum("ij,ij->", C, torch.addcmul(H, s, Q))


@checked
def span_slopes(dZ: T, s: T, C: T, l2: float) -> tuple[T, T]:
    """Return the coordinates of the derivative by the weights."""
    m = dZ.shape[1]
    return s.mul(l2).div(m), torch.add(dZ.div(m), C, alpha=l2 / m)


@checked
def gram_cost(G: T, Q: T, q: T, Y: T, parameters: Parameters, s: T, C: T, head: Head = Head()) -> tuple[T, Parameters]:
    """Return the cost and every intermediate value; the layers above the first are a network of their own."""
    L = depth(parameters)
    g = (*hidden_layers(head.activation, L), head.output)
    H = span_product(Q, G, s, C)
    Z = H + parameters["b1"]
    values = {"Z1": Z, "A1": ACTIVATIONS[g[0]](Z)}
    penalty = span_square(q, Q, H, s, C).mul(head.l2).div(2 * G.shape[1])
    if L > 1:
        above = {f"{family}{l - 1}": parameters[f"{family}{l}"] for l in range(2, L + 1) for family in "Wb"}
        found = deep_forward(values["A1"], above, g[1:-1], head.output)[1]
        values |= {f"{family}{l}": found[f"{family}{l - 1}"] for l in range(2, L + 1) for family in "ZA"}
        penalty = penalty + l2_penalty(above, head.l2, G.shape[1])
    ZL, AL = values[f"Z{L}"], values[f"A{L}"]
    losses = cross_entropy_from_logits(ZL, Y) if head.loss == "cross_entropy" else squared_error(AL, Y)
    return cost(losses) + penalty, values


class _Linear(torch.autograd.Function):
    """s Q + C G + b for examples in rows; backward, dZ is the coordinate of dW by C, and that by s is left out."""

    @staticmethod
    def forward(ctx: Any, G: T, C: T, b: T, s: T | None, Q: T) -> T:
        return torch.addmm(b + Q if s is None else torch.addcmul(b, s, Q), G, C.T)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dZ: T) -> Any:
        return None, dZ.T, dZ.sum(0), None, None


class _Square(torch.autograd.Function):
    """The square of the weights; backward, the coordinates of 2 W."""

    @staticmethod
    def forward(ctx: Any, q: T, Q: T, Z: T, s: T, C: T, b: T) -> T:
        ctx.save_for_backward(s, C)
        return s.square() * q + torch.sum(C.T * torch.addcmul(Z - b, s, Q))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: T) -> Any:
        s, C = ctx.saved_tensors
        return None, None, None, 2 * upstream * s, 2 * upstream * C, None


class SpanLinear(nn.Linear):
    """The first layer by its coordinates: `weight` is C (n_1, m), and s is a parameter where L2 moves it, else 1.

    forward: the Gram matrix G (m, m) to the linear parts (m, n_1).
    """

    def __init__(self, X: T, W_0: T, s_moves: bool) -> None:
        super().__init__(len(X), len(W_0), device=X.device, dtype=X.dtype)
        with unchecked():
            self.G, Q, self.q = gram_matrices(to_columns(X), W_0)
        self.Q, self.W_0 = Q.T.contiguous(), W_0
        self.s = nn.Parameter(W_0.new_ones(())) if s_moves else None

    def forward(self, G: T) -> T:
        """Return the linear part of each example."""
        Z = _Linear.apply(G, self.weight, self.bias, self.s, self.Q)
        assert isinstance(Z, torch.Tensor)
        self.Z = Z.detach()
        return Z

    def square(self) -> T:
        """Return the square of the weights with which the last linear parts were computed."""
        square = _Square.apply(self.q, self.Q, self.Z, self.s, self.weight, self.bias)
        assert isinstance(square, torch.Tensor)
        return square


class GramNetwork(Network):
    """A network whose first layer is in the span of the examples X (m, n_x); it takes their Gram matrix for X."""

    def __init__(self, layers: list[int], head: Head, X: T, W_0: T) -> None:
        super().__init__([len(X), *layers[1:]], head)
        self.to(X)
        self.linears[0] = self.first = SpanLinear(X, W_0, bool(head.l2))

    def square(self) -> T:
        """Return the sum of the squares of all weights."""
        return self.first.square() + sum(layer.weight.square().sum() for layer in linear_layers(self.linears)[1:])
