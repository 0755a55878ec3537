"""The samples on which a program is judged: values drawn for it, and runs in which right values stand for wrong ones."""  # noqa: E501

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .mean.costs import costs
from .mean.sense import Sense, sense_of
from .mean.suppose import supposed_costs
from .mean.turns import before_update
from .record.draw import Draw
from .record.ledger import Event, Instead
from .record.program import Program, UnusableError
from .record.run import Run, run

SAMPLES = 4
AGAIN = 3  # draws in the place of one whose cost is no number
STRETCHES = ((1, 0), (4, 0), (4, 2), (4, -2), (12, 0), (1, 3), (1, -3), (0.2, 0), (40, 0), (1, 0), (1, 0), (1, 0))
Key = tuple[int, int, str]  # site, turn and name of an event


@dataclass
class Sample:
    """One draw, its uncorrected run, and the right values that replace wrong ones in later runs."""

    draw: Draw
    first: Sense
    base_values: dict[Key, Any] = field(default_factory=dict)  # parameters that were drawn anew
    right_values: dict[Key, Any] = field(default_factory=dict)
    guarded: dict[int, tuple[Any, str]] = field(default_factory=dict)
    undone: frozenset[Key] = frozenset()  # the updates after which the cost is computed

    def again(self, program: Program, noise: int = 0) -> Sense:
        """The run with the right values in the place of the wrong ones that are known."""
        if not self.right_values and not noise and not self.guarded:
            return self.first
        result = run(program, self.draw, replace=self.replace, noise=noise, guarded=self.guarded, stop=self.stop)
        return sensed(result, self.first)

    def stop(self, event: Event) -> bool:
        """Whether the first turn of the training loop is over; an error that ended it may be guarded now."""
        return event.number > self.first.end and not self.first.run.error

    def replace(self, event: Event, value: Any) -> Instead | None:
        """What is to stand in the place of a value: what was drawn anew, or the right value for a wrong one."""
        key = (event.site.number, event.turn, event.name)
        if key in self.base_values:
            return Instead(self.base_values[key], True)
        if key in self.undone:
            return Instead(before_update(event))
        right = self.right_values.get(key)
        return None if right is None else Instead(right)


def sensed(again: Run, first: Sense) -> Sense:
    """What a later run of the same program means: its cost is what it was in the first."""
    sense = _sensed(again, first)
    if again.stopped:  # too early to see the next turn begin
        sense.end = min(sense.end, first.end)
    return sense


def _sensed(again: Run, first: Sense) -> Sense:
    event = first.cost_event
    if event is None:
        supposed = list(supposed_costs(again))
        kind = first.words.partition(" of ")[0]
        alike = [s for s in supposed if s.words == first.words] or [
            s for s in supposed if s.words.partition(" of ")[0] == kind
        ]
        same = next(iter(alike), None)
        if same is None:
            raise UnusableError("the cost is not found again")
        return sense_of(again, same.node, None, first.words)
    found = [e for e in again.events if key_of(e) == key_of(event)]
    if not found or found[0].node is None:
        raise UnusableError("the cost is not computed again")
    return sense_of(again, found[0].node, found[0])


def trim(sense: Sense) -> None:
    """Forget what a run computed after the first turn of its training loop."""
    run = sense.run
    if sense.end < len(run.events):
        del run.nodes[run.events[sense.end].at :]
        del run.events[sense.end :]


def key_of(event: Event) -> Key:
    """What an event is known by in other runs of the program."""
    return event.site.number, event.turn, event.name


def samples_of(program: Program, seed: int) -> list[Sample]:
    """The program on several draws, each with its cost; more of them where a branch was not yet taken on both sides."""
    usual = [Draw(seed + i) for i in range(SAMPLES)] + [Draw(seed + SAMPLES, large=True)]
    if not program.inputs:
        return [Sample(draw, first_sense(program, draw)) for draw in usual]
    found = [_finite(program, draw) for draw in usual]
    seen: dict[Any, set[bool]] = {}
    for sample in found:
        _saw(seen, sample)
    rare = [Draw(seed + 10 + i, scale, shift, i % 2 == 1) for i, (scale, shift) in enumerate(STRETCHES)]
    for draw in rare:
        if all(len(sides) == 2 for sides in seen.values()):
            break
        try:
            sample = Sample(draw, first_sense(program, draw))
        except UnusableError:
            continue
        if np.isfinite(sample.first.cost.value).all() and _saw(seen, sample):
            found.append(sample)
    return found


def _finite(program: Program, draw: Draw) -> Sample:
    """A sample whose cost is a number, where one of a few draws gives it: others prove nothing."""
    tried: list[Sample] = []
    for again in range(AGAIN + 1):
        one = replace(draw, seed=draw.seed + 1000 * again)
        tried.append(Sample(one, first_sense(program, one)))
        if np.isfinite(tried[-1].first.cost.value).all():
            return tried[-1]
    return tried[0]


def _saw(seen: dict[Any, set[bool]], sample: Sample) -> bool:
    """Add the sides of comparisons that a sample took; whether one of them is new."""
    is_new = False
    for place, sides in sample.first.run.sides.items():
        known = seen.setdefault(place, set())
        is_new = is_new or not sides <= known
        known |= sides
    return is_new


def unseen_sides(samples: Sequence[Sample]) -> list[int]:
    """The lines of comparisons of which no sample took the other side."""
    seen: dict[Any, set[bool]] = {}
    for sample in samples:
        _saw(seen, sample)
    return sorted({line for (line, _, _), sides in seen.items() if len(sides) < 2 and line})


def first_sense(program: Program, draw: Draw, guarded: Mapping[int, tuple[Any, str]] | None = None) -> Sense:
    """One run of the program and its cost; UnusableError where there is none."""

    def is_trained_on(event: Event) -> bool:
        """Whether an input gets its third value in one statement: a loop updates it."""
        return event.name in program.inputs and event.turn > 1 and event.site.kind in ("assign", "augment")

    result = run(program, draw, guarded=guarded, stop=is_trained_on)
    for event in costs(result):
        if event.node is not None:
            sense = sense_of(result, event.node, event)
            trim(sense)
            return sense
    if program.inputs and not result.error:
        raise UnusableError("no cost is found: one number called J, L, loss or cost, computed from the inputs")
    if result.error:
        raise UnusableError(result.error, result.error_line)
    raise UnusableError("no cost is found, and none of the usual ones explains what the program computes")
