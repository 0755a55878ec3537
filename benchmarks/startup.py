"""What a person waits for at the command line: `--help`, `check` on a small file, `show`."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from backproof.checker.check import checked
from backproof.examples import FOLDER

from .measure import Ratio
from .tables import Bars, Claim, Effort, Table, benchmark

RIGHT, WRONG = FOLDER / "derivations/s14_shallow_vectorised.py", FOLDER / "errata/e11_g_prime.py"
COMMANDS = (
    (("--help",), 0.3),
    (("train", "--help"), 0.3),
    (("show",), 1.0),
    (("show", "hidden_dZ"), None),
    (("check", str(RIGHT)), 3.0),
    (("check", str(WRONG)), 3.0),
)


def of_command(words: Sequence[str]) -> tuple[float, float]:
    """Return the processor time of a command and of what it starts, and its time by the wall clock."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-m", "backproof", *words], capture_output=True, check=False)
    after = os.times()
    children = after.children_user - before.children_user + after.children_system - before.children_system
    return children, time.perf_counter() - began


@benchmark
def waiting(effort: Effort) -> Table:
    """Commands from a cold start, and a check in a running process."""
    rows, claims, pictured = [], [], []
    for words, reach in COMMANDS:
        shown = " ".join(("backproof", *(word.rpartition("/")[2] for word in words)))
        times = [of_command(words) for _ in range(3 if effort.quick else 7)][1:]
        processor, wall = (statistics.median(one) for one in zip(*times, strict=True))
        pictured.append((shown, {"processor": Ratio(processor, min(times)[0], max(times)[0])}))
        rows.append((shown, f"{processor:.2f} s", f"{wall:.2f} s", "" if reach is None else f"{reach} s"))
        if reach is not None:
            claims.append(Claim(f"`{shown}`", f"<= {reach} s", f"{processor:.2f} s", processor <= reach, IMPORTS))
    for path in (RIGHT, WRONG):
        checked(path.read_text(), path.name)
        began = time.process_time()
        checked(path.read_text(), path.name)
        rows.append((f"a check of {path.name} in a running process", f"{time.process_time() - began:.2f} s", "", ""))
    return Table(
        "Waiting at the command line",
        "Each command in a process of its own: the processor time, which other work on the machine does not stretch, "
        "and the wall clock. The limits are held against the first. `show` of one formula prints all but the verdict "
        "before it imports torch, and the compiler of torch that differentiates NumPy, for the verdict: two thirds of "
        "its time.",
        ("command", "processor", "wall clock", "limit"),
        rows,
        Bars("seconds from a cold start", pictured, None, "linear"),
        claims=claims,
    )


IMPORTS = "most of it is imports"
