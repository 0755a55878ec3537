"""`backproof predict`: pictures of any size through the network of a run."""

import json
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reference_numpy.notation import flatten_pictures, scale_pixels

from . import runs
from .checkpoint import Checkpoint, unpack
from .data import MODES, Array, DataError, absence, refusal
from .engines import make_engine
from .errors import UserError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
MAX_PIXELS = 50_000_000
MAX_BYTES = 2**27


def predict(run: str, images: Sequence[str], invert: bool, as_json: bool) -> int:
    """Print the class of each picture, and its probability; 0, or UserError when any of them cannot be used."""
    if not images:
        raise UserError("predict: no picture was given; expected backproof predict RUN IMAGE...")
    try:
        folder = runs.find(run)
        checkpoint = unpack(folder / runs.MODEL)
        shape, _ = _pictures_and_classes(checkpoint, run)
        X = np.concatenate([read_picture(path, shape, invert) for path in images], axis=1)
    except DataError as error:
        raise UserError(f"predict: {error}") from None
    answers = [{"image": path} | answer for path, answer in zip(images, classify(checkpoint, X), strict=True)]
    done, planned = checkpoint.iteration, checkpoint.config.iterations
    if done < planned:
        print(f"backproof: warning: {folder} has done {done} of {planned} iterations", file=sys.stderr)
    if as_json:
        print(json.dumps({"run": run, "iteration": done, "iterations": planned, "predictions": answers}))
    else:
        _print(answers)
        print(f"{folder}: {done} of {planned} iterations")
    return 0


def classify(checkpoint: Checkpoint, X: Array) -> list[dict[str, Any]]:
    """Class, its name and, of a sigmoid output, its probability, for the examples in the columns of X."""
    config = checkpoint.config
    anywhere = config.engine == "torch" and config.device != "cpu"  # a run on CUDA is read where there is none, too
    engine = make_engine(replace(config, device="auto" if anywhere else "cpu"), checkpoint.parameters)
    outputs = engine.predict(engine.place(X))[0].tolist()
    assert checkpoint.classes is not None
    return [runs.finite_or_null(answer(a, checkpoint.classes, checkpoint.config.output)) for a in outputs]


def answer(a: float, classes: tuple[str, str], output: str) -> dict[str, Any]:
    """Class, its name and, of a sigmoid output, its probability, for an output activation a."""
    label = int(a > 0.5)
    sure = (a if label else 1 - a) if output == "sigmoid" else None
    return {"label": label, "class": classes[label], "probability": sure, "output": a}


def read_picture(path: str | Path, shape: tuple[int, int, int], invert: bool = False) -> Array:
    """A picture as the network's input, one column (n_x, 1) in [0, 1]; it is stretched to the height and width.

    Raises DataError for a file that is no picture of a known format, is damaged, or is too large.
    """
    height, width, channels = shape
    picture = _opaque(_decoded(Path(path))).convert(MODES[channels])
    if invert:
        picture = ImageOps.invert(picture)
    fitted = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)).reshape(1, *shape)
    return scale_pixels(flatten_pictures(fitted))


def _decoded(path: Path) -> Image.Image:
    """The picture upright; its size is known, and refused, before a pixel is unpacked."""
    if not path.is_file():
        raise refusal(path, absence(path), f"a picture, {', '.join(FORMATS)}", "it is to be predicted")
    if (n_bytes := path.stat().st_size) > MAX_BYTES:
        raise refusal(path, f"{n_bytes} bytes", f"at most {MAX_BYTES}", "it must fit in memory")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    found = f"{picture.width} x {picture.height} pixels"
                    raise refusal(path, found, f"at most {MAX_PIXELS} in all", "it must fit in memory")
                return ImageOps.exif_transpose(picture)
    except DataError:
        raise
    except Exception as error:  # a damaged picture makes Pillow raise nearly every class there is
        found = f"{type(error).__name__} ({error})"
        raise refusal(path, found, f"a whole picture, {', '.join(FORMATS)}", "it cannot be read") from None


def _opaque(picture: Image.Image) -> Image.Image:
    """8 bits for each channel, and white where the picture is transparent."""
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits of grey
        return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)


def _pictures_and_classes(checkpoint: Checkpoint, run: str) -> tuple[tuple[int, int, int], tuple[str, str]]:
    if checkpoint.shape is None or checkpoint.classes is None:
        raise UserError(f"predict: {run} was trained on {checkpoint.config.data}, which has no pictures")
    if checkpoint.shape[2] not in MODES:
        raise UserError(f"predict: {run} has pictures of {checkpoint.shape[2]} channels; expected grey (1) or RGB (3)")
    return checkpoint.shape, checkpoint.classes


def _print(answers: Sequence[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("picture", "class", "probability"):
        table.add_column(heading, justify="right" if heading == "probability" else "left", overflow="fold")
    for answer in answers:
        sure = "" if answer["probability"] is None else f"{answer['probability']:.1%}"
        table.add_row(Text(answer["image"]), Text(answer["class"]), sure)
    Console().print(table)
