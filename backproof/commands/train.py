"""`backproof train`: a run, new or gone on with, and what a person wants to know at its end."""

import json
import os
import sys
from typing import NamedTuple

from backproof.board.links import tensorboard
from backproof.data.hdf5 import MODES, DataError
from backproof.errors import UserError
from backproof.files import plain_text
from backproof.shell import program
from backproof.training import runs
from backproof.training.engines import prepare_device
from backproof.training.loop import Summary
from backproof.training.options import CONFIG, RUNS, Config
from backproof.training.ranks.group import ALONE, PATIENCE, Lost, Ranks, by_torchrun, joined
from backproof.training.session import Opened, open_again, open_new

from .learning import accuracies, complain, epochs, follow, learn, reading

LOST = 75  # the exit status where another process is gone: try again


class Launch(NamedTuple):
    """How processes that torchrun started share the work: parts of each batch, and seconds that they wait."""

    shares: tuple[int, ...] = ()
    patience: int = PATIENCE


LAUNCH = Launch()


def train(config: Config, run: str | None, resume: str | None, as_json: bool, launch: Launch = LAUNCH) -> int:
    """Train a new run, or go on with one, and return the exit status of its end."""
    if run is not None and resume is not None:
        raise UserError(f"--name {run} with --resume {resume}: a run goes on under its own name; give one of the two")
    try:
        if by_torchrun(os.environ) or launch.shares:
            return _train_together(config, run, resume, as_json, launch)
        with reading(config.data.data, hidden=as_json):
            opened = open_new(config, run) if resume is None else open_again(config, resume)
    except DataError as error:
        raise UserError(f"train: {error}") from None
    return _train(opened, as_json, ALONE)


def _train(opened: Opened, as_json: bool, ranks: Ranks) -> int:
    try:
        summary = learn(opened, as_json, ranks)
    except KeyboardInterrupt:
        print(f"backproof: interrupted; go on with: {_again(opened.folder.path.name)}", file=sys.stderr)
        return 130
    if as_json:
        print(json.dumps({"run": str(opened.folder.path)} | summary.to_json(), allow_nan=False))
    else:
        print(report(summary, opened))
    complain(summary, quiet=as_json)
    return summary.status.exit_status


def _train_together(config: Config, run: str | None, resume: str | None, as_json: bool, launch: Launch) -> int:
    """Train in one of the processes that torchrun started; the first writes and prints."""
    from backproof.training.ranks.session import open_shared

    name = resume or run
    try:
        with joined(lambda: prepare_device(config.place.device), launch.shares, launch.patience) as ranks:
            with reading(config.data.data, hidden=as_json or not ranks.leads):
                shared = open_shared(config, run, resume, ranks)
            name = ranks.share(shared.opened and shared.opened.folder.path.name)
            if shared.opened is not None:
                return _train(shared.opened, as_json, ranks)
            return follow(shared, ranks).status.exit_status
    except Lost as lost:
        place = f"process {os.environ['RANK']} of {os.environ['WORLD_SIZE']}"
        again = f"; go on with: {_again(name)}" if name is not None and (RUNS / name / CONFIG).exists() else ""
        os.write(2, f"backproof: {place} ends: {plain_text(lost)}{again}\n".encode())
        os._exit(LOST)  # what torch still waits for will not come


def _again(name: str) -> str:
    words = f"train --resume {name}"
    return f"torchrun ... -m backproof {words}" if by_torchrun(os.environ) else f"{program('backproof')} {words}"


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
