"""Torch counterpart of the housing price neuron."""

import torch

from .activations import ACTIVATIONS
from .checked import Parameters, checked
from .losses import cost, squared_error


@checked
def housing_cost(
    w: torch.Tensor, b: torch.Tensor, x: torch.Tensor, y: torch.Tensor, activation: str = "relu"
) -> tuple[torch.Tensor, Parameters]:
    """Return the squared-error cost of one neuron."""
    Z = torch.addcmul(b, w, x)
    Y_hat = ACTIVATIONS[activation](Z)
    return cost(squared_error(Y_hat, y)), {"Z": Z, "Y_hat": Y_hat}
