"""A run's folder: made whole or not at all, locked while it trains, never overwritten.

runs/NAME/config.json     options, versions, device, data files with their sha256
          metrics.jsonl   a line for each logged iteration
          model.h5        the checkpoint
          summary.json    how the run ended
"""

import errno
import fcntl
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from backproof.errors import UserError

from .engine import Engine
from .loop import Listener, Live, Record, Summary
from .options import CONFIG, RUNS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=-]{0,99}")
METRICS, MODEL, SUMMARY, LOCK = "metrics.jsonl", "model.h5", "summary.json", ".lock"

Snapshot = Callable[[int, float, Engine], bytes]


class RunFolder(Listener):
    """An open, locked run: it appends metrics, replaces the checkpoint, and writes the summary."""

    def __init__(self, path: Path, lock: BinaryIO, snapshot: Snapshot) -> None:
        self.path = path
        self._lock = lock  # held as long as this object lives
        self._snapshot = snapshot
        with explained(path / METRICS):
            self._metrics = (path / METRICS).open("ab", buffering=0)

    def record(self, record: Record, live: Live) -> None:
        """Append a line; a number that is not finite is null, as JSON has none."""
        line = json.dumps(finite_or_null(record), allow_nan=False).encode() + b"\n"
        with explained(self.path / METRICS, "the run can go on with --resume once there is room"):
            append(self._metrics, line)

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        """What was logged first, then the model, so that no checkpoint is ahead of its metrics."""
        with explained(self.path, "the last checkpoint is whole: the run can go on with --resume once there is room"):
            os.fsync(self._metrics.fileno())
            write_atomically(self.path / MODEL, self._snapshot(iteration, seconds, engine))

    def end(self, summary: Summary) -> None:
        """Write the summary."""
        with explained(self.path / SUMMARY):
            write_atomically(self.path / SUMMARY, as_json(finite_or_null(summary)))

    def close(self) -> None:
        """Let go of the folder."""
        self._metrics.close()
        self._lock.close()


def create(name: str | None, stem: str, config: Mapping[str, Any], model: bytes, snapshot: Snapshot) -> RunFolder:
    """A new folder with its configuration and first checkpoint; without a name, the first free one of stem-1, ...

    Raises UserError when the name exists, or when the folder cannot be written; then nothing is left behind.
    """
    if name is not None:
        refuse_existing(name)
    with draft_folder() as draft, explained(draft):
        lock = locked(draft)
        try:
            write_atomically(draft / CONFIG, as_json(config))
            write_atomically(draft / MODEL, model)
            (draft / METRICS).touch()
            path = publish(draft, name, stem)
        except BaseException:
            lock.close()
            raise
    return RunFolder(path, lock, snapshot)


@contextmanager
def draft_folder() -> Iterator[Path]:
    """A hidden folder in runs/, to be filled and published; what is not published at the end leaves nothing behind."""
    with explained(RUNS):
        made = not RUNS.exists()
        try:
            RUNS.mkdir(exist_ok=True)
        except FileExistsError:
            raise UserError(f"{RUNS}: found a file, expected a folder; move it away, or run elsewhere") from None
    draft = RUNS / f".{secrets.token_hex(8)}.draft"
    try:
        with explained(draft):
            draft.mkdir()
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if made:
            with suppress(OSError):  # it is no longer empty
                RUNS.rmdir()


def publish(draft: Path, name: str | None, stem: str = "") -> Path:
    """Give a draft its name, or the first free one of stem-1, ...; UserError when another process took it just now."""
    names = [name] if name is not None else (f"{stem}-{k}" for k in count(1))
    for candidate in names:
        path = RUNS / candidate
        if path.exists():
            continue
        try:
            draft.rename(path)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        else:
            _sync_folder(RUNS)
            return path
    raise UserError(f"{RUNS / str(name)}: exists already; another process made it just now")


def refuse_existing(name: str) -> None:
    """UserError for a name that cannot be a folder's, or is one already."""
    refuse_bad_name("--run", name)
    if (RUNS / name).exists() or (RUNS / name).is_symlink():
        raise UserError(f"{RUNS / name}: exists already; go on with --resume {name}, or choose another --run NAME")


def refuse_bad_name(option: str, name: str) -> None:
    """UserError for a name that cannot be a folder's."""
    if not NAME.fullmatch(name):
        raise UserError(
            f"{option} {name!r}: expected letters, digits and . _ + = -, at most 100, a letter or digit first"
        )


def lock_existing(name: str) -> tuple[Path, BinaryIO]:
    """The folder of a run that is to go on, locked; UserError when there is none, or another process has it."""
    path = RUNS / name
    if not NAME.fullmatch(name) or not (path / CONFIG).is_file():
        known = sorted(p.parent.name for p in RUNS.glob(f"*/{CONFIG}"))[:20]
        raise UserError(f"--resume {name}: no such run, expected one of {RUNS}/: {', '.join(known) or 'it is empty'}")
    with explained(path):
        return path, locked(path)


def reopen(path: Path, lock: BinaryIO, iteration: int, config: Mapping[str, Any], snapshot: Snapshot) -> RunFolder:
    """A locked run as it was at its checkpoint: lines logged later, a torn one included, and the summary are gone."""
    with explained(path):
        write_atomically(path / CONFIG, as_json(config))
        _cut_metrics(path / METRICS, iteration)
        (path / SUMMARY).unlink(missing_ok=True)
    return RunFolder(path, lock, snapshot)


def find(run: str) -> Path:
    """The folder of a run, given by its name or its path; UserError when it has no checkpoint."""
    for path in (RUNS / run, Path(run)):
        if (path / MODEL).is_file():
            return path
    known = sorted(p.parent.name for p in RUNS.glob(f"*/{MODEL}"))[:20]
    raise UserError(f"{run}: no such run, expected a folder with {MODEL} or one of {RUNS}/: {', '.join(known)}")


def finite_or_null(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures as JSON has them: None for a number that is not finite."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in figures.items()
    }


def as_json(value: Mapping[str, Any]) -> bytes:
    """JSON for people to read."""
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode()


def append(file: FileIO, content: bytes) -> None:
    """Append to an unbuffered file, whole or not at all, whatever error stops it."""
    whole = os.fstat(file.fileno()).st_size
    try:
        while content:
            content = content[file.write(content) :]
    except OSError:
        os.ftruncate(file.fileno(), whole)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file as a whole: whoever reads it, even after a crash, sees the old content or the new one."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def locked(path: Path, doing: str = "training") -> BinaryIO:
    """The lock of a folder, held until it is closed; UserError when another process has it."""
    lock = (path / LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise UserError(f"{path}: another process is {doing} in this folder; wait for it, or stop it") from None
    return lock


@contextmanager
def explained(path: Path, what_to_do: str = "free space, or run where you may write") -> Iterator[None]:
    """Turn an error of the file system into one message."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{error.filename or path}: {error.strerror or error}; {what_to_do}") from None


def _cut_metrics(path: Path, iteration: int) -> None:
    """Keep the whole lines of earlier iterations, up to the first that is not one."""
    path.touch()
    with path.open("r+b") as file:
        kept = 0
        for line in file:
            try:
                earlier = line.endswith(b"\n") and json.loads(line)["iteration"] < iteration
            except (ValueError, TypeError, KeyError, RecursionError):
                earlier = False
            if not earlier:
                break
            kept += len(line)
        file.truncate(kept)
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
