"""Derivatives of the quantities of a page by one another, on its draws."""

from dataclasses import dataclass, field, replace

import numpy as np

from ..judged.units import Judged
from ..reading.tree import Call, Name, Tree
from .evaluate import Draw
from .labelled import ONE, Dim, MismatchError, Value, aligned, labelled
from .model import Model
from .quantities import STEP, UnknownError
from .shapes import drawn, run

SEEDS = (1, 2)
CLOSE = 1e-8


@dataclass
class World:
    """One understanding of the page: its draws, what its loose names mean, how much dZ is scaled."""

    made: Model
    draws: list[Draw]
    mean: int = 0  # 1: dZ is m times dJ/dZ; 2: what is written as dJ/dZ too
    meaning: dict[str, str] = field(default_factory=dict)  # of a loose name: the quantity it is the derivative by
    verdicts: dict[int, Judged] = field(default_factory=dict)
    contexts: dict[int, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def count(self, word: str) -> int:
        """How many statements have this verdict."""
        return sum(verdict.verdict == word for verdict in self.verdicts.values())

    def score(self) -> float:
        """How much of the page is right in this understanding."""
        bias = any(key[0] == "b" and ONE not in value.roots for key, value in self.made.inputs.items())
        unclear = sum("not defined" in verdict.reason for verdict in self.verdicts.values())
        doubt = 0.6 * unclear + (0.0, 0.1, 1.5)[self.mean] + 0.3 * bias
        return self.count("right") - 2 * self.count("wrong") - doubt

    def makes_sense(self) -> bool:
        """Whether at least as much is right as is wrong, or one statement alone is wrong."""
        return self.count("wrong") <= max(1, self.count("right"))


@dataclass
class Truth:
    """Derivatives of any quantity of the page by any other, by the complex step."""

    made: Model
    draw: Draw
    scale: int = 0  # 1: dZ is m times dJ/dZ; 2: what is written as dJ/dZ too
    known: dict[tuple[str, str], Value] = field(default_factory=dict)

    def __call__(self, of: Tree, by: Name) -> Value:
        """The derivative of what a tree names by a quantity."""
        page, values = self.made.page, self.draw.values
        if isinstance(of, Call) and isinstance(of.function, Name) and page.key(of.function, whole=True) not in values:
            raise UnknownError("a derivative of a function of its own")
        top = of.function if isinstance(of, Call) else of
        if not isinstance(top, Name):
            raise UnknownError("a derivative of an expression")
        by_key = page.key(by)
        key = page.key(top) if top.kind != "d" else self.made.cost
        if by_key not in values or key not in values or by.base == "":
            raise UnknownError(f"{by_key if by_key not in values else key} is not defined on this page")
        moved = self.moved(key, by_key)
        target = values[by_key]
        if not values[key].is_scalar:
            return self.jacobian(moved, values[key], target, top, by)
        gradient = moved.data.reshape(target.data.shape) + 0j
        per_example = any(dim.root() is page.examples.root() for dim in target.dims)
        if self.scale > (top.kind != "d") and per_example and key == self.made.cost and by_key not in self.made.inputs:
            gradient = gradient * page.examples.root().size
        return Value((), target.dims, gradient)

    def moved(self, key: str, by: str) -> Value:
        """The imaginary part of a quantity, one for each entry of another that is moved."""
        if (key, by) not in self.known:
            draw = Draw(self.made.page, dict(self.draw.values))
            run(self.made, draw, by)
            for name, value in draw.values.items():
                if "*" in value.labels:
                    self.known[name, by] = replace(value, data=value.data.imag / STEP)
            size, value = self.draw.values[by].data.size, self.draw.values[key]
            still = Value(("*",), (Dim(size), *value.dims), np.zeros((size, *value.data.shape)))
            self.known.setdefault((key, by), still)
        return self.known[key, by]

    def jacobian(self, moved: Value, of: Value, by: Value, top: Name, name: Name) -> Value:
        """All derivatives of one quantity by another: entry by entry, as a diagonal, or as a matrix."""
        page = self.made.page
        data = moved.data.reshape(*by.data.shape, *of.data.shape) + 0j
        labels_of, labels_by = page.labels(top), page.labels(name)
        if by.is_scalar:
            return Value((), of.dims, data[0, 0])
        if len(labels_of) == 1 and len(labels_by) == 1 and of.data.shape[1] == by.data.shape[1] == 1:
            whole = Value((), (of.dims[0], by.dims[0]), data[:, 0, :, 0].T)
            first = labelled(whole, 0, labels_of[0], of.dims[0])
            return labelled(first, 1, labels_by[0], by.dims[0])
        if of.data.shape == by.data.shape:
            flat = data.reshape(of.data.size, of.data.size)
            if np.allclose(flat, np.diag(np.diag(flat)), atol=1e-12):
                return Value((), of.dims, np.diag(flat).reshape(of.data.shape))
        if of.data.shape[1] == by.data.shape[1] == 1:
            return Value((), (of.dims[0], by.dims[0]), data[:, 0, :, 0].T)
        raise UnknownError("a derivative of a matrix by a matrix")


def assumed(world: World) -> list[str]:
    """What a page does not say and was taken for granted: the shapes of what is given, the scale of dZ."""
    made = world.made
    given = [f"{key} {dims[0].size} x {dims[1].size}" for key in made.inputs for dims in [made.inputs[key].roots]]
    said = (
        [f"drawn at random, {'rows' if made.page.rows else 'columns'} as examples: {', '.join(given)}"] if given else []
    )
    return [*said, *(["derivatives of what each example has are those of the summed loss"] if world.mean else [])]


def draws_of(made: Model) -> list[Draw]:
    """Return draws of a page that have finite values, with their derivatives."""
    for positive in (False, True):
        draws = [drawn(made, seed, positive=positive) for seed in SEEDS]
        if all(np.isfinite(value.data).all() for draw in draws for value in draw.values.values()):
            break
    for draw in draws:
        draw.truth = Truth(made, draw)
    return draws


def derivative(draw: Draw, by: str) -> Value:
    """The derivative of the cost by a quantity, as dZ is meant on this page."""
    truth = draw.truth
    assert isinstance(truth, Truth)
    target = draw.values[by]
    moved = truth.moved(truth.made.cost, by)
    gradient = moved.data.reshape(target.data.shape) + 0j
    per_example = any(dim.root() is truth.made.page.examples.root() for dim in target.dims)
    if truth.scale and per_example and by not in truth.made.inputs:
        gradient = gradient * truth.made.page.examples.root().size
    return Value((), target.dims, gradient)


def same(truth: Value, value: Value, tolerance: float = CLOSE) -> bool:
    """Whether two values agree, entry by entry; what one of them does not say is the same for all."""
    try:
        _, _, one, other = aligned(truth, value)
    except MismatchError:
        return False
    if set(value.labels) - set(truth.labels):
        return False
    if one.shape[-2:] != other.shape[-2:]:
        return False
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    scale = max(np.abs(one).max(), np.abs(other).max(), 1e-12)
    return bool(np.abs(one - other).max() <= tolerance * scale)
