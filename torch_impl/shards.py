"""Training over shards, one in each process: what DistributedDataParallel averages, and the twin of the formulas.

DistributedDataParallel takes the plain mean over the R processes. So each process hands in R/m times the *sum* of its
losses, and the penalty as a whole: the mean of these is the cost over all m examples, for equal and unequal shards, and
for one that is empty.
"""

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from shapes.network import Head

from .checked import Parameters, checked
from .deep import deep_forward, l2_penalty
from .descent import penalty
from .losses import cross_entropy_from_logits, squared_error
from .models import Network

T = torch.Tensor


@checked
def sharded_cost(X: T, Y: T, parameters: Parameters, sizes: list[int], head: Head = Head()) -> tuple[T, Parameters]:
    """Return the mean of what the processes hand in, and every intermediate value of all examples."""
    m, R = X.shape[1], len(sizes)
    handed_in, values = [], []
    for X_r, Y_r in zip(X.split(sizes, dim=1), Y.split(sizes, dim=1), strict=True):
        AL, here = deep_forward(X_r, parameters, head.activation, head.output)
        losses = cross_entropy_from_logits if head.loss == "cross_entropy" else squared_error
        S_r = losses(here[f"Z{len(here) // 2}"] if head.loss == "cross_entropy" else AL, Y_r).sum()
        handed_in.append(S_r * (R / m) + l2_penalty(parameters, head.l2, m))
        values.append(here)
    return torch.stack(handed_in).mean(), {key: torch.cat([each[key] for each in values], dim=1) for key in values[0]}


class Shard(nn.Module):
    """The part of a process in the cost over R processes: rows X (m_r, n_x), Y (m_r, n_L) of m examples in all.

    Its value is handed to DistributedDataParallel. The derivative by `tally`, a number that stays 0, is the value
    itself: so the mean of the values, the cost over all examples, comes with the gradients and needs no message.
    """

    def __init__(self, network: Network, R: int) -> None:
        super().__init__()
        self.network, self.R = network, R
        self.tally = nn.Parameter(next(network.parameters()).new_zeros(()))

    def forward(self, X: T, Y: T, m: int, penalised: bool = True) -> T:
        """Return R/m times the sum of the losses here, and the penalty."""
        S = self.network.loss(X, Y) if len(X) else self._nothing()
        J = S * (self.R / m) + penalty(self.network, m, self.network.head.l2 if penalised else 0.0)
        return J + self.tally * J.detach()

    def _nothing(self) -> T:
        """Return 0 with gradients of 0: the other processes wait for those of every parameter."""
        return 0 * torch.stack([p.sum() for p in self.network.parameters()]).sum()


def backward_over_shards(shard: DistributedDataParallel, X: T, Y: T, m: int) -> T:
    """Leave the gradients over all processes in the parameters; return the cost over all examples."""
    shard.zero_grad()
    shard(X, Y, m).backward()
    J = shard.module.tally.grad
    assert isinstance(J, torch.Tensor)
    return J.clone()
