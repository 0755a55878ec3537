"""What must become right, and whether it is when the script runs with other expressions in its holes."""

import warnings
from dataclasses import dataclass
from typing import Any

from .hooks import Key, Stop
from .plain import Bench
from .values import agrees

RUNS = 1500  # of edited scripts


@dataclass
class Goal:
    """A claim that is to become right: its site, the sites that keep their own values, and its right values.

    Where it may be told in several conventions, `scales` has for each of them a number for each sample.
    """

    site: int
    free: frozenset[int]
    truths: list[dict[Key, Any]]  # on each sample
    scales: list[list[float]]
    unused: frozenset[str] = frozenset()  # names of which no fix is made: the cost, the claim itself
    kept: frozenset[Key] = frozenset()  # claims that are right and must stay so
    in_the_end: bool = False  # only the last value counts: what stands before it is on the way

    @property
    def noted(self) -> frozenset[int]:
        """The sites whose values tell."""
        return frozenset(key[0] for truths in self.truths for key in truths)


@dataclass
class Budget:
    """How much may still be tried."""

    runs: int = RUNS


def runs_right(bench: Bench, code: Any, goal: Goal, number: int, hole: Any = None, scale: float = 1.0) -> bool:
    """Whether a claim is right when the script runs with other expressions in its holes."""
    truths, is_last = goal.truths[number], goal.in_the_end and not bench.most
    if goal.in_the_end:  # the last of each; where a training loop goes on, that of its first turn
        ends = {(site, name): (site, turn, name) for site, turn, name in sorted(truths)}
        truths = {(site, 0 if is_last else key[1], name): truths[key] for (site, name), key in ends.items()}
    else:
        truths = {**truths, **bench.standing(goal.kept)}
    waiting, last = set(truths), dict[Key, bool]()

    def note(key: Key, value: Any) -> None:
        if is_last:
            key = (key[0], 0, key[2])
            if key in truths:
                last[key] = agrees(value, truths[key] * scale)
        elif key in truths:
            if not agrees(value, truths[key] * (scale if key in goal.truths[number] else 1.0)):
                raise Stop
            waiting.discard(key)
            if not waiting:
                raise Stop

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            bench.run(code, hole, goal.free, goal.noted | {key[0] for key in goal.kept}, note)
        except Exception:  # an edited script may do anything
            return False
    return len(last) == len(truths) and all(last.values()) if is_last else not waiting
