"""The loop: batches, logged iterations, listeners, checkpoints, and the search for where a cost stopped being finite.

Iteration i is the cost, gradient and update that follow i updates, fixed by i alone: a run can go on from anywhere.
"""

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, NoReturn, TypedDict

import numpy as np
from numpy.typing import NDArray

from backproof.data.sets import Dataset
from backproof.data.stream import Stream
from reference_numpy.descent import batch_indices
from reference_numpy.prediction import accuracy, threshold
from shapes.arguments import unchecked

from .engine import Array, Columns, Engine, Live
from .health import Best, Course, End, Finding, findings, first_layer_not_finite
from .options import Config
from .proof.prover import Prover

LONGEST_BLOCK = 1000  # iterations before the costs are looked at


class Status(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    LEARNED_NOTHING = "learned nothing"
    NOT_FINITE = "not finite"
    DISAGREES = "disagrees"

    @property
    def exit_status(self) -> int:
        """0 for a network that was trained, 1 for one that was not."""
        return 0 if self is Status.FINISHED else 1


class Record(TypedDict):
    """What is known of a logged iteration, before its update; None where there is nothing to know.

    `cost` is that of the iteration's batch, with the L2 penalty; the other figures are of whole sets.
    """

    iteration: int
    cost: float
    train_accuracy: float | None
    test_cost: float | None
    test_accuracy: float | None
    gradient_norm: float
    seconds: float


FIGURES = ("cost", "train_accuracy", "test_cost", "test_accuracy")


@dataclass(frozen=True)
class Summary:
    """How a run ended, after so many iterations; `last` is its last record, unless it stopped before its time."""

    status: Status
    reason: str | None  # why it is not finished
    iterations: int
    seconds: float
    last: Record | None = None
    best: Best | None = None
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the summary as summary.json has it; a figure that is not finite is null."""
        last: Mapping[str, Any] = self.last or {}
        figures = {name: last.get(name) for name in FIGURES}
        return {
            "status": str(self.status),
            "reason": self.reason,
            "iterations": self.iterations,
            **{name: None if value is None or not math.isfinite(value) else value for name, value in figures.items()},
            "best": None if self.best is None else self.best._asdict(),
            "findings": [finding._asdict() for finding in self.findings],
            "seconds": self.seconds,
        }


class Listener:
    """What is called while a network learns; a listener overrides what it wants to hear."""

    def record(self, record: Record, live: Live) -> None:
        """Hear of a logged iteration, between its gradient and its update."""

    def due(self, iteration: int) -> bool:
        """Return whether to `look` at an iteration, logged or not."""
        return False

    def look(self, iteration: int, live: Live) -> None:
        """Look at an iteration that is due, between its gradient and its update."""

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        """Make safe what was logged before so many updates."""

    def end(self, summary: Summary) -> None:
        """Hear that the training is over."""


class Stopped(Exception):
    """The training ends before its time; the message says why."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Begun:
    """Where a training goes on: after so many updates and seconds, with what was logged before."""

    iteration: int = 0
    seconds: float = 0.0
    course: Course = field(default_factory=Course)


def train(
    config: Config, dataset: Dataset, engine: Engine, listeners: Iterable[Listener], begun: Begun | None = None
) -> Summary:
    """Train to the end, which a last record describes."""
    loop = _Loop(config, dataset, engine, tuple(listeners), begun or Begun())
    try:
        last = loop.run()
    except Stopped as stop:
        summary = Summary(stop.status, str(stop), loop.iteration, loop.seconds, best=loop.course.best)
    else:
        summary = loop.summary(last)
    for listener in loop.listeners:
        listener.end(summary)
    return summary


def batch_columns(config: Config, m: int, iteration: int, stream: Stream | None = None) -> Columns:
    """Return the examples of an iteration's mini-batch; each epoch has an order of its own, fixed by the seed."""
    if config.descent.batch_size is None:
        return None
    epoch, batch = epoch_and_batch(config, m, iteration)
    return _batches(config.descent.seed, epoch, m, config.descent.batch_size, stream)[batch]


def epoch_and_batch(config: Config, m: int, iteration: int) -> tuple[int, int]:
    """Return the epoch of an iteration and its mini-batch within the epoch, both counted from 0."""
    return divmod(iteration, math.ceil(m / (config.descent.batch_size or m)))


class _Loop:
    """One training on its way; it keeps the last state whose costs were all finite."""

    def __init__(
        self, config: Config, dataset: Dataset, engine: Engine, listeners: tuple[Listener, ...], begun: Begun
    ) -> None:
        self.config, self.dataset, self.engine, self.listeners = config, dataset, engine, listeners
        self.train = engine.place(*dataset.train)
        self.test = None if dataset.test is None else engine.place(*dataset.test)
        self.m, self.stream = dataset.m, dataset.stream
        self.began = time.perf_counter() - begun.seconds
        self.iteration, self.course = begun.iteration, begun.course
        self.pending: dict[int, Any] = {}  # costs by iteration, not yet looked at
        self.prover = Prover(engine, config.place.dtype) if config.log.prove else None
        self._keep()

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self.began, 3)

    def run(self) -> Record:
        """Do all iterations that are left, and return the record of the end; Stopped where they cannot go on."""
        config, engine = self.config, self.engine
        while self.iteration < config.descent.iterations:
            columns = batch_columns(config, self.m, self.iteration, self.stream)
            logged, due = self.iteration % config.log.log_every == 0, self.due()
            if logged or due:
                self.stop(columns, logged, due)
                engine.update()
            elif self.prover:
                self.gradient(columns, self.prover)
                engine.update()
            else:
                self.pending[self.iteration] = engine.step(self.train, columns)
            self.iteration += 1
            safe = self.iteration % config.log.checkpoint_every == 0 and self.iteration < config.descent.iterations
            if self.pending and (safe or len(self.pending) >= LONGEST_BLOCK):
                self.read()
            if safe:
                self.checkpoint()
        last = self.stop(None, True, self.due())
        self.checkpoint()
        assert last is not None
        return last

    def due(self) -> list[Listener]:
        return [listener for listener in self.listeners if listener.due(self.iteration)]

    def stop(self, columns: Columns, logged: bool, due: list[Listener]) -> Record | None:
        """Compute this iteration's gradient and record, and tell the listeners; the update is left to the caller."""
        self.gradient(columns, self.prover)
        cost, record = self.read(), None
        live = Live(self.engine, self.train, self.test, columns, self.prover.told() if self.prover and logged else None)
        if logged:
            self.live = live
            record = self._record(cost, live)
            self.course.add(record)
            for listener in self.listeners:
                listener.record(record, live)
        for listener in due:
            listener.look(self.iteration, live)
        return record

    def gradient(self, columns: Columns, prover: Prover | None) -> None:
        """Compute the gradient and, with --prove, the proof of its lines."""
        self.pending[self.iteration] = self.engine.gradient(self.train, columns)
        if prover:
            prover.add(self.iteration, self.train, columns)

    def summary(self, last: Record) -> Summary:
        """Say how the training ended, which came to its last record."""
        with np.errstate(all="ignore"):
            cost = self.engine.cost(self.train)
            outputs, largest = self.live.train_outputs
            end = End(last, cost, outputs, largest, self.live.parameters, self.live.gradients)
            found, nothing = findings(self.config, self.dataset, self.course, end)
        status = Status.LEARNED_NOTHING if nothing else Status.FINISHED
        reason = f"no better than a network that always says the same: {found[0]}" if nothing else None
        return Summary(status, reason, self.iteration, self.seconds, last, self.course.best, tuple(found))

    def checkpoint(self) -> None:
        for listener in self.listeners:
            listener.checkpoint(self.iteration, self.seconds, self.engine)

    def read(self) -> float:
        """Read the costs since the last look, and return the newest."""
        costs = self.engine.read(list(self.pending.values()))
        if self.prover and (fault := self.prover.read()):
            self.iteration = fault.iteration
            raise Stopped(Status.DISAGREES, str(fault))
        for iteration, cost in zip(self.pending, costs.tolist(), strict=True):
            if not math.isfinite(cost):
                self._explain(iteration, cost)
        self._keep()
        return float(costs[-1])

    def _keep(self) -> None:
        self.pending.clear()
        self.kept = self.iteration, self.engine.state()

    def _explain(self, bad: int, cost: float) -> NoReturn:
        """Go back to the last good state, repeat the steps up to the bad cost, and look into every layer."""
        first, state = self.kept
        self.engine.load(*state)
        for iteration in range(first, bad):
            self.engine.step(self.train, batch_columns(self.config, self.m, iteration, self.stream))
        columns = batch_columns(self.config, self.m, bad, self.stream) if bad < self.config.descent.iterations else None
        place = first_layer_not_finite(self.engine, self.train, columns)
        rate = self.config.descent.alpha
        precision = " or --dtype float64" if self.config.place.dtype == "float32" else ""
        self.iteration = bad
        raise Stopped(
            Status.NOT_FINITE,
            f"iteration {bad}: the cost is {cost}; first in {place}. "
            f"Try a smaller --learning-rate ({rate / 10:g} instead of {rate:g}), another --init{precision}",
        )

    def _record(self, cost: float, live: Live) -> Record:
        engine, dataset = self.engine, self.dataset
        with np.errstate(all="ignore"):
            norm = float(np.sqrt(sum(np.sum(np.square(V, dtype=np.float64)) for V in live.gradients.values())))
        return Record(
            iteration=self.iteration,
            cost=cost,
            train_accuracy=None if dataset.classes is None else _accuracy(live.train_outputs[0], dataset.train.Y),
            test_cost=None if self.test is None else engine.cost(self.test),
            test_accuracy=None
            if dataset.test is None or dataset.classes is None
            else _accuracy(live.test_outputs, dataset.test.Y),
            gradient_norm=norm,
            seconds=self.seconds,
        )


def _accuracy(A: Array, Y: Array) -> float:
    with unchecked():
        return float(accuracy(threshold(A.astype(np.float64)), Y))


@lru_cache(maxsize=1)
def _batches(seed: int, epoch: int, m: int, size: int, stream: Stream | None) -> list[NDArray[np.int64]]:
    rng = np.random.RandomState([seed, epoch])
    with unchecked():
        return stream.batches(rng, size) if stream is not None else batch_indices(rng.permutation(m), size)
