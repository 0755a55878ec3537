"""The event file that TensorBoard reads."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def open_events(folder: Path, step: int) -> SummaryWriter:
    """A writer that goes on at `step`; what was written of it and later, before a kill, is not shown.

    The first file of a run says so too (step 0), or one of TensorBoard's two loaders overlooks the next.
    """
    return SummaryWriter(str(folder), purge_step=step, max_queue=10, flush_secs=30)
