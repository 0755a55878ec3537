"""A run's folder: killed at any instant it goes on as if nothing had happened, and nothing bad is ever written."""

import errno
import fcntl
import io
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from backproof.training import runs
from backproof.training.checkpoint import Checkpoint
from backproof.training.checkpoint import pack
from backproof.training.checkpoint import to_hdf5
from backproof.training.checkpoint import unpack
from backproof.training.options import Config
from backproof.data.hdf5 import DataError
from backproof.data.sets import load
from backproof.training.engines import initial_parameters
from backproof.training.engines import make_engine
from backproof.errors import UserError
from backproof.commands.train import train

from tests.data.files import damaged
from tests.command import command
from tests.configs import options
from tests.configs import with_options

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    ["backproof.train", "backproof.torch_engine", "backproof.board", "h5py", "parity_tests.test_runs"]
)

# Small and talkative: most of the time goes into files, where a kill can do harm.
SMALL = options(
    "flower", iterations=150, batch_size=90, checkpoint_every=4, log_every=3, engine="numpy", device="cpu", layers=(4,)
)
BOARD = {"projector_config.pbtxt", "00000"}  # besides the event files
ENGINES = pytest.mark.parametrize("engine", ["numpy", "torch"])


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


def finish(process: ForkServerProcess) -> int:
    process.join(60)
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


def killed(process: ForkServerProcess, made: Path, seconds: float) -> bool:
    """Kill a process so many seconds after the folder is there; whether it was still at work."""
    wait_for(made, process)
    time.sleep(seconds)
    process.kill()
    return finish(process) == -signal.SIGKILL


def kill_and_resume(folder: Path, engine: str, instants: int, board: bool = False) -> None:
    """Kill runs at random instants, every second one twice, and compare each one's end with a run left alone."""
    config, rng = with_options(SMALL, engine=engine, board=board), random.Random(f"{engine} {instants}")
    whole = child(folder, config, "whole")
    wait_for(folder / "runs/whole", whole)
    begun = time.monotonic()
    assert finish(whole) == 0
    longest = time.monotonic() - begun
    expected, hits = end_of(folder / "runs/whole"), 0
    for i in range(3 * instants):
        name = f"killed{i}"
        if not killed(child(folder, config, name), folder / "runs" / name, rng.uniform(0, longest)):
            longest *= 0.8  # it had ended: the run left alone was slowed down by something else
            continue
        hits += 1
        if i % 2:
            hits += killed(child(folder, config, None, name), folder / "runs" / name, rng.uniform(0, longest))
        if not (folder / "runs" / name / "summary.json").exists():
            assert finish(child(folder, config, None, name)) == 0, (folder / "error").read_text()
        bits, lines = end_of(folder / "runs" / name)
        assert bits == expected[0]
        assert lines == expected[1]
        found = {p.name for p in (folder / "runs" / name).iterdir() if not p.name.startswith("events.")}
        assert sorted(found - {".model.h5.new", *(BOARD if board else ())}) == [
            ".lock",
            "config.json",
            "metrics.jsonl",
            "model.h5",
            "summary.json",
        ]
        shutil.rmtree(folder / "runs" / name)
        if hits >= instants:
            return
    pytest.fail(f"{hits} of {instants} kills hit a run at work")


@ENGINES
def test_killed_at_random_instants(engine: str, tmp_path: Path) -> None:
    kill_and_resume(tmp_path, engine, 5)


@ENGINES
def test_killed_at_random_instants_with_a_board(engine: str, tmp_path: Path) -> None:
    kill_and_resume(tmp_path, engine, 2, board=True)


@pytest.mark.slow
@pytest.mark.minutes
@ENGINES
@pytest.mark.parametrize("board", [False, True])
def test_killed_at_many_random_instants(board: bool, engine: str, tmp_path: Path) -> None:
    kill_and_resume(tmp_path, engine, 50, board)


def test_killed_before_there_is_a_folder(tmp_path: Path) -> None:
    rng = random.Random(1)
    for i in range(12):
        process = child(tmp_path, SMALL, f"run{i}")
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        finish(process)
        if (tmp_path / f"runs/run{i}").exists():
            unpack(tmp_path / f"runs/run{i}/model.h5")
            assert json.loads((tmp_path / f"runs/run{i}/config.json").read_text())["options"] == SMALL.to_json()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def half(folder: Path) -> Path:
    """A finished run of half the iterations."""
    assert train(with_options(SMALL, iterations=70), "half", None, as_json=True) == 0
    return folder / "runs/half"


@pytest.mark.parametrize("data", ["flower", "housing", "digits"])
@ENGINES
def test_a_finished_run_goes_on_as_one_that_never_stopped(data: str, engine: str, folder: Path) -> None:
    config = options(data, engine=engine, device="cpu", iterations=60, checkpoint_every=7, log_every=9)
    assert train(config, "whole", None, as_json=True) == 0
    assert train(with_options(config, iterations=31), "parts", None, as_json=True) == 0
    for iterations in (32, 60):
        assert train(with_options(config, iterations=iterations), None, "parts", as_json=True) == 0
    assert end_of(folder / "runs/parts") == end_of(folder / "runs/whole")
    resumed = json.loads((folder / "runs/parts/config.json").read_text())["resumed"]
    for entry in resumed:
        assert datetime.fromisoformat(entry.pop("date"))
    assert resumed == [
        {"iteration": 31, "changed": {"iterations": [31, 32]}},
        {"iteration": 32, "changed": {"iterations": [32, 60]}},
    ]


def test_where_a_run_comes_from_is_never_rewritten(half: Path) -> None:
    path = half / "config.json"
    first = json.loads(path.read_text())
    first |= {"created": "2020-01-01T00:00:00+00:00", "versions": {"python": "3.0"}, "device": "cuda: some other"}
    path.write_text(json.dumps(first))
    assert train(with_options(SMALL, iterations=70), None, "half", as_json=True) == 0
    assert train(with_options(SMALL, log_every=5), None, "half", as_json=True) == 0
    now = json.loads(path.read_text())
    for name in ("backproof", "created", "versions", "device", "data"):
        assert now[name] == first[name]
    assert now["options"] == with_options(SMALL, log_every=5).to_json()
    one, two = now["resumed"]
    assert [one["iteration"], two["iteration"]] == [70, 70]
    assert "changed" not in one
    assert two["changed"] == {"iterations": [70, 150], "log_every": [3, 5]}
    for entry in (one, two):
        assert entry["date"] > "2026"
        assert set(entry["versions"]) == {"python", "numpy", "torch", "h5py"}
        assert entry["device"] == "cpu"
        assert "backproof" not in entry


def test_a_run_whose_config_has_the_options_alone_goes_on(half: Path) -> None:
    path = half / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text())["options"]))
    assert command("train", "--resume", "half", "--iterations", "75", "--json") == 0
    now = json.loads(path.read_text())
    assert (now["created"], now["versions"], now["device"]) == (None, None, None)
    assert now["options"] == with_options(SMALL, iterations=75).to_json()
    assert now["resumed"][0]["changed"] == {"iterations": [70, 75]}


def test_a_run_can_change_engines(folder: Path) -> None:
    for name, first, second in (("one", "numpy", "torch"), ("two", "torch", "numpy"), ("three", "numpy", "numpy")):
        assert train(with_options(SMALL, engine=first, iterations=70), name, None, as_json=True) == 0
        assert train(with_options(SMALL, engine=second), None, name, as_json=True) == 0
    models = [unpack(folder / f"runs/{name}/model.h5") for name in ("one", "two", "three")]
    for name, V in models[2].parameters.items():
        for model in models[:2]:
            np.testing.assert_allclose(model.parameters[name], V, rtol=1e-9, atol=1e-12)
    assert models[0].config.engine == "torch"


def test_what_the_checkpoint_did_not_see_is_forgotten(half: Path) -> None:
    whole = (half / "metrics.jsonl").read_bytes()
    with (half / "metrics.jsonl").open("ab") as file:
        file.write(b'{"iteration": 72, "cost": 1.0}\n{"iteration": 75, "co')
    assert train(SMALL, None, "half", as_json=True) == 0
    lines = [json.loads(line) for line in (half / "metrics.jsonl").read_text().splitlines()]
    assert [line["iteration"] for line in lines] == [*range(0, 150, 3), 150]
    assert (half / "metrics.jsonl").read_bytes().startswith(whole[: whole.rindex(b'{"iteration": 70')])


def test_a_line_without_its_end_is_torn(half: Path) -> None:
    path = half / "metrics.jsonl"
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join(lines[:-1]))  # the one of iteration 70 is gone, that of 69 lacks its end
    assert train(SMALL, None, "half", as_json=True) == 0
    found = [json.loads(line)["iteration"] for line in path.read_text().splitlines()]
    assert found == [*range(0, 69, 3), *range(72, 150, 3), 150]


# What is refused: a message, exit status 2, and not a byte changed


def state_of(folder: Path) -> dict[str, bytes | None]:
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None
        for p in sorted(folder.rglob("*"))
        if p.name != ".lock"
    }


Prepare = Callable[[Path, pytest.MonkeyPatch], None]
XOR = ("--data", "xor", "--engine", "numpy", "--iterations", "20", "--no-board")


def _discard(value: object) -> None: ...


def nothing(folder: Path, patch: pytest.MonkeyPatch) -> None: ...


def text(name: str, content: str) -> Prepare:
    return lambda folder, patch: _discard((folder / name).write_text(content))


def folder_named(name: str) -> Prepare:
    return lambda folder, patch: (folder / name).mkdir()


def run_of(*words: str, name: str = "old") -> Prepare:
    def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
        assert command("train", *words, "--run", name, "--json") == 0

    return prepare


def both(*steps: Prepare) -> Prepare:
    def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
        for step in steps:
            step(folder, patch)

    return prepare


def changed(name: str, change: Callable[[bytes], bytes]) -> Prepare:
    def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return prepare


def copied(source: str, target: str) -> Prepare:
    return lambda folder, patch: _discard(shutil.copy(folder / source, folder / target))


def failing(name: str, code: int) -> Prepare:
    """A file system on which a call of this name fails."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return lambda folder, patch: patch.setattr(f"backproof.runs.{name}", refuse)


def no_cuda(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("torch.cuda.is_available", lambda: False)


def no_memory(name: str, error: Exception) -> Prepare:
    """A machine on which a function finds no memory."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise error

    return lambda folder, patch: patch.setattr(name, refuse)


OUT_OF_MEMORY = "backproof: out of memory"
HELD: list[Any] = []


def locked(folder: Path, patch: pytest.MonkeyPatch) -> None:
    lock = (folder / "runs/old/.lock").open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX)
    HELD.append(lock)


def numbers(rows: int = 6, **cells: str) -> str:
    lines = ["a,b,y", *(f"{i},{i * i},{i % 2}" for i in range(rows))]
    for place, cell in cells.items():
        lines[int(place[1:])] = cell
    return "\n".join(lines) + "\n"


CSV = ("--data", "t.csv", "--label", "y", "--engine", "numpy", "--no-board")
FLOWER = ("--data", "flower", "--iterations", "20", "--engine", "numpy", "--layers", "4", "--no-board")
OLD = run_of(*XOR)
MODEL = "runs/old/model.h5"
# name: (what is there, the command's words, the message)
BAD: dict[str, tuple[Prepare, tuple[str, ...], str]] = {
    "rate of 0": (nothing, ("--learning-rate", "0"), "--learning-rate 0.0: expected a number in (0, 1000000]"),
    "rate is no number": (nothing, ("--learning-rate", "nan"), "--learning-rate nan: expected a number"),
    "momentum of 1": (nothing, ("--momentum", "1"), "--momentum 1.0: expected a number in [0, 1)"),
    "negative l2": (nothing, ("--l2", "-1"), "--l2 -1.0: expected a number in [0, 1000000]"),
    "no iterations": (nothing, ("--iterations", "0"), "--iterations 0: expected"),
    "no units": (nothing, ("--layers", "3", "0"), "--layers 0: expected a number in [1, 100000]"),
    "negative seed": (nothing, ("--seed", "-1"), "--seed -1: expected a number in [0, 4294967295]"),
    "no log": (nothing, ("--log-every", "0"), "--log-every 0: expected"),
    "empty batch": (nothing, ("--batch-size", "0"), "--batch-size 0: expected"),
    "batch too large": (nothing, ("--batch-size", "1438"), "the training set has 1437 examples"),
    "no parity": (nothing, ("--parity-every", "0"), "--parity-every 0: expected"),
    "histograms below 0": (nothing, ("--histograms", "-1"), "--histograms -1: expected a number in [0, 1000]"),
    "one bit": (nothing, ("--data", "xor", "--bits", "1"), "--bits 1: expected a number in [2, 16]"),
    "a word for a number": (nothing, ("--seed", "x"), "invalid"),
    "unknown activation": (nothing, ("--activation", "gelu"), "gelu"),
    "unknown option": (nothing, ("--epochs", "3"), "--epochs"),
    "network too large": (nothing, ("--layers", "100000", "100000"), "layer 2 needs arrays of 74.5 GiB"),
    "network too large in all": (
        nothing,
        ("--layers", *["12000"] * 5),
        "--layers: 576840001 parameters and 1437 examples need about 28.4 GiB in all; expected at most 16 GiB",
    ),
    "no memory for the engine": (no_memory("backproof.training.session.make_engine", MemoryError("array")), XOR, OUT_OF_MEMORY),
    "no memory for torch": (
        no_memory("backproof.torch_engine.TorchEngine.load", RuntimeError("[enforce fail] DefaultCPUAllocator: x")),
        (*XOR, "--engine", "torch", "--device", "cpu"),
        OUT_OF_MEMORY,
    ),
    "no memory on CUDA": (
        no_memory("backproof.training.session.make_engine", torch.OutOfMemoryError("CUDA out of memory.")),
        XOR,
        OUT_OF_MEMORY,
    ),
    "unknown data": (
        nothing,
        ("--data", "digit"),
        "expected digits, cancer, flower, housing, xor, FILE.h5 or FILE.csv",
    ),
    "test of digits": (nothing, ("--test", "x.h5"), "--test x.h5: digits has its own test set"),
    "label of digits": (nothing, ("--label", "y"), "--label names the column of FILE.csv"),
    "relu and cross-entropy": (nothing, ("--output", "relu"), "cross-entropy needs a sigmoid output"),
    "quantities as classes": (
        nothing,
        ("--data", "housing", "--loss", "cross_entropy", "--output", "sigmoid"),
        "the labels of housing: found 2.",
    ),
    "numpy on cuda": (nothing, ("--engine", "numpy", "--device", "cuda"), "the NumPy engine runs on the CPU"),
    "no cuda": (no_cuda, ("--device", "cuda"), "torch finds no CUDA device on this machine; use --device cpu"),
    "name with a path": (nothing, ("--run", "../x"), "--run '../x': expected letters, digits"),
    "hidden name": (nothing, ("--run", ".x"), "--run '.x': expected letters"),
    "name that exists": (OLD, (*XOR, "--run", "old"), "runs/old: exists already; go on with --resume old"),
    "name of a file": (
        both(OLD, text("runs/file", "x")),
        (*XOR, "--run", "file"),
        "runs/file: exists already",
    ),
    "run and resume": (OLD, ("--run", "x", "--resume", "old"), "a run goes on under its own name"),
    "config and resume": (OLD, ("--config", "x", "--resume", "old"), "a run goes on with its own options"),
    "no such run": (OLD, ("--resume", "older"), "--resume older: no such run, expected one of runs/: old"),
    "resume elsewhere": (OLD, ("--resume", "../runs/old"), "no such run"),
    "other layers": (OLD, ("--resume", "old", "--layers", "3"), "--layers was (16,) when it was written and is (3,)"),
    "other bits": (OLD, ("--resume", "old", "--bits", "3"), "--bits was 2 when it was written and is 3 now"),
    "other drawn data": (
        run_of(*FLOWER),
        ("--resume", "old", "--data", "xor"),
        "runs/old/model.h5: it was trained on flower, and --data is xor now",
    ),
    "drawn data for a file's": (
        both(text("t.csv", numbers()), run_of(*CSV, "--iterations", "5")),
        ("--resume", "old", "--data", "xor", "--label", "None"),
        "--label was y when it was written and is None now",
    ),
    "model of other drawn data": (
        both(run_of(*FLOWER), run_of(*FLOWER, "--data", "xor", name="new"), copied("runs/new/model.h5", MODEL)),
        ("--resume", "old"),
        "runs/old/model.h5: it was trained on xor, and --data is flower now",
    ),
    "fewer iterations": (OLD, ("--resume", "old", "--iterations", "5"), "runs/old has done 20; expected more"),
    "second process": (both(OLD, locked), ("--resume", "old"), "runs/old: another process is training in this folder"),
    "model cut short": (both(OLD, changed(MODEL, lambda b: b[:-500])), ("--resume", "old"), "model.h5: found OSError"),
    "model empty": (both(OLD, changed(MODEL, lambda b: b"")), ("--resume", "old"), "model.h5: found b'' at its start"),
    "model of another network": (
        both(OLD, run_of(*XOR, "--layers", "3", name="new"), copied("runs/new/model.h5", MODEL)),
        ("--resume", "old"),
        "runs/old/model.h5: --layers was (3,) when it was written and is (16,) now",
    ),
    "model without velocity": (
        both(OLD, run_of(*XOR, "--momentum", "0", name="new"), copied("runs/new/model.h5", MODEL)),
        ("--resume", "old"),
        "--momentum was 0.0 when it was written and is 0.9 now",
    ),
    "another file's data": (
        both(
            text("t.csv", numbers()),
            run_of(*CSV, "--iterations", "5"),
            text("t.csv", numbers(7)),
        ),
        ("--resume", "old"),
        "runs/old/model.h5: it was trained on t.csv, whose sha256 is not that of t.csv",
    ),
    "data with a feature more": (
        both(
            text("t.csv", numbers()),
            run_of(*CSV, "--iterations", "5"),
            text("t.csv", "a,b,c,y\n1,2,3,0\n2,3,5,1\n"),
        ),
        ("--resume", "old"),
        "runs/old/model.h5: layers (2, 20, 7, 5, 1), expected (3, 20, 7, 5, 1): it is of another network",
    ),
    "config.json cut short": (
        both(OLD, changed("runs/old/config.json", lambda b: b[:100])),
        ("--resume", "old"),
        "expected JSON as a run writes it",
    ),
    "config.json is a list": (both(OLD, text("runs/old/config.json", "[]")), ("--resume", "old"), "found list"),
    "config.json with a wrong list": (
        both(OLD, changed("runs/old/config.json", lambda b: b.replace(b"{", b'{"resumed": 5,', 1))),
        ("--resume", "old"),
        "runs/old/config.json: resumed is 5, expected a list of resumptions",
    ),
    "config.json with a number that is none": (
        both(OLD, changed("runs/old/config.json", lambda b: b.replace(b"{", b'{"resumed": [1e999],', 1))),
        ("--resume", "old"),
        "runs/old/config.json: Out of range float values are not JSON compliant",
    ),
    "no file of options": (nothing, ("--config", "none.json"), "none.json: [Errno 2]"),
    "runs is a file": (text("runs", "x"), (*XOR,), "backproof: runs: found a file, expected a folder; "),
    "folder not writable": (failing("Path.mkdir", errno.EACCES), (*XOR,), "runs: Permission denied; free space, or"),
    "disk full at once": (failing("os.fsync", errno.ENOSPC), (*XOR,), "No space left on device; free space"),
    "a folder as h5 file": (folder_named("t.h5"), ("--data", "t.h5"), "t.h5: found a folder, expected an HDF5 file"),
    "a folder as csv file": (folder_named("t.csv"), CSV, "t.csv: found a folder, expected a CSV file"),
    "no h5 file": (nothing, ("--data", "none.h5"), "none.h5: found no such file"),
    "no picture file": (text("t.h5", "x"), ("--data", "t.h5"), "t.h5: found b'x' at its start, expected HDF5's"),
    "no csv file": (nothing, CSV, "t.csv: found no such file"),
    "csv without label": (text("t.csv", numbers()), ("--data", "t.csv"), "--label names the column of FILE.csv"),
    "csv of other names": (text("t.csv", "a,b\n1,2\n"), CSV, "line 1: found columns a, b, expected one named 'y'"),
    "csv of labels only": (text("t.csv", "y\n1\n"), CSV, "line 1: found the label only"),
    "csv names twice": (text("t.csv", "a,a,y\n1,2,1\n"), CSV, "line 1: found 'a' twice, expected different names"),
    "csv without lines": (text("t.csv", "a,b,y\n"), CSV, "found no line of numbers"),
    "csv empty": (text("t.csv", ""), CSV, "t.csv: found "),
    "csv with text": (
        text("t.csv", numbers(_3="2,red,1")),
        CSV,
        "t.csv, line 4: found 'red' in column 'b', expected a number",
    ),
    "csv with a gap": (text("t.csv", numbers(_3="2,,1")), CSV, "line 4: found '' in column 'b', expected a number"),
    "csv ragged": (text("t.csv", numbers(_5="1,2")), CSV, "t.csv, line 6: found 2 cells, expected 3"),
    "csv with nan": (text("t.csv", numbers(_2="nan,2,1")), CSV, "line 3: found nan in column 'a', expected a finite"),
    "csv with infinity": (text("t.csv", numbers(_2="1,-inf,1")), CSV, "line 3: found -inf in column 'b'"),
    "csv with label 2": (text("t.csv", numbers(_2="1,1,2")), CSV, "the labels of t.csv: found 2, expected 0 and 1"),
    "csv with label 0.5": (text("t.csv", numbers(_2="1,1,0.5")), CSV, "the labels of t.csv: found 0.5, expected 0"),
    "test csv with label 2": (
        both(text("t.csv", numbers()), text("u.csv", numbers(_2="1,1,2"))),
        (*CSV, "--test", "u.csv"),
        "the labels of u.csv: found 2, expected 0 and 1",
    ),
    "csv overflowing": (text("t.csv", numbers(_2="1,1e308,1", _3="1,-1e308,1")), CSV, "expected smaller ones"),
    "csv of bytes": (
        lambda folder, patch: _discard((folder / "t.csv").write_bytes(b"a,y\n\xff,1\n")),
        CSV,
        "found UnicodeDecodeError",
    ),
    "test csv of other columns": (
        both(text("t.csv", numbers()), text("u.csv", "a,y\n1,1\n")),
        (*CSV, "--test", "u.csv"),
        "u.csv, line 1: found features a, expected those of the training set",
    ),
    "no test csv": (text("t.csv", numbers()), (*CSV, "--test", "u.csv"), "u.csv: found no such file"),
}


@pytest.mark.parametrize(("prepare", "words", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_message_and_nothing_is_written(
    prepare: Prepare,
    words: tuple[str, ...],
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(folder, monkeypatch)
    before = state_of(folder)
    capsys.readouterr()
    assert command("train", *words) == 2
    while HELD:
        HELD.pop().close()
    out, err = capsys.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    if err.startswith("backproof: "):
        assert err.count("\n") == 1
    monkeypatch.undo()
    os.chdir(folder)
    assert state_of(folder) == before


def test_memory_that_runs_out_in_a_training_leaves_the_checkpoint(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        no_memory("backproof.numpy_engine.deep_gradients", MemoryError())(folder, patched)
        assert command("train", *XOR, "--run", "old") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(OUT_OF_MEMORY)
    assert command("train", "--resume", "old", "--json") == 0
    no_memory("backproof.training.session.make_engine", RuntimeError("another error"))(folder, monkeypatch)
    with pytest.raises(RuntimeError, match="another"):
        train(SMALL, "new", None, as_json=True)


def test_two_processes_on_one_run(tmp_path: Path) -> None:
    config = with_options(SMALL, iterations=10**6, checkpoint_every=10**6)
    first = child(tmp_path, config, "run")
    wait_for(tmp_path / "runs/run", first)
    assert finish(child(tmp_path, config, None, "run")) == 2
    assert "another process is training in this folder" in (tmp_path / "error").read_text()
    assert finish(child(tmp_path, config, "run")) == 2
    assert "exists already" in (tmp_path / "error").read_text()
    first.kill()
    finish(first)
    assert finish(child(tmp_path, with_options(config, iterations=20), None, "run")) == 0


def test_many_processes_and_one_name(tmp_path: Path) -> None:
    processes = [child(tmp_path, with_options(SMALL, iterations=10), "run") for _ in range(4)]
    assert sorted(finish(p) for p in processes) == [0, 2, 2, 2]
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["run"]


@pytest.mark.parametrize("room", [1000, 6600, 8000])
def test_a_disk_that_fills_up_half_way(room: int, tmp_path: Path) -> None:
    size = len(first_checkpoint(SMALL))
    assert finish(child(tmp_path, SMALL, "run", limit=room)) == 2
    message = (tmp_path / "error").read_text()
    assert "File too large" in message
    if room < size:
        assert not (tmp_path / "runs").exists()
        return
    lines = (tmp_path / "runs/run/metrics.jsonl").read_text()
    assert lines.endswith("\n")
    assert all(json.loads(line) for line in lines.splitlines())
    assert "the run can go on with --resume once there is room" in message
    assert finish(child(tmp_path, SMALL, None, "run")) == 0
    assert finish(child(tmp_path, SMALL, "whole")) == 0
    assert end_of(tmp_path / "runs/run") == end_of(tmp_path / "runs/whole")


def first_checkpoint(config: Config) -> bytes:
    data = load(config)
    return pack(config, data, make_engine(config, initial_parameters(config, len(data.train.X))), 0, 0.0)


# The checkpoint and the atomic write


def test_a_checkpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    config = options("cancer", layers=(3, 11), engine="numpy")
    data = load(config)
    engine = make_engine(config, initial_parameters(config, 30))
    engine.step(engine.place(*data.train))
    (tmp_path / "model.h5").write_bytes(pack(config, data, engine, 1, 0.5))
    read = unpack(tmp_path / "model.h5")
    assert (read.config, read.layers, read.iteration, read.seconds) == (config, (30, 3, 11, 1), 1, 0.5)
    assert (read.shape, read.classes) == (None, ("benign", "malignant"))
    assert list(read.parameters) == ["W1", "b1", "W2", "b2", "W3", "b3"]
    for ours, theirs in ((read.parameters, engine.parameters()), (read.velocity, engine.velocity())):
        assert set(ours) == set(theirs)
        assert all(ours[name].tobytes() == V.tobytes() for name, V in theirs.items())
    assert data.statistics is not None
    assert read.statistics is not None
    np.testing.assert_array_equal(read.statistics.mean, data.statistics.mean)
    with h5py.File(tmp_path / "model.h5") as file:
        assert json.loads(file["about"][0])["iteration"] == 1
        assert {dataset.dtype.kind for dataset in file.values()} == {"f", "S"}


def test_any_damage_to_a_checkpoint_is_noticed(tmp_path: Path) -> None:
    good, path = first_checkpoint(SMALL), tmp_path / "model.h5"
    path.write_bytes(good)
    whole = fingerprint(unpack(path))
    rng, outcomes = random.Random(0), {"same": 0, "refused": 0}
    for _ in range(400):
        path.write_bytes(damaged(good, rng))
        try:
            assert fingerprint(unpack(path)) == whole
        except DataError:
            outcomes["refused"] += 1
        else:
            outcomes["same"] += 1
    assert min(outcomes.values()) >= 20


Rewrite = Callable[[dict[str, Any], dict[str, Any]], None]


def drop(name: str) -> Rewrite:
    return lambda about, arrays: _discard(arrays.pop(name))


def put(name: str, value: Any) -> Rewrite:
    return lambda about, arrays: arrays.update({name: value})


def say(name: str, value: Any) -> Rewrite:
    return lambda about, arrays: about.update({name: value})


# Whoever writes a file can write its sha256 too.
FORGED: dict[str, tuple[Rewrite, str]] = {
    "a layer less": (drop("W2"), "its options say so"),
    "no velocity": (drop("vb1"), "its options say so"),
    "an array more": (put("W9", np.zeros((1, 1))), "its options say so"),
    "another shape": (put("W1", np.zeros((4, 3))), "its options say so"),
    "other layers": (say("layers", [2, 5, 1]), "its options say so"),
    "a picture of another size": (say("shape", [2, 2, 1]), "the first layer takes so many"),
    "a flat picture": (say("shape", [2, 1]), "the first layer takes so many"),
    "unknown option": (say("options", {"epochs": 1}), "there is no option 'epochs'"),
    "a word for an iteration": (say("iteration", "7"), "found iteration '7', expected how many updates were done"),
    "no iteration": (lambda about, arrays: _discard(about.pop("iteration")), "'iteration'"),
    "integers": (put("W1", np.zeros((4, 2), int)), "float32 or float64"),
}


@pytest.mark.parametrize(("rewrite", "message"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_checkpoint_is_refused(rewrite: Rewrite, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    about, arrays = parts_of(first_checkpoint(SMALL))
    rewrite(about, arrays)
    path.write_bytes(to_hdf5(json.dumps(about).encode(), arrays))
    with pytest.raises(DataError, match=message) as error:
        unpack(path)
    assert str(error.value).startswith(str(path))


def parts_of(model: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is inside the bytes of a checkpoint."""
    with h5py.File(io.BytesIO(model)) as file:
        arrays = {name: V[()] for name, V in file.items()}
    del arrays["sha256"]
    return json.loads(arrays.pop("about")[0]), arrays


def test_a_checkpoint_of_another_order_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(with_options(SMALL, iterations=10), "run", None, as_json=True) == 0
    path = folder / "runs/run/model.h5"
    about, arrays = parts_of(path.read_bytes())
    about["random_state"][2] += 1
    path.write_bytes(to_hdf5(json.dumps(about).encode(), arrays))
    with pytest.raises(UserError, match=r"random state .* is not that of its iteration: it is damaged"):
        train(SMALL, None, "run", as_json=True)


def fingerprint(model: Checkpoint) -> Any:
    arrays = {name: V.tobytes() for name, V in (model.parameters | model.velocity).items()}
    return model.config, model.layers, model.iteration, model.random_state, arrays


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    runs.write_atomically(path, b"old")
    path.chmod(0o640)
    order: list[str] = []
    for name in ("fsync", "replace"):
        right = getattr(os, name)

        def noted(*args: Any, name: str = name, right: Any = right) -> None:
            order.append(name)
            right(*args)

        monkeypatch.setattr(os, name, noted)
    runs.write_atomically(path, b"new")
    assert order == ["fsync", "replace", "fsync"]
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    monkeypatch.setattr(os, "replace", lambda *a, **k: (_ for _ in ()).throw(OSError(errno.EIO, "broken")))
    with pytest.raises(OSError, match="broken"):
        runs.write_atomically(path, b"newer")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"new")]
