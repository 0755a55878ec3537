"""How much faster one call is than an explicit loop: the loop forms of the reference and the vectorised ones."""

import inspect
from functools import partial
from typing import Any

import numpy as np

from reference_numpy import logistic, shallow, vectorization

from .measure import Contestant, Ratio, in_turns, one_thread
from .tables import Bars, Effort, Table, benchmark


@benchmark
def loops(effort: Effort) -> Table:
    """Loops over the vectorised forms."""
    rng = np.random.default_rng(0)
    dot, dot_loop = inspect.unwrap(vectorization.dot), inspect.unwrap(vectorization.dot_loop)  # without the check
    vectors = {n: (rng.standard_normal(n), rng.standard_normal(n)) for n in (1_000, 100_000)}
    w, X = rng.standard_normal((64, 1)), rng.standard_normal((64, 500))
    Y = rng.integers(0, 2, (1, 500)).astype(float)
    W1, b1, W2, b2 = (rng.standard_normal(shape) for shape in ((20, 64), (20, 1), (1, 20), (1, 1)))

    def vectorised() -> Any:
        return logistic.logistic_gradients(X, Y, logistic.logistic_cost(w, 0.0, X, Y)[1])

    pairs: list[tuple[str, str, Any, Any]] = [
        (f"w.T x, n = {n}", "`dot_loop` / `dot`", partial(dot_loop, *both), partial(dot, *both))
        for n, both in vectors.items()
    ]
    pairs += [
        (
            "logistic regression, J, dw, db, 64 features, 500 examples",
            "`logistic_loop` / `logistic_gradients`",
            partial(logistic.logistic_loop, w, 0.0, X, Y),
            vectorised,
        ),
        (
            "shallow network forward, [64, 20, 1], 500 examples",
            "`shallow_forward_loop` / `shallow_forward`",
            partial(shallow.shallow_forward_loop, X, W1, b1, W2, b2),
            partial(shallow.shallow_forward, X, W1, b1, W2, b2),
        ),
    ]
    rows, pictured = [], []
    for what, forms, loop, one_call in pairs:
        with one_thread():
            seconds = in_turns({"loop": Contestant(loop), "one call": Contestant(one_call)}, max(5, effort.turns // 2))
        ratio = Ratio.of(seconds["loop"], seconds["one call"])
        rows.append((what, forms, str(ratio)))
        pictured.append((what, {"loop / one call": ratio}))
    return Table(
        "Loops against vectorised forms",
        "The loop of logistic regression has a loop over the features inside the one over the examples; that of the "
        "shallow network calls the dot product for each unit.",
        ("what", "forms", "loop / one call"),
        rows,
        Bars("loop / one call", pictured),
    )
