"""The torch side on a device that is not the CPU, in a process of its own: torch keeps such a device for ever."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests import ROOT

from .slips import SLIPS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told() -> Any:
    """What the program says of the checks and of the slips."""
    command = [sys.executable, "-m", "tests.devices.checks", *SLIPS]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_all_that_holds_on_the_cpu_holds_there(told: Any) -> None:
    checks, _ = told
    assert len(checks) == 7
    assert checks == dict.fromkeys(checks)


def test_every_slip_that_the_cpu_forgives_is_noticed_there(told: Any) -> None:
    _, noticed = told
    assert list(noticed) == list(SLIPS)
    assert [slip for slip, check in noticed.items() if check is None] == []
