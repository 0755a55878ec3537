"""A step of training with one BLAS thread and with two, in turns: where do two pay?"""

import time
from collections.abc import Callable

from backproof.training.engines import with_threads

from .cases import CATS, TINY, WIDE, Case, drawn, engine, multiplications
from .measure import Contestant, Ratio, in_turns
from .tables import Bars, Effort, Table, benchmark

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
WORDS = {"numpy": "by hand, 2 / 1", "torch": "by torch, 2 / 1"}


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
    rows, pictured = [], []
    for case in SIZES if not effort.quick else SIZES[:6:2]:
        data, ratios = drawn(case), {}
        for name in ("numpy", "torch"):
            step = engine(case, name, data).call
            steps = max(1, round(5e7 / multiplications(case)))
            seconds = in_turns(
                {f"{n}": with_so_many(n, step, steps) for n in (1, 2)}, max(5, effort.turns // 2), time.perf_counter
            )
            ratios[WORDS[name]] = Ratio.of(seconds["2"], seconds["1"])
        pictured.append((f"{case}, m = {case.m}", ratios))
        rows.append((str(case), f"{case.m}", f"{multiplications(case):.1e}", *map(str, ratios.values())))
    return Table(
        "Threads of the matrix products",
        "The time of a step with two threads over that with one, float64, by the wall clock. On quiet cores, once, a "
        "second thread gained at most a half: 0.5 to 0.9 where a step has more than 1e7 multiplications. On busy ones, "
        "where it is waited for, it can cost far more, as this table shows where the load is high: 12 and 38 were "
        "seen on the cats. So one is added only where it cannot lose more than it can gain: for every 4e9 "
        "multiplications of a step, up to the cores there are. The networks of the course get one. The number depends "
        "on nothing else, so that a seed repeats a run; on a machine of your own `--threads 2` can train the cats "
        "faster.",
        ("network", "m", "multiplications of a step", *WORDS.values()),
        rows,
        Bars("two threads / one", pictured),
    )
