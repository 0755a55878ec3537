"""The numbers of the board: from a moment of a training to named figures."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backproof.data.sets import Dataset, Part
from backproof.training.engine import Array, Live
from backproof.training.loop import Record
from backproof.training.options import Config
from backproof.training.steps.written import updated
from parity_tests.compare import THRESHOLD_U
from shapes.network import hidden_layers

from . import live_parity

Figures = Mapping[str, float | None]
LAST_BIN = 1e20  # of the histograms that torch makes
LEAST = 0.1  # u, in place of 0, which has no logarithm
KINKED = ("relu", "leaky_relu")  # a unit that is never above 0 passes on no gradient, or a hundredth of it


@dataclass(frozen=True, eq=False)
class Moment:
    """An iteration as the board sees it; `record` where it is logged, `speed` in iterations a second."""

    config: Config
    dataset: Dataset
    iteration: int
    live: Live
    record: Record | None = None
    speed: float | None = None

    @property
    def logged(self) -> Record:
        """The record of a logged iteration."""
        assert self.record is not None
        return self.record

    @cached_property
    def parity_by_hand(self) -> dict[str, float]:
        """Error of each hand-derived gradient, in u."""
        return live_parity.gradient_errors(self.config, self.live.parameters, *self.batch)

    @cached_property
    def parity_of_run(self) -> dict[str, float]:
        """Error of each gradient that the run learns from, in u of its dtype; none of a pass through a stream."""
        if self.dataset.stream and self.live.columns is None:
            return {}
        return live_parity.run_errors(self.config, self.live.parameters, *self.batch, self.live.gradients)

    @property
    def proof(self) -> Figures:
        """The largest error of each kind as a power of ten of its threshold; None where nothing can be told."""
        return {
            "by_hand": _decades(self.parity_by_hand.values(), THRESHOLD_U["float64"]),
            "of_this_run": _decades(self.parity_of_run.values(), THRESHOLD_U[self.config.place.dtype]),
            "threshold": 0.0,
        }

    @property
    def batch(self) -> Part:
        """Examples and labels of the iteration."""
        columns = slice(None) if self.live.columns is None else self.live.columns
        X, Y = self.dataset.train
        if self.dataset.stream and self.live.columns is not None:
            return Part(*self.dataset.stream.batch(self.live.columns))
        return Part(X.T[columns].T, Y[:, columns])

    @property
    def L(self) -> int:
        """Number of layers."""
        return len(self.config.network.layers) + 1

    @property
    def shown(self) -> tuple[Part, Array]:
        """The test set, or without one the training set, and the output activations over it."""
        if self.dataset.test is None:
            return self.dataset.train, self.live.train_outputs[0]
        return self.dataset.test, self.live.test_outputs


def epoch(moment: Moment) -> Figures:
    """Return how many passes over the training set are done, if each iteration sees a mini-batch of it."""
    if (batch := moment.config.descent.batch_size) is None:
        return {}
    return {"epoch": moment.iteration / math.ceil(moment.dataset.m / batch)}


def gradient_norms(moment: Moment) -> Figures:
    """Return the norm of dW and db together, for each layer."""
    grads = moment.live.gradients
    return {f"layer{l}": float(np.hypot(_norm(grads[f"dW{l}"]), _norm(grads[f"db{l}"]))) for l in _layers(moment)}


def update_ratios(moment: Moment) -> Figures:
    """Return how far the coming update moves W of each layer, relative to W; None where W is 0."""
    live, config = moment.live, moment.config
    W = {f"W{l}": live.parameters[f"W{l}"] for l in _layers(moment)}
    after, _ = updated(W, live.gradients, live.velocity, config.descent.alpha, config.descent.momentum)
    return {name: _norm(after[name] - V) / _norm(V) if V.any() else None for name, V in W.items()}


def dead_units(moment: Moment) -> Figures:
    """Return the share of each hidden layer's units that are above 0 for no example of the training set."""
    g = hidden_layers(moment.config.head.activation, moment.L)
    kinked = [l for l, name in enumerate(g, start=1) if name in KINKED]
    largest = moment.live.train_outputs[1] if kinked else {}
    return {f"layer{l}": float(np.mean(largest[f"A{l}"] <= 0)) for l in kinked}


def distributions(moment: Moment) -> Mapping[str, Array]:
    """Return weights, gradients and activations of each layer, on the batch."""
    live = moment.live
    values = live.engine.forward(live.train, live.columns)
    layers = _layers(moment)
    found = (
        {f"weights/W{l}": live.parameters[f"W{l}"] for l in layers}
        | {f"gradients/dW{l}": live.gradients[f"dW{l}"] for l in layers}
        | {f"activations/A{l}": values[f"A{l}"] for l in layers}
    )
    return {tag: kept for tag, V in found.items() if (kept := V[np.abs(V) < LAST_BIN]).size}


def precision_recall(moment: Moment) -> Mapping[str, tuple[Array, Array]]:
    """Return labels and probabilities of the test set, if there are any."""
    if moment.dataset.test is None or moment.dataset.classes is None or moment.config.network.output != "sigmoid":
        return {}
    part, A = moment.shown
    return {"test": (part.Y[0], A[0])}


def last_hidden(moment: Moment, most: int = 500) -> tuple[Array, Part, Array]:
    """Return last hidden activations (m, n) of the first examples shown, these examples, and their outputs.

    There are at least three columns, the last ones 0 where the layer has fewer units: the projector shows no less.
    """
    part, A = moment.shown
    chosen = Part(part.X[:, :most], part.Y[:, :most])
    engine = moment.live.engine
    values: Mapping[str, Any] = engine.forward(engine.place(*chosen)) if moment.L > 1 else {"A0": chosen.X}
    points = values[f"A{moment.L - 1}"].T
    return np.pad(points, ((0, 0), (0, max(0, 3 - points.shape[1])))), chosen, A[:, :most]


def _decades(errors: Iterable[float], threshold: float) -> float | None:
    """Return how far the largest error is above a threshold, as a power of ten; -5 is a hundred-thousandth of it."""
    known = [max(error, LEAST) for error in errors if math.isfinite(error)]
    return math.log10(max(known) / threshold) if known else None


def _layers(moment: Moment) -> range:
    return range(1, moment.L + 1)


def _norm(V: Array) -> float:
    """Return the norm without BLAS, whose threads would get in the way of torch's."""
    v = V.ravel("K")
    return float(np.sqrt(np.einsum("i,i", v, v, dtype=np.float64)))
