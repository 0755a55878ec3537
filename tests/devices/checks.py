"""What must hold on another device, each in a function that raises where it does not; run as a program.

    python -m tests.devices.checks [SLIP ...]

prints, as JSON, what each check says, and then for each slip made on purpose which check noticed it.
"""

import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from backproof.data.sets import Dataset
from backproof.training import torch_engine
from backproof.training.engines import initial_parameters
from backproof.training.gram.torch_engine import GramTorchEngine
from backproof.training.loop import train
from backproof.training.options import Config
from benchmarks.cases import Case
from benchmarks.cuda import steps_on
from parity_tests.cases import CASES
from parity_tests.lockstep import Recipe, train_both
from parity_tests.truth import truths
from parity_tests.verify import judge_case
from shapes.network import Head
from tests.configs import load, options, with_options

from .elsewhere import NAME, Elsewhere
from .slips import SLIPS

CONFIGS = {
    "momentum, L2": options("flower", iterations=12, l2=0.7),
    "mini-batches": options("flower", iterations=12, batch_size=90, momentum=0.0),
    "squared error": options("housing", iterations=12, momentum=0.5),
    "gram, momentum, L2": options("xor", iterations=12, bits=4, l2=0.7, first_layer="gram"),
    "proved": options("flower", iterations=12, l2=0.7, prove=True),
    "float32": options("cancer", iterations=12, layers=(3,), dtype="float32"),
}
STEPS = 6


def every_formula_agrees() -> None:
    """Values and derivatives of the torch side, computed there, are those of the reference."""
    for case in CASES:
        small = replace(case, depths=case.depths[:1], corners=())
        for result in judge_case(case, list(truths(small, 0, device=NAME, only_torch=True))):
            assert result.verdict == "agrees", result.explain()


def training_has_the_bits_of_the_cpu() -> None:
    """Two engines, one there, take the same steps; what can be asked of them is the same to the last bit."""
    for config in CONFIGS.values():
        data = load(config)
        here, there = (engine_on(config, device, data) for device in ("cpu", NAME))
        for step in range(STEPS):
            columns = None if config.descent.batch_size is None else np.arange(step, step + 5)
            costs = [e.read([e.step(e.place(*data.train), columns)]).tobytes() for e in (here, there)]
            assert costs[0] == costs[1]
        assert everything(here, data) == everything(there, data)


def a_training_goes_on_from_what_was_kept() -> None:
    """Parameters and velocity, brought to the CPU and back, go on as if they had never left."""
    for config in CONFIGS.values():
        data = load(config)
        whole, first = (engine_on(config, NAME, data) for _ in range(2))
        for engine in (whole, first):
            engine.step(engine.place(*data.train))
        second = engine_on(config, NAME, data, *first.state())
        for engine in (whole, second):
            engine.step(engine.place(*data.train))
        assert everything(whole, data) == everything(second, data)


def both_sides_learn_in_lockstep() -> None:
    """Parameters of both implementations stay together, one of them there."""
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((3, 20)), rng.integers(0, 2, (1, 20)).astype(float)
    start = {"W1": rng.standard_normal((4, 3)), "b1": np.zeros((4, 1)), "W2": np.ones((1, 4)), "b2": np.zeros((1, 1))}
    for moment in train_both(X, Y, start, Recipe(Head(l2=0.1), beta=0.9, batch_size=8), 10, every=1, device=NAME):
        assert moment.distance_u < 1e8


def steps_do_not_wait() -> None:
    """Nothing but the reading of a cost waits for the device."""
    for config in CONFIGS.values():
        data = load(config)
        engine = engine_on(config, NAME, data)
        placed = engine.place(*data.train)
        with Elsewhere() as device:
            costs = [engine.step(placed, None if config.descent.batch_size is None else np.arange(5)) for _ in range(3)]
            assert device.waits == [], device.waits
            engine.read(costs)
            assert len(device.waits) == 1, device.waits


def the_loop_waits_only_where_it_logs() -> None:
    """Twice as many iterations between the records wait no more; each mini-batch sends the numbers of its columns."""
    for config in CONFIGS.values():
        waits, sent = zip(*(looped(config, iterations) for iterations in (8, 16)), strict=True)
        assert waits[0] == waits[1], waits
        assert sent[1] - sent[0] == (0 if config.descent.batch_size is None else 8), sent


def looped(config: Config, iterations: int) -> tuple[int, int]:
    """Train with three records; return how often the loop waited, and how often it sent something."""
    config = with_options(config, iterations=iterations, log_every=iterations // 2)
    data = load(config)
    engine = engine_on(config, NAME, data)
    with Elsewhere() as device:
        train(config, data, engine, [])
    return len(device.waits), device.sent


def the_benchmark_runs_there() -> None:
    """`make cuda` measures there what it measures on a GPU: the engine, the loop of the tutorials, the products."""
    table = steps_on(NAME, [Case((4, 3, 1), 5), Case((4, 1), 5, "float32")], turns=1)
    assert len(table.rows) == 2


CHECKS: dict[str, Callable[[], None]] = {
    check.__name__: check
    for check in (  # the cheapest first, as a slip is noticed by the first that can
        steps_do_not_wait,
        both_sides_learn_in_lockstep,
        the_benchmark_runs_there,
        a_training_goes_on_from_what_was_kept,
        training_has_the_bits_of_the_cpu,
        the_loop_waits_only_where_it_logs,
        every_formula_agrees,
    )
}


def engine_on(config: Config, device: str, data: Dataset, *kept: Any) -> torch_engine.TorchEngine:
    start = initial_parameters(config, len(data.train.X))
    parameters = kept[0] if kept else {name: V.astype(config.place.dtype) for name, V in start.items()}
    velocity = kept[1] if kept else {}
    if config.place.first_layer == "gram":
        return GramTorchEngine(config, parameters, velocity, device, data.train.X)
    return torch_engine.TorchEngine(config, parameters, velocity, device)


def everything(engine: torch_engine.TorchEngine, data: Any) -> dict[str, bytes]:
    """All that an engine tells, in bytes."""
    placed = engine.place(*data.train)
    A, largest = engine.outputs(placed)
    told = {"A": A, "A again": engine.predict(placed), "J": np.array(engine.cost(placed, 0.3))}
    for more in (largest, engine.parameters(), engine.gradients(), engine.velocity(), engine.forward(placed)):
        told |= {f"{len(told)} {name}": V for name, V in more.items()}
    return {name: V.tobytes() for name, V in told.items()}


def planted(slip: str) -> Callable[[], None]:
    """Make a slip; the function that is returned undoes it."""
    module_name, name, old, new = SLIPS[slip]
    module = import_module(module_name)
    function: Any = module
    for part in name.split("."):
        function = getattr(function, part)
    function = inspect.unwrap(getattr(function, "__func__", function))
    source = inspect.cleandoc("\n" + inspect.getsource(function))
    source = source[source.index("def ") :]
    assert source.count(old) >= 1, f"{slip}: {old!r} is not in {name}"
    namespace = dict(function.__globals__)
    exec(compile(source.replace(old, new), f"<{slip}>", "exec"), namespace)
    right = function.__code__
    function.__code__ = namespace[function.__name__].__code__
    return lambda: setattr(function, "__code__", right)


def said(check: Callable[[], None]) -> str | None:
    """Return what a check has to say, None where all is well."""
    try:
        with Elsewhere():
            check()
    except Exception as error:  # a slip may end in any of them
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return None


def main() -> None:
    """Print what the checks say, and which of them notices each slip."""
    told, noticed = {name: said(check) for name, check in CHECKS.items()}, {}
    for slip in sys.argv[1:]:
        undo = planted(slip)
        noticed[slip] = next((name for name, check in CHECKS.items() if said(check)), None)
        undo()
    print(json.dumps([told, noticed]))


if __name__ == "__main__":
    main()
