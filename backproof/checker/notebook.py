"""Notebooks: the code cells in their order as one program, and its report by cell and line."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .record.program import UnusableError, lines_of, without_magics
from .report import Report

LINE = re.compile(r"\bline (\d+)\b")
DISPLAYS = "display = get_ipython = lambda *_, **__: None"


@dataclass(frozen=True)
class Cell:
    """One code cell: its place among all cells, its lines, and the line of the program before its first."""

    number: int
    lines: tuple[str, ...]
    before: int


def sources(text: str, kind: str) -> list[tuple[int, str]]:
    """Return the number and the text of each cell that is code or markdown; UnusableError for what is no notebook."""
    try:
        notebook = json.loads(text)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        return [(number, _source(cell)) for number, cell in enumerate(cells) if cell["cell_type"] == kind]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise UnusableError("this is no notebook: expected JSON with a list of cells") from None


def code_cells(text: str) -> list[Cell]:
    """The code cells of a notebook. Raises UnusableError for what is none."""
    found, before = list[Cell](), 1
    for number, source in sources(text, "code"):
        lines = tuple(lines_of(source))
        found.append(Cell(number, lines, before))
        before += len(lines)
    if not any(line.strip() for cell in found for line in cell.lines):
        raise UnusableError("there is no code in this notebook")
    return found


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if not isinstance(source, (str, list)):
        raise TypeError(source)
    return "".join(source)


def program_of(cells: Sequence[Cell]) -> str:
    """The program that the cells are, one after the other; magics and shell lines are left out of it."""
    rows = [DISPLAYS]
    for cell in cells:
        rows += without_magics(cell.lines)
    return "\n".join(rows) + "\n"


def by_cell(report: Report, cells: Sequence[Cell]) -> Report:
    """The report on the program of a notebook, with lines within their cells."""

    def place(line: int) -> tuple[int | None, int]:
        for cell in cells:
            if cell.before < line <= cell.before + len(cell.lines):
                return cell.number, line - cell.before
        return None, line

    def said(text: str) -> str:
        return LINE.sub(lambda m: _words(*place(int(m[1]))), text)

    report.lines = [replace(f, cell=place(f.line)[0], line=place(f.line)[1], note=said(f.note)) for f in report.lines]
    report.unjudged = [replace(u, cell=place(u.line)[0], line=place(u.line)[1]) for u in report.unjudged]
    report.lines = [f for f in report.lines if f.cell is not None]
    report.story, report.message = said(report.story), said(report.message)
    report.assumed = [said(text) for text in report.assumed]
    report.cells = [(cell.number, list(cell.lines)) for cell in cells]
    return report


def _words(cell: int | None, line: int) -> str:
    return f"line {line}" if cell is None else f"cell {cell}, line {line}"
