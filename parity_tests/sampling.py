"""Inputs for a parity case: sizes and values drawn from the declaration of the formula.

Proof samples have pairwise distinct prime sizes of at least 2, so that no size is a multiple of another and no wrong
axis fits; values have both signs, biases included. Corner samples have one example, one unit, or square shapes: they
must agree too, and count for nothing; at kinks and extremes only torch is asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference_numpy.registry import Formula
from shapes.language import Domain, Quantity

PRIMES = (5, 7, 3, 11, 2, 13)
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
    """Proof samples, one for each depth, then the corner samples."""
    names = _size_names(formula)
    for i, depth in enumerate(depths):
        rng = np.random.default_rng([seed, i])
        symbols = [*names, *(f"n_{l}" for l in range(depth + 1) if _layered(formula))]
        sizes = dict(
            zip(dict.fromkeys(symbols), rng.permutation(PRIMES[: max(len(symbols), 3)]).tolist(), strict=False)
        )
        yield _sample(formula, fixed, draws, sizes, "proof", depth, [seed, i], dtype)
    depth = depths[0]
    symbols = [*names, *(f"n_{l}" for l in range(depth + 1) if _layered(formula) and f"n_{l}" not in names)]
    corner_sizes = {
        "one example": {s: 1 if s == "m" else PRIMES[i] for i, s in enumerate(symbols)} if "m" in symbols else {},
        "one unit": {s: 5 if s == "m" else 1 for s in symbols},
        "one output": _one_output(symbols, depth),
        "square": dict.fromkeys(symbols, 4),
    }
    for i, kind in enumerate(corners):
        if corner_sizes[kind]:
            yield _sample(formula, fixed, draws, corner_sizes[kind], kind, depth, [seed, 101 + i], dtype)
    extreme = {n: EXTREMES.astype(dtype) for n, q in formula.arguments.items() if q.dims == ("...",) and not q.domain}
    if extreme:
        yield Sample(extreme, {"n": 2, "m": 3}, "kinks and extremes", seed)


def _one_output(symbols: list[str], depth: int) -> Sizes:
    """The course's own networks: one output unit, the other sizes distinct; empty for a formula without units."""
    output = next((s for s in (f"n_{depth}", "n_2", "n", "k") if s in symbols), None)
    return {s: 1 if s == output else PRIMES[i] for i, s in enumerate(symbols)} if output else {}


def _size_names(formula: Formula) -> list[str]:
    dims = [dim for q in formula.arguments.values() for dim in q.dims or ()]
    return list(dict.fromkeys(["n", "m"] if "..." in dims else [d for d in dims if d.isidentifier() and d != "n_L"]))


def _layered(formula: Formula) -> bool:
    return any(q.layered for q in formula.arguments.values())


def _sample(
    formula: Formula,
    fixed: dict[str, Any],
    draws: dict[str, Draw],
    sizes: Sizes,
    kind: str,
    depth: int,
    seed: list[int],
    dtype: str,
) -> Sample:
    rng = np.random.default_rng([*seed, 7])
    if _layered(formula):
        sizes = sizes | {"n_L": sizes[f"n_{depth}"]}
    elif "n_L" in [d for q in formula.arguments.values() for d in q.dims or ()]:
        sizes = sizes | {"n_L": 1 if kind == "one unit" else 4 if kind == "square" else 17}
    arguments = {}
    for name, quantity in formula.arguments.items():
        if name in fixed:
            arguments[name] = fixed[name]
        elif name in draws:
            arguments[name] = draws[name](sizes, rng)
        elif quantity.layered:
            arguments[name] = {
                f"{family}{l}": rng.standard_normal((sizes[f"n_{l}"], 1 if family[-1] == "b" else sizes[f"n_{l - 1}"]))
                for l in range(1, depth + 1)
                for family in quantity.layered
            }
        elif quantity.dims is not None:
            arguments[name] = values(quantity, sizes, rng)
    arguments = {name: _cast(value, dtype) for name, value in arguments.items()}
    return Sample(arguments, sizes, kind, seed[-1])


def values(quantity: Quantity, sizes: Sizes, rng: np.random.Generator) -> Any:
    """An array of the quantity's shape with values from its domain; N(0, 1) where it has none."""
    dims = ("n", "m") if quantity.dims == ("...",) else quantity.dims or ()
    shape = tuple(int(d) if d.isdigit() else sizes[d] for d in dims)
    drawn = np.asarray(_draw(quantity.domain, shape, rng))
    if shape or quantity.domain:
        return drawn if shape else drawn.item()
    return drawn[()]


def _draw(domain: Domain | None, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    if domain is None:
        return rng.standard_normal(shape)
    if domain.integers:
        return rng.integers(0, 256, shape).astype(np.uint8) if shape else rng.integers(2, 6)
    if domain.text[0] == "{":
        choices = np.array([float(choice) for choice in domain.text[1:-1].split(",")])
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
