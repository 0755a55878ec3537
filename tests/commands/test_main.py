"""The command line: wrong use is one message, and help is quick."""

import re
import resource
import subprocess
import sys
from functools import partial

import pytest

from backproof.__main__ import COMMANDS
from backproof.errors import did_you_mean
from backproof.shortage import shortage
from tests import ROOT
from tests.command import command

WRONG_USE = [
    (("verify", "nonsense"), "verify: there is no formula, module or system 'nonsense'; `"),
    (("verify", "deep", "S71"), "verify: there is no formula, module or system 'S71'; did you mean S7"),
    (("show", "deap"), "place, heading or symbol 'deap'; did you mean deep"),
    (("verify", "--dtype", "float16"), "verify: --dtype float16: expected float64 or float32; `"),
    (("show", "--seed", "x"), "show: --seed x: expected an integer; `"),
    (("train", "--iterations", "1", "--iterations=1.5"), "train: --iterations 1.5: expected an integer; `"),
    (("train", "--layers", "a", "b", "--l2", "0"), "train: --layers a b: expected integers; `"),
    (("train", "--learning-rate", "fast"), "train: --learning-rate fast: expected a number, or None; `"),
    (("train", "--momentum", "x"), "train: --momentum x: expected a number; `"),
    (("train", "--batch-size", "x"), "train: --batch-size x: expected an integer, or None; `"),
    (("train", "--seed"), "train: --seed: expected a value; `"),
    (("train", "--data"), "train: --data: expected a value; `"),
    (("train", "--batchsize=3"), "train: there is no option --batchsize; did you mean --batch-size"),
    (("verify", "deep", "--sed", "4"), "verify: there is no option --sed; did you mean --seed?; `"),
    (("check", "a.py", "b.py"), "check: 'b.py' is one word too many; `"),
    (("predict",), "predict: expected a run: its name in runs/, or the path of its folder; `"),
    (("--nope",), "there is no command '--nope', expected verify"),
    (("frobnicate",), "there is no command 'frobnicate', expected verify, show, check, predict or train"),
    (("verfy", "--json"), "there is no command 'verfy'; did you mean verify?"),
    ((), "expected a command: verify, show, check, predict or train"),
]


@pytest.mark.parametrize(("words", "message"), WRONG_USE, ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_wrong_use_is_one_message_and_exit_status_2(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("backproof: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("kilobytes", "said"), [(60_000, "openblas"), (300_000, "libtorch_cpu.so")])
def test_too_little_memory_is_one_message(kilobytes: int, said: str) -> None:
    limit = f"ulimit -v {kilobytes}; {sys.executable} -m backproof verify graph"
    run = subprocess.run(["bash", "-c", limit], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 2
    assert re.match(rf"backproof: there is not enough memory \(.*{said}.*\); torch alone", run.stderr)
    assert run.stderr.count("\n") == 1


def test_what_comes_of_too_little_memory_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(map(shortage, (ImportError("no module named torch"), SystemError("a bug"), ValueError("another"))))
    assert str(shortage(MemoryError())).startswith("there is not enough memory (MemoryError); torch alone takes")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (2**29, resource.RLIM_INFINITY))
    assert "(error return without" in str(shortage(SystemError("error return without exception set")))
    assert shortage(ValueError("another")) is None
    assert shortage(ValueError("failed to map segment")) is None
    assert "(libtorch.so: failed to map segment)" in str(shortage(ImportError("libtorch.so: failed to map segment")))


@pytest.mark.parametrize(("error", "told"), [("ValueError('bad\\nmore')", "bad"), ("ImportError", "ImportError")])
def test_what_torch_says_when_it_refuses_to_be_imported(
    error: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def show(*_: object, path: str = "/lib/torch/__init__.py", **__: object) -> int:
        exec(compile(f"raise {error}", path, "exec"))
        return 0

    monkeypatch.setattr("backproof.commands.show.show", show)
    assert command("show", "graph") == 2
    assert capsys.readouterr().err == f"backproof: torch cannot be imported: {told}\n"
    monkeypatch.setattr("backproof.commands.show.show", partial(show, path="/lib/other/__init__.py"))
    with pytest.raises((ValueError, ImportError)):
        command("show", "graph")


def test_the_help_of_the_command_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    command("verify", "deep", "--sed", "4")
    assert capsys.readouterr().err.endswith("backproof verify --help` lists the options\n")


def test_three_names_at_most_are_offered() -> None:
    assert did_you_mean("dZ", ["dZ1", "dZ2", "dZ3", "dZ4"]) == "; did you mean dZ4 or dZ3 or dZ2?"


def test_help_is_quick() -> None:
    seconds = []
    for _ in range(3):  # processor time: the wall of a busy machine says nothing
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([sys.executable, "-m", "backproof", "--help"], capture_output=True, text=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert run.returncode == 0
        assert f"{{{','.join(COMMANDS)}}}" in run.stdout
    assert min(seconds) < 0.5
