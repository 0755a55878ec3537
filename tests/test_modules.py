"""No wing prints, no file is too long, and no folder has too many files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.sharing import PROOFS, shared_by
from tests.test_imports import CODE, SOURCES, is_within

ENTRY_POINTS = {"backproof.__main__", "backproof.pages.__main__", "backproof.terminal", "backproof.training.published"}
MOST_LINES, MOST_FILES = 300, 14


def printed(source: str) -> Iterator[int]:
    """Lines that write to the terminal: print, sys.stdout, sys.stderr, or a console that is given no file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            to_file = any(keyword.arg == "file" for keyword in node.keywords)
            if node.func.id == "print" or (node.func.id == "Console" and not to_file):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"):
            yield node.lineno


@pytest.mark.parametrize("name", [name for name in SOURCES if not is_within(name, "backproof.commands")])
def test_only_a_command_prints(name: str) -> None:
    assert name in ENTRY_POINTS or not list(printed(SOURCES[name].read_text()))


def test_what_prints_is_seen() -> None:
    source = "print(1)\nConsole().print(2)\nsys.stderr.write('3')\nConsole(file=io.StringIO())\nconsole.print(4)\n"
    assert list(printed(source)) == [1, 2, 3]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


FOLDERS = [path.parent for path in SOURCES.values() if path.name == "__init__.py" and path.parent.parent != ROOT]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_no_wing_has_too_many_files(folder: Path) -> None:
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= MOST_FILES
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))


def test_what_shares_its_samples_is_there() -> None:
    assert [path for path in PROOFS if not (ROOT / path).is_file()] == []
    assert shared_by(f"{PROOFS[0]}::test_float64_decides[deep.deep_cost-2]") == "proofs by seed 2"
    assert shared_by(f"{PROOFS[0]}::test_float32_is_stable[deep.deep_cost]") == "proofs by seed 0"
    assert shared_by("tests/test_modules.py::test_this[-1]") == "tests/test_modules.py"
