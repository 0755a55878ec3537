"""The command line: wrong use is one message, and help is quick."""

import resource
import subprocess
import sys

import pytest

from backproof.__main__ import COMMANDS
from tests import ROOT
from tests.command import backproof

WRONG_USE = [
    (("verify", "nonsense"), "verify: there is no formula, module or system 'nonsense'; `"),
    (("verify", "deep", "S71"), "verify: there is no formula, module or system 'S71'; did you mean S7"),
    (("show", "deap"), "place in the notes or symbol 'deap'; did you mean deep"),
    (("verify", "--dtype", "float16"), "float16"),
    (("verify", "--seed", "x"), "--seed"),
    (("frobnicate",), "there is no command 'frobnicate', expected verify, show, check, predict or train"),
    (("verfy", "--json"), "there is no command 'verfy'; did you mean verify?"),
    ((), "expected a command: verify, show, check, predict or train"),
]


@pytest.mark.parametrize(("words", "message"), WRONG_USE, ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_wrong_use_is_one_message_and_exit_status_2(words: tuple[str, ...], message: str) -> None:
    run = backproof(*words)
    assert run.returncode == 2
    assert message in run.stderr
    assert run.stdout == ""
    assert "Traceback" not in run.stderr


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
