"""Judge a derivation, each line on its own: which claims are right, given right derivatives before them.

The script runs twice on each sample. First on torch's NumPy, which records: the value V of every claim dV is a tensor
of the graph, and one backward pass from J gives the truth of them all. Then on NumPy, which judges: every claim is
compared with its truth, and replaced by it before the next line sees it.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from parity_tests.compare import Comparison, compare

from .derivation import Derivation, DerivationError, Failure, unused_inputs
from .inputs import CORNERS, Sample, draw
from .running import SAMPLES, Event, Record, Stop, doubt, record, run

LineVerdict = Literal["right", "wrong", "unjudged"]
KEPT = (np.ndarray, np.generic, int, float, dict, list)


@dataclass
class Line:
    """The verdict on one claim of one line."""

    line: int
    name: str
    verdict: LineVerdict = "unjudged"
    error_u: float = 0.0
    reasons: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class Recording:
    """One sample, what the script left on it, and which claims are of something that each example has."""

    record: Record
    each: dict[tuple[int, str], bool]
    summed: bool = True
    version: Mapping[tuple[int, str], int] = field(default_factory=dict)  # which of the values that V had is meant

    @property
    def events(self) -> list[Event]:
        """The claims, in the order in which they were made."""
        return self.record.events

    @cached_property
    def truths(self) -> list[Any]:
        """dJ/dV of each event, in the notes' convention times m where V is per example; None: V leads nowhere."""
        m = self.sample.sizes.get(self.sample.examples, 1)
        times_m = [self.summed and each for each in self.per_example]
        shapes = [getattr(event.V, "shape", None) for event in self.events]
        places = [(event.line, event.key) for event in self.events]
        versions = [self.version.get(place, 0) for place in places]
        meant = [
            d if not k else before[-k] if k <= len(before) else None
            for d, before, k in zip(self.record.derivatives, self.record.earlier, versions, strict=True)
        ]
        known = [
            np.zeros(shape) if d is None and place in self.each and shape is not None else d
            for d, shape, place in zip(meant, shapes, places, strict=True)
        ]  # where V leads to the cost on other samples, its derivative is 0 here: another branch was taken
        return [d if d is None or not times else d * m for d, times in zip(known, times_m, strict=True)]

    @property
    def sample(self) -> Sample:
        """The inputs and sizes."""
        return self.record.sample

    @property
    def per_example(self) -> list[bool]:
        """Whether the V of each event has an entry for each example."""
        return [self.each.get((event.line, event.key), False) for event in self.events]

    @cached_property
    def steps(self) -> list[bool]:
        """Whether an event is a step of an accumulation, which is judged where it ends."""
        grows = {event.key for event in self.events if event.step}
        last = {event.key: index for index, event in enumerate(self.events)}
        return [event.key in grows and index < last[event.key] for index, event in enumerate(self.events)]


@dataclass(frozen=True)
class Judged:
    """One claim of one run: its comparison, its truth (None: V does not lead to the cost), and what was in scope."""

    event: Event
    value: Any
    comparison: Comparison | None
    truth: Any
    scope: dict[str, Any]
    per_example: bool

    @property
    def is_step(self) -> bool:
        """Whether this is one step of an accumulation, not compared."""
        return self.comparison is None and self.truth is not None


def recordings(derivation: Derivation, seed: int = 0) -> list[Recording]:
    """The derivation on all samples, the proof first, then the corners that it can be run on.

    DerivationError when it claims nothing, or when no sample has two witnesses that agree about its cost.
    """
    records: list[Record] = []
    doubts: list[str | None] = []
    for i in range(SAMPLES):
        sample = draw(derivation, seed + i)
        left = record(derivation, sample)
        if not left.events:
            raise DerivationError("there are no claims; a line such as dZ = A - Y claims the derivative by Z")
        if i == 0 and (unused := unused_inputs(derivation)):
            raise DerivationError(f"{unused[0]} is declared, and never used")
        doubts.append(doubt(derivation, sample, left))
        if doubts[-1] is None:
            records.append(left)
    if not records:
        raise DerivationError(f"no claim can be judged: {doubts[0]}")
    each = per_example(records)
    corners = (_corner(derivation, seed + SAMPLES + i, corner, each) for i, corner in enumerate(CORNERS))
    return [Recording(left, each) for left in records] + [corner for corner in corners if corner is not None]


def per_example(records: list[Record]) -> dict[tuple[int, str], bool]:
    """Whether the V of each claim has an entry for each example: m is among its sizes, or there were m of them.

    It must be so on all samples, since on one of them m may be another size by chance. A parameter is the same V in
    every turn of a loop over the examples, and what is accumulated for it is no derivative of one example.
    """
    each: dict[tuple[int, str], bool] = {}
    for left in records:
        m = left.sample.sizes.get(left.sample.examples)
        different: dict[tuple[int, str], set[int]] = {}
        for event in left.events:
            different.setdefault((event.line, event.key), set()).add(id(event.V))
        for event, d in zip(left.events, left.derivatives, strict=True):
            place = (event.line, event.key)
            if d is not None:
                each[place] = each.get(place, True) and m is not None and (m in d.shape or len(different[place]) == m)
    return each


def _corner(derivation: Derivation, seed: int, corner: str, each: dict[tuple[int, str], bool]) -> Recording | None:
    """A corner sample; sizes that coincide cannot tell which V is per example, so `each` is taken from the others."""
    try:
        sample = draw(derivation, seed, corner)
        left = record(derivation, sample)
        if doubt(derivation, sample, left) is None:
            return Recording(left, each)
    except DerivationError:  # a script may need two examples
        pass
    return None


Judge = Callable[[int, Event, Any, Any, Mapping[str, Any]], None]


def run_on_truth(
    derivation: Derivation, recording: Recording, judge: Judge, code: Any = None, more: Mapping[str, Any] | None = None
) -> None:
    """Run on NumPy with the truth in the place of every claim; `judge` sees the index, event, value, truth, scope."""
    index = -1

    def observe(line: int, key: str, value: Any, scope: Mapping[str, Any], step: bool) -> Any:
        nonlocal index
        index += 1
        if index >= len(recording.events) or recording.events[index].key != key:
            raise DerivationError("the script makes other claims on NumPy than on torch", line)
        truth = recording.truths[index]
        judge(index, recording.events[index], _as_array(key, value), truth, scope)
        return value if truth is None or recording.steps[index] else truth[()]

    inputs = {name: np.copy(value)[()] for name, value in recording.sample.arguments.items()}
    run(derivation, recording.sample, np, inputs, observe, code, more)


def _as_array(key: str, value: Any) -> Any:
    """A list of numbers as an array; a failure for a list of anything else."""
    if not isinstance(value, (list, tuple)):
        return value
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return Failure(f"{key} is a {type(value).__name__}, not numbers")


def verdict_on(recording: Recording, index: int, key: str, value: Any, final: bool = False) -> Comparison | None:
    """The comparison of a claim's value with its truth; None for a step, and where V does not lead to the cost.

    Whether rounding noise explains a disagreement is asked, since it takes time, unless the verdict is `final`.
    """
    truth = recording.truths[index]
    if truth is None or recording.steps[index]:
        return None
    if isinstance(value, Failure):
        return Comparison(key, "disagrees", np.inf, value.reason)
    comparison = compare(key, truth, value)
    if comparison.verdict == "disagrees" and np.shape(value) == np.shape(truth) and not final:
        return compare(key, truth, value, noise_u=recording.record.noise_u[index])
    return comparison


def judge_run(derivation: Derivation, recording: Recording, wrong: Container[tuple[int, str]] = ()) -> list[Judged]:
    """All claims of one sample; the claims that are known to be `wrong`, by line and key, are compared more quickly."""
    judged: list[Judged] = []

    def judge(index: int, event: Event, value: Any, truth: Any, scope: Mapping[str, Any]) -> None:
        kept = {n: v for n, v in scope.items() if isinstance(v, KEPT) or callable(v)}
        comparison = verdict_on(recording, index, event.key, value, (event.line, event.key) in wrong)
        judged.append(Judged(event, value, comparison, truth, kept, recording.per_example[index]))

    run_on_truth(derivation, recording, judge)
    return judged


def claim_is_right(
    derivation: Derivation, recording: Recording, name: str, code: Any = None, more: Mapping[str, Any] | None = None
) -> bool:
    """Whether every value of one claim agrees with its truth, in a run that stops at the first that does not."""
    seen = False

    def judge(index: int, event: Event, value: Any, truth: Any, scope: Mapping[str, Any]) -> None:
        nonlocal seen
        if event.key != name:
            return
        comparison = verdict_on(recording, index, name, value)
        if comparison is not None and comparison.verdict == "disagrees":
            raise Stop
        seen = seen or (comparison is not None and comparison.verdict == "agrees")

    try:
        run_on_truth(derivation, recording, judge, code, more)
    except (DerivationError, Stop):
        return False
    return seen or bool(recording.sample.corner)


def judge(derivation: Derivation, recorded: list[Recording]) -> list[Line]:
    """A verdict for each claim, in the order of the lines; DerivationError when the script cannot be judged.

    A claim is wrong when it disagrees on any sample, and right when it agrees on one that has power.
    """
    lines: dict[tuple[int, str], Line] = {}
    for recording in recorded:
        wrong = {place for place, line in lines.items() if line.verdict == "wrong"}
        for judged in judge_run(derivation, recording, wrong):
            if not judged.is_step:
                event = judged.event
                line = lines.setdefault((event.line, event.key), Line(event.line, event.key))
                _weigh(line, judged, recording)
    return sorted(lines.values(), key=lambda line: line.line)


def _weigh(line: Line, judged: Judged, recording: Recording) -> None:
    """Let one value of a claim tell on its verdict."""
    comparison, corner, key = judged.comparison, recording.sample.corner, judged.event.key
    if comparison is None:
        why = "does not lead to the cost" if judged.event.V is not None else "is not found where this is claimed"
        line.reasons.append(f"{key[1:]} {why}")
        return
    if not recording.summed and judged.per_example:
        line.note = f"{key} is dJ/d{key[1:]} itself, 1/m of J included"
    if (
        corner
        and np.size(judged.value) == 1 == np.size(judged.truth)
        and np.shape(judged.value) != np.shape(judged.truth)
    ):
        return  # one number is one number: np.squeeze drops what is a dimension elsewhere
    if comparison.verdict == "disagrees":
        only = f"with {corner}: " if corner and line.verdict != "wrong" else ""
        line.verdict = "wrong"
        line.error_u = max(line.error_u, comparison.error_u)
        line.reasons.append(only + comparison.reason)
    elif comparison.verdict == "no power":
        line.reasons.append(comparison.reason)
    elif corner:
        return
    elif not np.any(judged.truth):
        line.reasons.append(f"{key} is exactly zero here, which tells nothing")
    else:
        line.error_u = max(line.error_u, comparison.error_u)
        line.verdict = "right" if line.verdict == "unjudged" else line.verdict
