"""Training by torch with the first layer in the span of the examples."""

from typing import Any

import numpy as np
import torch

from shapes.arguments import unchecked
from torch_impl.gram import GramNetwork, span_weights
from torch_impl.layout import gradients_of, to_columns
from torch_impl.models import Network

from ..engine import Array, Arrays, Columns, Placed, State
from ..options import Config
from ..torch_engine import TorchEngine, to_arrays

T = torch.Tensor


class GramTorchEngine(TorchEngine):
    """Its network takes the Gram matrix; W1, dW1 and vW1 are formed when asked for, on the device."""

    network: GramNetwork

    def __init__(self, config: Config, parameters: Arrays, velocity: Arrays, device: str, examples: Array) -> None:
        self._examples = examples
        self._formed: Network | None = None
        super().__init__(config, parameters, velocity, device)

    def place(self, X: Array, Y: Array | None = None) -> Placed:
        """Bring rows to the device, those of the examples once."""
        placed = super().place(X, Y)
        return placed._replace(X=self._X) if X is self._examples else placed

    def update(self) -> None:
        """Update the coordinates and the other layers by torch's optimiser."""
        super().update()
        self._formed = None

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        J = super().step(data, columns)
        self._formed = None
        return J

    def forward(self, data: Placed, columns: Columns = None) -> Arrays:
        """Return every intermediate value, of any examples."""
        return to_arrays(self._forward(super()._chosen(data, columns)[0]))

    def parameters(self) -> Arrays:
        """Return copies of the parameters, W1 formed."""
        return to_arrays(self._whole().to_parameters())

    def gradients(self) -> Arrays:
        """Return the derivatives of the last backward pass, dW1 formed."""
        first = self.network.first
        s = None if first.s is None else first.s.grad
        grads = gradients_of(self.network.linears)
        return to_arrays(grads | {"dW1": self._combined(grads["dW1"].new_zeros(()) if s is None else s, grads["dW1"])})

    def velocity(self) -> Arrays:
        """Return what the optimiser remembers, vW1 formed; empty without momentum."""
        if not self._beta:
            return {}
        buffers = self._buffers()
        return to_arrays(buffers | {"vW1": self._combined(self._s_velocity(), buffers["vW1"])})

    def state(self) -> State:
        """Return W1 at rest, the coordinates, and the other layers."""
        first = self.network.first
        s = self._weights_at_rest.new_ones(()) if first.s is None else first.s
        moving = self.network.to_parameters()
        parameters = moving | {"W1": self._weights_at_rest, "C1": moving["W1"], "s1": s.reshape(1, 1).clone()}
        velocity = self._buffers()
        if velocity:
            velocity |= {"vC1": velocity.pop("vW1"), "vs1": self._s_velocity().reshape(1, 1).clone()}
        return State(to_arrays(parameters), to_arrays(velocity))

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from a state, or begin with W1 at rest where there are no coordinates."""
        first = self.network.first
        C = parameters.get("C1")
        moving = {"W1": np.zeros(first.weight.shape, self._dtype) if C is None else C}
        super().load(parameters | moving, velocity | ({"vW1": velocity["vC1"]} if "vC1" in velocity else {}))
        self._formed = None
        if first.s is not None:
            with torch.no_grad():
                first.s.fill_(1.0 if C is None else parameters["s1"].item())
            if self._beta:
                kept = velocity["vs1"].item() if "vs1" in velocity else 0.0
                self._optimizer.state[first.s]["momentum_buffer"] = torch.full_like(first.s, kept).detach()

    def _made(self, config: Config, parameters: dict[str, T]) -> Network:
        self._weights_at_rest, self._X = parameters["W1"], self._rows(self._examples)
        layers = [len(self._examples), *config.network.layers, 1]
        return GramNetwork(layers, config.head, self._X, self._weights_at_rest)

    def _whole(self) -> Network:
        """Return a network with the weights themselves, formed once an update."""
        if self._formed is None:
            s = self.network.first.s
            parameters = self.network.to_parameters()
            W = self._combined(self._weights_at_rest.new_ones(()) if s is None else s.detach(), parameters["W1"])
            self._formed = Network.from_parameters(parameters | {"W1": W}, self.network.head)
        return self._formed

    def _combined(self, s: T, C: T) -> T:
        with unchecked():
            return span_weights(self._weights_at_rest, to_columns(self._X), s, C)

    def _s_velocity(self) -> T:
        s = self.network.first.s
        zero = self._weights_at_rest.new_zeros(())
        return zero if s is None else self._optimizer.state[s]["momentum_buffer"]

    def _chosen(self, data: Placed, columns: Columns) -> tuple[T, T]:
        if data.X is not self._X or columns is not None:
            raise ValueError("the first layer is in the span of all examples, and learns from them all at once")
        return self.network.first.G, data.Y
