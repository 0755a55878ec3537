"""How long `backproof check` takes: the command from a cold start, and a check in a running process.

    python benchmarks/check.py

The limits are 3 s for a shallow network from cold, and 0.3 s in a running process.
"""

import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from backproof.checker.check import checked
from backproof.examples import FOLDER

ROUNDS = 5
COLD_S, WARM_S = 3.0, 0.3


def cold_seconds(path: Path) -> list[float]:
    """Wall time of the command, some times over."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "backproof", "check", str(path)], capture_output=True, check=False)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def warm_seconds(path: Path) -> list[float]:
    """Time of a check, explanations included, in this process."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        checked(path.read_text(), path.name)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def main() -> None:
    """Print the table; exit status 1 where a limit is passed."""
    table = Table("what", "median", "worst", "limit", box=None)
    paths = FOLDER / "derivations/s14_shallow_vectorised.py", FOLDER / "errata/e11_g_prime.py"
    rows = [(f"cold start, {p.stem}", cold_seconds(p), COLD_S) for p in paths]
    rows += [(f"in a running process, {p.stem}", warm_seconds(p), WARM_S) for p in paths]
    for what, seconds, limit in rows:
        table.add_row(what, f"{seconds[len(seconds) // 2]:.2f} s", f"{seconds[-1]:.2f} s", f"{limit:.1f} s")
    Console().print(table)
    sys.exit(int(any(seconds[len(seconds) // 2] > limit for _, seconds, limit in rows)))


if __name__ == "__main__":
    main()
