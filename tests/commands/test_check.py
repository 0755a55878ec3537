"""`backproof check`: what it prints, and its exit status."""

import json
import subprocess
import sys
from pathlib import Path

from tests import ROOT
from tests.checker.reports import SHALLOW, changed
from tests.checker.test_slips import SLIPS


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backproof", "check", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command(tmp_path: Path) -> None:
    right, wrong, unusable = (tmp_path / name for name in ("right.py", "wrong.py", "unusable.py"))
    right.write_text(SHALLOW)
    wrong.write_text(changed(SHALLOW, SLIPS[0][0], SLIPS[0][1]))
    unusable.write_text("x = (")
    ends = [run(str(path)) for path in (right, wrong, unusable, tmp_path / "none.py")]
    assert [end.returncode for end in ends] == [0, 1, 2, 2]
    assert "all claims are right" in ends[0].stdout
    assert ": dZ1 = W2.T @ dZ2 * (1 - A1**2)" in ends[1].stdout
    assert "line 1: this is no Python" in ends[2].stderr
    assert "cannot be read" in ends[3].stderr
    report = json.loads(run(str(wrong), "--json").stdout)
    assert list(report) == ["file", "verdict", "message", "lines", "assumed", "story", "unjudged"]
    assert list(report["lines"][0]) == [
        "line",
        "name",
        "verdict",
        "error",
        "cause",
        "fix",
        "fix_verified",
        "note",
        "cell",
    ]
