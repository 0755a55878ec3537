"""`backproof check` on what is no derivation, or an odd one: one message, and nothing that a terminal would obey."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import command

RIGHT = 'A: "n, m"\nW: "k, n"\nimport numpy as np\nZ = W @ A\nJ = np.sum(Z**2)\ndW = 2 * Z @ A.T\n'
PAGE = "$$z = w^T x + b$$\n$$a = \\sigma(z)$$\n$$dz = y - a$$\n$$dw = x \\, dz$$\n"


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one message with which these words of `check` are refused."""
    capsys.readouterr()
    assert command("check", *words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("backproof: ")
    assert err[:-1].isprintable()
    return err


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(path.name)


PLACES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a device without an end": (lambda path: path.symlink_to("/dev/zero"), "found neither a file nor a folder"),
    "a pipe": (os.mkfifo, "found neither a file nor a folder"),
    "a socket": (a_socket, "found neither a file nor a folder"),
    "a folder": (Path.mkdir, "found a folder"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "found Too many levels of symbolic links"),
}


@pytest.mark.parametrize("name", ["d.py", "d.ipynb", "d.md"])
@pytest.mark.parametrize(("make", "message"), PLACES.values(), ids=PLACES)
def test_what_is_no_file(make: Callable[[Path], Any], message: str, name: str, folder: Path, capsys: Any) -> None:
    make(folder / name)
    assert message in refused(capsys, name)


# Notebooks


def code(source: object) -> dict[str, object]:
    return {"cell_type": "code", "source": source}


NOTEBOOKS: dict[str, object] = {
    "no cells": {},
    "cells that are null": {"cells": None},
    "cells in an object": {"cells": {"a": 1}},
    "a cell that is null": {"cells": [None]},
    "a cell that is text": {"cells": ["markdown"]},
    "a cell of no type": {"cells": [{"source": "$z = 1$"}, code(RIGHT)]},
    "code that is a number": {"cells": [code(3)]},
    "worksheets that are numbers": {"worksheets": [3]},
}


@pytest.mark.parametrize("content", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_a_notebook_that_is_none(content: object, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.ipynb").write_text(json.dumps(content))
    assert "n.ipynb: this is no notebook" in refused(capsys, "n.ipynb")


@pytest.mark.parametrize("text", [None, 3, [1, 2], {"a": PAGE}])
def test_a_cell_whose_text_is_none(text: object, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.ipynb").write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": text}]}))
    assert "there is no code in this notebook" in refused(capsys, "n.ipynb")


@pytest.mark.parametrize("content", ["[" * 100_000, '{"cells": ' * 30_000, "null", ""])
def test_json_that_is_no_notebook(content: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.ipynb").write_text(content)
    assert "n.ipynb: this is no notebook" in refused(capsys, "n.ipynb")


def test_half_a_letter_is_shown_as_its_escape(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [{"cell_type": "markdown", "source": "$$a = \ud800 x$$\n" + PAGE}]
    (folder / "n.ipynb").write_text(json.dumps({"cells": cells}))
    assert command("check", "n.ipynb", "--html", "n.html") in (1, 2)
    assert "a = \\ud800 x" in capsys.readouterr().out
    assert "&#55296;" in (folder / "n.html").read_text()


# Programs

PROGRAMS = {
    "argument twice": ("def f(a, a): pass", "line 1: this is no Python: duplicate argument 'a'"),
    "patterns that differ": ("match 1:\n    case [x] | y: pass", "this is no Python: "),
    "an error without text": (
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E\n" + RIGHT,
        "d.py: line 3: E, in raise E",
    ),
    "an error of another kind": ("class E(BaseException): pass\nraise E\n" + RIGHT, "line 2: E, in raise E"),
    "an interruption": ("raise KeyboardInterrupt\n" + RIGHT, "it was interrupted"),
    "a sum without end": (RIGHT.replace("Z**2)", "Z**2)" + " + np.sum(Z)" * 900), "it is nested too deeply"),
    "all files closed": ("import os\nos.closerange(3, 100)\n" + RIGHT, "it ended the process in which it was checked"),
    "nothing built in": ("import builtins\ndel builtins.len\n" + RIGHT, "d.py: "),
}


@pytest.mark.parametrize(("source", "message"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_that_breaks_what_it_finds(source: str, message: str, folder: Path, capfd: Any) -> None:
    (folder / "d.py").write_text(source)
    assert command("check", "d.py") == 2
    out, err = capfd.readouterr()
    assert message in out + err
    assert "Traceback" not in err
    assert err.count("\n") <= 1


def test_a_cost_over_0_has_no_finite_derivative(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "d.py").write_text(RIGHT.replace("np.sum(Z**2)", "np.sum(Z**2) / 0.0"))
    assert command("check", "d.py") == 1
    assert "1/0.0 too many" in capsys.readouterr().out


def test_the_line_of_a_program_that_cannot_run_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "d.py").write_text("x = (")
    assert "d.py: line 1: this is no Python: '(' was never closed, in x = (\n" in refused(capsys, "d.py")


def test_what_is_printed_of_a_file_moves_no_cursor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "d.py").write_text(RIGHT.replace("2 * Z @ A.T", "3 * Z @ A.T  # \x1b[2J\u202e"))
    assert command("check", "d.py") == 1
    out = capsys.readouterr().out
    assert "dW = 3 * Z @ A.T  # \\x1b[2J\\u202e" in out
    assert out.replace("\n", "").isprintable()
    (folder / "p.md").write_text(PAGE + "$$q = \x1b[2J$$\n")
    assert command("check", "p.md") == 2
    assert capsys.readouterr().out.replace("\n", "").isprintable()


@pytest.mark.parametrize("kernel", ["x (1000000, 1000000)", "x (10000, 10000)"])
def test_tensors_that_no_memory_holds(kernel: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "k.py").write_text(
        "import torch\nclass F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return x * 2\n    @staticmethod\n    def backward(ctx, dy):\n        return dy * 2\n"
    )
    assert "numbers, expected at most 10000000" in refused(capsys, "k.py", "--shapes", kernel)


# Where the page of notes is written


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere/x.html", "--html nowhere/x.html: No such file or directory; give a name that can be written"),
        ("folder", "--html folder: found a folder, expected the name of a file"),
        ("/dev/full", "--html /dev/full: found neither a file nor a folder"),
        ("p.md", "--html p.md: these are the notes, expected another file"),
        ("x" * 300, "File name too long"),
        ("x\0.html", "found a name with a null character"),
    ],
)
def test_a_page_that_cannot_be_written(place: str, message: str, folder: Path, capsys: Any) -> None:
    (folder / "p.md").write_text(PAGE)
    (folder / "folder").mkdir()
    assert message in refused(capsys, "p.md", "--html", place)
    assert (folder / "p.md").read_text() == PAGE
    assert sorted(path.name for path in folder.iterdir()) == ["folder", "p.md"]


@pytest.mark.parametrize("content", ["", "Nothing to see here.\n", "```\n" * 5001, "$" * 20001])
def test_a_page_without_formulas(content: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.md").write_text(content)
    assert "p.md: there are no formulas; expected some between dollars" in refused(capsys, "p.md")
