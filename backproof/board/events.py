"""The event file that TensorBoard reads."""

import time
from pathlib import Path
from typing import Any

from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import SummaryWriter

from backproof.training.runs import append


def open_events(folder: Path, step: int) -> SummaryWriter:
    """A writer that goes on at `step`; what was written of it and later, before a kill, is not shown.

    The first file of a run says so too (step 0), or one of TensorBoard's two loaders overlooks the next.
    Raises OSError, here and at every call of the writer, when the file cannot be written.
    """
    wait_for_a_later_name(folder)
    before = set(_files(folder))
    writer = SummaryWriter(str(folder), purge_step=step)
    assert writer.file_writer is not None
    writer.file_writer.event_writer.close()  # it has a thread, in which an error would be lost
    (path,) = set(_files(folder)) - before
    writer.file_writer.event_writer = AtOnce(path)
    return writer


def wait_for_a_later_name(folder: Path) -> None:
    """TensorBoard reads the files in the order of their names, which have the second and then the process."""
    while any(f".{int(time.time()):010d}." in path.name for path in _files(folder)):
        time.sleep(0.05)


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("events.out.tfevents.*"))


class AtOnce:
    """Appends events to a file, each before the call returns, so that a kill leaves none behind."""

    def __init__(self, path: Path) -> None:
        self._folder = str(path.parent)
        self._file = path.open("ab", buffering=0)

    def get_logdir(self) -> str:
        """The folder."""
        return self._folder

    def add_event(self, event: Any) -> None:
        """Append an event as a record."""
        RecordWriter(self).write(event.SerializeToString())

    def write(self, record: bytes) -> None:
        """Append a record, whole or not at all."""
        append(self._file, record)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
