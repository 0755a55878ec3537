"""From the options to a run that is ready to train: its data, its engine and its folder, new or to go on with."""

import platform
import re
from contextlib import ExitStack
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from backproof.data.hdf5 import MAX_GIB
from backproof.data.sets import Dataset, load
from backproof.errors import UserError

from . import runs
from .checkpoint import Checkpoint, pack, random_state, unpack
from .devices import describe
from .engine import Engine
from .engines import enough_memory, initial_parameters, make_engine
from .options import CONFIG, WRITTEN, Config, flag, read_config, read_json

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
