"""The proof of a step by torch: its lines out of what hooks saw of the pass, and of what autograd left."""

import inspect
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch

from shapes.network import hidden_layers
from torch_impl import freivalds
from torch_impl.activations import ACTIVATIONS, LEAK
from torch_impl.gram import SpanLinear
from torch_impl.layout import linear_layers
from torch_impl.models import Network

from ..options import Config
from .lines import ROUNDINGS, Kit, Layer, Line, Projected, Seen, Vectors, matrix_lines, residuals

T = torch.Tensor
PLAIN: Mapping[str, Callable[[T], T]] = {name: inspect.unwrap(g) for name, g in ACTIVATIONS.items()}
SLOPES: Mapping[str, Callable[[T, T], T]] = {
    "identity": lambda Z, A: torch.ones_like(Z),
    "leaky_relu": lambda Z, A: torch.where(Z > 0, torch.ones_like(Z), LEAK),
    "relu": lambda Z, A: (Z > 0).to(Z.dtype),
    "sigmoid": lambda Z, A: A * (1 - A),
    "tanh": lambda Z, A: 1 - A * A,
}


class ProofByTorch:
    """Hooks keep the input and the output of each linear layer; autograd leaves dZ / m and dA / m at them."""

    def __init__(self, config: Config, network: Network, device: str) -> None:
        dtype = np.dtype(config.place.dtype)
        self._kit = Kit(
            *residuals(freivalds),
            torch.linalg.vector_norm,
            lambda V: torch.from_numpy(V.astype(dtype)).to(device),
            float(np.finfo(dtype).eps) / 2,
        )
        self._vectors = Vectors(self._kit, config.descent.seed)
        self._head, self._layers = config.head, linear_layers(network.linears)
        self._seen: dict[torch.nn.Module, tuple[T, T]] = {}
        for layer in self._layers:
            layer.register_forward_hook(self._see)

    def lines(self, examples: T, Y: T, whole: bool, iteration: int) -> Iterator[Line]:
        """Yield the lines of the last pass, on all examples or on a batch; Y are its labels, in rows."""
        seen = [self._seen[layer] for layer in self._layers]
        X, m, first = seen[0][0], len(Y), self._layers[0]
        A = [*(A_prev for A_prev, _ in seen[1:]), PLAIN[self._head.output](seen[-1][1])]
        layers = [
            Layer(p.weight, p.bias[:, None], p.weight.grad, _slope(p.bias)[:, None], Z.T, a.T, _slope(a).T, _slope(Z).T)
            for p, (_, Z), a in zip(self._layers, seen, A, strict=True)
        ]
        Q, s = None, None
        if isinstance(first, SpanLinear):
            Q, s = first.Q.T, first.s if first.s is not None else first.Q.new_ones(())
        self._vectors.renew(iteration, X.T if whole else examples.T, [p.out_features for p in self._layers], Q)
        given = self._vectors.of_examples(X.T, whole)
        along = list(self._along(layers, given, m))
        yield from matrix_lines(self._kit, self._vectors, layers, given, along, self._head.l2 / m, 1, s)
        names = hidden_layers(self._head.activation, len(layers))
        for l, (layer, name) in enumerate(zip(layers, names, strict=False), start=1):
            yield f"A{l}", *self._again(layer.A, PLAIN[name](layer.Z))
            yield f"dZ{l}", *self._again(layer.dZ, layer.dA * SLOPES[name](layer.Z, layer.A))
        last = layers[-1]
        dZ = (last.A - Y.T) / m
        if self._head.loss == "squared_error":
            dZ = dZ * SLOPES[self._head.output](last.Z, last.A)
        yield f"dZ{len(layers)}", *self._again(last.dZ, dZ)
        if s is not None:
            yield "dW1", *self._again(layers[0].dW, layers[0].dZ + self._head.l2 / m * layers[0].W)

    def _along(self, layers: list[Layer], given: Projected, k: int) -> Iterator[Seen]:
        v, ones, u, norm = self._vectors.v[:k], self._vectors.ones[:k], self._vectors.u, self._kit.norm
        for l, layer in enumerate(layers, start=1):
            dZ, is_last = layer.dZ, l == len(layers)
            A = given if is_last else Projected(layer.A @ v, layer.A.T @ u[l], norm(layer.A))
            dA_v = None if is_last else layer.dA @ v
            yield Seen(layer.Z @ v, A, dZ @ v, dZ @ given.along_u, dZ @ ones, norm(dZ), dA_v)
            given = A

    def _again(self, got: T, right: T) -> tuple[T, T]:
        if got.device.type == "cpu" and torch.equal(got, right):  # elsewhere, to ask would wait for the device
            return got.new_zeros(()), got.new_ones(())
        return (got - right).abs().amax(), ROUNDINGS * self._kit.epsilon * right.abs().amax()

    def _see(self, layer: torch.nn.Module, given: tuple[T, ...], Z: T) -> None:
        if not Z.requires_grad:
            return
        (A_prev,) = given
        Z.retain_grad()
        if A_prev.requires_grad:
            A_prev.retain_grad()
        self._seen[layer] = A_prev, Z


def _slope(V: T) -> T:
    """Return the derivative that autograd left; of the output, of which nobody asks it, the output itself."""
    return V if V.grad is None else V.grad
