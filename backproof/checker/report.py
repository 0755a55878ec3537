"""What a check found, as data and as text: the person's own lines, a verdict beside each claim, and the repairs."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape

from backproof.files import plain_text

LineVerdict = Literal["right", "wrong", "unjudged"]
FileVerdict = Literal["right", "wrong", "unjudged", "unusable"]
EXIT_STATUS: Mapping[str, int] = {"right": 0, "wrong": 1, "unjudged": 2, "unusable": 2}
MARKS = {"right": "[green]right[/]", "wrong": "[bold red]WRONG[/]", "unjudged": "[yellow]not judged[/]"}
ORDER = ("wrong", "unjudged", "right")
WIDTH = 88


@dataclass
class Finding:
    """One claim: its line and name, the verdict, and of a wrong one the cause and the right line.

    `error` is the norm-wise relative error in u where it is a number; `fix` is the whole line as it would stand in the
    file, proved on `fix_verified` samples; `note` says what is known where there is no fix.
    """

    line: int
    name: str
    verdict: LineVerdict
    error: float | None = None
    cause: str | None = None
    fix: str | None = None
    fix_verified: int = 0
    note: str = ""
    cell: int | None = None  # of a notebook, counted from 0; its lines count within it


@dataclass
class Unjudged:
    """Something that looks like a derivative and was not judged, with the reason."""

    line: int
    name: str
    reason: str
    cell: int | None = None


@dataclass
class Report:
    """What is known of a file: the verdict, a message where it cannot be used, and a finding for each claim.

    `assumed` says what was taken to be what, as declarations that can be pasted and corrected; `story` is the
    convention that the file follows.
    """

    file: str
    verdict: FileVerdict = "right"
    message: str = ""
    lines: list[Finding] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    story: str = ""
    unjudged: list[Unjudged] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    cells: list[tuple[int, list[str]]] = field(default_factory=list)  # of a notebook: their numbers and lines

    @property
    def exit_status(self) -> int:
        """0 all right, 1 something wrong, 2 unusable or not all judged."""
        return EXIT_STATUS[self.verdict]

    def _repr_html_(self) -> str:
        """The report as Jupyter shows it."""
        console = Console(record=True, file=io.StringIO(), width=110)
        print_report(self, console)
        return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")

    def __str__(self) -> str:
        """The report as the command prints it, without colours."""
        console = Console(file=io.StringIO(), width=110, color_system=None)
        with console.capture() as capture:
            print_report(self, console)
        return capture.get()

    def __repr__(self) -> str:
        """One line; the report itself is shown by `print` and by Jupyter."""
        wrong = sum(f.verdict == "wrong" for f in self.lines)
        return f"<Report on {self.file}: {self.verdict}, {len(self.lines)} claims, {wrong} wrong>"

    def to_json(self) -> str:
        """The report as one JSON object."""
        report = asdict(self)
        del report["source"], report["cells"]
        return json.dumps(report, allow_nan=False)

    def without_fixes(self) -> "Report":
        """The same without the answers, for a teacher: lines and causes only."""
        hidden = [Finding(**{**asdict(f), "fix": None, "fix_verified": 0}) for f in self.lines]
        return Report(**{**vars(self), "lines": hidden})


def print_report(report: Report, console: Console) -> None:
    """Print the report: what was assumed, the lines with their verdicts, what was not judged, the story."""
    if report.verdict == "unusable":
        console.print(plain(report.message), markup=False, highlight=False, soft_wrap=True)
        return
    for text in report.assumed:
        console.print(f"[dim]{safe(text)}[/]", highlight=False, soft_wrap=True)
    if report.assumed:
        console.print()
    _print_lines(report, console)
    console.print()
    if report.story:
        console.print(f"[dim]{safe(report.story)}[/]", highlight=False, soft_wrap=True)
    for left in report.unjudged:
        place = f"line {left.line}" if left.cell is None else f"cell {left.cell}, line {left.line}"
        place = f"{place}: {left.name}" if left.name else place
        console.print(f"[yellow]not judged[/]  {safe(place)}: {safe(left.reason)}", highlight=False, soft_wrap=True)
    console.print(_summary(report), highlight=False)


def _print_lines(report: Report, console: Console) -> None:
    width = min(max((len(plain(text)) for _, rows in _parts(report) for text in rows), default=0), WIDTH)
    for cell, rows in _parts(report):
        found: dict[int, list[Finding]] = {}
        for finding in report.lines:
            if finding.cell == cell:
                found.setdefault(finding.line, []).append(finding)
        if cell is not None:
            console.print(f"[dim]cell {cell}[/]", highlight=False)
        for number, text in enumerate(map(plain, rows), start=1):
            here = sorted((f.verdict for f in found.get(number, [])), key=ORDER.index)
            mark = MARKS[here[0]] if here else ""
            padding = " " * (width - len(text))
            console.print(f"[dim]{number:4}[/]  {safe(text)}{padding}  {mark}", highlight=False, soft_wrap=True)
            _print_findings([f for f in found.get(number, []) if f.verdict == "wrong"], console)


def plain(text: str) -> str:
    """Return text of a file as a terminal may have it, its lines apart."""
    return "\n".join(plain_text(line.expandtabs(4)) for line in text.split("\n"))


def safe(text: str) -> str:
    """Return text of a file as Rich prints it: nothing in it is markup, or moves the cursor."""
    return escape(plain(text))


def _parts(report: Report) -> Sequence[tuple[int | None, list[str]]]:
    """The cells of a notebook, or the one text of a file."""
    return report.cells or [(None, report.source)]


def _print_findings(findings: Sequence[Finding], console: Console) -> None:
    said: list[Any] = []
    for finding in findings:
        if (what := (finding.cause, finding.fix, finding.note)) in said:
            continue
        said.append(what)
        for text in filter(None, (finding.cause, finding.note)):
            console.print(f"      [red]{safe(text)}[/]", highlight=False, soft_wrap=True)
        if finding.fix:
            verified = f"fix (verified on {finding.fix_verified} samples): [bold]{safe(finding.fix)}[/]"
            console.print(f"      {verified}", highlight=False, soft_wrap=True)


def _summary(report: Report) -> str:
    wrong = len({(f.cell, f.line, f.name.partition("[")[0]) for f in report.lines if f.verdict == "wrong"})
    left = f", [yellow]{len(report.unjudged)} not judged[/]" if report.unjudged else ""
    if wrong:
        return f"[bold red]{wrong} wrong[/]{left}"
    right = sum(f.verdict == "right" for f in report.lines)
    return (
        f"[green]all {'other ' if left else ''}claims are right[/]" if right else "nothing is claimed to be right"
    ) + left
