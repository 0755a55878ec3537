"""What was found on a page: every statement with its reading, its verdict and the right formula."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from rich.console import Console

from backproof.checker.report import MARKS, Report, print_report, safe

from .reading.tree import Tree


@dataclass
class Statement:
    """One statement of a page, as it stands, as it was read, and what is to be said of it."""

    line: int
    cell: int | None
    tex: str
    status: str  # judged, read, not read
    python: str = ""
    verdict: str = ""
    fix_tex: str = ""
    cause: str = ""
    reason: str = ""
    note: str = ""  # what clashes with it elsewhere
    claims: bool = False
    written: str = ""
    is_code: bool = False
    again: Callable[[str], Tree] | None = None  # reads another right side in the place of the written one
    start: int = 0
    end: int = 0


@dataclass
class NotesReport(Report):
    """A report on a page: besides the findings, all statements and the page itself."""

    statements: list[Statement] = field(default_factory=list)
    texts: dict[int | None, str] = field(default_factory=dict)
    code: Report | None = None  # on the code cells of a notebook

    def to_json(self) -> str:
        """The report as one JSON object."""
        report = asdict(self)
        for name in ("source", "texts", "cells", "code"):
            del report[name]
        for statement in report["statements"]:
            for name in ("start", "end", "claims", "written", "is_code", "again"):
                del statement[name]
        return json.dumps(report, allow_nan=False)

    def keep_fixes_back(self) -> None:
        """Take the right formulas out, for a teacher."""
        self.lines = [replace(finding, fix=None, fix_verified=0) for finding in self.lines]
        self.statements = [replace(statement, fix_tex="") for statement in self.statements]

    def counts(self) -> dict[str, int]:
        """How many statements were read, judged, right, wrong and not read."""
        found = self.statements
        return {
            "statements": len(found),
            "read": sum(s.status != "not read" for s in found),
            "judged": sum(s.status == "judged" for s in found),
            "right": sum(s.verdict == "right" for s in found),
            "wrong": sum(s.verdict == "wrong" for s in found),
            "not read": sum(s.status == "not read" for s in found),
        }


def print_notes(report: NotesReport, console: Console) -> None:
    """Print each statement with its verdict, then what was assumed and the counts."""
    for text in report.assumed:
        console.print(f"[dim]{safe(text)}[/]", highlight=False, soft_wrap=True)
    for said in report.statements:
        place = f"{said.line:4}" if said.cell is None else f"cell {said.cell}, {said.line}"
        mark = MARKS.get(said.verdict, f"[yellow]{said.status}[/]" if said.status != "judged" else "")
        console.print(f"[dim]{place}[/]  {safe(' '.join(said.tex.split()))}  {mark}", highlight=False, soft_wrap=True)
        if said.verdict == "wrong":
            if said.cause:
                console.print(f"      [red]{safe(said.cause)}[/]", highlight=False, soft_wrap=True)
            if said.fix_tex:
                console.print(f"      right: [bold]{safe(said.fix_tex)}[/]", highlight=False, soft_wrap=True)
        elif said.reason and said.status != "judged":
            console.print(f"      [yellow]{safe(said.reason)}[/]", highlight=False, soft_wrap=True)
        if said.note:
            console.print(f"      [yellow]{safe(said.note)}[/]", highlight=False, soft_wrap=True)
    counts = report.counts()
    console.print(
        f"\n{counts['statements']} statements: {counts['read']} read, {counts['judged']} judged, "
        f"[green]{counts['right']} right[/], [bold red]{counts['wrong']} wrong[/], {counts['not read']} not read",
        highlight=False,
    )
    if report.code is not None:
        console.print()
        _print_code(report.code, console)


def _print_code(code: Report, console: Console) -> None:
    """Print the code cells in which something was judged; in one line, why none was."""
    if code.verdict == "unusable":
        console.print(f"[dim]the code is not judged: {safe(code.message)}[/]", highlight=False, soft_wrap=True)
        return
    judged = {finding.cell for finding in code.lines}
    print_report(replace(code, cells=[cell for cell in code.cells if cell[0] in judged]), console)
