"""A training that streams: the bits of one in memory, with several processes too, and flat memory."""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.commands.train import train
from backproof.data import sets
from backproof.errors import UserError
from backproof.training import loop
from backproof.training.checkpoint import unpack
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.options import preset
from reference_numpy.descent import batch_indices
from tests.command import backproof, command
from tests.configs import with_options
from tests.data.test_stream import write

from .processes import distances, trained_by
from .trained import Log

WORDS = {"layers": (6,), "momentum": 0.9, "l2": 0.5, "learning_rate": 0.05, "batch_size": 16, "device": "cpu"}


def streamed(path: Path, **options: Any) -> Any:
    words = WORDS | {"stream": "always", "board": False, "iterations": 30, "log_every": 10} | options
    return with_options(preset("a.h5"), data=str(path), **words)


def test_the_same_bits_as_in_memory_in_the_same_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = streamed(write(folder / "train.h5", chunks=(10, 4, 5, 3)), first_layer="direct")
    assert train(config, "streamed", None, as_json=True) == 0
    stream = sets.load(config.data, "cross_entropy").stream
    assert stream is not None
    order = stream.order
    whole = with_options(config, stream="never")
    dataset = sets.load(whole.data, "cross_entropy")
    assert dataset.stream is None

    def batches(seed: int, epoch: int, m: int, size: int, stream: None) -> Any:
        return batch_indices(order(np.random.RandomState([seed, epoch])), size)

    monkeypatch.setattr(loop, "_batches", batches)
    engine = make_engine(whole, initial_parameters(whole, len(dataset.train.X)))
    loop.train(whole, dataset, engine, [Log()])
    model = unpack(folder / "runs/streamed/model.h5")
    for name, V in (engine.parameters() | engine.velocity()).items():
        assert V.tobytes() == (model.parameters | model.velocity)[name].tobytes(), name


@pytest.mark.minutes
def test_several_processes_stream_as_one(folder: Path) -> None:
    config = streamed(write(folder / "train.h5", chunks=(10, 4, 5, 3)), board=True, parity_every=10)
    assert train(with_options(config, board=False), "one", None, as_json=True) == 0
    assert trained_by(2, folder, config, "many", False, (3, 1)) == [0, 0], (folder / "error0").read_text()
    assert max(distances(folder / "runs/one", folder / "runs/many")) < 1e-12


def test_what_cannot_stream_is_refused(folder: Path) -> None:
    path = write(folder / "train.h5")
    for options, words in (
        ({"batch_size": None}, "is streamed, as asked for: expected mini-batches, as --batch-size 256 makes them"),
        ({"engine": "numpy"}, "--engine numpy: "),
    ):
        with pytest.raises(UserError) as refused:
            train(streamed(path, **options), "run", None, as_json=True)
        assert words in str(refused.value)
    with pytest.raises(UserError, match="--stream always: expected --data FILE"):
        with_options(preset("digits"), stream="always")


def test_a_streamed_run_goes_on_in_its_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = streamed(write(folder / "train.h5", chunks=(10, 4, 5, 3)))
    assert train(config, "whole", None, as_json=True) == 0
    assert train(with_options(config, iterations=17), "half", None, as_json=True) == 0
    assert command("train", "--resume", "half", "--iterations", "30") == 0
    assert "examples, streamed: as asked for, network" in capsys.readouterr().err
    assert json.loads((folder / "runs/half/config.json").read_text())["options"]["stream"] == "always"
    assert max(list(distances(folder / "runs/whole", folder / "runs/half"))[:-1]) == 0


@pytest.mark.minutes
def test_memory_stays_flat(tmp_path: Path) -> None:
    """A file of which the pictures as float64 need several times the memory that the process may have."""
    path, m = tmp_path / "big.h5", 40_000
    with h5py.File(path, "w") as file:
        x = file.create_dataset("train_set_x", (m, 64, 64, 3), np.uint8, chunks=(100, 64, 64, 3))
        rng = np.random.default_rng(0)
        for first in range(0, m, 100):
            x[first : first + 100] = rng.integers(0, 256, (100, 64, 64, 3), dtype=np.uint8)
        file["train_set_y"] = rng.integers(0, 2, m)
        file["list_classes"] = np.array([b"a", b"b"])
    more = 700 * 2**20
    code = (
        "import resource, os, torch, h5py, numpy\n"
        "import backproof.training.ranks.streamed, backproof.commands.train\n"
        "torch.ones(64, 64) @ torch.ones(64, 64)\n"
        "now = int(open('/proc/self/statm').read().split()[0]) * os.sysconf('SC_PAGE_SIZE')\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (now + {more}, now + {more}))\n"
        f"os.chdir({str(tmp_path)!r})\n"
    )
    assert m * 64 * 64 * 3 * 8 > 4 * more
    words = ("train", "--data", str(path), "--layers", "7", "--batch-size", "200", "--no-board", "--threads", "1")
    run = backproof(*words, "--iterations", "210", "--log-every", "100", "--device", "cpu", "--name", "big", code=code)
    assert run.returncode in (0, 1), run.stderr  # it may learn nothing from noise
    assert "streamed: 3.66 GiB as float64" in run.stderr
    assert (tmp_path / "runs/big/summary.json").exists()
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 3 * 2**30 or sys.platform != "linux"
