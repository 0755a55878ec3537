"""Torch counterpart of the housing price neuron."""

import torch

from .activations import ACTIVATIONS
from .checked import Parameters, checked
from .losses import cost, squared_error


@checked
def housing_cost(
    w: torch.Tensor, b: torch.Tensor, X: torch.Tensor, Y: torch.Tensor, activation: str = "relu"
) -> tuple[torch.Tensor, Parameters]:
    """Return the squared-error cost of one neuron."""
    Z = torch.addcmul(b, w, X)
    Y_hat = ACTIVATIONS[activation](Z)
    return cost(squared_error(Y_hat, Y)), {"Z": Z, "Y_hat": Y_hat}
