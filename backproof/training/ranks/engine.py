"""Training by torch in several processes: each has a part of every batch, and DistributedDataParallel adds up."""

from functools import cached_property
from typing import Any

from torch.nn.parallel import DistributedDataParallel

from shapes.arguments import unchecked
from torch_impl.descent import update
from torch_impl.shards import Shard, backward_over_shards

from ..engine import Arrays, Columns, Placed
from ..options import Config
from ..torch_engine import TorchEngine
from .group import Ranks


class ShardedEngine(TorchEngine):
    """The engine by torch, where `gradient` and `step` are of all processes, and all else is done by each alone.

    Every process holds the same parameters and computes the same figures, as the others would only wait.
    """

    def __init__(self, config: Config, parameters: Arrays, velocity: Arrays, device: str, ranks: Ranks) -> None:
        super().__init__(config, parameters, velocity, device)
        self._ranks = ranks

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward by autograd on the part of this process; return the cost over all."""
        m = data.X.shape[0] if columns is None else len(columns)
        part = self._ranks.part(m)
        X, Y = (data.X[part], data.Y[part]) if columns is None else self._chosen(data, columns[part])
        with unchecked():
            return backward_over_shards(self._shard, X, Y, m)

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        J = self.gradient(data, columns)
        update(self._optimizer)
        return J

    @cached_property
    def _shard(self) -> DistributedDataParallel:
        """The network as all processes train it; it is made by all at once, and takes the first one's parameters."""
        return DistributedDataParallel(Shard(self.network, self._ranks.world))
