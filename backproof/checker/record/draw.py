"""Sizes and values, drawn for the inputs that a script declares."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.sampling import values
from shapes.language import Quantity

from .program import Program, UnusableError

SIZES = (5, 7, 3, 11, 13, 17, 19, 23, 29, 31, 37, 41)  # no 2, which is also a factor of its own
MAX_SIZE, MAX_ENTRIES = 1000, 1_000_000


@dataclass(frozen=True)
class Draw:
    """How the values of a run are drawn: a seed, and how they are stretched and moved to reach rare branches."""

    seed: int
    scale: float = 1.0
    shift: float = 0.0
    large: bool = False  # sizes beyond the usual ones
    leaf_values: Mapping[tuple[int, str, int], Any] = field(default_factory=dict)
    columns: int = 0  # of the table that stands for a file that is not there


def drawn(program: Program, draw: Draw) -> tuple[dict[str, int], dict[str, Any]]:
    """Sizes, pairwise distinct primes, and values for the declared inputs."""
    rng = np.random.default_rng(draw.seed)
    fixed = {int(dim) for q in program.inputs.values() for dim in q.dims or () if dim.isdigit()}
    if 0 in fixed or max(fixed, default=1) > MAX_SIZE:
        raise UnusableError(f"a size of {min(fixed) or max(fixed)} is declared, expected one from 1 to {MAX_SIZE}")
    primes = [p for p in SIZES if p not in fixed]
    names = program.sizes
    if len(names) > len(primes):
        raise UnusableError(f"{len(names)} sizes are declared, expected at most {len(primes)}")
    pool = primes[: max(len(names), 5)]
    if draw.large and len(names) <= 3:
        pool = primes[3:8]
    sizes = dict(zip(names, rng.permutation(pool[: max(len(names), 3)]).tolist(), strict=False))
    most = max(
        (math.prod(sizes.get(d, int(d) if d.isdigit() else 1) for d in q.dims or ()) for q in program.inputs.values()),
        default=1,
    )
    if most > MAX_ENTRIES:
        raise UnusableError(f"an input of {most} numbers is declared, expected at most {MAX_ENTRIES}")
    made = {}
    for name, quantity in program.inputs.items():
        value = values(quantity, sizes, rng)
        if quantity.domain is None:
            value = value * draw.scale + draw.shift
        made[name] = _one_hot(value, quantity, sizes, rng) if name in program.one_hot else value
    return sizes, made


def _one_hot(value: Any, quantity: Quantity, sizes: Mapping[str, int], rng: np.random.Generator) -> Any:
    """In place of values in {0, 1}: one 1 along the classes, which are the last dimension but the examples."""
    dims = quantity.dims or ()
    examples = "m" if "m" in dims else "N" if "N" in dims else dims[0]
    axis = max((i for i, dim in enumerate(dims) if dim != examples), default=0)
    chosen = rng.integers(0, value.shape[axis], value.shape)
    first = np.take(chosen, [0], axis=axis)
    places = np.arange(value.shape[axis]).reshape([-1 if i == axis else 1 for i in range(value.ndim)])
    return (places == first).astype(float)
