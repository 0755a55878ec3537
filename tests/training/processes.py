"""Several processes on one run, started as torchrun starts them, and torchrun itself."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backproof.commands.train import Launch, train
from backproof.errors import UserError
from backproof.training.checkpoint import unpack
from backproof.training.options import Config
from tests import ROOT

from .children import SERVER, finish

TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]


def rank_here(
    folder: str, config: Config, run: str | None, resume: str | None, rank: int, more: dict[str, Any]
) -> None:
    """What one of the processes does; its exit status is that of the command, its output a file."""
    torch.set_num_threads(1)
    os.chdir(folder)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "TORCHELASTIC_RUN_ID": "test", "GROUP_WORLD_SIZE": "1"}
    os.environ |= more["environment"]
    for descriptor, name in ((1, "output"), (2, "error")):
        file = os.open(f"{name}{rank}", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(file, descriptor)
    try:
        status = train(config, run, resume, True, Launch(*more["launch"]))
    except UserError as error:
        os.write(2, str(error).encode())
        status = 2
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def started(
    folder: Path, config: Config, world: int, run: str | None, resume: str | None = None, *launch: Any
) -> list[ForkServerProcess]:
    """So many processes on their way."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    more = {"environment": environment, "launch": launch}
    processes = [
        SERVER.Process(target=rank_here, args=(str(folder), config, run, resume, r, more)) for r in range(world)
    ]
    for process in processes:
        process.start()
    return processes


def trained_by(world: int, folder: Path, config: Config, name: str, resume: bool = False, *launch: Any) -> list[int]:
    """Exit statuses of processes that train to the end."""
    run = (None, name) if resume else (name, None)
    return [finish(process, 300) for process in started(folder, config, world, *run, *launch)]


def torchrun(folder: Path, world: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person types it."""
    command = [*TORCHRUN, "--nproc-per-node", str(world), "-m", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, timeout=300, check=False
    )


def curve(folder: Path) -> list[float]:
    return [json.loads(line)["cost"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


def distances(one: Path, other: Path) -> Iterator[float]:
    """Norm-wise relative distances of parameters, velocity and the cost curve of two runs."""
    a, b = (unpack(folder / "model.h5") for folder in (one, other))
    assert a.parameters.keys() == b.parameters.keys()
    for name, V in (a.parameters | a.velocity).items():
        yield float(np.linalg.norm(V - (b.parameters | b.velocity)[name]) / max(float(np.linalg.norm(V)), 1e-300))
    costs, others = np.array(curve(one)), np.array(curve(other))
    assert costs.shape == others.shape
    yield float(np.max(np.abs(costs - others) / costs))
