"""What the checker says of the code cells of a notebook with formulas."""

import re
from dataclasses import replace

from backproof.checker.report import Report, Unjudged

from .report import NotesReport

SUPPOSED = re.compile(r"^called: |cost")  # of what is taken for granted about code, that which stands for its cost


def without_cost(code: Report) -> Report:
    """The report on code cells whose cost was supposed while the text gives one: what is wrong there is not judged."""
    if code.verdict != "wrong" or not any(SUPPOSED.search(line) for line in code.assumed):
        return code
    wrong = [finding for finding in code.lines if finding.verdict == "wrong"]
    reason = "the text gives a cost, of which the code computes nothing"
    left = [Unjudged(finding.line, finding.name, reason, finding.cell) for finding in wrong]
    lines = [finding for finding in code.lines if finding.verdict != "wrong"]
    return replace(code, lines=lines, unjudged=[*code.unjudged, *left], verdict="unjudged")


def add_code(report: NotesReport, code: Report) -> None:
    """Add what the checker says of the code cells, where it can use them."""
    report.code = code
    if code.verdict == "unusable":
        return
    report.lines += code.lines
    report.unjudged += code.unjudged
    if code.verdict == "wrong" or report.verdict == "unusable":
        report.verdict = code.verdict
