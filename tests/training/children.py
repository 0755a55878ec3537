"""Trainings in processes of their own, which can be killed."""

import json
import multiprocessing
import os
import resource
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import torch

from backproof.commands.train import train
from backproof.errors import UserError
from backproof.training.checkpoint import unpack
from backproof.training.options import Config

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    [
        "backproof.commands.train",
        "backproof.training.torch_engine",
        "backproof.board.board",
        "h5py",
        "tests.training.children",
    ]
)


def train_here(folder: str, config: Config, run: str | None, resume: str | None, limit: int | None = None) -> None:
    """What a child process does; its exit status is that of the command."""
    torch.set_num_threads(1)
    os.chdir(folder)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        status = train(config, run, resume, as_json=True)
    except UserError as error:
        (Path(folder) / "error").write_text(str(error)[:1000])
        status = 2
    os._exit(status)


def child(folder: Path, config: Config, run: str | None, resume: str | None = None, **more: Any) -> ForkServerProcess:
    process = SERVER.Process(target=train_here, args=(str(folder), config, run, resume), kwargs=more)
    process.start()
    return process


def finish(process: ForkServerProcess, seconds: float = 60) -> int:
    process.join(seconds)
    assert process.exitcode is not None
    return process.exitcode


def end_of(folder: Path) -> tuple[bytes, list[dict[str, Any]]]:
    """All bits of the parameters and the velocity, and the metrics without times."""
    model = unpack(folder / "model.h5")
    bits = b"".join(name.encode() + V.tobytes() for name, V in sorted((model.parameters | model.velocity).items()))
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    assert json.loads((folder / "summary.json").read_text())["status"] == "finished"
    return bits, lines


def wait_for(path: Path, process: ForkServerProcess) -> None:
    limit = time.monotonic() + 30
    while not path.exists() and process.is_alive() and time.monotonic() < limit:
        time.sleep(0.0005)
