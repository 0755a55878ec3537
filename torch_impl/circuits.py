"""Torch counterparts of the XOR networks: what they must compute, and what they must consist of."""

import torch

from shapes.names import depth, parse_name

from .checked import Parameters, checked


@checked
def deep_xor_network(n: int) -> Parameters:
    """Build the same tree, level by level, from the block of one XOR."""
    xor_in, xor_bias = torch.ones(2, 2), torch.tensor([[0.0], [-1.0]])
    xor_out, wire = torch.tensor([[1.0, -2.0]]), torch.ones(1, 1)
    parameters: Parameters = {}
    read, bits, l = torch.eye(n), n, 0
    while bits > 1:
        l += 1
        pairs, odd = divmod(bits, 2)
        level = torch.block_diag(*[xor_in] * pairs, *[wire] * odd)
        parameters[f"W{l}"] = (level @ read).double()
        parameters[f"b{l}"] = torch.vstack([xor_bias] * pairs + [torch.zeros(1, 1)] * odd).double()
        read, bits = torch.block_diag(*[xor_out] * pairs, *[wire] * odd), pairs + odd
    return parameters | {f"W{l + 1}": read.double(), f"b{l + 1}": torch.zeros(1, 1).double()}


@checked
def shallow_xor_network(n: int) -> Parameters:
    """Make a unit for each number below 2^n with an odd count of bits, highest bit first."""
    numbers = torch.arange(2**n)
    bits = numbers[:, None].bitwise_right_shift(torch.arange(n - 1, -1, -1)).bitwise_and(1).double()
    odd = bits[bits.sum(dim=1) % 2 == 1]
    units = len(odd)
    return {
        "W1": torch.where(odd == 1, 1.0, -1.0).double(),
        "b1": (1 - odd.sum(dim=1))[:, None],
        "W2": torch.ones(1, units).double(),
        "b2": torch.zeros(1, 1).double(),
    }


@checked
def count_hidden_units(parameters: Parameters) -> int:
    """Count the rows of all weights but the last."""
    return (
        sum(V.shape[0] for name, V in parameters.items() if parse_name(name).is_weight)
        - parameters[f"W{depth(parameters)}"].shape[0]
    )


@checked
def parity(X: torch.Tensor, network: str = "deep") -> torch.Tensor:
    """Return the remainder of the count of ones, which is what either network must compute."""
    return X.sum(dim=0, keepdim=True).remainder(2)
