"""`backproof train --sweep OPTION=VALUE,VALUE,...`: comparable runs, one after the other, and a table of them.

Commas separate values, spaces the entries of one value (`layers=20 7 5,7`); nothing between two commas is a tuple
without entries, and `none` a value left open. More than one --sweep is the grid of their values.
"""

import difflib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from rich.console import Console
from rich.table import Table

from . import runs
from .config import CONFIG, RUNS, Config, from_json
from .data import DataError
from .errors import UserError
from .look import COMMAND, link
from .train import learn, open_new, prepare, stem_of
from .training import Summary

WORDS = {"none": None, "true": True, "false": False}


class Planned(NamedTuple):
    """A run of the sweep: its name, the values that are its own, and all its options."""

    name: str
    values: Mapping[str, Any]
    config: Config


Trained = tuple[Planned, Summary]


def sweep(config: Config, axes: Sequence[str], run: str | None, resume: str | None, as_json: bool) -> int:
    """Train a run for each combination of values; 0 when all are trained, 1 when a cost stopped being finite."""
    if resume is not None:
        raise UserError(f"--sweep with --resume {resume}: a sweep makes new runs; go on with one run at a time")
    base = run if run is not None else _free(stem_of(config))
    planned = plan(config, axes, base)
    _check(planned)
    done: list[Trained] = []
    try:
        for each in planned:
            if not as_json:
                print(f"run {len(done) + 1} of {len(planned)}: {each.name}", file=sys.stderr)
            done.append((each, learn(open_new(each.config, each.name), hidden=as_json)))
    except KeyboardInterrupt:
        print(f"backproof: interrupted; {'; '.join(_left(planned[len(done) :]))}", file=sys.stderr)
        return 130
    except DataError as error:
        raise UserError(f"train: {error}") from None
    finally:
        if as_json:
            print(_as_json(done))
        elif done:
            _print_table(done, base)
    for each, summary in done:
        if summary["reason"]:
            print(f"backproof: {each.name}: {summary['reason']}", file=sys.stderr)
    return 0 if all(summary["status"] == "finished" for _, summary in done) else 1


def plan(config: Config, axes: Sequence[str], base: str) -> list[Planned]:
    """The runs of a sweep; UserError for an option, a value or a combination that cannot be."""
    grid: dict[str, list[Any]] = {}
    for axis in axes:
        option, found = parse(axis)
        if option in grid:
            raise UserError(f"--sweep {axis}: {option} is swept twice; give all its values at once")
        grid[option] = found
    planned = []
    for combination in product(*grid.values()):
        values: dict[str, Any] = dict(zip(grid, combination, strict=True))
        words = [f"{name}={words_of(value)}" for name, value in values.items()]
        options = from_json(config.to_json() | values, f"--sweep {' '.join(words)}")
        own = re.sub(r"[^A-Za-z0-9._+=-]+", "-", "-".join(words))
        planned.append(Planned(f"{base}-{own}", values, options))
    return planned


def parse(axis: str) -> tuple[str, list[Any]]:
    """An option and its values, as JSON has them; a word that the option's type does not take stays a word."""
    hints = get_type_hints(Config)
    option, _, texts = axis.partition("=")
    name = option.removeprefix("--").replace("-", "_")
    if name not in hints or "=" not in axis:
        near = difflib.get_close_matches(name, hints, n=1)
        hint = f"did you mean {near[0]}?" if near and name not in hints else f"an OPTION is one of {', '.join(hints)}"
        raise UserError(f"--sweep {axis}: expected OPTION=VALUE,VALUE,...; {hint}")
    values = [_value(text.strip(), hints[name]) for text in texts.split(",")]
    for value in values:
        if values.count(value) > 1:
            raise UserError(f"--sweep {axis}: {words_of(value)} is given twice; each value makes one run")
    return name, values


def _value(text: str, hint: Any) -> Any:
    if get_origin(hint) is tuple:
        return [_value(entry, get_args(hint)[0]) for entry in text.split()]
    kinds = get_args(hint) or (hint,)
    if text.lower() in WORDS and type(WORDS[text.lower()]) in kinds:
        return WORDS[text.lower()]
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                pass
    return text


def words_of(value: Any) -> str:
    """A value as it stands in the name of a run."""
    if isinstance(value, list):
        return "-".join(map(words_of, value)) or "none"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _free(stem: str) -> str:
    taken = [path.name for path in RUNS.glob("*")]
    bases = (f"{stem}-{k}" for k in count(1))
    return next(base for base in bases if not any(name == base or name.startswith(f"{base}-") for name in taken))


def _check(planned: Sequence[Planned]) -> None:
    """UserError when any of the runs could not begin."""
    name, times = Counter(each.name for each in planned).most_common(1)[0]
    if times > 1:
        raise UserError(f"--sweep: {times} runs would be called {name}; sweep values whose names differ")
    for each in planned:
        runs.refuse_existing(each.name)
        try:
            prepare(each.config)
        except (DataError, UserError) as error:
            raise UserError(f"{each.name}: {error}") from None


def _left(planned: Sequence[Planned]) -> Iterator[str]:
    first, *others = planned
    if (RUNS / first.name / CONFIG).exists():
        yield f"go on with: backproof train --resume {first.name}"
    else:
        others.insert(0, first)
    if others:
        yield f"not begun: {', '.join(each.name for each in others)}"


def _as_json(done: Sequence[Trained]) -> str:
    rows = [
        {"run": str(RUNS / each.name), "swept": each.values} | runs.finite_or_null(summary) for each, summary in done
    ]
    return json.dumps({"runs": rows}, allow_nan=False)


def _print_table(done: Sequence[Trained], base: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (*done[0][0].values, "cost", "test cost", "train", "test", "time"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("run", overflow="fold")
    for each, summary in done:
        costs = ["" if J is None else f"{J:.6g}" for J in (summary["cost"], summary["test_cost"])]
        shares = ["" if s is None else f"{s:.1%}" for s in (summary["train_accuracy"], summary["test_accuracy"])]
        values = map(words_of, each.values.values())
        table.add_row(*values, *costs, *shares, f"{summary['seconds']:.1f} s", summary["status"], each.name)
    width = None if sys.stdout.isatty() else 1000  # what is not a terminal has long lines
    Console(markup=False, highlight=False, width=width).print(table)
    if any(each.config.board for each, _ in done):
        print(f"look  {COMMAND}\n      {link(base, '-', '^(cost|accuracy)/')}")
