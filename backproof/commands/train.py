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

from .learning import accuracies, complain, epochs, learn, reading


def train(config: Config, run: str | None, resume: str | None, as_json: bool) -> int:
    """Train a new run, or go on with one, and return the exit status of its end."""
    if run is not None and resume is not None:
        raise UserError(f"--run {run} with --resume {resume}: a run goes on under its own name; give one of the two")
    try:
        with reading(config.data.data, hidden=as_json):
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
        print(json.dumps({"run": str(opened.folder.path)} | summary.to_json(), allow_nan=False))
    else:
        print(report(summary, opened))
    complain(summary, quiet=as_json)
    return summary.status.exit_status


def report(summary: Summary, opened: Opened) -> str:
    """Say what a person wants to know at the end, and to type next."""
    folder = opened.folder.path
    done = f"{summary.iterations} iterations{epochs(opened, summary.iterations)}"
    lines = [f"{folder}  {summary.status}, {done} in {summary.seconds:.1f} s"]
    if (last := summary.last) is not None:
        test = "" if last["test_cost"] is None else f", test {last['test_cost']:.6g}"
        lines.append(f"cost      {last['cost']:.6g}{test}")
        if shares := accuracies(last):
            lines.append(f"accuracy  {', '.join(shares)}")
    if opened.config.log.keep_best and summary.best is not None:
        lines.append(f"best      {runs.BEST}, test {summary.best.test_cost:.6g} at iteration {summary.best.iteration}")
    if opened.config.log.board:
        from backproof.board.text import link  # TensorBoard takes a second to import

        lines.append(f"look      {tensorboard()}")
        lines.append(f"          {link(folder.name, opened.config)}")
    if opened.dataset.shape and opened.dataset.shape[2] in MODES and not summary.reason:
        lines.append(f"predict   {program('backproof')} predict {folder.name} PICTURE...")
    return "\n".join(lines)
