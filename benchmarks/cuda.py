"""A step on a GPU, and `make cuda`: what is tested there, what is measured there, and docs/cuda.md.

    python -m benchmarks.cuda

Nothing here knows of CUDA but the question whether there is one: a device is waited for by reading a number from it, so
that the tests run all of it on a device that needs no hardware.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import torch

from backproof.training.engines import describe_device, prepare_device
from backproof.training.torch_engine import TorchEngine

from .cases import NETWORKS, Case, Drawn, config_of, drawn, torch_floor
from .measure import Contestant, Ratio, in_turns
from .page import machine, section
from .peers import torch_loop
from .tables import Claim, Effort, Table, benchmark

TESTS = (
    "parity_tests",
    "tests/training/test_loop.py",
    "tests/commands/test_train.py",
    "tests/checker/tensors/test_asked.py",
)
PAGE = Path("docs/cuda.md")


def torch_engine(case: Case, data: Drawn, device: str) -> Contestant:
    """Return the step of the torch engine on a device."""
    engine = TorchEngine(config_of(case, "torch"), data.parameters, {}, device)
    placed = engine.place(data.X, data.Y)
    return Contestant(lambda: engine.step(placed))


def steps_on(device: str, cases: Sequence[Case], turns: int) -> Table:
    """Return the table of steps on a device, by the wall clock, the device waited for at the end of a turn."""
    rows = []
    for case in cases:
        data = drawn(case)
        contestants = {
            "engine": torch_engine(case, data, device),
            "loop": torch_loop(case, data, device),
            "products": torch_floor(case, data, device),
        }
        seconds = in_turns(contestants, turns, time.perf_counter, wait=_read)
        ratios = [Ratio.of(seconds[a], seconds[b]) for a, b in (("engine", "products"), ("loop", "engine"))]
        rows.append((f"{case}, {case.dtype}", *map(str, ratios)))
    return Table(
        "CUDA",
        "A step of the torch engine over the bare products, and the loop of torch's tutorials over the engine, both on "
        "the device, full batch, no momentum, matrix products in full precision.",
        ("network", "by torch / floor", "torch loop / by torch"),
        rows,
    )


def _read(result: Any) -> None:
    """Wait for a device: read a number of what it computed last."""
    float(result.detach().flatten()[0])


@benchmark
def cuda(effort: Effort) -> Table:
    """Steps on a GPU, where there is one."""
    captured = Claim(
        "CUDA: step with a captured graph, against the torch loop and the bare kernels",
        ">= 5x on small nets and the cats, <= 1.3x",
        "not measured",
        False,
        "there was no GPU, so the capture of a step is not written: nobody could have seen it run. `make cuda` on a "
        "machine with one tests and measures the engine as it is",
    )
    if not torch.cuda.is_available():
        text = "Nothing here was measured on a GPU. `make cuda` does it, where there is one, and writes docs/cuda.md."
        return Table("CUDA", text, (), (), claims=(captured,))
    cases = [case._replace(dtype=dtype) for case in NETWORKS for dtype in ("float32", "float64")]
    return steps_on(prepare_device("cuda"), cases, effort.turns)._replace(claims=(captured,))


def main() -> int:
    """Test, measure and write; return the exit status of the tests, or 2 where there is no GPU."""
    if not torch.cuda.is_available():
        print("make cuda: torch finds no CUDA device on this machine", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "pytest", "--device", "cuda", *TESTS, "-q"]
    run = subprocess.run(command, env=os.environ | {"PARITY_REQUIRE": "cuda"}, capture_output=True, text=True)
    print(run.stdout[-5000:])
    table = cuda(Effort(turns=11, quick=False))
    text = f"Written by `make cuda`, {date.today()}, on {describe_device('cuda')}. {machine()}"
    last = run.stdout.strip().rpartition("\n")[2].strip("= ")
    parts = ["# On CUDA", "", text, "", f"Tests with `--device cuda`: {last}.", "", *section("cuda", table)]
    PAGE.write_text("\n".join(parts))
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
