"""Imports run downward only, and the two implementations know nothing of each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

BOTH = {"reference_numpy", "torch_impl"}
RECORD, MEAN, SAMPLES, SETTLE, JUDGE, EXPLAIN, REDRAW = (
    f"backproof.checker.{room}" for room in ("record", "mean", "samples", "settle", "judge", "explain", "redraw")
)
TRAINING = {
    *(f"backproof.{module}" for module in ("data", "errors", "files", "shell")),
    *BOTH,
    "shapes",
    "numpy",
    "torch",
}
# What a package, a wing or a module may import besides itself and the standard library; the longest name counts.
ALLOWED: dict[str, set[str]] = {
    "shapes": set(),
    "reference_numpy": {"shapes", "numpy"},
    "torch_impl": {"shapes", "torch"},
    "parity_tests": {*BOTH, "shapes", "numpy", "torch"},
    "backproof.errors": set(),
    "backproof.files": {"backproof.errors", "filelock"},
    "backproof.shell": set(),
    "backproof.misuse": {"backproof.errors", "backproof.shell", "tyro"},
    "backproof.shortage": set(),
    "backproof.terminal": {"backproof.errors", "backproof.files"},
    "backproof.data": {"backproof.files", "reference_numpy", "numpy", "h5py", "PIL"},
    RECORD: {"parity_tests", "shapes", "numpy"},
    MEAN: {RECORD, "numpy"},
    SAMPLES: {RECORD, MEAN, "numpy"},
    SETTLE: {RECORD, MEAN, SAMPLES, "numpy"},
    "backproof.checker.later": {RECORD, MEAN, SAMPLES, SETTLE, JUDGE},
    REDRAW: {RECORD, MEAN, SAMPLES, "numpy"},
    JUDGE: {RECORD, MEAN, SAMPLES, SETTLE, "numpy"},
    EXPLAIN: {RECORD, MEAN, SAMPLES, REDRAW, JUDGE, "numpy"},
    "backproof.checker.report": {"backproof.errors", "backproof.files", "rich"},
    "backproof.checker.tensors": {
        *(RECORD, MEAN, SAMPLES, REDRAW, JUDGE, EXPLAIN, "backproof.checker.report"),
        *("numpy", "torch"),
    },
    "backproof.checker": {"shapes", "numpy"},
    "backproof.demonstrations": {*BOTH, "parity_tests", "shapes", "numpy", "torch"},
    "backproof.training": {*TRAINING, "h5py", "tyro", "filelock", "threadpoolctl"},
    "backproof.board": {
        *TRAINING,
        "backproof.demonstrations",
        "backproof.training",
        "parity_tests",
        "tensorboard",
        "PIL",
    },
    "backproof.notes": {"backproof.checker", "backproof.files", "lark", "latex2mathml", "numpy", "rich"},
    "backproof.equations": {"backproof.notes", "parity_tests", "reference_numpy", "shapes", "numpy"},
    "backproof.examples": {"backproof.errors"},
    "backproof.pages": {
        *(f"backproof.{wing}" for wing in ("checker", "demonstrations", "errors", "examples", "notes")),
        *("parity_tests", "reference_numpy"),
    },
    "backproof.search": {
        *(f"backproof.{module}" for module in ("demonstrations", "errors", "notes", "shell")),
        "reference_numpy",
    },
    "backproof.commands": {
        *(
            f"backproof.{wing}"
            for wing in (
                "board",
                "checker",
                "data",
                "demonstrations",
                "equations",
                "errors",
                "examples",
                "files",
                "notes",
                "pages",
                "search",
                "shell",
                "training",
            )
        ),
        "backproof.training",
        "parity_tests",
        "reference_numpy",
        "numpy",
        "torch",
        "rich",
    },
    "backproof.__main__": {
        *(f"backproof.{module}" for module in ("commands", "errors", "files", "misuse", "shortage", "terminal")),
        "backproof.training.options",
        "backproof.training.config_files",
        "backproof.search",
        "backproof",
        "tyro",
    },
    "backproof.start": {"backproof.__main__"},
    "backproof.pytest_plugin": {"backproof", "pytest"},
    "backproof": {"backproof.checker", "backproof.notes", "parity_tests"},
}
LAZILY = {"backproof.__main__": "backproof.commands", "backproof": "backproof.checker"}  # in a function alone


def module_of(path: Path) -> str:
    """The name of a module as an import has it; a package has that of its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def files_of_code(*folders: str) -> list[Path]:
    """Every file of code in these folders; the examples are texts to be checked."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if path.parent.parent != EXAMPLES]


EXAMPLES = ROOT / "backproof" / "examples"
PACKAGES = ("shapes", "reference_numpy", "torch_impl", "parity_tests", "backproof")
SOURCES = {module_of(path): path for path in files_of_code(*PACKAGES) if not path.name.startswith("test_")}
CODE = files_of_code(*PACKAGES, "tests", "benchmarks", "scripts")


def imports(source: str, name: str, is_package: bool = False) -> set[str]:
    """Full names of the modules that a module of this name imports, the standard library left out."""
    found = set()
    here = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else []
            base = ".".join([*above, *(node.module.split(".") if node.module else [])])
            members = {f"{base}.{alias.name}" for alias in node.names}
            modules = {member for member in members if member in SOURCES}
            found |= modules | ({base} if members - modules else set())
    return {module for module in found if module.partition(".")[0] not in sys.stdlib_module_names}


def is_within(module: str, package: str) -> bool:
    """Whether it is the package itself or inside it."""
    return module == package or module.startswith(f"{package}.")


def row_of(name: str) -> str:
    """The row of the table that holds for a module."""
    return max((row for row in ALLOWED if is_within(name, row)), key=len)


def forbidden(source: str, name: str, is_package: bool = False) -> set[str]:
    """What a module imports and may not."""
    row = row_of(name)
    allowed = ALLOWED[row] | ({row} if row != "backproof" else set())
    whole = {"backproof"}  # the name alone, not what is inside
    return {
        module
        for module in imports(source, name, is_package)
        if not any(module == package if package in whole else is_within(module, package) for package in allowed)
    }


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_imports_only_what_it_may(name: str) -> None:
    path = SOURCES[name]
    assert not forbidden(path.read_text(), name, path.name == "__init__.py")


MADE_UP = [
    ("reference_numpy.deep", "import torch", "torch"),
    ("torch_impl.deep", "from reference_numpy import deep", "reference_numpy.deep"),
    ("shapes.names", "from reference_numpy.registry import Formula", "reference_numpy.registry"),
    ("parity_tests.cases", "def f():\n    from backproof.data import sets", "backproof.data.sets"),
    ("backproof.data.sets", "from backproof.training.options import Config", "backproof.training.options"),
    ("backproof.data.sets", "from ..training import options", "backproof.training.options"),
    ("backproof.training.loop", "import backproof.board.board", "backproof.board.board"),
    ("backproof.training.loop", "from parity_tests.compare import compare", "parity_tests.compare"),
    ("backproof.checker.check", "from reference_numpy import deep", "reference_numpy.deep"),
    ("backproof.checker.record.run", "from ..mean import sense", "backproof.checker.mean.sense"),
    ("backproof.checker.record.functions.sums", "from ...samples import Sample", "backproof.checker.samples"),
    ("backproof.checker.mean.claims", "from ..judge import judge", "backproof.checker.judge"),
    ("backproof.checker.judge", "from .explain.slips import Edit", "backproof.checker.explain.slips"),
    ("backproof.checker.explain.case", "from ..check import check_source", "backproof.checker.check"),
    ("backproof.checker.explain.case", "from ..tensors import check", "backproof.checker.tensors.check"),
    ("backproof.checker.tensors.check", "from ..check import check_source", "backproof.checker.check"),
    ("backproof.board.text", "from backproof.commands.show import find", "backproof.commands.show"),
    ("backproof.search.topics", "from ..commands import listing", "backproof.commands.listing"),
    ("backproof.pages.errata", "from backproof.board import text", "backproof.board.text"),
    ("backproof.commands.train", "from backproof.__main__ import main", "backproof.__main__"),
    ("backproof.__main__", "from backproof.training import loop", "backproof.training.loop"),
]


@pytest.mark.parametrize(("name", "source", "found"), MADE_UP, ids=[f"{name}-{found}" for name, _, found in MADE_UP])
def test_a_forbidden_import_is_seen(name: str, source: str, found: str) -> None:
    assert forbidden(f"import math\n{source}\n", name) == {found}


def test_an_allowed_import_is_none() -> None:
    assert not forbidden("from . import sets\nfrom .hdf5 import cats\nimport numpy as np", "backproof.data.tables")
    assert imports("from . import sets\nfrom .hdf5 import cats", "backproof.data", is_package=True) == {
        "backproof.data.sets",
        "backproof.data.hdf5",
    }


def circle(below: dict[str, set[str]]) -> set[str]:
    """Modules that import each other in a circle, and those that import them."""
    left = dict(below)
    while ready := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in ready}
    return set(left)


def test_no_modules_import_each_other_in_a_circle() -> None:
    below = {name: imports(path.read_text(), name, path.name == "__init__.py") for name, path in SOURCES.items()}
    assert not circle(below)
    assert circle(below | {"backproof.data.hdf5": {"backproof.data.sets"}}) >= {
        "backproof.data.hdf5",
        "backproof.data.sets",
    }


def at_once(source: str) -> str:
    """The statements that run when a module is imported by a person's command: no functions, no types."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return ast.unparse(tree)


@pytest.mark.parametrize(("name", "wing"), LAZILY.items())
def test_what_is_imported_lazily(name: str, wing: str) -> None:
    source, is_package = SOURCES[name].read_text(), name == "backproof"
    assert any(is_within(module, wing) for module in imports(source, name, is_package))
    assert not any(is_within(module, wing) for module in imports(at_once(source), name, is_package))


def loaded_after(*statements: str) -> list[set[str]]:
    """The packages that are loaded after each of these statements, which one process runs."""
    told = "; print(*{name.partition('.')[0] for name in sys.modules})"
    code = "\n".join(["import sys", *(f"exec({statement!r}){told}" for statement in statements)])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return [set(line.split()) for line in run.stdout.splitlines()]


def test_the_reference_leaves_torch_out() -> None:
    (loaded,) = loaded_after("import reference_numpy")
    assert not loaded & {"torch", "torch_impl", "h5py", "tensorboard"}


ALL_OF_TORCH_IMPL = (
    "import pkgutil, importlib, torch, torch_impl, shapes.arguments; "
    "[importlib.import_module('torch_impl.' + m.name) for m in pkgutil.iter_modules(torch_impl.__path__)]"
)
A_CALL = "torch_impl.activations.relu(torch.ones(2))"


def test_torch_impl_leaves_the_reference_out_until_a_check_reads_what_it_declares() -> None:
    imported, unchecked, checked = loaded_after(
        ALL_OF_TORCH_IMPL,
        f"shapes.arguments.STATE.unchecked = True; {A_CALL}",
        f"shapes.arguments.STATE.unchecked = False; {A_CALL}",
    )
    assert "torch" in imported
    assert "reference_numpy" not in imported | unchecked
    assert "reference_numpy" in checked


def test_the_command_line_leaves_torch_and_numpy_out() -> None:
    (loaded,) = loaded_after("import backproof.__main__")
    assert not loaded & {"torch", "numpy", "h5py"}


LIGHT = [
    *(("show", *words) for words in ((), ("S17",), ("A = g(Z)",), ("deap",))),
    *(("check", word) for word in ("no.py", "--example")),
    ("verify", "deap"),
]
RUN = """
import contextlib, io, sys
sys.argv = {words!r}
from backproof.__main__ import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main()
"""


def test_a_list_or_a_refusal_needs_no_torch() -> None:
    loaded = loaded_after(*(RUN.format(words=["backproof", *words]) for words in LIGHT), "import torch_impl.deep")
    assert ["torch" in packages for packages in loaded] == [False] * len(LIGHT) + [True]
