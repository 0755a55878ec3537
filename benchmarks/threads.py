"""A step of training with one BLAS thread and with two, in turns in one process: where do two pay?

python benchmarks/threads.py
"""

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from rich.console import Console
from rich.table import Table

from backproof.training.engine import Engine, Placed
from backproof.training.engines import initial_parameters, make_engine, with_threads
from backproof.training.options import Config

SIZES: Sequence[tuple[int, tuple[int, ...], int]] = (
    (2, (4,), 400),
    (64, (20, 7, 5), 1437),
    (12288, (7,), 209),
    (64, (200,), 1437),
    (1728, (20, 7, 5), 1437),
    (12288, (20, 7, 5), 209),
    (784, (128,), 1000),
    (64, (500, 200), 1437),
    (12288, (100,), 209),
    (784, (512, 512), 1024),
    (784, (512, 512), 4096),
)
TURNS = 14
SECONDS = 0.05  # of a turn, at least


def ratio(engine: Engine, data: Placed) -> float:
    """Return the median of the time of a step with two threads over that with one."""
    began = time.perf_counter()
    engine.step(data)
    steps = max(1, round(SECONDS / (time.perf_counter() - began)))
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(TURNS):
        for threads in (1, 2) if turn % 2 else (2, 1):
            with with_threads(threads):
                engine.step(data)
                began = time.perf_counter()
                for _ in range(steps):
                    engine.step(data)
                seconds[threads].append(time.perf_counter() - began)
    return float(np.median(np.divide(seconds[2], seconds[1])))


def main() -> None:
    """Print the table."""
    table = Table("network", "m", "multiplications", "NumPy, 2 / 1", "torch, 2 / 1", box=None)
    rng = np.random.default_rng(0)
    for n_x, layers, m in SIZES:
        X, Y = np.asfortranarray(rng.random((n_x, m))), rng.integers(0, 2, (1, m)).astype(float)
        sizes = [n_x, *layers, 1]
        ratios = []
        for name in ("numpy", "torch"):
            config = Config().changed(engine=name, device="cpu", layers=layers, learning_rate=1e-3)
            engine = make_engine(config, initial_parameters(config, n_x))
            ratios.append(f"{ratio(engine, engine.place(X, Y)):.2f}")
        products = 3 * m * sum(a * b for a, b in pairwise(sizes))
        table.add_row("-".join(map(str, sizes)), f"{m}", f"{products:.1e}", *ratios)
    Console().print(table)


if __name__ == "__main__":
    main()
