"""Where the time of a step goes, in each engine."""

import numpy as np
import torch

from backproof.training.steps.deep import DeepStep
from shapes.arguments import unchecked

from .cases import CATS, NETWORKS, TINY, Case, config_of, drawn, engine, numpy_floor
from .measure import Contestant, Ratio, in_turns, one_thread
from .tables import Bars, Effort, Table, benchmark

MOST_OPERATIONS = 7
STEPS = 200
PARTS = ("forward", "cost", "backward", "update")


def parts_by_hand(case: Case) -> dict[str, Contestant]:
    """Return the step of the NumPy engine, the products in it, and its parts."""
    data = drawn(case)
    step = DeepStep(data.parameters, {}, config_of(case, "numpy").head)
    step.gradient(data.X, data.Y)
    layers = step.layers(case.m)
    return {
        "the engine": engine(case, "numpy", data),
        "products": numpy_floor(case, data),
        "forward": Contestant(lambda: step._forward(data.X, layers)),
        "cost": Contestant(lambda: step._cost(data.Y, layers[-1])),
        "backward": Contestant(lambda: step._backward(data.X, data.Y, layers)),
        "update": Contestant(lambda: step.update(1e-3, 0.0)),
    }


@benchmark
def by_hand(effort: Effort) -> Table:
    """The parts of a step by hand, as shares of the step."""
    rows, pictured = [], []
    for case in NETWORKS[::2] if effort.quick else NETWORKS:
        parts = parts_by_hand(case)
        with one_thread(), unchecked(), np.errstate(all="ignore"):
            seconds = in_turns(parts, effort.turns)
        shares = {name: float(np.median(seconds[name] / seconds["the engine"])) for name in parts}
        pictured.append((str(case), {name: Ratio.alone(shares[name]) for name in PARTS}))
        rest = 1 - sum(shares[name] for name in PARTS)
        rows.append((str(case), *(f"{shares[name]:.0%}" for name in list(parts)[1:]), f"{max(0.0, rest):.0%}"))
    return Table(
        "Where the time goes, by hand",
        "Parts of a step of the NumPy engine as shares of it, float64; the products are those of forward and backward "
        "together. Around the step, the rest is the choice of the batch and the settings for warnings.",
        ("network", "products", "forward", "cost", "backward", "update", "around"),
        rows,
        Bars("shares of a step by hand", pictured, None, "linear"),
    )


@benchmark
def by_torch(effort: Effort) -> Table:
    """The operations of a step by torch, as shares of the step, by torch's own profiler."""
    rows, pictured = [], []
    cases = [TINY, CATS[2]._replace(dtype="float32"), CATS[2], CATS[0]]
    for case in cases[:1] if effort.quick else cases:
        step = engine(case, "torch", drawn(case)).call
        with one_thread():
            step()
            with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiled:
                for _ in range(STEPS):
                    step()
        times = {event.key: event.self_cpu_time_total for event in profiled.key_averages()}
        spans = [(event.time_range.start, event.time_range.end) for event in profiled.events()]
        whole = max(end for _, end in spans) - min(start for start, _ in spans)
        asked = sum(time for name, time in times.items() if name.startswith("aten::"))
        pictured.append(
            (
                f"{case}, {case.dtype}",
                {
                    "products": Ratio.alone(sum(times.get(f"aten::{name}", 0) for name in ("mm", "addmm")) / whole),
                    "all operations": Ratio.alone(asked / whole),
                },
            )
        )
        largest = sorted(times, key=lambda name: -times[name])[:MOST_OPERATIONS]
        shown = [f"{name.removeprefix('autograd::engine::')} {times[name] / whole:.0%}" for name in largest]
        between = 1 - sum(times.values()) / whole
        rows.append((f"{case}, {case.dtype}", ", ".join(shown), f"{max(0.0, between):.0%}"))
    return Table(
        "Where the time goes, by torch",
        "Operations of a step of the torch engine with their shares of it, by torch's profiler, which slows small "
        "ones. What is in no operation is Python: the module, the loss and the update.",
        ("network", "operations", "in no operation"),
        rows,
        Bars("shares of a step by torch", pictured, None, "linear"),
    )
