"""Torch counterparts of the collapse of linear layers: the network is run, not multiplied out."""

import torch

from .checked import Parameters, checked
from .deep import deep_forward


@checked
def collapse(parameters: Parameters) -> tuple[torch.Tensor, torch.Tensor]:
    """Read the equal map off the network: its value at 0, and its Jacobian there."""
    W1 = parameters["W1"]
    zero = torch.zeros(W1.shape[1], 1, dtype=W1.dtype, device=W1.device)

    def network(x: torch.Tensor) -> torch.Tensor:
        return deep_forward(x, parameters, "identity", "identity")[0]

    jacobian = torch.autograd.functional.jacobian(network, zero, create_graph=True)
    assert isinstance(jacobian, torch.Tensor)
    return jacobian[:, 0, :, 0], network(zero)


@checked
def linear_network(X: torch.Tensor, parameters: Parameters) -> torch.Tensor:
    """Run the network itself, layer by layer."""
    return deep_forward(X, parameters, "identity", "identity")[0]
