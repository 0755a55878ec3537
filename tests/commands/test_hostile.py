"""Odd paths, odd numbers, odd text, and a terminal that is gone: one message each, or the right exit status."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backproof.files import absence, exists, is_file, plain_text
from tests import ROOT
from tests.command import command

from .preparations import XOR

LONG = "x" * 300


def denied(path: Path, patch: pytest.MonkeyPatch) -> None:
    """A folder that may not be looked into, for this process, which may be root's."""
    right = os.stat

    def refuse(name: Any, *args: Any, **more: Any) -> os.stat_result:
        if "locked/" in str(name):
            raise PermissionError(13, "Permission denied", name)
        return right(name, *args, **more)

    patch.setattr(os, "stat", refuse)
    (path / "locked").mkdir()


COMMANDS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "pictures": lambda name: ("train", "--data", f"{name}.h5"),
    "table": lambda name: ("train", "--data", f"{name}.csv", "--label", "y"),
    "options": lambda name: ("train", "--config", f"{name}.json"),
    "run": lambda name: ("train", *XOR, "--resume", name),
    "trained": lambda name: ("predict", name, "x.png"),
    "log": lambda name: ("verify", "neuron", "--log", name),
    "derivation": lambda name: ("check", f"{name}.py"),
    "notes": lambda name: ("check", f"{name}.md"),
}


@pytest.mark.parametrize("name", [LONG, "locked/x", "a\x00b", "-"], ids=["long", "denied", "null", "hyphen"])
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_path_that_cannot_be_looked_at(
    words: Callable[[str], tuple[str, ...]],
    name: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    denied(folder, monkeypatch)
    assert command(*words(name)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("backproof: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert sorted(path.name for path in folder.iterdir()) == ["locked"]


def test_what_is_at_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    denied(tmp_path, monkeypatch)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("none")
    found = {name: absence(tmp_path / name) for name in ("pipe", "locked", "locked/x", "none", "a\x00b", LONG)}
    assert found == {
        "pipe": "neither a file nor a folder",
        "locked": "a folder",
        "locked/x": "Permission denied",
        "none": "no such file",
        "a\x00b": "a name with a null character",
        LONG: "File name too long",
    }
    assert is_file(tmp_path / "file")
    assert not any(is_file(tmp_path / name) for name in found)
    assert [exists(tmp_path / name) for name in ("file", "pipe", "nowhere", "none", "file/x")] == [True] * 3 + [
        False
    ] * 2


@pytest.mark.parametrize("words", [("--config", "p"), ("--data", "p.h5"), ("--data", "p.csv", "--label", "y")])
def test_a_pipe_is_not_waited_for(words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(words[1])
    assert command("train", *words) == 2
    assert "found neither a file nor a folder" in capsys.readouterr().err


# Numbers


@pytest.mark.parametrize("bits", [13, 16])
def test_as_many_bits_as_are_declared(bits: int, folder: Path) -> None:
    assert command("train", *XOR, "--bits", str(bits), "--iterations", "1", "--json") == 0


@pytest.mark.parametrize("option", ["learning_rate", "momentum", "l2", "seed", "iterations", "batch_size"])
def test_an_integer_beyond_every_float(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.json").write_text(json.dumps({"data": "xor", option: 10**400}))
    assert command("train", "--config", "c.json") == 2
    assert f"--{option.replace('_', '-')} 1000" in (err := capsys.readouterr().err)
    assert len(err) < 300
    assert command("train", *XOR, "--" + option.replace("_", "-"), "1" + "0" * 400) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_of_a_long_message_the_middle_is_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.json").write_text(json.dumps({"data": "x" * 5000 + ".csv", "label": "y"}))
    assert command("train", "--config", "c.json") == 2
    err = capsys.readouterr().err
    assert len(err) < 1100
    assert err.startswith("backproof: train: xxx")
    assert err.endswith("the data are read from it\n")


# Text that a terminal would obey


def test_only_what_can_be_printed_is_printed() -> None:
    assert plain_text("a\x1b[2J\u202eb\nc\x9b é 猫") == "a\\x1b[2J\\u202eb\\nc\\x9b é 猫"
    assert plain_text("\udce9") == "\\udce9"


@pytest.mark.parametrize("option", ["data", "label", "test"])
def test_options_from_a_file_are_text(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = {"data": "a.csv", "label": "y"} | {option: "b\x1b[31m.csv"}
    (folder / "c.json").write_text(json.dumps(options))
    assert command("train", "--config", "c.json") == 2
    err = capsys.readouterr().err
    assert "expected text that can be printed" in err
    assert err[:-1].isprintable()


def test_no_message_has_escapes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("train", "--data", "\x1b[31m.h5"),
        ("predict", "\x1b[31m", "x.png"),
        ("train", "--resume", "\x1b]0;"),
    ):
        assert command(*words) == 2
        assert capsys.readouterr().err[:-1].isprintable()


# The terminal

TRAIN = ("train", *XOR, "--iterations", "150")


def start(*words: str, folder: Path, stdout: int | None = None, shell: str = "") -> subprocess.Popen[str]:
    code = "import sys; from backproof.start import main; sys.argv[0] = 'backproof'; main()"
    python = [sys.executable, "-c", code, *words]
    run = ["sh", "-c", f'exec "$@" {shell}', "sh", *python] if shell else python
    clean = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(run, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=folder, env=clean)


def test_a_full_terminal_is_not_taken_for_a_training_that_failed(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = start(*TRAIN, "--run", "r", folder=folder, stdout=full.fileno())
        _, err = run.communicate()
    assert run.returncode == 74, err
    assert err.endswith("backproof: the output cannot be written: No space left on device\n")
    assert json.loads((folder / "runs/r/summary.json").read_text())["status"] == "finished"


def test_a_closed_terminal_is_no_failure(folder: Path) -> None:
    run = start(*TRAIN, "--json", folder=folder, shell=">&-")
    _, err = run.communicate()
    assert (run.returncode, err) == (0, "")


def test_a_reader_that_left_is_told_as_shells_do(folder: Path) -> None:
    end, begin = os.pipe()
    run = start(*TRAIN, "--json", folder=folder, stdout=begin)
    os.close(begin)
    os.close(end)
    _, err = run.communicate()
    assert (run.returncode, err) == (141, "")


SURROUNDINGS = {
    "stderr closed": ("", "show deap 2>&-", 2, "", ""),
    "stderr full": ("", "show deap 2>/dev/full", 2, "", ""),
    "no columns": ("COLUMNS=0", "show graph", 0, "graph_forward", ""),
    "columns below none": ("COLUMNS=-5", "show graph", 0, "graph_forward", ""),
    "columns that are none": ("COLUMNS=x", "show graph", 0, "graph_forward", ""),
    "columns of another alphabet": ("COLUMNS=٢٠٠", "show graph", 0, "graph_forward", ""),
    "more columns than there are": (f"COLUMNS={'9' * 5000}", "show graph", 0, "graph_forward", ""),
    "one column": ("COLUMNS=1", "show graph", 0, "graph_forward", ""),
    "no docstrings": ("PYTHONOPTIMIZE=2", "show graph", 0, "graph_forward", ""),
    "letters that the terminal has not": ("PYTHONIOENCODING=ascii", "show sigmoid_prime", 0, r"\u03c3", ""),
    "letters of another alphabet": ("PYTHONIOENCODING=ascii", "show 深", 2, "", r"'\u6df1'"),
    "bytes that are no text": ("", r"show $(printf '\377')", 2, "", r"'\udcff'"),
    "folder gone": (
        "mkdir d; cd d; rmdir ../d;",
        "show graph",
        2,
        "",
        "the current folder cannot be used: No such file",
    ),
}


@pytest.mark.parametrize(("before", "words", "status", "printed", "told"), SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_odd_surroundings(before: str, words: str, status: int, printed: str, told: str, folder: Path) -> None:
    command = f"{before} {sys.executable} -m backproof {words}"
    clean = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=folder, env=clean, check=False)
    assert run.returncode == status, run.stderr
    assert (printed in run.stdout) if printed else run.stdout == ""
    assert (told in run.stderr) if told else run.stderr == ""
    assert "Traceback" not in run.stderr


AT_IMPORT = """
import os, signal, sys
class Interrupted:
    def find_spec(self, name, path, target=None):
        if name == os.environ.get("AT"):
            del os.environ["AT"]
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupted())
from backproof.start import main
main()
"""


@pytest.mark.parametrize(("module", "status"), [("tyro", -signal.SIGINT), ("backproof.commands", 130), ("torch", 130)])
def test_an_early_interruption_is_no_traceback(module: str, status: int, folder: Path) -> None:
    words = [sys.executable, "-c", AT_IMPORT, "verify", "neuron"]
    env = os.environ | {"PYTHONPATH": str(ROOT), "AT": module}
    run = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=env, check=False)
    assert (run.returncode, run.stdout) == (status, "")
    assert run.stderr == ("" if status < 0 else "backproof: interrupted\n")
