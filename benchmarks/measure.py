"""Timings in turns: contestants alternate in one process, and only ratios of the same turn are compared.

That is why no benchmark framework is used here: they time one thing to its end and then the next, which on a machine
with other work compares one minute with another. With one thread the clock is the processor time of this process, which
other processes do not stretch; with all threads it is the wall clock.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Seconds = NDArray[np.float64]
AT_LEAST_S = 0.004  # of a turn
TRIES, QUIET = 3, 0.08


class Contestant(NamedTuple):
    """What is timed: a call, which does so many steps."""

    call: Callable[[], object]
    steps: int = 1


class Ratio(NamedTuple):
    """The median of the ratios of all turns, and their quartiles."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g} ({self.low:.3g} to {self.high:.3g})"

    @classmethod
    def alone(cls, value: float) -> "Ratio":
        """Return a figure that was taken once."""
        return cls(value, value, value)

    @classmethod
    def of(cls, above: Seconds, below: Seconds) -> "Ratio":
        """Return the ratio of two contestants."""
        low, median, high = np.percentile(above / below, (25, 50, 75))
        return cls(float(median), float(low), float(high))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let NumPy and torch compute with one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def in_turns(
    contestants: Mapping[str, Contestant],
    turns: int,
    clock: Callable[[], float] = time.process_time,
    wait: Callable[[object], object] = lambda result: None,
) -> dict[str, Seconds]:
    """Return the seconds of a step of each contestant in the quieter half of the turns.

    Quiet is a turn in which all together took little, whoever won it. Where even these differ much, all is repeated,
    and the quietest try is returned. What `wait` waits for, given the last result of a turn, belongs to the turn.
    """
    calls = {}
    for name, contestant in contestants.items():
        wait(contestant.call())
        began = clock()
        wait(contestant.call())
        calls[name] = max(1, round(AT_LEAST_S / max(clock() - began, 1e-7)))
    tries: list[dict[str, Seconds]] = []
    while len(tries) < TRIES and not any(spread(seconds) < QUIET for seconds in tries):
        tries.append(quieter(_taken(contestants, calls, turns, clock, wait)))
    return min(tries, key=spread)


def _taken(
    contestants: Mapping[str, Contestant],
    calls: Mapping[str, int],
    turns: int,
    clock: Callable[[], float],
    wait: Callable[[object], object],
) -> dict[str, Seconds]:
    """Return the seconds of each turn; the order is reversed in every second one."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(turns):
        for name in list(contestants)[:: 1 if turn % 2 else -1]:
            call, steps = contestants[name]
            wait(call())  # the last contestant has left its own data in the cache
            began = clock()
            for _ in range(calls[name]):
                result = call()
            wait(result)
            seconds[name].append((clock() - began) / calls[name] / steps)
    return {name: np.array(kept) for name, kept in seconds.items()}


def spread(seconds: Mapping[str, Seconds]) -> float:
    """Return by how much the turns differ: the upper quartile over the lower, less 1, as a mean of the contestants."""
    return float(np.mean([np.divide(*np.percentile(kept, (75, 25))) for kept in seconds.values()])) - 1


def quieter(seconds: dict[str, Seconds]) -> dict[str, Seconds]:
    """Return the half of the turns in which all together took least: other work on the machine reaches the rest."""
    loud = np.sum([kept / kept.min() for kept in seconds.values()], axis=0)
    chosen = np.sort(np.argsort(loud, kind="stable")[: (len(loud) + 1) // 2])
    return {name: kept[chosen] for name, kept in seconds.items()}
