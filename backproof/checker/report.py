"""The report on a derivation: which line is wrong, why, and what the right line is."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape

from .backward import backward_slip
from .check import Line, Recording, recordings
from .conventions import settle
from .derivation import Derivation, DerivationError, read
from .edits import NO_MEAN, NO_MINUS, NO_MINUS_IN_EXPONENT
from .forward import forward_slip, labels_slip
from .places import Edit
from .repair import Repair, repair, what_is_known


@dataclass
class Report:
    """What is known of a derivation: the verdict, a message where it cannot be used, and a finding for each claim."""

    file: str
    verdict: str = "right"
    message: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    source: list[str] = field(default_factory=list)

    def _repr_html_(self) -> str:
        """The report as Jupyter shows it."""
        console = Console(record=True, file=io.StringIO(), width=110)
        if self.verdict == "unusable":
            console.print(self.message, markup=False, highlight=False)
        else:
            print_report(self, console)
        return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")

    def __str__(self) -> str:
        """The report as the command prints it, without colours."""
        console = Console(file=io.StringIO(), width=110, color_system=None)
        with console.capture() as capture:
            print_report(self, console)
        return self.message if self.verdict == "unusable" else capture.get()

    def to_json(self) -> str:
        """The report as one JSON object; an error that is not finite is null."""
        report = {"file": self.file, "verdict": self.verdict, "message": self.message, "lines": self.lines}
        return json.dumps(report, allow_nan=False)


def check_source(source: str, name: str, seed: int = 0) -> Report:
    """Judge every claim of a derivation, and repair the wrong ones."""
    report = Report(name, source=source.splitlines())
    try:
        derivation = read(source, name)
        lines, recorded = settle(derivation, recordings(derivation, seed))
        _fill(report, derivation, lines, recorded, seed)
    except DerivationError as error:
        report.verdict, report.message = "unusable", str(error)
    return report


def _fill(report: Report, derivation: Derivation, lines: list[Line], recorded: list[Recording], seed: int) -> None:
    wrong = [line for line in lines if line.verdict == "wrong"]
    fixes = {(line.line, line.name): _nearest(derivation, line, recorded) for line in wrong}
    unexplained = any(fix is None or fix.slips > 1 for fix in fixes.values())
    slip = labels_slip(derivation, recorded, seed) if unexplained else None
    if fixes and slip is None:
        slip = forward_slip(derivation, recorded, _suspects(derivation, lines, fixes, recorded))
    if slip is not None:
        report.verdict = "wrong"
        report.lines = [_finding(Line(slip.line, _name_of(report, slip.line), "wrong"), slip)]
        report.lines += [_finding(Line(line.line, line.name, "right", note=line.note), None) for line in lines]
        report.message = f"one slip before the claims, line {slip.line}: {slip.cause}"
        return
    for line in lines:
        fix = fixes.get((line.line, line.name))
        if line.verdict == "wrong" and fix is None:
            line.note = what_is_known(line, derivation, recorded)
        report.lines.append(_finding(line, fix))
    verdicts = {line.verdict for line in lines}
    report.verdict = "wrong" if "wrong" in verdicts else "unusable" if verdicts == {"unjudged"} else "right"
    report.message = "no claim could be judged" if report.verdict == "unusable" else ""


def _nearest(derivation: Derivation, line: Line, recorded: list[Recording]) -> Repair | None:
    """One edit of the line, or of a function that it calls; only then two edits of the line."""
    own = repair(derivation, line, recorded)
    return own if own and own.slips == 1 else backward_slip(derivation, line, recorded) or own


def _suspects(
    derivation: Derivation, lines: list[Line], fixes: dict[Any, Repair | None], recorded: list[Recording]
) -> Callable[[Edit], bool]:
    """Which edits of the forward part explain more than the repairs of the claims do.

    Any, where several lines are wrong and no one edit repairs them. Where the first claim alone has no repair of one
    edit, none that puts something else in the place of a name or of an operator. Else a minus sign: of the cost, when
    it is negative on every sample, and of the exponent in a sigmoid that is written without one; or the 1/m of the
    cost, where a claim seems to have one too many.
    """
    first = fixes.get((lines[0].line, lines[0].name))
    several = len({fix and fix.line for fix in fixes.values()}) > 1
    no_easy_repair = lines[0].verdict == "wrong" and (first is None or first.slips > 1)
    sizes = tuple(f"where {size} belongs" for size in derivation.sizes)
    allowed = {NO_MINUS} if all(recording.record.J < 0 for recording in recorded) else set()
    if re.search(r"1\.?\s*/\s*\(\s*1\.?\s*\+\s*np\.exp\(\s*[A-Za-z]", derivation.source):
        allowed.add(NO_MINUS_IN_EXPONENT)

    allowed |= {
        NO_MEAN.format(s) for s in derivation.sizes for f in fixes.values() if f and f"1/{s} too many" in f.cause
    }

    def may_be(edit: Edit) -> bool:
        gentle = no_easy_repair and ("where" not in edit.cause or edit.cause.endswith(sizes))
        return several or gentle or edit.cause in allowed

    return may_be


def _name_of(report: Report, line: int) -> str:
    return re.split(r"[:+*/-]?=|:", report.source[line - 1])[0].strip()


def _finding(line: Line, fix: Repair | None) -> dict[str, Any]:
    return {
        "line": fix.line if fix else line.line,
        "name": line.name,
        "verdict": line.verdict,
        "error": line.error_u if np.isfinite(line.error_u) else None,
        "cause": fix.cause if fix else None,
        "fix": fix.text if fix else None,
        "fix_verified": fix.samples if fix else 0,
        "note": line.note or (line.reasons[0] if line.reasons and line.verdict != "right" and not fix else ""),
    }


def print_report(report: Report, console: Console) -> None:
    """The user's own lines, the verdict beside each; then the repairs."""
    marks = {"right": "[green]right[/]", "wrong": "[bold red]WRONG[/]", "unjudged": "[yellow]unjudged[/]"}
    found: dict[int, list[dict[str, Any]]] = {}
    for finding in report.lines:
        found.setdefault(finding["line"], []).append(finding)
    width = min(max((len(text) for text in report.source), default=0), 88)
    for number, text in enumerate(report.source, start=1):
        order = ["wrong", "unjudged", "right"]
        here = sorted((f["verdict"] for f in found.get(number, [])), key=order.index)
        mark = marks[here[0]] if here else ""
        padding = " " * (width - len(text))
        console.print(f"[dim]{number:4}[/]  {escape(text)}{padding}  {mark}", highlight=False, soft_wrap=True)
        said: list[Any] = []
        for finding in (f for f in found.get(number, []) if f["verdict"] != "right"):
            if (what := (finding["cause"], finding["fix"], finding["note"])) not in said:
                said.append(what)
                _print_finding(finding, console)
    wrong = sum(f["verdict"] == "wrong" for f in report.lines)
    notes = {f["note"] for f in report.lines if f["note"] and f["verdict"] == "right"}
    console.print()
    for note in sorted(notes):
        console.print(f"note: {escape(note)}", highlight=False)
    unjudged = sum(f["verdict"] == "unjudged" for f in report.lines)
    right = f"[green]all {'other ' if unjudged else ''}claims are right[/]"
    left = f", [yellow]{unjudged} could not be judged[/]" if unjudged else ""
    console.print((f"[bold red]{wrong} wrong[/]" if wrong else right) + left, highlight=False)


def _print_finding(finding: dict[str, Any], console: Console) -> None:
    if finding["cause"]:
        verified = finding["fix_verified"]
        console.print(f"      [red]{escape(finding['cause'])}[/]", highlight=False, soft_wrap=True)
        fix = f"      fix (verified on {verified} witnesses): [bold]{escape(finding['fix'])}[/]"
        console.print(fix, highlight=False, soft_wrap=True)
    elif finding["note"]:
        console.print(f"      {escape(finding['note'])}", highlight=False, soft_wrap=True)
