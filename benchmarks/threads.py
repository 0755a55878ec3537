"""A step of training with one BLAS thread and with two, in turns: where do two pay?"""

import time
from collections.abc import Callable

from backproof.training.engines import with_threads

from .cases import CATS, TINY, WIDE, Case, drawn, engine, multiplications
from .measure import Contestant, Ratio, in_turns
from .tables import Effort, Table, benchmark

SIZES = (
    TINY,
    Case((64, 20, 7, 5, 1), 1437),
    CATS[1],
    Case((64, 200, 1), 1437),
    Case((1728, 20, 7, 5, 1), 1437),
    CATS[0],
    Case((784, 128, 1), 1000),
    Case((64, 500, 200, 1), 1437),
    Case((12288, 100, 1), 209),
    WIDE,
    WIDE._replace(m=4096),
)


def with_so_many(threads: int, call: Callable[[], object], steps: int) -> Contestant:
    """Return some steps with so many threads, whose number is set once for all of them."""

    def several() -> None:
        with with_threads(threads):
            for _ in range(steps):
                call()

    return Contestant(several, steps)


@benchmark
def threads(effort: Effort) -> Table:
    """Two threads over one, for both engines."""
    rows = []
    for case in SIZES if not effort.quick else SIZES[:6:2]:
        data, ratios = drawn(case), []
        for name in ("numpy", "torch"):
            step = engine(case, name, data).call
            steps = max(1, round(5e7 / multiplications(case)))
            seconds = in_turns(
                {f"{n}": with_so_many(n, step, steps) for n in (1, 2)}, max(5, effort.turns // 2), time.perf_counter
            )
            ratios.append(Ratio.of(seconds["2"], seconds["1"]))
        rows.append((str(case), f"{case.m}", f"{multiplications(case):.1e}", *map(str, ratios)))
    return Table(
        "Threads of the matrix products",
        "The time of a step with two threads over that with one, float64, by the wall clock. A second thread gains at "
        "most a half, and on busy cores, where it is waited for, it can cost far more: with some ten other processes "
        "on the machine the ratios were 12 and 38 on the cats, and 1.6 to 3.4 on 784-512-512-1. So one is added only "
        "where it cannot lose more than it can gain: for every 4e9 multiplications of a step, up to the cores there "
        "are. The networks of the course get one. The number depends on nothing else, so that a seed repeats a run; on "
        "a machine of your own `--threads 2` can train the cats faster.",
        ("network", "m", "multiplications of a step", "by hand, 2 / 1", "by torch, 2 / 1"),
        rows,
    )
