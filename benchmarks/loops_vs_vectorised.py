"""How much faster one call is than an explicit loop: paired timings of the loop forms and the vectorised forms.

    python benchmarks/loops_vs_vectorised.py

The two forms take turns in one process, and the ratio of their best times is what is printed: on a shared machine
times of different runs cannot be compared.
"""

import inspect
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from reference_numpy import logistic, shallow, vectorization

ROUNDS = 15


def best_seconds(forms: tuple[Callable[[], Any], ...]) -> list[float]:
    """Best time of each form, the forms taking turns."""
    seconds: list[list[float]] = [[] for _ in forms]
    for _ in range(ROUNDS):
        for kept, form in zip(seconds, forms, strict=True):
            start = time.perf_counter()
            form()
            kept.append(time.perf_counter() - start)
    return [min(kept) for kept in seconds]


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    table = Table("what", "size", "loop", "one call", "ratio", box=None)

    def add(what: str, size: str, loop: Callable[[], Any], one_call: Callable[[], Any]) -> None:
        slow, fast = best_seconds((loop, one_call))
        table.add_row(what, size, f"{slow * 1e3:.3f} ms", f"{fast * 1e3:.3f} ms", f"{slow / fast:.0f}")

    dot, dot_loop = inspect.unwrap(vectorization.dot), inspect.unwrap(vectorization.dot_loop)  # without the check
    for n in (1_000, 100_000):
        w, x = rng.standard_normal(n), rng.standard_normal(n)
        add("w.T x", f"n = {n}", partial(dot_loop, w, x), partial(dot, w, x))

    w, X = rng.standard_normal((64, 1)), rng.standard_normal((64, 500))
    Y = rng.integers(0, 2, (1, 500)).astype(float)

    def vectorised() -> Any:
        return logistic.logistic_gradients(X, Y, logistic.logistic_cost(w, 0.0, X, Y)[1])

    add("logistic regression, J, dw, db", "(64, 500)", partial(logistic.logistic_loop, w, 0.0, X, Y), vectorised)
    W1, b1, W2, b2 = (rng.standard_normal(shape) for shape in ((20, 64), (20, 1), (1, 20), (1, 1)))
    add(
        "shallow network, forward",
        "[64, 20, 1], m = 500",
        partial(shallow.shallow_forward_loop, X, W1, b1, W2, b2),
        partial(shallow.shallow_forward, X, W1, b1, W2, b2),
    )
    Console().print(table)


if __name__ == "__main__":
    main()
