"""The declared inputs of a derivation: sizes and values drawn for one run."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.sampling import PRIMES, values

from .derivation import Derivation, DerivationError

MAX_SIZE = 1000
MAX_ENTRIES = 1_000_000
CORNERS = ("m = 1", "all sizes equal")


@dataclass(frozen=True)
class Sample:
    """Inputs of one run, the sizes they were drawn with, and which corner it is: a corner never counts as proof."""

    sizes: dict[str, int]
    arguments: dict[str, Any]
    examples: str = "m"  # the name of the number of examples
    corner: str = ""


def draw(derivation: Derivation, seed: int, corner: str = "") -> Sample:
    """Inputs with pairwise distinct prime sizes, values with both signs or from the declared domain."""
    rng = np.random.default_rng(seed)
    fixed = {int(dim) for q in derivation.inputs.values() for dim in q.dims or () if dim.isdigit()}
    if 0 in fixed or max(fixed, default=1) > MAX_SIZE:
        raise DerivationError(f"a size of {min(fixed) or max(fixed)} is declared, expected one from 1 to {MAX_SIZE}")
    primes = [p for p in (*PRIMES, 17, 19, 23, 29, 31, 37, 41) if p not in fixed]
    pool = primes[: max(len(derivation.sizes), len(PRIMES))]
    if len(derivation.sizes) > len(pool):
        raise DerivationError(f"{len(derivation.sizes)} sizes are declared, expected at most {len(pool)}")
    chosen = rng.permutation(pool[: max(len(derivation.sizes), 3)]).tolist()
    sizes = dict(zip(derivation.sizes, chosen, strict=False))
    if (
        most := max(
            math.prod(sizes.get(d, int(d) if d.isdigit() else 1) for d in q.dims or ())
            for q in derivation.inputs.values()
        )
    ) > MAX_ENTRIES:
        raise DerivationError(f"an input of {most} numbers is declared, expected at most {MAX_ENTRIES}")
    examples = derivation.examples
    sizes |= {"m = 1": {examples: 1} if examples in sizes else {}, "all sizes equal": dict.fromkeys(sizes, 4)}.get(
        corner, {}
    )
    drawn = {name: values(q, sizes, rng) for name, q in derivation.inputs.items()}
    for name in derivation.one_hot:
        drawn[name] = _one_hot(derivation.inputs[name].dims or (), drawn[name], examples, rng)
    return Sample(sizes, drawn, examples, corner)


def _one_hot(dims: tuple[str, ...], drawn: Any, examples: str, rng: np.random.Generator) -> Any:
    """In place of values in {0, 1}: one 1 along the classes, which are the last dimension but the examples."""
    classes = max(axis for axis, dim in enumerate(dims) if dim != examples)
    chosen = rng.integers(0, drawn.shape[classes], drawn.shape)
    first = np.take(chosen, [0], axis=classes)
    places = np.arange(drawn.shape[classes]).reshape([-1 if axis == classes else 1 for axis in range(drawn.ndim)])
    return (places == first).astype(float)
