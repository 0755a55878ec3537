"""From the options to a run that is ready to train: its data, its engine and its folder, new or to go on with."""

import platform
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from filelock import FileLock

from backproof.data.hdf5 import MAX_GIB
from backproof.data.sets import Dataset, load
from backproof.data.stream import Stream
from backproof.errors import UserError
from backproof.files import is_file

from . import runs
from .checkpoint import Checkpoint, pack, unpack
from .config_files import read_config, read_json
from .engine import Engine
from .engines import choose_threads, describe_device, enough_memory, initial_parameters, make_engine
from .gram.choice import chosen, coordinates, went_on
from .health import Course
from .loop import Begun
from .options import CONFIG, THREADS, Config, DataOptions, LogOptions, flag, names_of

MAX_TRAINING_GIB = 16  # what one training may need, by the estimate of check_sizes

# What may differ when a run goes on: how long, by whom, how often it is written down, and where the same files are.
MAY_CHANGE = {"iterations", "engine", "device", "threads", "data", "test"} | names_of(LogOptions)
PLACE = ("backproof", "versions", "device", "threads", "processes")  # where a run is computed, as config.json has it
LONG = 20.0  # learning rate times squared length of an example at which networks of the course's size train well


class Opened(NamedTuple):
    """A run that is ready to train, from where it `begun` on, with so many threads."""

    config: Config
    dataset: Dataset
    engine: Engine
    folder: runs.RunFolder
    begun: Begun
    threads: int
    warnings: tuple[str, ...] = ()


class Prepared(NamedTuple):
    """Options in which nothing is left to choose, the data, and an engine at its start."""

    config: Config
    dataset: Dataset
    engine: Engine


@enough_memory()
def open_new(config: Config, name: str | None, processes: Mapping[str, Any] | None = None) -> Opened:
    """Open a new run; UserError or DataError, with nothing written, when it cannot be."""
    if name is not None:
        runs.refuse_existing(name)
    config, dataset, engine = prepare(config)
    threads = choose_threads(config, dataset)
    first = pack(config, dataset, engine.parameters(), engine.velocity(), 0, 0.0, coordinates(engine.state()))
    path, lock = runs.create(name, stem_of(config), about(config, dataset, engine, threads, processes), first)
    folder = runs.RunFolder(path, lock, config, dataset)
    return Opened(config, dataset, engine, folder, Begun(), threads, _idle(config, dataset))


@enough_memory()
def prepare(config: Config) -> Prepared:
    """Load the data and make an engine; UserError or DataError when they and the options do not fit."""
    dataset = load(config.data, config.network.loss)
    config = suited(config, dataset)
    check_sizes(config, dataset)
    start = initial_parameters(config, len(dataset.train.X))
    return Prepared(config, dataset, make_engine(config, start, None, dataset.train.X, dataset.stream))


def suited(config: Config, dataset: Dataset) -> Config:
    """Choose what is left open: the form of the first layer, and the learning rate.

    The rate is 0.1, and less for long examples, as large pictures are.

    The cost bends with the squared length of the examples, and the more it bends the smaller a step must be; momentum
    makes steps 1 / (1 - beta) times as long.
    """
    config = chosen(config, dataset)
    if dataset.stream:
        refuse_what_cannot_stream(config, dataset.stream)
        config = config.changed(stream="always")  # a run goes on in the order in which it began
    if config.descent.learning_rate is not None:
        return config
    X = dataset.train.X
    size = float(np.einsum("im,im", X, X)) / X.shape[1]
    rate = min(0.1, (1 - config.descent.momentum) * LONG / max(size, 1e-300))
    return config.changed(learning_rate=float(f"{rate:.3g}"))


def refuse_what_cannot_stream(config: Config, stream: Stream) -> None:
    """Raise UserError for options that need all examples at once."""
    data = f"{config.data.data} is streamed, {stream.why}"
    if config.descent.batch_size is None:
        raise UserError(f"{data}: expected mini-batches, as --batch-size 256 makes them")
    if config.place.engine == "numpy":
        raise UserError(f"--engine numpy: {data}, which the engine by torch alone can do; use --engine torch")
    if config.log.prove:
        raise UserError(f"--prove: {data}, and the proof needs all examples at hand; use --parity-every")


def stem_of(config: Config) -> str:
    """Return what a run without a name is called, before its number."""
    return (
        f"{re.sub(r'[^A-Za-z0-9]+', '-', Path(config.data.data).stem).strip('-')[:80] or 'run'}-{config.place.engine}"
    )


@enough_memory()
def open_again(config: Config, name: str, processes: Mapping[str, Any] | None = None) -> Opened:
    """Open a run at its checkpoint; UserError or DataError, with nothing changed, when it cannot go on."""
    path, lock = runs.lock_existing(name)
    with ExitStack() as on_error:
        on_error.callback(lock.release)
        opened = _open_locked(config, path, lock, processes)
        on_error.pop_all()
    return opened


def _open_locked(config: Config, path: Path, lock: FileLock, processes: Mapping[str, Any] | None) -> Opened:
    saved = _provenance(path / CONFIG)
    checkpoint = unpack(path / runs.MODEL)
    if config.descent.learning_rate is None:
        config = config.changed(learning_rate=checkpoint.config.descent.learning_rate)
    if config.place.first_layer == "auto":  # as it began; a run of an earlier version began with the direct form
        config = config.changed(first_layer="gram" if checkpoint.coordinates else "direct")
    _check_same(config, checkpoint.config, path)
    dataset = load(as_before(config.data), config.network.loss)
    _check_fits(config, dataset, checkpoint, path)
    logged = runs.logged_before(path / runs.METRICS, checkpoint.iteration)
    threads = choose_threads(config, dataset, saved["threads"])
    engine = make_engine(
        config, *went_on(config, checkpoint, path / runs.MODEL, dataset.train.X), dataset.train.X, dataset.stream
    )
    now = about(config, dataset, engine, threads, processes)
    before, after = read_config(path / CONFIG).to_json(), now["options"]
    changed = {option: [before[option], value] for option, value in after.items() if before[option] != value}
    entry = {"iteration": checkpoint.iteration, "date": now["created"]}
    entry |= {name: now.get(name) for name in PLACE if now.get(name) != saved.get(name)}
    entry |= {"changed": changed} if changed else {}
    begun = Begun(checkpoint.iteration, checkpoint.seconds, Course(logged.records))
    runs.rewind(path, now | saved | {"resumed": [*saved["resumed"], entry]}, logged)
    kept = begun.course.best if is_file(path / runs.BEST) else None
    folder = runs.RunFolder(path, lock, config, dataset, kept and kept.test_cost)
    odd = [f"{path / runs.METRICS}: line {line} is no record, and stays as it is" for line in logged.odd[:3]]
    return Opened(config, dataset, engine, folder, begun, threads, (*odd, *_idle(config, dataset)))


def as_before(options: DataOptions) -> DataOptions:
    """Return the options of data as a run began with them: it streams for ever, or never."""
    return replace(options, stream="never") if options.stream == "auto" else options


def _idle(config: Config, dataset: Dataset) -> tuple[str, ...]:
    idle = config.log.keep_best and dataset.test is None
    return ("--keep-best without effect, as there is no test set",) if idle else ()


def _provenance(path: Path) -> dict[str, Any]:
    """Return what config.json says of the first start, null where it says nothing, and the resumptions so far."""
    content = read_json(path)
    content = content if isinstance(content, dict) and "options" in content else {}  # else it has bare options
    if not isinstance(content.get("resumed", []), list):
        raise UserError(f"{path}: resumed is {content['resumed']!r:.100}, expected a list of resumptions")
    threads = content.get("threads")
    if threads is not None and (type(threads) is not int or threads not in THREADS):
        raise UserError(f"{path}: threads is {threads!r:.100}, expected an integer in {THREADS}")
    first = {name: content.get(name) for name in ("created", *PLACE) if name in content or name != "processes"}
    return first | {"resumed": content.get("resumed", [])}


def about(
    config: Config, dataset: Dataset, engine: Engine, threads: int, processes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what config.json holds: with it a run can be repeated."""
    several = {"processes": dict(processes)} if processes else {}
    return several | {
        "backproof": version("backproof"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "options": config.to_json(),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "torch", "h5py")},
        "device": describe_device(engine.device),
        "threads": threads,
        "data": dict(dataset.files),
    }


def check_sizes(config: Config, dataset: Dataset) -> None:
    """Raise UserError for a mini-batch larger than the data, or a network that does not fit in memory.

    In all, a training needs about six arrays of the size of the parameters (parameters, gradient and velocity, and
    those before the update or of the last good state), and Z, A and their derivatives of every unit and example.
    """
    n_x, m = dataset.train.X.shape
    if config.descent.batch_size is not None and config.descent.batch_size > dataset.m:
        raise UserError(
            f"--batch-size {config.descent.batch_size}: the training set has {dataset.m} examples; give at most so many"
        )
    layers = [n_x, *config.network.layers, 1]
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
    before_all, now_all = trained.flat(), config.flat()
    for option in (name for name in now_all if name not in MAY_CHANGE):
        before, now = before_all[option], now_all[option]
        if before != now:
            raise UserError(
                f"{path / runs.MODEL}: {flag(option)} was {before} when it was written and is {now} now; a run goes on "
                "as it began, so leave the option out, or start a new run"
            )


def _check_fits(config: Config, dataset: Dataset, checkpoint: Checkpoint, path: Path) -> None:
    where = path / runs.MODEL
    n_x = len(dataset.train.X)
    if checkpoint.layers != (layers := (n_x, *config.network.layers, 1)):
        raise UserError(f"{where}: layers {checkpoint.layers}, expected {layers}: it is of another network")
    if list(checkpoint.files.values()) != list(dataset.files.values()):
        raise UserError(
            f"{where}: it was trained on {', '.join(checkpoint.files) or checkpoint.config.data.data}, whose sha256 is "
            f"not that of {', '.join(dataset.files) or config.data.data}; give --data and --test with the same files"
        )
    if not dataset.files and checkpoint.config.data.data != config.data.data:
        raise UserError(
            f"{where}: it was trained on {checkpoint.config.data.data}, and --data is {config.data.data} now; a run "
            "goes on with the data that it began with"
        )
    done = checkpoint.iteration
    if config.descent.iterations < done:
        raise UserError(f"--iterations {config.descent.iterations}: {path} has done {done}; expected more")
