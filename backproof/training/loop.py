"""The loop: batches, logged iterations, listeners, checkpoints, and the search for where a cost stopped being finite.

Iteration i is the cost, the gradient and the update that follow i updates; everything about it is fixed by i alone,
so that a run can go on from any checkpoint as if nothing had happened.
"""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NoReturn, TypedDict

import numpy as np
from numpy.typing import NDArray

from backproof.data.sets import Dataset
from reference_numpy.prediction import accuracy, threshold
from shapes.arguments import unchecked

from .engine import Array, Arrays, Columns, Engine, Placed
from .options import Config

LONGEST_BLOCK = 1000  # iterations before the costs are looked at


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


class Summary(TypedDict):
    """How a run ended; `status` is finished, not finite or disagrees, `reason` says why it stopped early."""

    status: str
    reason: str | None
    iterations: int
    cost: float | None
    train_accuracy: float | None
    test_cost: float | None
    test_accuracy: float | None
    seconds: float


@dataclass(frozen=True, eq=False)
class Live:
    """The training as a listener sees it, what is computed from it once: parameters and gradient belong together."""

    engine: Engine
    train: Placed
    test: Placed | None
    columns: Columns  # of the iteration's mini-batch; None is the whole training set

    @cached_property
    def parameters(self) -> Arrays:
        """Before the update."""
        return self.engine.parameters()

    @cached_property
    def gradients(self) -> Arrays:
        """On the batch."""
        return self.engine.gradients()

    @cached_property
    def velocity(self) -> Arrays:
        """Before the update."""
        return self.engine.velocity()

    @cached_property
    def train_outputs(self) -> tuple[Array, Arrays]:
        """Output activations (n_L, m), and the largest activation of each hidden unit, over the training set."""
        return self.engine.outputs(self.train)

    @cached_property
    def test_outputs(self) -> Array:
        """Output activations (n_L, m) over the test set."""
        assert self.test is not None
        return self.engine.predict(self.test)


class Listener:
    """What may happen while a network learns; every method may be left as it is."""

    def record(self, record: Record, live: Live) -> None:
        """A logged iteration: its gradient is known, its update still to come."""

    def due(self, iteration: int) -> bool:
        """Whether to `look` at an iteration, logged or not."""
        return False

    def look(self, iteration: int, live: Live) -> None:
        """An iteration that is due: its gradient is known, its update still to come."""

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        """So many updates are done, and what was logged before them should be safe."""

    def end(self, summary: Summary) -> None:
        """The training is over."""


class Stopped(Exception):
    """The training ends before its time; the message says why."""

    status = "stopped"


class NotFinite(Stopped):
    """The cost is no longer finite; the message says where it began and what to try."""

    status = "not finite"


def train(
    config: Config,
    dataset: Dataset,
    engine: Engine,
    listeners: Iterable[Listener],
    start: int = 0,
    seconds: float = 0.0,
) -> Summary:
    """Train from iteration `start`, after so many seconds, to the end, which a last record describes."""
    loop = _Loop(config, dataset, engine, tuple(listeners), start, seconds)
    last, status, reason = None, "finished", None
    try:
        last = loop.run()
    except Stopped as stop:
        status, reason = stop.status, str(stop)
    summary = Summary(
        status=status,
        reason=reason,
        iterations=loop.iteration,
        cost=last and last["cost"],
        train_accuracy=last and last["train_accuracy"],
        test_cost=last and last["test_cost"],
        test_accuracy=last and last["test_accuracy"],
        seconds=loop.seconds,
    )
    for listener in loop.listeners:
        listener.end(summary)
    return summary


def batch_columns(config: Config, m: int, iteration: int) -> NDArray[np.int64] | None:
    """The examples of an iteration's mini-batch; each epoch has an order of its own, fixed by the seed."""
    if config.batch_size is None:
        return None
    epoch, batch = epoch_and_batch(config, m, iteration)
    first = batch * config.batch_size
    return _order(config.seed, epoch, m)[first : first + config.batch_size]


def epoch_and_batch(config: Config, m: int, iteration: int) -> tuple[int, int]:
    """Which epoch an iteration belongs to, and which mini-batch of it it takes; both are counted from 0."""
    return divmod(iteration, math.ceil(m / (config.batch_size or m)))


def first_layer_not_finite(engine: Engine, data: Placed, columns: Columns) -> str:
    """Where the first value is not finite, in the order of the forward pass."""
    parameters = engine.parameters()
    values = engine.forward(data, columns)
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name, V in ((f"W{l}", parameters), (f"b{l}", parameters), (f"Z{l}", values), (f"A{l}", values)):
            if not np.isfinite(V[name]).all():
                return f"layer {l}, in {name}"
    return f"the cost itself, while every value up to A{L} is finite"


class _Loop:
    """One training on its way; what is kept is the last state whose costs were all finite."""

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        engine: Engine,
        listeners: tuple[Listener, ...],
        start: int,
        seconds: float,
    ) -> None:
        self.config, self.dataset, self.engine, self.listeners = config, dataset, engine, listeners
        self.train = engine.place(*dataset.train)
        self.test = None if dataset.test is None else engine.place(*dataset.test)
        self.m = dataset.train.X.shape[1]
        self.began = time.perf_counter() - seconds
        self.iteration = start
        self.pending: dict[int, Any] = {}  # costs by iteration, not yet looked at
        self._keep()

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self.began, 3)

    def run(self) -> Record:
        """All iterations that are left, and the record of the end; Stopped where they cannot go on."""
        config, engine = self.config, self.engine
        while self.iteration < config.iterations:
            columns = batch_columns(config, self.m, self.iteration)
            logged, due = self.iteration % config.log_every == 0, self.due()
            if logged or due:
                self.stop(columns, logged, due)
                engine.update()
            else:
                self.pending[self.iteration] = engine.step(self.train, columns)
            self.iteration += 1
            safe = self.iteration % config.checkpoint_every == 0 and self.iteration < config.iterations
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
        """Gradient, record and listeners of this iteration, without its update."""
        self.pending[self.iteration] = self.engine.gradient(self.train, columns)
        cost, record = self.read(), None
        live = Live(self.engine, self.train, self.test, columns)
        if logged:
            record = self._record(cost, live)
            for listener in self.listeners:
                listener.record(record, live)
        for listener in due:
            listener.look(self.iteration, live)
        return record

    def checkpoint(self) -> None:
        for listener in self.listeners:
            listener.checkpoint(self.iteration, self.seconds, self.engine)

    def read(self) -> float:
        """Read the costs since the last look; the newest one."""
        costs = self.engine.read(list(self.pending.values()))
        for iteration, cost in zip(self.pending, costs.tolist(), strict=True):
            if not math.isfinite(cost):
                self._explain(iteration, cost)
        self._keep()
        return float(costs[-1])

    def _keep(self) -> None:
        self.pending.clear()
        self.kept = self.iteration, self.engine.parameters(), self.engine.velocity()

    def _explain(self, bad: int, cost: float) -> NoReturn:
        """Go back to the last good state, repeat the steps up to the bad cost, and look into every layer."""
        first, parameters, velocity = self.kept
        self.engine.load(parameters, velocity)
        for iteration in range(first, bad):
            self.engine.step(self.train, batch_columns(self.config, self.m, iteration))
        columns = batch_columns(self.config, self.m, bad) if bad < self.config.iterations else None
        place = first_layer_not_finite(self.engine, self.train, columns)
        rate = self.config.learning_rate
        precision = " or --dtype float64" if self.config.dtype == "float32" else ""
        self.iteration = bad
        raise NotFinite(
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
def _order(seed: int, epoch: int, m: int) -> NDArray[np.int64]:
    return np.random.RandomState([seed, epoch]).permutation(m)
