"""`backproof train`: from the options to an engine, a run folder and a progress bar."""

import json
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from . import runs
from .checkpoint import Checkpoint, pack, random_state, unpack
from .config import CONFIG, WRITTEN, Config, flag, read_config, read_json
from .data import MAX_GIB, MODES, DataError
from .datasets import Dataset, load
from .devices import describe
from .engine import Engine
from .engines import enough_memory, initial_parameters, make_engine
from .errors import UserError
from .look import COMMAND
from .training import Listener, Live, Record, Summary
from .training import train as train_network

MAX_TRAINING_GIB = 16  # what one training may need, by the estimate of check_sizes

# What may differ when a run goes on: how long, by whom, how often it is written down, and where the same files are.
MAY_CHANGE = {"iterations", "engine", "device", "data", "test"} | WRITTEN


class Opened(NamedTuple):
    """A run that is ready to train, from iteration `start` on, after so many seconds."""

    config: Config
    dataset: Dataset
    engine: Engine
    folder: runs.RunFolder
    start: int
    seconds: float


def train(config: Config, run: str | None, resume: str | None, as_json: bool) -> int:
    """Train a new run, or go on with one; 0 when it is trained, 1 when its cost stopped being finite."""
    if run is not None and resume is not None:
        raise UserError(f"--run {run} with --resume {resume}: a run goes on under its own name; give one of the two")
    try:
        opened = open_new(config, run) if resume is None else open_again(config, resume)
    except DataError as error:
        raise UserError(f"train: {error}") from None
    try:
        summary = learn(opened, hidden=as_json)
    except KeyboardInterrupt:
        name = opened.folder.path.name
        print(f"backproof: interrupted; go on with: backproof train --resume {name}", file=sys.stderr)
        return 130
    if as_json:
        print(json.dumps({"run": str(opened.folder.path)} | runs.finite_or_null(summary), allow_nan=False))
    else:
        print(report(summary, opened))
    if summary["reason"]:
        print(f"backproof: {summary['reason']}", file=sys.stderr)
    return 0 if summary["status"] == "finished" else 1


@enough_memory()
def learn(opened: Opened, hidden: bool) -> Summary:
    """Train what is ready, with a progress bar unless hidden, and let go of its folder."""
    with closing(opened.folder) as folder, board_of(opened) as boards:
        for warning in (*opened.config.warnings, *opened.dataset.warnings):
            print(f"backproof: warning: {warning}", file=sys.stderr)
        with progress(opened, hidden) as bar:
            return train_network(
                opened.config, opened.dataset, opened.engine, (*boards, folder, bar), opened.start, opened.seconds
            )


@contextmanager
def board_of(opened: Opened) -> Iterator[list[Listener]]:
    """The board, unless there is to be none."""
    if not opened.config.board:
        yield []
        return
    from .board import open_board

    with open_board(opened.config, opened.dataset, opened.folder.path, opened.start) as board:
        yield [board]


@enough_memory()
def open_new(config: Config, name: str | None) -> Opened:
    """A new run; UserError or DataError, with nothing written, when it cannot be."""
    if name is not None:
        runs.refuse_existing(name)
    dataset, engine = prepare(config)
    first = pack(config, dataset, engine, 0, 0.0)
    folder = runs.create(name, stem_of(config), about(config, dataset, engine), first, snapshot_of(config, dataset))
    return Opened(config, dataset, engine, folder, 0, 0.0)


@enough_memory()
def prepare(config: Config) -> tuple[Dataset, Engine]:
    """The data and an engine at its start; UserError or DataError when they and the options do not fit."""
    dataset = load(config)
    check_sizes(config, dataset)
    return dataset, make_engine(config, initial_parameters(config, len(dataset.train.X)))


def stem_of(config: Config) -> str:
    """What a run without a name is called, before its number."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', Path(config.data).stem).strip('-') or 'run'}-{config.engine}"


@enough_memory()
def open_again(config: Config, name: str) -> Opened:
    """A run that goes on from its checkpoint; UserError or DataError when checkpoint, options and data do not fit."""
    path, lock = runs.lock_existing(name)
    with ExitStack() as on_error:
        on_error.callback(lock.close)
        opened = _open_locked(config, path, lock)
        on_error.pop_all()
    return opened


def _open_locked(config: Config, path: Path, lock: BinaryIO) -> Opened:
    saved = _provenance(path / CONFIG)
    checkpoint = unpack(path / runs.MODEL)
    _check_same(config, checkpoint.config, path)
    dataset = load(config)
    _check_fits(config, dataset, checkpoint, path)
    engine = make_engine(config, checkpoint.parameters, checkpoint.velocity)
    now = about(config, dataset, engine)
    before, after = read_config(path / CONFIG).to_json(), now["options"]
    changed = {option: [before[option], value] for option, value in after.items() if before[option] != value}
    entry = {"iteration": checkpoint.iteration, "date": now["created"]}
    entry |= {name: now[name] for name in ("backproof", "versions", "device") if now[name] != saved[name]}
    entry |= {"changed": changed} if changed else {}
    renewed = now | saved | {"resumed": [*saved["resumed"], entry]}
    folder = runs.reopen(path, lock, checkpoint.iteration, renewed, snapshot_of(config, dataset))
    return Opened(config, dataset, engine, folder, checkpoint.iteration, checkpoint.seconds)


def _provenance(path: Path) -> dict[str, Any]:
    """What config.json says of the first start, null where it says nothing, and the list of resumptions so far."""
    content = read_json(path)
    content = content if isinstance(content, dict) and "options" in content else {}  # else it has bare options
    if not isinstance(content.get("resumed", []), list):
        raise UserError(f"{path}: resumed is {content['resumed']!r:.100}, expected a list of resumptions")
    first = {name: content.get(name) for name in ("backproof", "created", "versions", "device")}
    return first | {"resumed": content.get("resumed", [])}


def snapshot_of(config: Config, dataset: Dataset) -> runs.Snapshot:
    """What a run folder calls to write a checkpoint."""
    return lambda iteration, seconds, engine: pack(config, dataset, engine, iteration, seconds)


def about(config: Config, dataset: Dataset, engine: Engine) -> dict[str, Any]:
    """What config.json holds: with it a run can be repeated."""
    return {
        "backproof": version("backproof"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "options": config.to_json(),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "torch", "h5py")},
        "device": describe(engine.device),
        "data": dict(dataset.files),
    }


def check_sizes(config: Config, dataset: Dataset) -> None:
    """UserError for a mini-batch larger than the data, or a network that does not fit in memory.

    In all, a training needs about six arrays of the size of the parameters (parameters, gradient and velocity, and
    those before the update or of the last good state), and Z, A and their derivatives of every unit and example.
    """
    n_x, m = dataset.train.X.shape
    if config.batch_size is not None and config.batch_size > m:
        raise UserError(f"--batch-size {config.batch_size}: the training set has {m} examples; give at most so many")
    layers = [n_x, *config.layers, 1]
    for l, (n_prev, n) in enumerate(pairwise(layers), start=1):
        if (gib := n * max(n_prev, m) * 8 / 2**30) > MAX_GIB:
            raise UserError(f"--layers: layer {l} needs arrays of {gib:.3g} GiB; expected at most {MAX_GIB} GiB each")
    parameters = sum(n * (n_prev + 1) for n_prev, n in pairwise(layers))
    if (gib := (6 * parameters + 4 * sum(layers) * m) * 8 / 2**30) > MAX_TRAINING_GIB:
        raise UserError(
            f"--layers: {parameters} parameters and {m} examples need about {gib:.3g} GiB in all; expected at most "
            f"{MAX_TRAINING_GIB} GiB"
        )


def _check_same(config: Config, trained: Config, path: Path) -> None:
    for option in (field.name for field in fields(Config) if field.name not in MAY_CHANGE):
        before, now = getattr(trained, option), getattr(config, option)
        if before != now:
            raise UserError(
                f"{path / runs.MODEL}: {flag(option)} was {before} when it was written and is {now} now; a run goes on "
                "as it began, so leave the option out, or start a new run"
            )


def _check_fits(config: Config, dataset: Dataset, checkpoint: Checkpoint, path: Path) -> None:
    where = path / runs.MODEL
    n_x, m = dataset.train.X.shape
    if checkpoint.layers != (layers := (n_x, *config.layers, 1)):
        raise UserError(f"{where}: layers {checkpoint.layers}, expected {layers}: it is of another network")
    if list(checkpoint.files.values()) != list(dataset.files.values()):
        raise UserError(
            f"{where}: it was trained on {', '.join(checkpoint.files) or checkpoint.config.data}, whose sha256 is not "
            f"that of {', '.join(dataset.files) or config.data}; give --data and --test with the same files"
        )
    if not dataset.files and checkpoint.config.data != config.data:
        raise UserError(
            f"{where}: it was trained on {checkpoint.config.data}, and --data is {config.data} now; a run goes on with "
            "the data that it began with"
        )
    if checkpoint.random_state != random_state(config, m, checkpoint.iteration):
        raise UserError(f"{where}: random state {checkpoint.random_state} is not that of its iteration: it is damaged")
    if config.iterations < checkpoint.iteration:
        raise UserError(f"--iterations {config.iterations}: {path} has done {checkpoint.iteration}; expected more")


class Bar(Listener):
    """A line on the terminal: cost, accuracy, speed."""

    def __init__(self, shown: Progress, iterations: int, start: int, seconds: float) -> None:
        self._shown, self._start, self._seconds = shown, start, seconds
        self._task = shown.add_task("", total=iterations, completed=start)

    def record(self, record: Record, live: Live) -> None:
        """Say where the training is."""
        words = [f"cost {record['cost']:.6f}", *accuracies(record)]
        if (elapsed := record["seconds"] - self._seconds) > 0:
            words.append(f"{(record['iteration'] - self._start) / elapsed:.0f} it/s")
        self._shown.update(self._task, completed=record["iteration"], description="  ".join(words))


@contextmanager
def progress(opened: Opened, hidden: bool) -> Iterator[Bar]:
    """The headline and, on a terminal, a progress bar; nothing when hidden."""
    console = Console(stderr=True, highlight=False, quiet=hidden)
    config, dataset, engine = opened.config, opened.dataset, opened.engine
    n_x, m = dataset.train.X.shape
    sizes = "-".join(map(str, [n_x, *config.layers, 1]))
    tested = f" + {dataset.test.X.shape[1]}" if dataset.test else ""
    console.print(
        f"{config.data}: {m}{tested} examples, network {sizes}, {engine.name} on {engine.device} in {config.dtype}"
        + (f", from iteration {opened.start}" if opened.start else ""),
        markup=False,
        soft_wrap=True,
    )
    columns = (BarColumn(), TextColumn("{task.completed}/{task.total}"), TextColumn("{task.description}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden) as shown:
        yield Bar(shown, config.iterations, opened.start, opened.seconds)


def accuracies(figures: Record | Summary) -> list[str]:
    """Accuracy on the training and on the test set, in words, where there are any."""
    pairs = (("train", figures["train_accuracy"]), ("test", figures["test_accuracy"]))
    return [f"{part} {share:.1%}" for part, share in pairs if share is not None]


def report(summary: Summary, opened: Opened) -> str:
    """What a person wants to know at the end, and to type next."""
    folder = opened.folder.path
    lines = [f"{folder}  {summary['status']}, {summary['iterations']} iterations in {summary['seconds']:.1f} s"]
    if summary["cost"] is not None:
        test = "" if summary["test_cost"] is None else f", test {summary['test_cost']:.6g}"
        lines.append(f"cost      {summary['cost']:.6g}{test}")
    if shares := accuracies(summary):
        lines.append(f"accuracy  {', '.join(shares)}")
    if opened.config.board:
        from .board_text import link

        lines.append(f"look      {COMMAND}")
        lines.append(f"          {link(folder.name, opened.config)}")
    if opened.dataset.shape and opened.dataset.shape[2] in MODES and not summary["reason"]:
        lines.append(f"predict   backproof predict {folder.name} PICTURE...")
    return "\n".join(lines)
