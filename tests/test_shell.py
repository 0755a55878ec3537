"""Commands that are printed can be pasted, wherever this environment lies and whatever is on the path."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from backproof import shell
from backproof.shell import program


@pytest.fixture
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scripts of a made-up environment below the working directory; nothing of it is on the path."""
    scripts = folder / "my env" / "bin"
    scripts.mkdir(parents=True)
    for name in ("python", "backproof"):
        (scripts / name).write_text("#!/bin/sh\n")
        (scripts / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setenv("PATH", "/bin")
    return scripts


def test_a_program_that_the_shell_finds_is_named(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(environment))
    assert program("backproof") == "backproof"


def test_a_program_of_another_environment_is_another(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "backproof").write_text("#!/bin/sh\n")
    (other / "backproof").chmod(0o755)
    monkeypatch.setenv("PATH", str(other))
    assert program("backproof") == "'my env/bin/backproof'"


def test_a_program_elsewhere_has_its_path(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(environment / "..")
    assert program("backproof") == "bin/backproof"
    monkeypatch.chdir("/")
    assert shlex.split(program("backproof")) == [str(environment / "backproof").removeprefix("/")]


def test_without_a_script_the_module_is_run(environment: Path) -> None:
    assert program("tensorboard") == "'my env/bin/python' -m tensorboard.main"


@pytest.mark.parametrize("name", shell.MODULES)
def test_what_is_printed_runs(name: str) -> None:
    run = subprocess.run(f"{program(name)} --help", shell=True, capture_output=True, text=True, check=True)
    assert "usage" in run.stdout
    script = Path(program(name).split()[0])
    assert script.absolute().parent == Path(sys.executable).parent or str(script) == name
