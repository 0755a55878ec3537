"""`backproof check`: what it prints, and its exit status."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backproof.commands import check as check_module
from backproof.examples import FOLDER, KINDS, examples
from tests import ROOT
from tests.checker.reports import SHALLOW, changed
from tests.checker.test_slips import SLIPS
from tests.command import command

WRONG = changed(SHALLOW, SLIPS[0][0], SLIPS[0][1])
KERNEL = (
    "import torch\nclass Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
    "        return x * 2\n    @staticmethod\n    def backward(ctx, dy):\n        return dy * 3\n"
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backproof", "check", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command(tmp_path: Path) -> None:
    right, wrong, unusable = (tmp_path / name for name in ("right.py", "wrong.py", "unusable.py"))
    right.write_text(SHALLOW)
    wrong.write_text(WRONG)
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


def test_the_examples_are_listed_by_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check", "--example") == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line[0] != " "] == [
        *(f"{kind}: {what}" for kind, what in KINDS.items()),
        f"in {FOLDER}",
    ]
    assert all(f"  {name} " in out for kind in KINDS for name in examples(kind))


def test_the_readme_shows_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check", "--example", "g_prime") == 1
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = (ROOT / "README.md").read_text().split("$ backproof check --example g_prime\n")[1].partition("```")[0]
    assert [line for line in shown.splitlines() if line not in [*printed, "..."]] == []


@pytest.mark.parametrize("words", [(), ("a.py", "--example", "shallow"), ("--example", "a", "b")])
def test_one_file_is_checked(words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check", *words) == 2
    found = sum(not word.startswith("--") for word in words)
    assert f"check: expected one file, or --example NAME for one that ships; found {found}" in capsys.readouterr().err


def test_the_answer_can_be_kept_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "d.py").write_text(WRONG)
    assert command("check", "d.py", "--no-fix") == 1
    out = capsys.readouterr().out
    assert "WRONG" in out
    assert "fix (verified" not in out
    page = "$z = w^T x + b$\n\n$a = \\sigma(z)$\n\n$L = -(y \\log a + (1 - y) \\log(1 - a))$\n\n$dz = y - a$\n"
    (folder / "p.md").write_text(page)
    assert command("check", "p.md", "--no-fix", "--html", "p.html") == 1
    out = capsys.readouterr().out
    assert "4 statements: 4 read" in out
    assert "1 wrong" in out
    assert "right: " not in out
    assert "<span>right</span>" not in (folder / "p.html").read_text()
    assert command("check", "p.md") == 1
    assert "      right: " in capsys.readouterr().out


WHY = {
    "dW1": "blocks.linear_backward",
    "db2": "blocks.linear_backward",
    "dA1": "blocks.linear_backward",
    "dZ1": "deep.hidden_dZ",
    "dz": "losses.cross_entropy_from_logits_prime",
    "dA": "losses.cross_entropy_prime",
    "dw": "logistic.logistic_gradients",
    "grads.db[0]": "logistic.logistic_gradients",
}


def test_the_formula_that_a_wrong_line_should_have_been(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from backproof.checker.report import Finding, Report

    findings = [Finding(line, name, "wrong") for line, name in enumerate(WHY, start=1)]
    told = check_module.why(Report("x", lines=[*findings, Finding(9, "dZ2", "right"), Finding(10, "dq", "wrong")]))
    assert [text.partition(": ")[0] for text in told] == [f"line {i}, {name}" for i, name in enumerate(WHY, start=1)]
    assert [text.split("backproof show ")[1].partition(";")[0] for text in told] == list(WHY.values())
    (folder / "d.py").write_text(WRONG)
    assert command("check", "d.py", "--why") == 1
    assert "of the notes; backproof show deep.hidden_dZ; docs/formulas.md\n" in capsys.readouterr().out
    assert command("check", "d.py") == 1
    assert "of the notes" not in capsys.readouterr().out


def test_a_class_of_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("k.py", "k.py:Other"):
        (folder / name).write_text(KERNEL)
    assert command("check", "k.py:Twice", "--shapes", "x (n,)") == 1
    assert command("check", "k.py:Twice", "--shapes", "x (n,)", "--json") == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["file"] == "k.py"
    assert command("check", "k.py:Nothing") == 2
    assert "Nothing" in capsys.readouterr().err
    assert command("check", "k.py:Other", "--shapes", "x (n,)") == 1  # a file of this very name comes first
    assert command("check", "k.py:2") == 2
    assert "k.py:2: it cannot be read" in capsys.readouterr().err


def test_a_page_is_for_notes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "d.py").write_text(SHALLOW)
    assert command("check", "d.py", "--html", "x.html") == 2
    assert "--html: expected notes (.md, .markdown, .tex, .ipynb, .txt), found d.py" in capsys.readouterr().err


def test_a_large_file_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(check_module, "MAX_BYTES", len(SHALLOW))
    monkeypatch.setattr(check_module, "MAX_NOTEBOOK", 10)
    (folder / "d.py").write_text(SHALLOW)
    (folder / "e.py").write_text(SHALLOW + "\n")
    (folder / "n.ipynb").write_text("x" * 11)
    assert command("check", "d.py") == 0
    for name, most in (("e.py", len(SHALLOW)), ("n.ipynb", 10)):
        assert command("check", name) == 2
        assert f"{name}: it is larger than {most} bytes, expected a derivation" in capsys.readouterr().err
    assert command("check", "e.py", "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["lines"]) == ("unusable", [])


def test_a_page_without_formulas_has_json_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.md").write_text("Nothing.\n")
    assert command("check", "p.md", "--json") == 2
    assert json.loads(capsys.readouterr().out)["message"].startswith("there are no formulas")


def test_a_notebook_may_hold_pictures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = {"cell_type": "code", "source": SHALLOW, "outputs": [{"data": {"image/png": "A" * 1_100_000}}]}
    (folder / "n.ipynb").write_text(json.dumps({"cells": [cell]}))
    (folder / "d.py").write_text(SHALLOW + "#" * 1_100_000)
    assert command("check", "n.ipynb") == 0
    assert command("check", "d.py") == 2
    assert "d.py: it is larger than 1000000 bytes" in capsys.readouterr().err
