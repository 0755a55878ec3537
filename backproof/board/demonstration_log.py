"""Pictures of demonstrations in runs/demonstrations: each as a PNG, and all of a time together for TensorBoard."""

from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path

from PIL import Image
from torch.utils.tensorboard import SummaryWriter

from backproof.errors import UserError
from backproof.files import exists, explained, locked, refuse_links, write_atomically
from backproof.training.options import CONFIG, RUNS

from .events import STAMP, open_events
from .pictures import Pixels

FOLDER = RUNS / "demonstrations"


def keep(pictures: Mapping[str, Pixels]) -> list[Path]:
    """Write pictures by name, those of earlier times as earlier steps on the board; return the files.

    Raises UserError where the folder is something else, or cannot be written.
    """
    if exists(FOLDER / CONFIG):
        raise UserError(f"{FOLDER}: found a training run, expected pictures of demonstrations; move the run away")
    with explained(FOLDER):
        FOLDER.mkdir(parents=True, exist_ok=True)
        refuse_links(FOLDER)
        with locked(FOLDER, "writing"):
            step = sum(STAMP.fullmatch(path.name) is not None for path in FOLDER.iterdir())
            with closing(open_events(FOLDER, step)) as writer:
                return [_keep(name, picture, step, writer) for name, picture in pictures.items()]


def _keep(name: str, picture: Pixels, step: int, writer: SummaryWriter) -> Path:
    content = BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    write_atomically(FOLDER / f"{name}.png", content.getvalue())
    writer.add_image(f"demonstrations/{name}", picture, step, dataformats="HWC")
    return FOLDER / f"{name}.png"
