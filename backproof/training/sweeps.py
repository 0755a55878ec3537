"""What the words of a sweep, OPTION=VALUE,VALUE,..., mean, and the runs that they make.

Commas separate values, spaces the entries of one value (`layers=20 7 5,7`); nothing between two commas is a tuple
without entries, and `none` a value left open. More than one --sweep is the grid of their values.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import Any, NamedTuple, get_args, get_origin

from backproof.data.hdf5 import DataError
from backproof.errors import UserError, did_you_mean
from backproof.shell import program

from . import runs
from .config_files import from_json
from .options import CONFIG, RUNS, Config, known
from .session import prepare

MOST_RUNS = 1000
WORDS = {"none": None, "true": True, "false": False}


class Planned(NamedTuple):
    """A run of the sweep: its name, the values that are its own, and all its options."""

    name: str
    values: Mapping[str, Any]
    config: Config


def plan(config: Config, axes: Sequence[str], base: str) -> list[Planned]:
    """Return the runs of a sweep; UserError for an impossible option, value or combination."""
    grid: dict[str, list[Any]] = {}
    for axis in axes:
        option, found = parse(axis)
        if option in grid:
            raise UserError(f"--sweep {axis}: {option} is swept twice; give all its values at once")
        grid[option] = found
    if (times := math.prod(map(len, grid.values()))) > MOST_RUNS:
        raise UserError(f"--sweep: {times} combinations, expected at most {MOST_RUNS} runs")
    planned = []
    for combination in product(*grid.values()):
        values: dict[str, Any] = dict(zip(grid, combination, strict=True))
        words = [f"{name}={words_of(value)}" for name, value in values.items()]
        options = from_json(config.to_json() | values, f"--sweep {' '.join(words)}")
        own = re.sub(r"[^A-Za-z0-9._+=-]+", "-", "-".join(words))
        planned.append(Planned(f"{base}-{own}", values, options))
    return planned


def parse(axis: str) -> tuple[str, list[Any]]:
    """Return an option and its values, as JSON has them; a word that the option's type does not take stays a word."""
    hints = {name: get_args(option.declared)[0] for name, option in known().items()}
    option, _, texts = axis.partition("=")
    name = option.removeprefix("--").replace("-", "_")
    if name not in hints or "=" not in axis:
        hint = did_you_mean(name, set(hints) - {name}, f"; an OPTION is one of {', '.join(hints)}")
        raise UserError(f"--sweep {axis}: expected OPTION=VALUE,VALUE,...{hint}")
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
    """Return a value as it stands in the name of a run."""
    if isinstance(value, list):
        return "-".join(map(words_of, value)) or "none"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def free_base(stem: str) -> str:
    """Return the first name stem-1, stem-2, ... that neither is a run nor begins the name of one."""
    taken = [path.name for path in RUNS.glob("*")]
    bases = (f"{stem}-{k}" for k in count(1))
    return next(base for base in bases if not any(name == base or name.startswith(f"{base}-") for name in taken))


def refuse_impossible(planned: Sequence[Planned]) -> None:
    """Raise UserError when any of the runs could not begin."""
    name, times = Counter(each.name for each in planned).most_common(1)[0]
    if times > 1:
        raise UserError(f"--sweep: {times} runs would be called {name}; sweep values whose names differ")
    for each in planned:
        runs.refuse_existing(each.name)
        try:
            prepare(each.config)
        except (DataError, UserError) as error:
            raise UserError(f"{each.name}: {error}") from None


def left(planned: Sequence[Planned]) -> Iterator[str]:
    """Say what is left of a sweep that was interrupted in the first of these runs."""
    first, *others = planned
    if (RUNS / first.name / CONFIG).exists():
        yield f"go on with: {program('backproof')} train --resume {first.name}"
    else:
        others.insert(0, first)
    if others:
        yield f"not begun: {', '.join(each.name for each in others)}"
