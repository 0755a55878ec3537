"""Demonstrations of one unit: one minimum from any start, a squared error that is not convex, saturation, loops."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from reference_numpy.registry import Array
from shapes.network import Head

from .draws import data
from .seen import Curve, Implementation, Picture, Seen, at_most, exactly, less_than, more_than

STARTS = ((0.0, 0.0), (5.0, -3.0), (-4.0, 6.0))
TRIALS = 20
ENDS = 6.0  # of the axis on which activations are drawn
GATES = ("sigmoid", "tanh", "relu", "leaky_relu")


def any_start(using: Implementation, iterations: int = 1000) -> Seen:
    """The cost of logistic regression has one minimum, which gradient descent reaches from any start."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((2, 40))
    Y = (X[:1] - X[1:] + rng.standard_normal((1, 40)) > 0).astype(float)
    ends, costs = [], []
    for start in STARTS:
        p = {"W1": np.array([start]), "b1": np.ones((1, 1))}
        p, J = using("descent.gradient_descent")(X, Y, p, Head(), alpha=1.0, iterations=iterations)
        ends.append(np.append(p["W1"], p["b1"]))
        costs.append(J)
    apart = max(float(np.max(np.abs(end - ends[0]) / np.abs(ends[0]))) for end in ends)
    shown = np.arange(60.0)
    rows = (
        at_most("relative distance of three ends", apart, 1e-9),
        more_than("least fall of the cost", min(float(J[0] - J[-1]) for J in costs), 0),
        at_most("spread of the last costs", float(np.ptp([J[-1] for J in costs])), 1e-12),
    )
    curves = tuple(
        Curve(f"from ({a:g}, {b:g})", shown, J[: len(shown)]) for (a, b), J in zip(STARTS, costs, strict=True)
    )
    return Seen(rows, (Picture("any start reaches the same minimum", "iterations", "cost", curves),))


def convexity(using: Implementation) -> Seen:
    """Cross-entropy lies below each of its chords; the squared error of a sigmoid rises above some of its own."""
    crossed = {"cross-entropy": 0, "squared error": 0}
    X, Y = data(3, 20)
    J = _costs(using, X, Y)
    rng = np.random.default_rng(0)
    for _ in range(TRIALS):
        here, there = 3 * rng.standard_normal((2, 3, 1))
        for t in (0.1, 0.5, 0.8):
            for loss, cost in J.items():
                crossed[loss] += cost(t * here + (1 - t) * there) >= t * cost(here) + (1 - t) * cost(there)
    Z = np.linspace(-6, 6, 101)[None]
    curvature = [using("losses.cross_entropy_curvature")(Z, np.full_like(Z, y)) for y in (0.0, 0.4, 1.0)]
    squared = using("losses.squared_error_curvature")(Z, np.full_like(Z, 0.4))
    rows = (
        exactly(f"cross-entropy: of {3 * TRIALS} above a chord", crossed["cross-entropy"], 0),
        more_than("squared error: above a chord", crossed["squared error"], 0),
        more_than("cross-entropy: least curvature in z", float(np.min(curvature)), 0),
        less_than("squared error: least curvature in z", float(squared.min()), 0),
        more_than("squared error: greatest curvature in z", float(squared.max()), 0),
    )
    w = np.linspace(-8, 8, 81)
    line = _costs(using, np.array([[-1.0, 0.3, 2.0]]), np.array([[0.0, 1.0, 0.0]]))
    pictures = tuple(
        Picture("three examples", "w", "cost", (Curve(loss, w, np.array([cost(np.array([[v]])) for v in w])),))
        for loss, cost in line.items()
    )
    return Seen(rows, pictures)


def _costs(using: Implementation, X: Array, Y: Array) -> dict[str, Callable[[Array], float]]:
    b = np.float64(0.2)

    def squared(w: Array) -> float:
        A, _ = using("logistic.logistic_forward")(w, b, X)
        return float(using("losses.cost")(using("losses.squared_error")(A, Y)))

    return {"cross-entropy": lambda w: float(using("logistic.logistic_cost")(w, b, X, Y)[0]), "squared error": squared}


def saturation(using: Implementation) -> Seen:
    """Sigmoid and tanh are flat at their ends, and where they are flat nothing is learned; ReLU is not flat above 0."""
    ends, middle = np.array([[-10.0, 10.0]]), np.zeros((1, 1))
    values = {g: using(f"activations.{g}") for g in GATES}
    slopes = {g: using(f"activations.{g}_prime") for g in GATES}
    X, _ = data(30, 50)
    rng = np.random.default_rng(0)
    w = rng.standard_normal((1, 30))
    reached = {scale: float(np.mean(slopes["sigmoid"](scale * w @ X))) for scale in (0.01, 10.0)}
    rows = (
        at_most("sigmoid(-10)", float(values["sigmoid"](ends)[0, 0]), 1e-4),
        at_most("1 - sigmoid(10)", 1 - float(values["sigmoid"](ends)[0, 1]), 1e-4),
        exactly("slope of the sigmoid at 0, the greatest", float(slopes["sigmoid"](middle)[0, 0]), 0.25),
        at_most("slope of the sigmoid at 10", float(slopes["sigmoid"](ends)[0, 1]), 1e-4),
        at_most("slope of tanh at 10", float(slopes["tanh"](ends)[0, 1]), 1e-4),
        exactly("slope of ReLU at 10", float(slopes["relu"](ends)[0, 1]), 1),
        more_than("mean slope where w = randn * 0.01", reached[0.01], 0.24),
        at_most("mean slope where w = randn * 10", reached[10.0], 0.02),
    )
    z = np.linspace(-ENDS, ENDS, 121)
    pictures = tuple(
        Picture(title, "z", up, tuple(Curve(g, z, function(z[None])[0]) for g, function in functions.items()))
        for title, up, functions in (("activations", "g(z)", values), ("their slopes", "g'(z)", slopes))
    )
    return Seen(rows, pictures)


def loops(using: Implementation, sizes: tuple[int, ...] = (500, 1000, 1500, 2000), rounds: int = 5) -> Seen:
    """One call gives what a loop gives, in less time."""
    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {"dot_loop": [], "dot": []}
    apart = 0.0
    for n in sizes:
        w, x = rng.standard_normal((2, n))
        results = []
        for name, kept in seconds.items():
            form = using(f"vectorization.{name}")
            results.append(float(form(w, x)))
            kept.append(min(_seconds(form, w, x) for _ in range(rounds)))
        apart = max(apart, abs(results[0] - results[1]) / float(np.abs(w) @ np.abs(x)))
    rows = (
        at_most("loop against one call, relative", apart, 1e-12),
        more_than(f"times as long, n = {sizes[-1]}", seconds["dot_loop"][-1] / seconds["dot"][-1], 1),
    )
    x_axis = np.array(sizes, float)
    names = {"dot_loop": "a loop", "dot": "one call"}
    curves = tuple(Curve(names[name], x_axis, 1e3 * np.array(kept)) for name, kept in seconds.items())
    return Seen(rows, (Picture("w.T x, by a loop and in one call", "n", "milliseconds", curves),))


def _seconds(form: Callable[..., Any], *arguments: Any) -> float:
    start = time.perf_counter()
    form(*arguments)
    return time.perf_counter() - start
