"""Training in lockstep: both implementations from the same start, step by step, never exchanging a number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference_numpy.descent import descent_step, mini_batches
from shapes.arguments import unchecked
from shapes.network import Head
from torch_impl.descent import make_optimizer, train_step
from torch_impl.layout import to_rows
from torch_impl.models import Network

from .compare import distance_u
from .witnesses import to_torch


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; beta is the momentum, batch_size None the whole set."""

    head: Head = Head()
    alpha: float = 0.0075
    beta: float = 0.0
    batch_size: int | None = None


@dataclass(frozen=True)
class Step:
    """One iteration, counted from 0: both costs before its update, and the largest distance of a parameter after it."""

    iteration: int
    costs: tuple[float, float]
    distance_u: float


def train_both(
    X: Any, Y: Any, parameters: dict[str, Any], recipe: Recipe, steps: int, every: int = 100, device: str = "cpu"
) -> Iterator[Step]:
    """Train NumPy and torch for `steps` updates; yield the steps 0, `every`, 2 `every`, ..."""
    velocity = {f"v{name}": np.zeros_like(V) for name, V in parameters.items()}
    network = Network.from_parameters(to_torch(parameters, device), recipe.head)
    optimizer = make_optimizer(network, recipe.alpha, recipe.beta)
    placed = None
    for step, (x, y) in enumerate(_batches(X, Y, recipe.batch_size, steps), start=1):
        with unchecked():
            J, parameters, velocity = descent_step(x, y, parameters, recipe.head, velocity, recipe.alpha, recipe.beta)
        if x is not placed:
            placed, rows, labels = x, to_rows(to_torch(x, device)), to_rows(to_torch(y, device))
        J_torch = train_step(network, optimizer, rows, labels)
        if (step - 1) % every == 0:
            theirs = network.to_parameters()
            apart = max(distance_u(theirs[name].cpu().numpy(), V) for name, V in parameters.items())
            yield Step(step - 1, (float(J), float(J_torch)), apart)


def _batches(X: Any, Y: Any, batch_size: int | None, steps: int) -> Iterator[tuple[Any, Any]]:
    if batch_size is None:
        yield from ((X, Y) for _ in range(steps))
        return
    rng, left = np.random.default_rng(0), steps
    while left > 0:
        with unchecked():
            batches = mini_batches(X, Y, batch_size, rng.permutation(X.shape[1]))
        yield from batches[:left]
        left -= len(batches)
