"""The event file that TensorBoard reads."""

import re
import socket
import time
from pathlib import Path
from typing import Any

from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import SummaryWriter

from backproof.files import append, open_to_append

STAMP = re.compile(r"events\.out\.tfevents\.(\d{10})\..*")


def open_events(folder: Path, step: int, after: Path | None = None) -> SummaryWriter:
    """Return a writer that goes on at `step`; what was written of it and later, before a kill, is not shown.

    The first file of a run says so too (step 0), or one of TensorBoard's two loaders overlooks the next. The file comes
    after those of the folder `after`, by default the same folder.
    Raises OSError, here and at every call of the writer, when the file cannot be written.
    """
    path = folder / later_name(folder if after is None else after)
    before = set(folder.glob("*"))
    writer = SummaryWriter(str(folder), purge_step=step)
    assert writer.file_writer is not None
    writer.file_writer.event_writer.close()  # it has a thread, in which an error would be lost
    (made,) = set(folder.glob("*")) - before
    made.rename(path)
    writer.file_writer.event_writer = AtOnce(path)
    return writer


def later_name(folder: Path) -> str:
    """Return the name of an event file that TensorBoard reads after those of a folder, whatever the clock says.

    It reads them in the order of their names, which begin with a time in seconds.
    """
    stamps = [int(found[1]) for path in folder.glob("*") if (found := STAMP.fullmatch(path.name))]
    return (
        f"events.out.tfevents.{max([int(time.time()), *(stamp + 1 for stamp in stamps)]):010d}.{socket.gethostname()}"
    )


class AtOnce:
    """Appends events to a file, each before the call returns, so that a kill leaves none behind."""

    def __init__(self, path: Path) -> None:
        self._folder = str(path.parent)
        self._file = open_to_append(path)

    def get_logdir(self) -> str:
        """Return the folder."""
        return self._folder

    def add_event(self, event: Any) -> None:
        """Append an event as a record."""
        RecordWriter(self).write(event.SerializeToString())

    def write(self, record: bytes) -> None:
        """Append a record, whole or not at all."""
        append(self._file, record)

    def flush(self) -> None:
        """Do nothing, since nothing is held back."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
