"""What `backproof train` refuses: one message, exit status 2, and not a byte changed."""

import errno
import os
from pathlib import Path

import pytest
import torch

from backproof.commands.train import train
from backproof.training import session, torch_engine
from tests.command import command
from tests.configs import SMALL

from .preparations import (
    CSV,
    FLOWER,
    HELD,
    MODEL,
    OLD,
    OUT_OF_MEMORY,
    XOR,
    Prepare,
    both,
    changed,
    copied,
    discard,
    failing,
    folder_named,
    locked,
    no_cuda,
    no_memory,
    nothing,
    numbers,
    run_of,
    state_of,
    text,
)

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
    "a word for a number": (nothing, ("--seed", "x"), "--seed x: expected an integer"),
    "unknown activation": (nothing, ("--activation", "gelu"), "gelu"),
    "unknown option": (nothing, ("--epochs", "3"), "--epochs"),
    "network too large": (nothing, ("--layers", "100000", "100000"), "layer 2 needs arrays of 74.5 GiB"),
    "network too large in all": (
        nothing,
        ("--layers", *["12000"] * 5),
        "--layers: 576840001 parameters and 1437 examples need about 28.4 GiB in all; expected at most 16 GiB",
    ),
    "no memory for the engine": (
        no_memory(f"{session.__name__}.make_engine", MemoryError("array\nof many lines")),
        XOR,
        f"{OUT_OF_MEMORY}: array; give smaller --layers",
    ),
    "no memory for torch": (
        no_memory(f"{torch_engine.__name__}.TorchEngine.load", RuntimeError("[enforce fail] DefaultCPUAllocator: x")),
        (*XOR, "--engine", "torch", "--device", "cpu"),
        OUT_OF_MEMORY,
    ),
    "no memory on CUDA": (
        no_memory(f"{session.__name__}.make_engine", torch.OutOfMemoryError("CUDA out of memory.")),
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
    "name with a path": (nothing, ("--run", "../x"), "--name '../x': expected letters, digits"),
    "hidden name": (nothing, ("--run", ".x"), "--name '.x': expected letters"),
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
    "no file of options": (nothing, ("--config", "none.json"), "none.json: found no such file"),
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
        lambda folder, patch: discard((folder / "t.csv").write_bytes(b"a,y\n\xff,1\n")),
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
        HELD.pop().release()
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
        no_memory("backproof.training.steps.deep.DeepStep._backward", MemoryError())(folder, patched)
        assert command("train", *XOR, "--run", "old") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(OUT_OF_MEMORY)
    assert command("train", "--resume", "old", "--json") == 0
    no_memory(f"{session.__name__}.make_engine", RuntimeError("another error"))(folder, monkeypatch)
    with pytest.raises(RuntimeError, match="another"):
        train(SMALL, "new", None, as_json=True)
