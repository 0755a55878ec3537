"""Torch counterparts of the residuals by which products of matrices are checked."""

import math

import torch

from .checked import checked

T = torch.Tensor


@checked
def linear_residual(z: T, W: T, b: T, v: T, t: T) -> T:
    """Return what is left of the linear part along v."""
    return torch.addmm(torch.addmm(z, W, t, alpha=-1), b, v.sum(0, keepdim=True), alpha=-1)


@checked
def dW_residual(dW: T, W: T, l2: float, m: int, u: T, t: T) -> T:
    """Return what is left of dW along u."""
    return torch.addmm(torch.mm(dW, u) - t / m, W, u, alpha=-l2 / m)


@checked
def dA_residual(a: T, W: T, t: T) -> T:
    """Return what is left of dA_prev along v."""
    return torch.addmm(a, W.T, t, alpha=-1)


@checked
def residual_bound(a: T, b: T, m: int, k: int, epsilon: float) -> T:
    """Return what rounding leaves of a right product."""
    return (a * b) * (4 * epsilon * (math.sqrt(m) + math.sqrt(k)))
