"""What goes wrong in a training without stopping it, said in words, each with what to try.

A network has learned nothing when it does no better than the best constant, one that says the same of every example,
and when something holds it there: layers that are dead, a gradient that has vanished, a cost that hardly fell.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from backproof.data.sets import Dataset
from shapes.names import depth, last_layer
from shapes.network import hidden_layers

from .engine import Array, Arrays, Columns, Engine, Placed
from .options import Config

FEW = 100  # updates, before which a network that has learned nothing is one that has hardly begun
NO_BETTER = 0.999  # of the cost of the best constant
VANISHED = 1e-9  # norm of a gradient relative to that of its weights
FALLEN = 1e-3  # of the first cost, of which a cost that learns anything falls by more
RISEN = 1.1  # the cost on the test set, relative to its lowest

Figures = Mapping[str, Any]


class Finding(NamedTuple):
    """What was found, and what to try."""

    found: str
    advice: str

    def __str__(self) -> str:
        return f"{self.found}; {self.advice}"


class Best(NamedTuple):
    """The lowest cost on the test set of all logged iterations, and where it was."""

    iteration: int
    test_cost: float


class Course:
    """What an end is compared with: the first record, and the one of the lowest cost on the test set."""

    def __init__(self, records: list[Figures] | None = None) -> None:
        self.first: Figures | None = None
        self.best: Best | None = None
        for record in records or []:
            self.add(record)

    def add(self, record: Figures) -> None:
        """Take note of a record."""
        self.first = self.first or record
        cost = record.get("test_cost")
        if cost is not None and math.isfinite(cost) and (self.best is None or cost < self.best.test_cost):
            self.best = Best(record["iteration"], cost)


class End(NamedTuple):
    """The end of a training over the whole training set: the cost without the L2 penalty, outputs, and gradients.

    `largest` is the largest activation of each hidden unit, "A1", "A2", ...
    """

    record: Figures
    cost: float
    outputs: Array
    largest: Arrays
    parameters: Arrays
    gradients: Arrays


def findings(config: Config, dataset: Dataset, course: Course, end: End) -> tuple[list[Finding], bool]:
    """Return what is to be said of a training that came to its end, and whether it has learned nothing."""
    constant = cost_of_the_best_constant(config, dataset.train.Y)
    stuck = [*_dead(config, end), *_vanished(end), *_not_fallen(config, course, end)]
    no_better = constant > 0 and not end.cost < NO_BETTER * constant
    if config.descent.iterations < FEW:
        return [*_dead(config, end), *_overfitted(course, end)], False
    if not no_better:
        return [*_dead(config, end), *_not_fallen(config, course, end), *_overfitted(course, end)], False
    slow = [] if stuck else [_slow(config, end.cost, constant)]
    return [*stuck, *slow, *_all_alike(dataset, end), *_overfitted(course, end)], bool(stuck)


def cost_of_the_best_constant(config: Config, Y: Array) -> float:
    """Return the lowest cost of a network that says the same of every example: its mean."""
    mean = float(np.mean(Y))
    if config.network.loss == "squared_error":
        return float(np.var(Y)) / 2
    return 0.0 if mean in (0, 1) else float(-mean * np.log(mean) - (1 - mean) * np.log(1 - mean))


def dead_layers(config: Config, end: End) -> list[int]:
    """Return the layers whose ReLU units are above 0 for no training example; what is before them learns nothing."""
    L = len(config.network.layers) + 1
    largest = end.largest | {f"A{L}": end.outputs}
    g = [*hidden_layers(config.head.activation, L), config.network.output]
    return [l for l in range(1, L + 1) if g[l - 1] == "relu" and not np.any(largest[f"A{l}"] > 0)]


def _rate(config: Config, times: float = 0.1) -> str:
    return f"--learning-rate {config.descent.alpha * times:g} instead of {config.descent.alpha:g}"


def _dead(config: Config, end: End) -> list[Finding]:
    *others, last = dead_layers(config, end) or [0]
    layers = f"layers {', '.join(map(str, others))} and {last}" if others else f"layer {last}"
    found = f"the ReLU units of {layers} are 0 for every training example, so that nothing before them can learn"
    return [Finding(found, f"try {_rate(config)}, or --activation leaky_relu")] if last else []


def _vanished(end: End) -> list[Finding]:
    vanished = []
    for l in range(1, depth(end.parameters) + 1):
        dW, W = (float(np.linalg.norm(V)) for V in (end.gradients[f"dW{l}"], end.parameters[f"W{l}"]))
        if dW <= VANISHED * max(W, 1.0):
            vanished.append(f"W{l}")
    found = f"the gradient by {', '.join(vanished)} has vanished"
    advice = "try another --init, --activation relu or leaky_relu, or fewer --layers"
    return [Finding(found, advice)] if vanished else []


def _slow(config: Config, cost: float, constant: float) -> Finding:
    found = f"the cost falls, and is still {cost:.4g} where a network that always says the same has {constant:.4g}"
    return Finding(found, f"try more --iterations, or {_rate(config, 10)}")


def _not_fallen(config: Config, course: Course, end: End) -> list[Finding]:
    if course.first is None or end.record["cost"] < (1 - FALLEN) * (first := course.first["cost"]):
        return []
    if end.record["cost"] < first:
        found = f"the cost hardly fell: by {(first - end.record['cost']) / first:.1g} of itself, which was {first:.4g}"
        return [Finding(found, f"try {_rate(config, 10)}, or another --init")]
    found = f"the cost did not fall: it was {first:.4g} at first and is {end.record['cost']:.4g} now"
    return [Finding(found, f"try {_rate(config)}")]


def _all_alike(dataset: Dataset, end: End) -> list[Finding]:
    said = np.unique(end.outputs > 0.5)
    if dataset.classes is None or len(said) > 1:
        return []
    found = f"every training example is said to be {dataset.classes[int(said[0])]!r}"
    return [Finding(found, "try another --seed, --init or --learning-rate")]


def _overfitted(course: Course, end: End) -> list[Finding]:
    best, cost = course.best, end.record["test_cost"]
    if best is None or cost is None or not cost > RISEN * best.test_cost or course.first is None:
        return []
    if not end.record["cost"] < course.first["cost"]:
        return []
    found = (
        f"the cost on the test set was lowest at iteration {best.iteration}, {best.test_cost:.4g}, and has risen to "
        f"{cost:.4g} while that on the training set fell"
    )
    fewer = f"--keep-best, --iterations {best.iteration}" if best.iteration else "fewer units in --layers"
    return [Finding(found, f"try {fewer} or a larger --l2")]


def first_layer_not_finite(engine: Engine, data: Placed, columns: Columns) -> str:
    """Return the place of the first value that is not finite, in the order of the forward pass."""
    values = engine.parameters() | engine.forward(data, columns)
    L = last_layer(values)
    for l in range(1, L + 1):
        for name in (f"W{l}", f"b{l}", f"Z{l}", f"A{l}"):
            if not np.isfinite(values[name]).all():
                return f"layer {l}, in {name}"
    return f"the cost itself, while every value up to A{L} is finite"
