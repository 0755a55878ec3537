"""`backproof train`: a run, new or gone on with, and what a person wants to know at its end."""

import json
import sys

from backproof.board.links import tensorboard
from backproof.data.hdf5 import MODES, DataError
from backproof.errors import UserError
from backproof.shell import program
from backproof.training import runs
from backproof.training.loop import Summary
from backproof.training.options import Config
from backproof.training.session import Opened, open_again, open_new

from .learning import accuracies, learn


def train(config: Config, run: str | None, resume: str | None, as_json: bool) -> int:
    """Train a new run, or go on with one; 0 when it is trained, 1 when its cost stopped being finite."""
    if run is not None and resume is not None:
        raise UserError(f"--run {run} with --resume {resume}: a run goes on under its own name; give one of the two")
    try:
        opened = open_new(config, run) if resume is None else open_again(config, resume)
    except DataError as error:
        raise UserError(f"train: {error}") from None
    try:
        summary = learn(opened, hidden=as_json)
    except KeyboardInterrupt:
        name = opened.folder.path.name
        print(f"backproof: interrupted; go on with: {program('backproof')} train --resume {name}", file=sys.stderr)
        return 130
    if as_json:
        print(json.dumps({"run": str(opened.folder.path)} | runs.finite_or_null(summary), allow_nan=False))
    else:
        print(report(summary, opened))
    if summary["reason"]:
        print(f"backproof: {summary['reason']}", file=sys.stderr)
    return 0 if summary["status"] == "finished" else 1


def report(summary: Summary, opened: Opened) -> str:
    """What a person wants to know at the end, and to type next."""
    folder = opened.folder.path
    lines = [f"{folder}  {summary['status']}, {summary['iterations']} iterations in {summary['seconds']:.1f} s"]
    if summary["cost"] is not None:
        test = "" if summary["test_cost"] is None else f", test {summary['test_cost']:.6g}"
        lines.append(f"cost      {summary['cost']:.6g}{test}")
    if shares := accuracies(summary):
        lines.append(f"accuracy  {', '.join(shares)}")
    if opened.config.board:
        from backproof.board.text import link  # TensorBoard takes a second to import

        lines.append(f"look      {tensorboard()}")
        lines.append(f"          {link(folder.name, opened.config)}")
    if opened.dataset.shape and opened.dataset.shape[2] in MODES and not summary["reason"]:
        lines.append(f"predict   {program('backproof')} predict {folder.name} PICTURE...")
    return "\n".join(lines)
