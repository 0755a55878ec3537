"""Inputs for a parity case: sizes and values drawn from the declaration of the formula.

Proof samples have pairwise distinct prime sizes of at least 2, so that no size is a multiple of another and no wrong
axis fits; values have both signs, biases included. Corner samples have one example, one unit, or square shapes: they
must agree too, and count for nothing; at kinks and extremes only torch is asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from reference_numpy.registry import Formula
from shapes.language import Domain, Quantity
from shapes.names import in_layer, parse_name
from shapes.network import RECORDS, Record

PRIMES = (5, 7, 3, 11, 2, 13)
FIRST_CORNER = 101  # in the seeds, where those of the proof samples come first
CORNERS = ("one example", "one unit", "one output", "square")
EXTREMES = np.array([[-800.0, -30.0, -1.0], [0.0, 1.0, 800.0]])
Sizes = dict[str, int]
Draw = Callable[[Sizes, np.random.Generator], Any]


@dataclass(frozen=True)
class Sample:
    """The arguments of one call, the upstream gradient of its first result, and what the sample is for."""

    arguments: dict[str, Any]
    sizes: Sizes
    kind: str
    seed: int


def samples(
    formula: Formula,
    fixed: dict[str, Any],
    draws: dict[str, Draw],
    depths: tuple[int, ...],
    seed: int,
    dtype: str = "float64",
    corners: tuple[str, ...] = CORNERS,
) -> Iterator[Sample]:
    """Yield proof samples, one for each depth, then the corner samples."""
    draw = partial(_sample, formula, fixed, draws, dtype)
    for i, depth in enumerate(depths):
        sizes = _distinct_sizes(_size_names(formula, depth), np.random.default_rng([seed, i]))
        yield draw(sizes, "proof", depth, [seed, i])
    for i, kind in enumerate(corners):
        if sizes := _corner_sizes(kind, _size_names(formula, depths[0]), depths[0]):
            yield draw(sizes, kind, depths[0], [seed, FIRST_CORNER + i])
    extreme = {n: EXTREMES.astype(dtype) for n, q in formula.arguments.items() if q.dims == ("...",) and not q.domain}
    if extreme:
        yield Sample(extreme, {"n": 2, "m": 3}, "kinks and extremes", seed)


def _distinct_sizes(names: list[str], rng: np.random.Generator) -> Sizes:
    few = PRIMES[: max(len(names), 3)]  # one to spare where a name is repeated
    return dict(zip(dict.fromkeys(names), rng.permutation(few).tolist(), strict=False))


def _corner_sizes(kind: str, names: list[str], depth: int) -> Sizes:
    """Return the sizes of a corner; none for a formula that does not have it."""
    by_order = dict(zip(dict.fromkeys(names), PRIMES, strict=False))
    if kind == "one example":
        return by_order | {"m": 1} if "m" in names else {}
    if kind == "one output":  # the course's own networks: one output unit, the other sizes distinct
        output = next((name for name in (f"n_{depth}", "n_2", "n", "k") if name in names), None)
        return by_order | {output: 1} if output else {}
    if kind == "one unit":
        return {name: 5 if name == "m" else 1 for name in names}
    return dict.fromkeys(names, 4)


def _size_names(formula: Formula, depth: int) -> list[str]:
    """Return the names of all sizes in the arguments, then those of a network of `depth` layers, n_0 perhaps again."""
    dims = [dim for q in formula.arguments.values() for dim in q.dims or ()]
    names = ["n", "m"] if "..." in dims else [dim for dim in dims if dim.isidentifier() and dim != "n_L"]
    return [*dict.fromkeys(names), *(f"n_{l}" for l in range(depth + 1) if _layered(formula))]


def _layered(formula: Formula) -> bool:
    return any(q.layered for q in formula.arguments.values())


def _sample(
    formula: Formula,
    fixed: dict[str, Any],
    draws: dict[str, Draw],
    dtype: str,
    sizes: Sizes,
    kind: str,
    depth: int,
    seed: list[int],
) -> Sample:
    rng = np.random.default_rng([*seed, 7])
    if _layered(formula):
        sizes = sizes | {"n_L": sizes[f"n_{depth}"]}
    elif "n_L" in [d for q in formula.arguments.values() for d in q.dims or ()]:
        sizes = sizes | {"n_L": 1 if kind == "one unit" else 4 if kind == "square" else 17}
    arguments = {}
    for name, quantity in formula.arguments.items():
        if quantity.record:
            chosen = {field: _of_depth(value, depth) for field, value in fixed.get(name, {}).items()}
            arguments[name] = _record(RECORDS[quantity.record], chosen, sizes, rng)
        elif name in fixed:
            arguments[name] = _of_depth(fixed[name], depth)
        elif name in draws:
            arguments[name] = draws[name](sizes, rng)
        elif quantity.layered:
            names = [in_layer(symbol, l) for l in range(1, depth + 1) for symbol in quantity.layered]
            arguments[name] = {key: values(Quantity(key, parse_name(key).dims), sizes, rng) for key in names}
        elif quantity.dims is not None:
            arguments[name] = values(quantity, sizes, rng)
    arguments = {name: _cast(value, dtype) for name, value in arguments.items()}
    return Sample(arguments, sizes, kind, seed[-1])


def _of_depth(value: Any, depth: int) -> Any:
    """Return as many words as there are hidden layers, of what is a word for each of them."""
    return value[: depth - 1] if isinstance(value, tuple) else value


def _record(record: Record, fixed: dict[str, Any], sizes: Sizes, rng: np.random.Generator) -> Any:
    """Return a record with some of its fields fixed; the other numbers are drawn."""
    drawn = {
        name: values(q, sizes, rng) for name, q in record.fields.items() if name not in fixed and q.dims is not None
    }
    return record.kind(**fixed, **drawn)


def values(quantity: Quantity, sizes: Sizes, rng: np.random.Generator) -> Any:
    """Return an array of the quantity's shape with values from its domain; N(0, 1) where it has none."""
    dims = ("n", "m") if quantity.dims == ("...",) else quantity.dims or ()
    shape = tuple(int(d) if d.isdigit() else sizes[d] for d in dims)
    if quantity.one_hot:
        return _one_hot(shape, quantity.class_axis, rng)
    drawn = np.asarray(_draw(quantity.domain, shape, rng))
    if shape or quantity.domain:
        return drawn if shape else drawn.item()
    return drawn[()]


def _one_hot(shape: tuple[int, ...], axis: int, rng: np.random.Generator) -> Any:
    chosen = rng.integers(0, shape[axis], [1 if i == axis else n for i, n in enumerate(shape)])
    classes = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return (classes == chosen).astype(np.float64)


def _draw(domain: Domain | None, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    if domain is None:
        return rng.standard_normal(shape)
    if domain.integers:
        return rng.integers(0, 256, shape).astype(np.uint8) if shape else rng.integers(2, 6)
    if domain.choices:
        choices = np.array(domain.choices)
        return choices[rng.integers(0, len(choices), shape)]
    if domain.bounds[1] == np.inf:
        return rng.uniform(0.5, 2, shape)
    inner = rng.uniform(0.1, 0.9, shape)
    if domain.text == "[0, 1]":  # labels: hard ones, and soft ones besides
        return np.where(rng.random(shape) < 0.5, rng.integers(0, 2, shape), inner)
    return inner


def _cast(value: Any, dtype: str) -> Any:
    if isinstance(value, dict):
        return {key: _cast(entry, dtype) for key, entry in value.items()}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f":
        return value.astype(dtype)
    return value
