"""Run the benchmarks and write docs/benchmarks.md: python -m benchmarks [--quick] [NAME ...].

Names of benchmarks run these alone, and print them; the page is written when all of them ran.
"""

import os
from argparse import ArgumentParser
from pathlib import Path

# One thread for JAX, and for libraries that read this when they are loaded.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from rich.console import Console
from rich.table import Table as Shown

from . import (  # each puts its benchmarks on the list
    below,
    board,
    cuda,
    loops,
    proof,
    proving,
    startup,
    steps,
    threads,
    where,
)
from .page import draw, page
from .tables import BENCHMARKS, Effort, Table

DOCS = Path("docs")
LAST = (
    *("below", "proving", "proof", "waiting", "board"),
    *("all_threads", "threads", "loops", "by_hand", "by_torch", "cuda"),
)
__all__ = ["below", "board", "cuda", "loops", "proof", "proving", "startup", "steps", "threads", "where"]


def main() -> None:
    """Run, print and write."""
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="fewer cases and turns, under two minutes; no page")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; expected some of {', '.join(BENCHMARKS)}")
    effort = Effort(turns=9 if given.quick else 21, quick=given.quick)
    console, tables = Console(), {}
    for name in given.names or sorted(BENCHMARKS, key=lambda name: LAST.index(name) if name in LAST else -1):
        tables[name] = BENCHMARKS[name](effort)
        show(tables[name], console)
    if not given.names and not given.quick:
        write(tables)


def show(table: Table, console: Console) -> None:
    """Print a table and its claims."""
    shown = Shown(*table.columns, title=table.title, box=None)
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)
    for claim in table.claims:
        console.print(f"{claim.what}: {claim.reach}, measured {claim.measured}{'' if claim.met else ': NOT MET'}")
    console.print()


def write(tables: dict[str, Table]) -> None:
    """Write the page and its pictures."""
    (DOCS / "benchmarks").mkdir(exist_ok=True)
    for name, table in tables.items():
        if table.picture:
            draw(table, DOCS / "benchmarks" / f"{name}.svg")
    (DOCS / "benchmarks.md").write_text(page(tables, "make bench"))


if __name__ == "__main__":
    main()
