"""Demonstrations of networks: symmetry that never breaks, linear layers that collapse, XOR deep and shallow."""

import itertools
from collections.abc import Sequence

import numpy as np

from reference_numpy.initialization import initialize_parameters
from reference_numpy.registry import Array, Layers
from shapes.names import depth
from shapes.network import Head

from .draws import data, network
from .seen import Curve, Implementation, Picture, Seen, at_most, exactly, more_than

PART = 10  # iterations from one point of a curve to the next
TIMES = 20


def symmetry(using: Implementation, activation: str = "tanh", scale: str = "small") -> Seen:
    """Hidden units that start alike stay alike: each gets the same gradient. Random values set them apart."""
    zeros, random = _apart(using, activation, "zeros"), _apart(using, activation, scale)
    x = np.arange(TIMES + 1.0) * PART
    rows = (
        at_most("from zeros: most distance of two units", max(far for _, far, _ in zeros), 1e-12),
        more_than("from zeros: |b2|, which does learn", abs(zeros[-1][2]), 0),
        more_than(f"from {scale} values: least distance", random[-1][0], 1e-4),
    )
    curves = (
        Curve("from zeros", x, np.array([far for _, far, _ in zeros])),
        Curve("from random values", x, np.array([near for near, _, _ in random])),
    )
    return Seen(rows, (Picture("hidden units that start alike stay alike", "iterations", "distance of units", curves),))


def _apart(using: Implementation, activation: str, scale: str) -> list[tuple[float, float, float]]:
    """Return over the training the distances of the nearest and the farthest hidden units, and the output's bias."""
    X, Y = data(3, 31)  # odd, so that the classes differ in size and b2 moves
    p = initialize_parameters([3, 4, 1], np.random.RandomState(0), scale)
    kept = [_distances(p)]
    for _ in range(TIMES):
        p, _ = using("descent.gradient_descent")(X, Y, p, Head(activation), alpha=0.5, iterations=PART)
        kept.append(_distances(p))
    return kept


def _distances(p: Layers) -> tuple[float, float, float]:
    units = np.hstack([p["W1"], p["b1"], p["W2"].T])  # a row for each: all that it is told and says
    apart = [float(np.abs(a - b).max()) for a, b in itertools.combinations(units, 2)]
    return min(apart), max(apart), float(p["b2"][0, 0])


def collapse(using: Implementation, layers: Sequence[int] = (5, 4, 3, 6, 2), activation: str = "tanh") -> Seen:
    """Layers without an activation are one layer: depth adds nothing. With an activation they are no linear map."""
    p = network(layers)
    W, b = using("linearity.collapse")(p)
    X, _ = data(layers[0], 6)

    def many(V: Array, g: str, output: str = "identity") -> Array:
        return using("deep.deep_forward")(V, p, g, output)[0]

    def one(V: Array, output: str = "identity") -> Array:
        return using("deep.deep_forward")(V, {"W1": W, "b1": b}, "identity", output)[0]

    bend = np.abs(many(X, activation) + many(-X, activation) - 2 * many(np.zeros_like(X), activation)).max()
    rows = (
        exactly("numbers in W' of the one layer", W.size, layers[0] * layers[-1]),
        at_most(f"{len(layers) - 1} linear layers against the one", _relative(many(X, "identity"), one(X)), 1e-10),
        at_most("the same below a sigmoid", _relative(many(X, "identity", "sigmoid"), one(X, "sigmoid")), 1e-10),
        more_than(f"{activation}: f(x) + f(-x) - 2 f(0)", float(bend), 1e-3),
    )
    t = np.linspace(-1, 1, 81)
    along = X[:, :1] * t
    curves = (
        Curve("linear layers", t, many(along, "identity")[0]),
        Curve("the one layer", t, one(along)[0]),
        Curve(activation, t, many(along, activation)[0]),
    )
    return Seen(rows, (Picture("linear layers are one layer", "along a line through the inputs", "output", curves),))


def _relative(ours: Array, theirs: Array) -> float:
    return float(np.max(np.abs(ours - theirs) / np.abs(theirs)))


def xor(using: Implementation, most: int = 8) -> Seen:
    """The deep network computes XOR of n bits with O(n) hidden units in O(log n) layers, the shallow with 2^(n-1)."""
    bits = np.arange(2, most + 1)
    wrong = {"deep": 0, "shallow": 0}
    units = {"deep": [0] * 0, "shallow": [0] * 0}
    layers = 0
    for n in bits.tolist():
        X = np.array(list(itertools.product((0.0, 1.0), repeat=n))).T
        for kind in wrong:
            p = using(f"circuits.{kind}_xor_network")(n)
            answer, _ = using("deep.deep_forward")(X, p, "relu", "identity")
            wrong[kind] += int(np.sum(answer != X.sum(axis=0, keepdims=True) % 2))
            units[kind].append(using("circuits.count_hidden_units")(p))
            layers = depth(p) if kind == "deep" else layers
    rows = (
        exactly("wrong answers of the deep networks", wrong["deep"], 0),
        exactly("wrong answers of the shallow networks", wrong["shallow"], 0),
        exactly(f"layers of the deep one for {most} bits", layers, int(np.ceil(np.log2(most))) + 1),
        at_most("its hidden units", units["deep"][-1], 3 * most),
        exactly("hidden units of the shallow one", units["shallow"][-1], 2 ** (most - 1)),
    )
    curves = tuple(Curve(kind, bits.astype(float), np.array(found, float)) for kind, found in units.items())
    return Seen(rows, (Picture("XOR of n bits", "bits", "hidden units", curves),))
