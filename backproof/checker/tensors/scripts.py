"""Programs of small steps in torch: run for the judge of all programs, on values drawn anew."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from ..judge import Story, judge, told
from ..record.draw import Draw, drawn
from ..record.instrument import Instrumented
from ..record.ledger import Event, Replace
from ..record.program import Program
from ..record.run import Run, execute, stopping
from ..record.tape import recording
from ..redraw import program_samples
from .record.exact import in_float64
from .record.ledger import TensorLedger, tensor_hooks
from .record.recorder import Recorder


def story_of_script(program: Program, seed: int) -> Story:
    """The verdicts on a program: exact where it takes no steps, else up to one constant for all parameters."""
    program.runner = run_script
    samples = program_samples(program, seed)
    if any(sample.first.steps for sample in samples):
        return judge(program, samples, False)
    return told(program, samples, "own", True)


def run_script(
    program: Program,
    draw: Draw,
    replace: Replace | None,
    noise: int,
    stop: Callable[[Event], bool] | None,
    code: Instrumented | None,
    inputs: Mapping[str, Any] | None,
    guarded: Mapping[int, tuple[Any, str]],
    hole: Callable[..., Any] | None = None,
) -> Run:
    """Run a program with torch, recorded; an error in it is kept, not raised."""
    made = code or program.instrumented_with(frozenset(guarded))
    sizes, given = drawn(program, draw)
    given = {**given, **(inputs or {})}
    generator = np.random.default_rng(draw.seed + 1000 * noise) if noise else None
    random.seed(draw.seed)
    with recording(program.name, generator) as tape, in_float64(), _seeds_moved(draw.seed):
        recorder = Recorder()
        ledger = TensorLedger(made.sites, replace=replace, broadcasts=True, recorder=recorder)
        if stop is not None:
            ledger.after = stopping(stop)

        def guard(number: int, value: Callable[[], Any]) -> Any:
            try:
                return value()
            except Exception:  # it is known to raise
                return recorder.started(guarded[number][0], "given")[0]

        builtins = {
            **vars(__import__("builtins")),
            **tensor_hooks(ledger),
            "__guarded__": guard,
            "input": lambda *_: "",
        }
        scope: dict[str, Any] = {
            "__name__": "__main__",
            "__file__": program.name,
            "__package__": program.package,
            **sizes,
        }
        if hole is not None:
            builtins["__hole__"] = lambda n, local, value: hole(local if local is scope else {**scope, **local}, value)
        scope["__builtins__"] = builtins
        nodes = {}
        for name, value in given.items():
            scope[name], nodes[name] = recorder.started(value)
        raised = {number: why for number, (_, why) in guarded.items()}
        result = Run(ledger, tape.nodes, tape.sides, nodes, given, sizes, [], raised)
        with recorder:
            execute(made, scope, result, program)
    ledger.kept.clear()
    return result


@contextmanager
def _seeds_moved(by: int) -> Iterator[None]:
    """Other random numbers in each run, although the program sets a seed."""
    original = torch.manual_seed
    random_state = torch.get_rng_state()
    original(by)
    np.random.seed(by % 2**32)
    torch.manual_seed = lambda seed: original(int(seed) + by)
    try:
        yield
    finally:
        torch.manual_seed = original
        torch.set_rng_state(random_state)
