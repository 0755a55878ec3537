"""Notebooks: their code cells are judged by cell and line, and a cell by its magic."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import backproof
from backproof.checker.report import Report
from tests.board.browser import ABSENT, chromium, installed

CELLS: list[tuple[str, str]] = [
    ("markdown", "# Softmax regression by hand"),
    ("code", "%matplotlib inline\n!pip list\nimport torch\nimport torch.nn.functional as F\ntorch.manual_seed(1)"),
    (
        "code",
        "x = torch.randn(7, 4)\ny = torch.randint(0, 3, (7,))\nW = torch.randn(4, 3)\nb = torch.randn(3)\nx.shape?",
    ),
    ("code", "%%bash\nls"),
    ("code", "logits = x @ W + b\nloss = F.cross_entropy(logits, y)\ndisplay(loss)"),
    ("code", "dlogits = F.softmax(logits, 1)\ndlogits[range(7), y] -= 1\ndlogits /= 7\ndW = x @ dlogits\n"),
]


def notebook(*replaced: tuple[str, str]) -> str:
    """The notebook as a file has it, with pieces of it replaced."""
    text = json.dumps({"cells": [{"cell_type": k, "source": s.splitlines(True), "metadata": {}} for k, s in CELLS]})
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_notebook_by_cell_and_line(tmp_path: Path) -> None:
    path = tmp_path / "softmax.ipynb"
    path.write_text(notebook(("x @ dlogits", "x.T @ dlogits * 7")))
    report = backproof.check(path)
    assert [(f.cell, f.line, f.name, f.fix) for f in report.lines if f.verdict == "wrong"] == [
        (5, 4, "dW", "dW = x.T @ dlogits")
    ]
    assert [(f.cell, f.line) for f in report.lines if f.verdict == "right"] == [(5, 3)]
    assert "cell 5" in str(report)
    assert json.loads(report.to_json())["lines"][-1]["cell"] == 5
    path.write_text(notebook(("x @ dlogits", "x.T @ dlogits")))
    assert backproof.check(path).verdict == "right"


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}', '{"cells": [{"cell_type": "markdown", "source": "a"}]}'])
def test_what_is_no_notebook_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "no.ipynb"
    path.write_text(text)
    report = backproof.check(path)
    assert report.verdict == "unusable"
    assert "notebook" in report.message


@pytest.fixture
def shell() -> Any:
    """The shell that runs the cells of notebooks, with the extension."""
    made = InteractiveShell()
    backproof.load_ipython_extension(made)
    return made


def run(shell: Any, cell: str) -> Any:
    """The result of a cell."""
    result = shell.run_cell(cell, store_history=False)
    result.raise_error()
    return result.result


def test_a_notebook_is_executed_and_a_cell_judged(shell: Any) -> None:
    for _, source in (CELLS[1], CELLS[2], CELLS[4]):
        run(shell, "\n".join(row for row in source.splitlines() if not re.search(r"^[%!]|\?|display", row)))
    cell = """l = x @ W + b
loss = F.cross_entropy(l, y)
dl = F.softmax(l, 1)
dl[range(7), y] -= 1
dl /= 7
db = dl.sum({})"""
    report = run(shell, "%%backproof\n" + cell.format(0))
    assert isinstance(report, Report)
    assert (report.verdict, {f.line for f in report.lines}) == ("right", {5, 6}), str(report)
    wrong = run(shell, "%%backproof 3\n" + cell.format("0) * (2"))
    assert [(f.line, f.name) for f in wrong.lines if f.verdict == "wrong"] == [(6, "db")]
    assert shell.user_ns["db"].shape == (3,)


@pytest.mark.skipif(not installed(), reason=ABSENT)
def test_the_display_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "softmax.ipynb"
    path.write_text(notebook(("x @ dlogits", "x.T @ dlogits * 7")))
    page = tmp_path / "display.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{backproof.check(path)._repr_html_()}</body>")
    with chromium() as browser:
        browser.get(page.as_uri())
        seen = browser.execute_script("return document.body.innerText")
        mark = browser.execute_script(
            "return [...document.querySelectorAll('span')].filter(s => s.textContent === 'WRONG')"
            ".map(s => getComputedStyle(s).color)"
        )
    assert "cell 5" in seen
    assert "dW = x.T @ dlogits" in seen
    assert len(mark) == 1
    assert mark[0] != "rgb(0, 0, 0)"
