"""The networks of the notes as real torch modules: examples in rows, logits out, torch's own layers."""

import inspect
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import torch
from torch import nn
from torch.nn import functional as F

from shapes.arguments import STATE, Declaration, check, check_shape
from shapes.language import parse
from shapes.names import last_layer
from shapes.network import Head, head_violation, hidden_layers, layers_violation

from .activations import ACTIVATIONS
from .checked import TORCH, Parameters
from .initialization import initialize_parameters
from .layout import linear_layers, load_parameters, parameters_of

PLAIN = {name: inspect.unwrap(g) for name, g in ACTIVATIONS.items()}  # reading values would wait for the device
TANH = Head("tanh")
CHOSEN = Declaration(parse("head: Head"), head_violation)


class Network(nn.Module):
    """A deep network [n_x, n_1, ..., n_L]; with one layer it is logistic regression, with two the shallow network.

    forward: X (m, n_x) to logits (m, n_L); ValueError or TypeError when X does not fit.
    """

    def __init__(self, layers: list[int], head: Head = Head()) -> None:
        super().__init__()
        if violation := layers_violation(layers):
            raise ValueError(f"Network: {violation}")
        check("Network", CHOSEN, {"head": head}, TORCH)
        self.linears = nn.ModuleList(nn.Linear(n_prev, n) for n_prev, n in pairwise(layers))
        self.head = head
        self.hidden = hidden_layers(head.activation, len(layers) - 1)

    @classmethod
    def from_parameters(cls, parameters: Parameters, head: Head | None = None) -> Self:
        """Make a network of the parameters {"W1", "b1", ...}: copies, on their device and in their dtype.

        Other forms of the notes become layers by `shapes.forms`; without a head the class has its own.
        """
        L = max(last_layer(parameters), 1)
        if set(parameters) != {f"{family}{l}" for l in range(1, L + 1) for family in "Wb"}:
            raise ValueError(f"from_parameters: got {sorted(parameters)}, expected W1, b1, ..., W{L}, b{L}")
        layers = [parameters["W1"].shape[1], *(parameters[f"W{l}"].shape[0] for l in range(1, L + 1))]
        network = cls.of_layers(layers, head).to(parameters["W1"])
        load_parameters(network.linears, parameters)
        return network

    @classmethod
    def of_layers(cls, layers: list[int], head: Head | None = None) -> Self:
        """Make a network of these sizes; ValueError for sizes that the class does not have."""
        return cls(layers, head or Head())

    def start(self, rng: Any, scale: str = "small") -> Self:
        """Begin as the notes do, by `initialize_parameters`: zeros, randn * 0.01 (small), rand * 0.01 (uniform), ..."""
        first = linear_layers(self.linears)[0].weight
        layers = [first.shape[1], *(len(layer.weight) for layer in linear_layers(self.linears))]
        load_parameters(self.linears, initialize_parameters(layers, rng, scale))
        return self

    def to_parameters(self) -> Parameters:
        """Copy the parameters into {"W1": (n_1, n_0), "b1": (n_1, 1), ...}."""
        return parameters_of(self.linears)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the logits of the examples in the rows of X."""
        *hidden, output = linear_layers(self.linears)
        if not STATE.unchecked:
            first = (*hidden, output)[0]
            check_shape("Network", "X", ("m", "n_0"), X.shape, {"n_0": (first.in_features, "the first layer")})
            if X.dtype != first.weight.dtype:
                raise TypeError(f"Network: X is {X.dtype}, expected {first.weight.dtype}, the dtype of the parameters")
        A = X
        for layer, g in zip(hidden, self.hidden, strict=True):
            A = PLAIN[g](layer(A))
        logits = output(A)
        assert isinstance(logits, torch.Tensor)
        return logits

    @cached_property
    def leaves(self) -> tuple[nn.Parameter, ...]:
        """All parameters, looked for once."""
        return tuple(self.parameters())

    def predict(self, X: torch.Tensor) -> torch.Tensor:
        """Return the output activations (m, n_L): probabilities for a sigmoid output."""
        return PLAIN[self.head.output](self(X))

    def cost(self, X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        """Return the cost J: the mean over the rows of the loss, summed over the units; Y (m, n_L)."""
        return self.loss(X, Y) / len(X)

    def loss(self, X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        """Return the sum of the loss over rows and units; 0 where there is no row."""
        logits = self(X)
        if not STATE.unchecked:
            sizes = {"m": (len(X), "X"), "n_L": (logits.shape[1], "the network")}
            check_shape("Network.loss", "Y", ("m", "n_L"), Y.shape, sizes)
            if Y.dtype != logits.dtype:
                raise TypeError(f"Network.loss: Y is {Y.dtype}, expected {logits.dtype}, the dtype of the parameters")
        if self.head.loss == "cross_entropy":
            return F.binary_cross_entropy_with_logits(logits, Y, reduction="sum")
        return F.mse_loss(PLAIN[self.head.output](logits), Y, reduction="sum") / 2

    def square(self) -> torch.Tensor:
        """Return the sum of the squares of all weights, which L2 regularisation penalises."""
        return torch.stack([layer.weight.square().sum() for layer in linear_layers(self.linears)]).sum()


class LogisticRegression(Network):
    """sigmoid(w.T x + b), cross-entropy; `shapes.forms` makes its parameters of (w, b) and back."""

    def __init__(self, n_x: int, head: Head = Head()) -> None:
        super().__init__([n_x, 1], head)

    @classmethod
    def of_layers(cls, layers: list[int], head: Head | None = None) -> Self:
        """Make one of [n_x, 1]."""
        if len(layers) != 2 or layers[1] != 1:
            raise ValueError(f"LogisticRegression: layers is {layers}, expected [n_x, 1]: it has one unit and no other")
        return cls(layers[0], head or Head())


class ShallowNetwork(Network):
    """One hidden layer with tanh unless told otherwise, sigmoid output, cross-entropy."""

    def __init__(self, n_x: int, n_1: int, head: Head = TANH, n_2: int = 1) -> None:
        super().__init__([n_x, n_1, n_2], head)

    @classmethod
    def of_layers(cls, layers: list[int], head: Head | None = None) -> Self:
        """Make one of [n_x, n_1, n_2]."""
        if len(layers) != 3:
            raise ValueError(f"ShallowNetwork: layers is {layers}, expected [n_x, n_1, n_2]: it has one hidden layer")
        return cls(layers[0], layers[1], head or TANH, layers[2])
