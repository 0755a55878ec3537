"""The listeners of the first process, and at the same moments those of the others, which have none."""

from collections.abc import Sequence

from ..engine import Engine, Live
from ..loop import LONGEST_BLOCK, Listener, Record, Summary
from .group import Ranks


class Together(Listener):
    """What a listener of the first process decides, or fails in, holds for all processes."""

    def __init__(self, ranks: Ranks, listeners: Sequence[Listener]) -> None:
        self._ranks, self._listeners = ranks, tuple(listeners)
        self._due: dict[int, bool] = {}  # of a block of iterations

    def record(self, record: Record, live: Live) -> None:
        """Tell the listeners."""
        with self._ranks.together():
            for listener in self._listeners:
                listener.record(record, live)

    def due(self, iteration: int) -> bool:
        """Return whether any listener of the first process looks at it; asked for many iterations at once."""
        if iteration not in self._due:
            block = range(iteration, iteration + LONGEST_BLOCK)
            self._due = self._ranks.share({i: any(each.due(i) for each in self._listeners) for i in block})
        return self._due[iteration]

    def look(self, iteration: int, live: Live) -> None:
        """Let those look for whom it is due."""
        with self._ranks.together():
            for listener in self._listeners:
                if listener.due(iteration):
                    listener.look(iteration, live)

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        """Tell the listeners."""
        with self._ranks.together():
            for listener in self._listeners:
                listener.checkpoint(iteration, seconds, engine)

    def end(self, summary: Summary) -> None:
        """Tell the listeners."""
        with self._ranks.together():
            for listener in self._listeners:
                listener.end(summary)
