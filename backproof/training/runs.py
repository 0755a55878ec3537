"""A run's folder: made whole or not at all, locked while it trains, never overwritten.

runs/NAME/config.json     options, versions, device, data files with their sha256
          metrics.jsonl   a line for each logged iteration
          model.h5        the checkpoint
          best.h5         with --keep-best, the checkpoint whose cost on the test set was lowest
          summary.json    how the run ended
"""

import errno
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from backproof.data.sets import Dataset
from backproof.errors import UserError
from backproof.files import (
    LOCK,
    absence,
    append,
    exists,
    explained,
    is_file,
    locked,
    open_to_append,
    plain_text,
    refuse_links,
    remove_temporaries,
    sync_folder,
    write_atomically,
)

from .checkpoint import pack
from .engine import Arrays, Engine, Live
from .gram.choice import coordinates
from .loop import Listener, Record, Summary
from .options import CONFIG, RUNS, Config

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=-]{0,99}")
DRAFT = re.compile(r"\.[0-9a-f]{16}\.draft")
METRICS, MODEL, BEST, SUMMARY = "metrics.jsonl", "model.h5", "best.h5", "summary.json"
MAX_METRICS = 2**28  # bytes
ROOM = "the last checkpoint is whole: the run can go on with --resume once there is room"


class RunFolder(Listener):
    """An open, locked run: it appends metrics, replaces the checkpoint, and writes the summary."""

    def __init__(self, path: Path, lock: FileLock, config: Config, dataset: Dataset, best: float | None = None) -> None:
        self.path = path
        self._lock = lock  # held as long as this object lives
        self._config, self._dataset = config, dataset
        self._best = best  # the lowest cost on the test set so far, and the checkpoint of it that is not yet written
        self._unsaved: tuple[Arrays, Arrays, int, float, Arrays] | None = None
        with explained(path / METRICS):
            self._metrics = open_to_append(path / METRICS)

    def record(self, record: Record, live: Live) -> None:
        """Append a line; a number that is not finite is null, as JSON has none."""
        line = json.dumps(finite_or_null(record), allow_nan=False).encode() + b"\n"
        with explained(self.path / METRICS, "the run can go on with --resume once there is room"):
            append(self._metrics, line)
        test_cost = record["test_cost"]
        if self._config.log.keep_best and test_cost is not None and test_cost < (self._best or math.inf):
            self._best = test_cost
            when = record["iteration"], record["seconds"]
            self._unsaved = live.parameters, live.velocity, *when, coordinates(live.state)

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        """Write what was logged first, then the model, so that no checkpoint is ahead of its metrics."""
        with explained(self.path, ROOM):
            os.fsync(self._metrics.fileno())
            self._write_best()
            values = engine.parameters(), engine.velocity(), iteration, seconds, coordinates(engine.state())
            write_atomically(self.path / MODEL, pack(self._config, self._dataset, *values))

    def end(self, summary: Summary) -> None:
        """Write the summary."""
        with explained(self.path / SUMMARY):
            self._write_best()
            write_atomically(self.path / SUMMARY, as_json(summary.to_json()))

    def _write_best(self) -> None:
        if self._unsaved is not None:
            write_atomically(self.path / BEST, pack(self._config, self._dataset, *self._unsaved))
            self._unsaved = None

    def close(self) -> None:
        """Let go of the folder."""
        self._metrics.close()
        self._lock.release()


def create(name: str | None, stem: str, about: Mapping[str, Any], model: bytes) -> tuple[Path, FileLock]:
    """Make a folder with its configuration and first checkpoint; without a name, the first free one of stem-1, ...

    Raises UserError when the name exists, or when the folder cannot be written; then nothing is left behind.
    """
    if name is not None:
        refuse_existing(name)
    with draft_folder() as (draft, lock), explained(draft):
        write_atomically(draft / CONFIG, as_json(about))
        write_atomically(draft / MODEL, model)
        (draft / METRICS).touch()
        return publish(draft, name, stem), lock


@contextmanager
def draft_folder() -> Iterator[tuple[Path, FileLock]]:
    """Make a hidden, locked folder in runs/, to be filled and published; one that is not published is removed.

    What a process left behind that was killed before it published is removed too. After publishing, the lock stays.
    """
    with explained(RUNS):
        made = not RUNS.exists()
        try:
            RUNS.mkdir(exist_ok=True)
        except FileExistsError:
            found = "a link that leads nowhere" if RUNS.is_symlink() else "a file"
            raise UserError(f"{RUNS}: found {found}, expected a folder; move it away, or run elsewhere") from None
        remove_stale_drafts()
    name = secrets.token_hex(8)
    draft, lock = RUNS / f".{name}.draft", None
    try:
        with explained(draft):
            (RUNS / f".{name}.new").mkdir()
            lock = locked(RUNS / f".{name}.new")
            (RUNS / f".{name}.new").rename(draft)  # what is called a draft has been locked from the beginning
        yield draft, lock
    finally:
        if lock is not None and draft.exists():
            lock.release()
        shutil.rmtree(RUNS / f".{name}.new", ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)
        if made:
            with suppress(OSError):  # it is no longer empty
                RUNS.rmdir()


def remove_stale_drafts() -> None:
    """Remove drafts whose process is gone, since TensorBoard would list them as runs."""
    for draft in RUNS.iterdir():
        if DRAFT.fullmatch(draft.name) and draft.is_dir() and not draft.is_symlink():
            try:
                lock = locked(draft)
            except (UserError, OSError):
                continue  # somebody is writing it
            shutil.rmtree(draft, ignore_errors=True)
            lock.release()


def publish(draft: Path, name: str | None, stem: str = "") -> Path:
    """Give a draft its name, or the first free one of stem-1, ...; UserError when another process took it just now."""
    names = [name] if name is not None else (f"{stem}-{k}" for k in count(1))
    for candidate in names:
        path = RUNS / candidate
        if exists(path):
            continue
        try:
            draft.rename(path)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        else:
            sync_folder(RUNS)
            return path
    raise UserError(f"{RUNS / str(name)}: exists already; another process made it just now")


def refuse_existing(name: str) -> None:
    """Raise UserError for a name that cannot be a folder's, or is one already."""
    refuse_bad_name("--name", name)
    if exists(RUNS / name):
        raise UserError(f"{RUNS / name}: exists already; go on with --resume {name}, or choose another --name NAME")


def refuse_bad_name(option: str, name: str) -> None:
    """Raise UserError for a name that cannot be a folder's."""
    if not NAME.fullmatch(name):
        raise UserError(
            f"{option} {name!r:.200}: expected letters, digits and . _ + = -, at most 100, a letter or digit first"
        )


def lock_existing(name: str) -> tuple[Path, FileLock]:
    """Return the folder of a run that is to go on, and its lock; UserError when there is none or another has it."""
    path = RUNS / name
    if not NAME.fullmatch(name) or not is_file(path / CONFIG):
        raise UserError(f"--resume {plain_text(name):.200}: no such run, expected one of {RUNS}/: {known_with(CONFIG)}")
    with explained(path):
        refuse_links(path)
        for name in (METRICS, MODEL, BEST, SUMMARY, LOCK):
            if exists(path / name) and not is_file(path / name):
                raise UserError(f"{path / name}: found {absence(path / name)}, expected a file; move it away")
        return path, locked(path)


class Logged(NamedTuple):
    """What is in metrics.jsonl: the bytes that stay when a run goes on, records, and lines that are no records."""

    kept: bytes
    records: list[Mapping[str, Any]]
    odd: list[int]


def logged_before(path: Path, iteration: int) -> Logged:
    """Read what was logged before an iteration; a last line without its end is torn, and forgotten.

    A line that is no record stays as it is, as long as it stands before the first record that is forgotten.
    """
    with explained(path):
        if exists(path) and (size := path.stat().st_size) > MAX_METRICS:
            raise UserError(f"{path}: {size} bytes, expected at most {MAX_METRICS}; move it away to go on without")
        lines = list(BytesIO(path.read_bytes())) if exists(path) else []
    kept, records, odd = [], [], []
    for number, line in enumerate(lines, start=1):
        record = _record(line)
        if not line.endswith(b"\n") or (record and record["iteration"] >= iteration):
            break
        kept.append(line)
        if record:
            records.append(record)
        else:
            odd.append(number)
    return Logged(b"".join(kept), records, odd)


def _record(line: bytes) -> Mapping[str, Any] | None:
    """Return the record of a line, None for what no run writes."""
    try:
        record = json.loads(line)
        if not isinstance(record, dict) or not set(record) >= set(Record.__annotations__):
            return None
        figures = [value for value in record.values() if value is not None]
        whole = all(type(value) in (int, float) and math.isfinite(value) for value in figures)
    except (ValueError, OverflowError, RecursionError):
        return None
    has_begun = type(record["iteration"]) is int and record["iteration"] >= 0 and record["cost"] is not None
    return record if whole and has_begun else None


def rewind(path: Path, about: Mapping[str, Any], logged: Logged) -> None:
    """Bring a locked run back to its checkpoint: what was logged later and the summary are gone."""
    with explained(path):
        remove_temporaries(path)
        write_atomically(path / METRICS, logged.kept)
        (path / SUMMARY).unlink(missing_ok=True)
        write_atomically(path / CONFIG, as_json(about))


def find(run: str, file: str = MODEL) -> Path:
    """Return the folder of a run, given by its name or its path; UserError when it has no such checkpoint."""
    for path in (RUNS / run, Path(run)):
        if is_file(path / file):
            return path
    raise UserError(
        f"{plain_text(run):.200}: no such run, expected a folder with {file} or one of {RUNS}/: {known_with(file)}"
    )


def known_with(file: str) -> str:
    """Name runs that have a file, at most 20."""
    return plain_text(", ".join(sorted(path.parent.name for path in RUNS.glob(f"*/{file}"))[:20])) or "it is empty"


def finite_or_null(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures as JSON has them: None for a number that is not finite."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in figures.items()
    }


def as_json(value: Mapping[str, Any]) -> bytes:
    """Return JSON for people to read."""
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode()
