"""Torch counterparts of the losses. BCELoss is not among them: it clamps, and its gradient is wrong when saturated."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from .checked import checked


@checked
def cross_entropy(A: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy, formed from probabilities."""
    return torch.xlogy(Y, A).neg() - torch.xlogy(1 - Y, 1 - A)


@checked
def cross_entropy_by_cases(A: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Pick the probability of the label by its mask."""
    return torch.where(Y.bool(), A, 1 - A).log().neg()


@checked
def cross_entropy_loss(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Look the negative log-likelihood of the label up."""
    both = torch.stack([1 - y_hat, y_hat]).log()
    return F.nll_loss(both, torch.as_tensor(y, device=y_hat.device).long())


@checked
def cross_entropy_from_logits(Z: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return torch's own cross-entropy, formed from logits."""
    return F.binary_cross_entropy_with_logits(Z, Y, reduction="none")


@checked
def cross_entropy_curvature(Z: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the second derivative of the cross-entropy by the logits, by autograd twice."""
    return _curvature(lambda z: cross_entropy_from_logits(z, Y), Z)


@checked
def squared_error(A: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return half the squared error."""
    return F.mse_loss(A, Y, reduction="none").div(2)


@checked
def squared_error_curvature(Z: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the second derivative of half the squared error through a sigmoid, by autograd twice."""
    return _curvature(lambda z: squared_error(torch.sigmoid(z), Y), Z)


@checked
def likelihood(A: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the probability of the label."""
    return torch.exp(torch.xlogy(Y, A) + torch.xlogy(1 - Y, 1 - A))


@checked
def labels_likelihood(A: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the probability of all labels together, by way of its logarithm."""
    return log_likelihood(A, Y).exp()


@checked
def log_likelihood(A: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """Return the log-likelihood of the set, formed from the logits of A."""
    return F.binary_cross_entropy_with_logits(torch.logit(A), Y, reduction="sum").neg()


@checked
def cost(L: torch.Tensor) -> torch.Tensor:
    """Return the mean over the examples of the sum over the units."""
    return L.sum(dim=0).mean()


def _curvature(loss: Callable[[torch.Tensor], torch.Tensor], Z: torch.Tensor) -> torch.Tensor:
    with torch.enable_grad():
        z = Z if Z.requires_grad else Z.detach().requires_grad_()
        (slope,) = torch.autograd.grad(loss(z).sum(), z, create_graph=True)
        (curvature,) = torch.autograd.grad(slope.sum(), z, create_graph=True)
    return curvature
