"""Imports run downward only, and the two implementations know nothing of each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "reference_numpy": {"numpy"},
    "torch_impl": {"torch"},
    "parity_tests": {"numpy", "torch", "reference_numpy", "torch_impl"},
    "backproof": {
        "numpy",
        "torch",
        "h5py",
        "tensorboard",
        "tyro",
        "rich",
        "PIL",
        "reference_numpy",
        "torch_impl",
        "parity_tests",
    },
}
EXTRA = {
    "conftest.py": {"pytest"},
    "pytest_plugin.py": {"pytest", "backproof"},
    "browser.py": {"selenium", "PIL"},
}
SOURCES = [
    path for package in ALLOWED for path in sorted((ROOT / package).glob("*.py")) if not path.name.startswith("test_")
]


def imports(source: str) -> set[str]:
    """Top-level names of all absolute imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found - set(sys.stdlib_module_names)


def siblings(source: str) -> set[str]:
    """Names of the modules of the same package that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module.partition(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_package_imports_only_what_it_may(path: Path) -> None:
    assert imports(path.read_text()) <= ALLOWED[path.parent.name] | EXTRA.get(path.name, set())


@pytest.mark.parametrize("package", ALLOWED)
def test_modules_of_a_package_import_without_a_circle(package: str) -> None:
    below = {p.stem: siblings(p.read_text()) - {"__init__"} for p in SOURCES if p.parent.name == package}
    assert len(below) > 2
    done: set[str] = {"__init__"}
    below.pop("__init__")
    while below:
        ready = {name for name, needs in below.items() if needs <= done}
        assert ready, f"a circle among {sorted(below)}"
        done |= ready
        below = {name: needs for name, needs in below.items() if name not in ready}


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def test_the_reference_leaves_torch_out() -> None:
    assert not loaded_after("import reference_numpy") & {"torch", "torch_impl", "h5py", "tensorboard"}


def test_torch_impl_leaves_the_reference_out() -> None:
    assert "reference_numpy" not in loaded_after(
        "import pkgutil, importlib, torch_impl; "
        "[importlib.import_module('torch_impl.' + m.name) for m in pkgutil.iter_modules(torch_impl.__path__)]"
    )


def test_the_command_line_leaves_torch_and_numpy_out() -> None:
    assert not loaded_after("import backproof.__main__") & {"torch", "numpy", "h5py"}


def test_these_tests_can_fail() -> None:
    assert "torch" in loaded_after("import torch_impl.deep")
    assert imports("import torch.nn\nfrom numpy import exp\nfrom . import x\nimport os") == {"torch", "numpy"}
    assert siblings("from . import a\nfrom .b import c\nfrom d import e") == {"a", "b"}
