"""Below the textbook's floor: full-batch training whose first layer stays in the span of the examples."""

import time

import numpy as np

from backproof.training.engines import make_engine

from .cases import CATS, Case, Drawn, config_of, drawn, engine, numpy_floor
from .measure import Ratio, Seconds, in_turns, one_thread
from .peers import textbook
from .tables import Bars, Effort, Table, at_least, benchmark

ITERATIONS = 2500  # over which what is done once is spread: the training that the course published


def once(case: Case, name: str, data: Drawn) -> float:
    """Return the seconds in which an engine forms its inner products, and its weights at the end."""
    began = time.process_time()
    trained = make_engine(config_of(case, name, first_layer="gram"), data.parameters, examples=data.X)
    trained.place(data.X, data.Y)
    trained.parameters()
    return time.process_time() - began


@benchmark
def below(effort: Effort) -> Table:
    """The textbook loop over the engines with `--first-layer gram`, what they do once included."""
    rows, pictured = [], []
    over: dict[str, Ratio] = {}
    for case in [cat._replace(momentum=momentum) for cat in CATS for momentum in (0.0, 0.9)]:
        if effort.quick and case.momentum:
            continue
        data, ratios = drawn(case), {}
        contestants = {
            "textbook": textbook(case, data),
            "products": numpy_floor(case, data),
            "by hand": engine(case, "numpy", data, first_layer="gram"),
            "by torch": engine(case, "torch", data, first_layer="gram"),
        }
        with one_thread():
            seconds = in_turns(contestants, effort.turns)
            spread: dict[str, Seconds] = {
                words: seconds[words] + np.median([once(case, name, data) for _ in range(3)]) / ITERATIONS
                for words, name in (("by hand", "numpy"), ("by torch", "torch"))
            }
        where = f"{case}{f', momentum {case.momentum}' if case.momentum else ''}"
        for words in spread:
            ratios[f"textbook / {words}"] = Ratio.of(seconds["textbook"], spread[words])
        ratios["products / by hand"] = Ratio.of(seconds["products"], spread["by hand"])
        over[where] = ratios["textbook / by hand"]
        pictured.append((where, ratios))
        rows.append((where, *map(str, ratios.values())))
    return Table(
        "Below the textbook's floor",
        "`--first-layer gram`, which `auto` takes here: the first layer moves within the span of the examples, and a "
        f"step needs their inner products alone. What is done once is spread over {ITERATIONS} iterations. The "
        "products are those that no direct step can do without. float64, one thread.",
        ("network", *pictured[0][1]),
        rows,
        Bars("as many times as fast", pictured),
        (
            at_least(
                over,
                "more features than examples, full batch: textbook loop / NumPy engine",
                30.0,
                "with one unit a step is a dozen calls of NumPy on 209 numbers",
            ),
        ),
    )
