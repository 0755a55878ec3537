"""How long `backproof check` takes: the command from a cold start, and the search for one repair.

    python benchmarks/check.py

The limits are 4 s for a two-layer derivation on two cores, and 1 s for the repair of one wrong line.
"""

import subprocess
import sys
import time
from pathlib import Path

from backproof.checker.conventions import settle
from backproof.checker.derivation import read
from backproof.checker.repair import repair
from rich.console import Console
from rich.table import Table

from backproof.checker.check import recordings
from backproof.examples import FOLDER

ROUNDS = 5
COLD_S, REPAIR_S = 4.0, 1.0


def cold_seconds(path: Path) -> list[float]:
    """Wall time of the command, import of torch included, some times over."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "backproof", "check", str(path)], capture_output=True, check=False)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def repair_seconds(path: Path) -> list[float]:
    """Time of the search for each wrong line of a derivation."""
    derivation = read(path.read_text(), path.name)
    lines, recorded = settle(derivation, recordings(derivation))
    seconds = []
    for line in (line for line in lines if line.verdict == "wrong"):
        start = time.perf_counter()
        repair(derivation, line, recorded)
        seconds.append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Print the table; exit status 1 where a limit is passed."""
    table = Table("what", "median", "worst", "limit", box=None)
    right, wrong = FOLDER / "derivations/s14_shallow_vectorised.py", FOLDER / "errata/e11_g_prime.py"
    cold = {f"cold start, {path.stem}": cold_seconds(path) for path in (right, wrong)}
    repairs = sorted(s for path in (FOLDER / "errata").glob("*.py") for s in repair_seconds(path))
    for what, seconds, limit in (*((w, s, COLD_S) for w, s in cold.items()), ("one repair, errata", repairs, REPAIR_S)):
        table.add_row(what, f"{seconds[len(seconds) // 2]:.2f} s", f"{seconds[-1]:.2f} s", f"{limit:.0f} s")
    Console().print(table)
    sys.exit(int(max(s[-1] for s in cold.values()) > COLD_S or repairs[-1] > REPAIR_S))


if __name__ == "__main__":
    main()
