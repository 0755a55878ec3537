"""`backproof predict`: pictures of any size through the network of a run."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from backproof.data.hdf5 import DataError
from backproof.data.pictures import read_picture
from backproof.errors import UserError
from backproof.files import plain_text
from backproof.shell import program
from backproof.training import runs
from backproof.training.checkpoint import unpack
from backproof.training.prediction import classify, pictures_and_classes
from reference_numpy.notation import stack_columns


def predict(run: str, images: Sequence[str], invert: bool, as_json: bool, best: bool = False) -> int:
    """Print the class of each picture, and its probability; 0, or UserError when any of them cannot be used."""
    if not images:
        raise UserError(f"predict: no picture was given; expected {program('backproof')} predict {run} IMAGE...")
    try:
        file = runs.BEST if best else runs.MODEL
        folder = runs.find(run, file)
        checkpoint = unpack(folder / file)
        shape, _ = pictures_and_classes(checkpoint, run)
        X = stack_columns([read_picture(path, shape, invert) for path in images])
    except DataError as error:
        raise UserError(f"predict: {error}") from None
    answers = [{"image": path} | answer for path, answer in zip(images, classify(checkpoint, X), strict=True)]
    done, planned = checkpoint.iteration, checkpoint.config.descent.iterations
    if done < planned and not best:
        print(f"backproof: warning: {folder} has done {done} of {planned} iterations", file=sys.stderr)
    if as_json:
        print(json.dumps({"run": run, "iteration": done, "iterations": planned, "predictions": answers}))
    else:
        _print(answers)
        print(f"{folder}: {done} of {planned} iterations")
    return 0


def _print(answers: Sequence[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("picture", "class", "probability"):
        table.add_column(heading, justify="right" if heading == "probability" else "left", overflow="fold")
    for answer in answers:
        sure = "" if answer["probability"] is None else f"{answer['probability']:.1%}"
        table.add_row(Text(plain_text(answer["image"])), Text(answer["class"]), sure)
    Console().print(table)
