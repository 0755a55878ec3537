"""Training by torch: nn.Module, autograd and SGD."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from shapes.arguments import unchecked
from torch_impl.deep import deep_forward
from torch_impl.descent import backward, make_optimizer, penalised_cost, train_step, update
from torch_impl.layout import gradients_of, linear_layers, load_parameters, to_columns, to_rows
from torch_impl.models import Network

from .engine import Array, Arrays, Columns, Placed, State
from .options import Config
from .proof.by_torch import ProofByTorch


class TorchEngine:
    """Every step by torch_impl; on CUDA nothing waits for the device until a number is asked for."""

    name = "torch"

    def __init__(self, config: Config, parameters: Arrays, velocity: Arrays, device: str) -> None:
        self.device = device
        self._beta = config.descent.momentum
        self._dtype = np.dtype(config.place.dtype)
        self.network = self._made(config, self._tensors(parameters))
        self._proof = ProofByTorch(config, self.network, device) if config.log.prove else None
        self._optimizer = make_optimizer(self.network, config.descent.alpha, config.descent.momentum)
        self.load(parameters, velocity)

    def place(self, X: Array, Y: Array | None = None) -> Placed:
        """Bring rows to the device; on the CPU without a copy where dtype and memory order allow."""
        return Placed(*(None if V is None else self._rows(V) for V in (X, Y)))

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward by autograd."""
        with unchecked():
            return backward(self.network, *self._chosen(data, columns))

    def prove(self, data: Placed, columns: Columns, iteration: int) -> tuple[list[str], Any]:
        """Look at each line of the last gradient; nothing waits for the device."""
        assert self._proof is not None
        with unchecked(), torch.no_grad():
            Y = data.Y if columns is None else self._chosen(data, columns)[1]
            lines = list(self._proof.lines(data.X, Y, columns is None, iteration))
        return [name for name, _, _ in lines], torch.stack([torch.stack([line[1], line[2]]) for line in lines])

    def update(self) -> None:
        """Update the parameters by torch's optimiser."""
        update(self._optimizer)

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        with unchecked():
            return train_step(self.network, self._optimizer, *self._chosen(data, columns))

    def read(self, costs: list[Any]) -> NDArray[np.float64]:
        """Return the costs as one array, fetched at once."""
        return torch.stack(costs).double().cpu().numpy()

    @torch.no_grad()
    def cost(self, data: Placed, l2: float = 0.0) -> float:
        """Return the cost, without a step."""
        return float(penalised_cost(self._whole(), data.X, data.Y, l2))

    @torch.no_grad()
    def predict(self, data: Placed) -> Array:
        """Return the output activations (n_L, m)."""
        return to_columns(self._whole().predict(data.X)).cpu().numpy()

    def outputs(self, data: Placed) -> tuple[Array, Arrays]:
        """Return the output activations (n_L, m), and the largest activation of each hidden unit."""
        L = len(self.network.linears)
        values = self._forward(data.X)
        largest = {f"A{l}": values[f"A{l}"].amax(dim=1, keepdim=True) for l in range(1, L)}
        return values[f"A{L}"].cpu().numpy(), to_arrays(largest)

    def forward(self, data: Placed, columns: Columns = None) -> Arrays:
        """Return every intermediate value."""
        return to_arrays(self._forward(self._chosen(data, columns)[0]))

    def parameters(self) -> Arrays:
        """Return copies of the parameters."""
        return to_arrays(self.network.to_parameters())

    def gradients(self) -> Arrays:
        """Return copies of what the last backward pass left."""
        return to_arrays(gradients_of(self.network.linears))

    def velocity(self) -> Arrays:
        """Return copies of what the optimiser remembers; empty without momentum."""
        return to_arrays(self._buffers())

    def state(self) -> State:
        """Return parameters and velocity."""
        return State(self.parameters(), self.velocity())

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from these parameters and this velocity."""
        load_parameters(self.network.linears, self._tensors(parameters))
        for l, layer in enumerate(linear_layers(self.network.linears), start=1):
            for name, parameter in (("W", layer.weight), ("b", layer.bias)):
                kept = velocity.get(f"v{name}{l}")
                buffer = torch.zeros_like(parameter) if kept is None else torch.tensor(kept, device=self.device)
                if self._beta:
                    self._optimizer.state[parameter]["momentum_buffer"] = buffer.reshape(parameter.shape).detach()

    def _buffers(self) -> dict[str, torch.Tensor]:
        velocity = {}
        for l, layer in enumerate(linear_layers(self.network.linears), start=1):
            for name, parameter in (("W", layer.weight), ("b", layer.bias)):
                if self._beta:
                    kept = self._optimizer.state[parameter]["momentum_buffer"].clone()
                    velocity[f"v{name}{l}"] = kept if name == "W" else kept[:, None]
        return velocity

    def _made(self, config: Config, parameters: dict[str, torch.Tensor]) -> Network:
        return Network.from_parameters(parameters, config.head)

    def _whole(self) -> Network:
        """Return a network with the weights themselves."""
        return self.network

    @torch.no_grad()
    def _forward(self, X: torch.Tensor) -> dict[str, torch.Tensor]:
        network = self._whole()
        with unchecked():
            return deep_forward(to_columns(X), network.to_parameters(), network.head.activation, network.head.output)[1]

    def _rows(self, V: Array) -> torch.Tensor:
        return to_rows(torch.from_numpy(np.asarray(V, self._dtype, order="F"))).to(self.device)

    def _tensors(self, arrays: Arrays) -> dict[str, torch.Tensor]:
        return {name: torch.tensor(V, device=self.device) for name, V in arrays.items()}

    def _chosen(self, data: Placed, columns: Columns) -> tuple[torch.Tensor, torch.Tensor]:
        if columns is None:
            return data.X, data.Y
        chosen = torch.from_numpy(columns)
        if self.device != "cpu":  # from pageable memory the copy would wait for the device
            chosen = chosen.pin_memory().to(self.device, non_blocking=True)
        return data.X.index_select(0, chosen), data.Y.index_select(0, chosen)


def to_arrays(tensors: dict[str, torch.Tensor]) -> Arrays:
    """Bring tensors to the CPU."""
    return {name: V.detach().cpu().numpy() for name, V in tensors.items()}
