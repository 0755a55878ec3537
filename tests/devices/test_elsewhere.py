"""The torch side on a device that is not the CPU, in a process of its own: torch keeps such a device for ever."""

import json
import subprocess
import sys

from tests import ROOT

from .slips import SLIPS


def checks(*slips: str) -> dict[str, str | None]:
    """What the program says."""
    command = [sys.executable, "-m", "tests.devices.checks", *slips]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, str | None] = json.loads(run.stdout)
    return found


def test_all_that_holds_on_the_cpu_holds_there() -> None:
    said = checks()
    assert len(said) == 7
    assert said == dict.fromkeys(said)


def test_every_slip_that_the_cpu_forgives_is_noticed_there() -> None:
    noticed = checks(*SLIPS)
    assert list(noticed) == list(SLIPS)
    assert [slip for slip, check in noticed.items() if check is None] == []
