"""What ships: a wheel with what runs, which works in a folder without this repository."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_wheel

import backproof
from backproof.examples import FOLDER, KINDS, examples
from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        name = build_wheel(str(folder))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(folder / name) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    unshipped = ("BACKPROOF_CATS", "BACKPROOF_NOTES")
    environment = {name: value for name, value in os.environ.items() if name not in unshipped}
    environment |= {"PYTHONPATH": str(installed), "COLUMNS": "100"}
    command = [sys.executable, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_the_wheel_holds_what_runs(installed: Path) -> None:
    shipped = {path.relative_to(installed) for path in installed.rglob("*") if path.is_file()}
    assert {path.parts[0] for path in shipped if "dist-info" not in path.parts[0]} == {
        "backproof",
        "parity_tests",
        "reference_numpy",
        "shapes",
        "torch_impl",
    }
    here = {path.relative_to(ROOT) for path in (ROOT / "backproof").rglob("*") if path.is_file()}
    assert {path for path in here if "__pycache__" not in path.parts} == {
        p for p in shipped if p.parts[0] == "backproof"
    }
    assert not [path for path in shipped if path.name.startswith(("test_", "conftest")) and path.suffix == ".py"]
    assert all(
        (installed / package / "py.typed").is_file()
        for package in ("backproof", "reference_numpy", "shapes", "torch_impl")
    )


def test_an_example_is_checked_away_from_the_repository(installed: Path, tmp_path: Path) -> None:
    right = run(installed, tmp_path, "-m", "backproof", "check", "--example", "shallow")
    assert (right.returncode, "all claims are right" in right.stdout) == (0, True)
    wrong = run(installed, tmp_path, "-m", "backproof", "check", "--example", "g_prime", "--json")
    assert wrong.returncode == 1
    assert str(installed) in wrong.stdout


@pytest.mark.slow
def test_the_pages_are_up_to_date_and_can_be_written_away_from_the_repository(installed: Path, tmp_path: Path) -> None:
    pages = run(installed, tmp_path, "-m", "backproof.pages")
    assert pages.stdout.split() == ["docs/formulas.md", "docs/errata.md", "docs/notes.md"]
    for name in pages.stdout.split():
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), "run `make docs`"


def test_the_version_is_that_of_the_project(installed: Path, tmp_path: Path) -> None:
    version = PROJECT["project"]["version"]
    assert run(installed, tmp_path, "-m", "backproof", "--version").stdout == f"backproof {version}\n"
    assert backproof.__version__ == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
    with pytest.raises(AttributeError, match="no attribute 'versions'"):
        backproof.versions  # noqa: B018


def test_an_example_has_one_name() -> None:
    names = [name for kind in KINDS for name in examples(kind)]
    assert len(names) == len(set(names)) == len(list(FOLDER.glob("*/*.py")))
