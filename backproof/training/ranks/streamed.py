"""Training by torch on pictures that are streamed: a batch comes from the file, the next one is read meanwhile."""

from contextlib import nullcontext
from typing import Any

import numpy as np
from torch.nn.parallel import DistributedDataParallel

from backproof.data.stream import Stream
from shapes.arguments import unchecked
from torch_impl.descent import train_step
from torch_impl.shards import Shard

from ..engine import Arrays, Columns, Placed
from ..options import Config
from ..torch_engine import TorchEngine
from .engine import ShardedEngine
from .group import Ranks


class StreamedEngine(ShardedEngine):
    """The engine by torch, in one process or several; `columns` are examples of the stream, not of what is placed."""

    def __init__(
        self, config: Config, parameters: Arrays, velocity: Arrays, device: str, ranks: Ranks, stream: Stream
    ) -> None:
        super().__init__(config, parameters, velocity, device, ranks)
        self._stream, self._size = stream, config.descent.batch_size or 1
        self._batch: Columns = None  # whose part is about to be read

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward on a batch, or in a pass through the file on all examples."""
        if columns is None:
            return self._pass()
        self._batch = columns
        return super().gradient(data, columns) if self._ranks.several else TorchEngine.gradient(self, data, columns)

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        if self._ranks.several or columns is None:
            return super().step(data, columns)
        self._batch = columns
        with unchecked():
            return train_step(self.network, self._optimizer, *self._chosen(data, columns))

    def _chosen(self, data: Placed, columns: Columns) -> tuple[Any, Any]:
        if columns is None:
            return data.X, data.Y
        chosen = self.place(*self._stream.batch(columns))
        self._expect()
        return chosen.X, chosen.Y

    def _expect(self) -> None:
        """Let the worker read this process's part of the batch after the one that is trained on now."""
        batch, self._batch = self._batch, None
        following = None if batch is None else self._stream.following(batch)
        if following is not None and len(part := following[self._ranks.part(len(following))]):
            self._stream.expect(part)

    def _pass(self) -> Any:
        """Add up the gradients of all examples, in the order of the file; return the cost."""
        shard = self._shard if self._ranks.several else Shard(self.network, 1)
        m, part = self._stream.m, self._ranks.part(self._stream.m)
        shard.zero_grad()
        with shard.no_sync() if isinstance(shard, DistributedDataParallel) else nullcontext():
            for first in range(part.start, part.stop, self._size):
                X, Y = self._rows_of(first, min(first + self._size, part.stop))
                with unchecked():
                    shard(X, Y, m, False).backward()
        X, Y = self._rows_of(0, 1)
        shard(X[:0], Y[:0], m).backward()  # the penalty, and the sum over all processes
        inner = shard.module if isinstance(shard, DistributedDataParallel) else shard
        assert inner.tally.grad is not None
        return inner.tally.grad.clone()

    def _rows_of(self, first: int, end: int) -> tuple[Any, Any]:
        placed = self.place(*self._stream.batch(np.arange(first, end)))
        return placed.X, placed.Y
