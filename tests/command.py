"""The command as a person types it, in this process or in one of its own."""

import os
import subprocess
import sys

import pytest

from backproof.__main__ import main
from tests import ROOT


def command(*words: str) -> int:
    """Exit status of the command, in this process."""
    before, sys.argv = sys.argv, ["backproof", *words]
    try:
        with pytest.raises(SystemExit) as end:
            main()
    finally:
        sys.argv = before
    assert isinstance(end.value.code, int)
    return end.value.code


def backproof(*words: str, code: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, after some code."""
    script = f"{code}\nimport sys\nfrom backproof.__main__ import main\nsys.argv[0] = 'backproof'\nmain()"
    clean = {k: v for k, v in os.environ.items() if k not in ("BACKPROOF_CATS", "BACKPROOF_NOTES")}
    environment = clean | {"COLUMNS": "100", "TERM": "dumb"} | env
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


BROKEN = """
from reference_numpy.registry import FORMULAS
formula = FORMULAS["activations.tanh_prime"]
right = formula.function
def tanh_prime(Z):
    return 1 - Z
tanh_prime.__module__ = right.__module__
object.__setattr__(formula, "function", tanh_prime)
"""
