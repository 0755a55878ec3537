"""The proof at every iteration: what `--prove` adds to a step."""

import itertools

from backproof.training.engines import make_engine
from backproof.training.proof.prover import Prover

from .cases import CATS, WIDE, Case, Drawn, config_of, drawn, engine
from .measure import Contestant, Ratio, in_turns, one_thread
from .tables import Bars, Effort, Table, at_most, benchmark

LOOKS = 100  # iterations after which the loop looks at costs and proofs, as a log of every 100 has it


def proved(case: Case, name: str, data: Drawn, **listed: str) -> Contestant:
    """Return the step of an engine that proves each line of it."""
    config = config_of(case, name, prove=True, **listed)
    trained = make_engine(config, data.parameters, examples=data.X)
    placed, prover, iterations = trained.place(data.X, data.Y), Prover(trained, case.dtype), itertools.count()

    def step() -> object:
        J = trained.gradient(placed)
        iteration = next(iterations)
        prover.add(iteration, placed, None)
        trained.update()
        if iteration % LOOKS == 0 and (fault := prover.read()):
            raise ArithmeticError(str(fault))
        return J

    return Contestant(step)


@benchmark
def proving(effort: Effort) -> Table:
    """A step with the proof of its lines over one without, both engines, the first layer direct."""
    rows, pictured = [], []
    wide: dict[str, Ratio] = {}
    cats: dict[str, Ratio] = {}
    for case in [case._replace(dtype=dtype) for case in (*CATS, WIDE) for dtype in ("float64", "float32")]:
        if effort.quick and case.dtype == "float32":
            continue
        data, ratios = drawn(case), {}
        with one_thread():
            for words, name in (("by hand", "numpy"), ("by torch", "torch")):
                pair = {"proved": proved(case, name, data), "plain": engine(case, name, data)}
                seconds = in_turns(pair, effort.turns)
                ratios[words] = Ratio.of(seconds["proved"], seconds["plain"])
        where = f"{case}, {case.dtype}"
        (wide if case.layers == WIDE.layers else cats).update({f"{where}, {w}": r for w, r in ratios.items()})
        rows.append((where, *map(str, ratios.values())))
        pictured.append((where, ratios))
    return Table(
        "The proof at every iteration",
        "A step with `--prove` over the same without it, full batch, one thread. The vectors are drawn anew every 100 "
        "iterations, which is in the figures as often as it comes.",
        ("network", "by hand", "by torch"),
        rows,
        Bars("a step with --prove / without", pictured),
        (
            at_most(wide, "`--prove`, a step with it / without, width >= 512", 1.05, WIDE_PROVED),
            at_most(cats, "`--prove`, a step with it / without, the cats", 1.15, CATS_PROVED),
        ),
    )


WIDE_PROVED = (
    "the looks at the products cost a few per cent; the element-wise lines are computed again, each a pass over an "
    "array of 512 x 1024 that the step itself passes over once or twice"
)
CATS_PROVED = (
    "with one unit a product of the step is itself a product with a vector, as dear as the look at it; by torch each "
    "look is an operation of some microseconds beside a step of 0.3 ms"
)
