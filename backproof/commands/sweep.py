"""`backproof train --sweep OPTION=VALUE,VALUE,...`: comparable runs, one after the other, and a table of them."""

import json
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from backproof.board.links import link, tensorboard
from backproof.data.hdf5 import DataError
from backproof.errors import UserError
from backproof.training.loop import Summary
from backproof.training.options import RUNS, Config
from backproof.training.ranks.group import by_torchrun
from backproof.training.session import open_new, stem_of
from backproof.training.sweeps import Planned, free_base, left, plan, refuse_impossible, words_of

from .learning import complain, learn

Trained = tuple[Planned, Summary]


def sweep(config: Config, axes: Sequence[str], run: str | None, resume: str | None, as_json: bool) -> int:
    """Train a run for each combination of values; return the worst exit status of their ends."""
    if resume is not None:
        raise UserError(f"--sweep with --resume {resume}: a sweep makes new runs; go on with one run at a time")
    if by_torchrun(os.environ):
        raise UserError("--sweep under torchrun: expected one run for all processes; start each run by itself")
    base = run if run is not None else free_base(stem_of(config))
    planned = plan(config, axes, base)
    refuse_impossible(planned)
    done: list[Trained] = []
    try:
        for each in planned:
            if not as_json:
                print(f"run {len(done) + 1} of {len(planned)}: {each.name}", file=sys.stderr)
            done.append((each, learn(open_new(each.config, each.name), hidden=as_json)))
    except KeyboardInterrupt:
        print(f"backproof: interrupted; {'; '.join(left(planned[len(done) :]))}", file=sys.stderr)
        return 130
    except DataError as error:
        raise UserError(f"train: {error}") from None
    finally:
        if as_json:
            print(_as_json(done))
        elif done:
            _print_table(done, base)
    for each, summary in done:
        complain(summary, each.name, quiet=True)
    return max((summary.status.exit_status for _, summary in done), default=0)


def _as_json(done: Sequence[Trained]) -> str:
    rows = [{"run": str(RUNS / each.name), "swept": each.values} | summary.to_json() for each, summary in done]
    return json.dumps({"runs": rows}, allow_nan=False)


def _print_table(done: Sequence[Trained], base: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (*done[0][0].values, "cost", "test cost", "train", "test", "time"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("run", overflow="fold")
    for each, summary in done:
        last = summary.to_json()
        costs = ["" if J is None else f"{J:.6g}" for J in (last["cost"], last["test_cost"])]
        shares = ["" if s is None else f"{s:.1%}" for s in (last["train_accuracy"], last["test_accuracy"])]
        values = map(words_of, each.values.values())
        table.add_row(*values, *costs, *shares, f"{summary.seconds:.1f} s", summary.status, each.name)
    width = None if sys.stdout.isatty() else 1000  # what is not a terminal has long lines
    Console(markup=False, highlight=False, width=width).print(table)
    if any(each.config.log.board for each, _ in done):
        print(f"look  {tensorboard()}\n      {link(base, '-', '^(cost|accuracy)/')}")
