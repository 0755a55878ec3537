"""Torch counterparts of logistic regression."""

import torch

from .activations import sigmoid
from .checked import Parameters, checked
from .layout import linear
from .losses import cost, cross_entropy, cross_entropy_from_logits


@checked
def logistic_example_loss(
    w: torch.Tensor, b: torch.Tensor, x: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, Parameters]:
    """Return the loss of one example, formed from the probability."""
    z = torch.dot(w, x) + b
    a = sigmoid(z)
    return cross_entropy(a, y), {"z": z, "a": a}


@checked
def logistic_forward(w: torch.Tensor, b: torch.Tensor, X: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return the predictions for m examples."""
    Z = linear(X, w.T, b.reshape(1, 1))
    A = sigmoid(Z)
    return A, {"Z": Z, "A": A}


@checked
def logistic_cost(
    w: torch.Tensor, b: torch.Tensor, X: torch.Tensor, Y: torch.Tensor
) -> tuple[torch.Tensor, Parameters]:
    """Return the cost over m examples."""
    _, cache = logistic_forward(w, b, X)
    return cost(cross_entropy_from_logits(cache["Z"], Y)), cache


@checked
def absorbed_example_loss(w: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return the loss of one example whose first feature is 1."""
    z = torch.einsum("j,j->", w, x)
    a = sigmoid(z)
    return cross_entropy(a, y), {"z": z, "a": a}


@checked
def absorb_bias(w: torch.Tensor, b: torch.Tensor, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Write the bias as the weight of a feature that is always 1."""
    return torch.vstack([b.reshape(1, 1), w]), torch.nn.functional.pad(X, (0, 0, 1, 0), value=1.0)


@checked
def absorbed_cost(theta: torch.Tensor, X_0: torch.Tensor, Y: torch.Tensor) -> tuple[torch.Tensor, Parameters]:
    """Return the cost in the absorbed-bias form."""
    Z = torch.einsum("ji,jm->im", theta, X_0)
    return cost(cross_entropy_from_logits(Z, Y)), {"Z": Z, "A": sigmoid(Z)}
