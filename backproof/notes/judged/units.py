"""One statement as a program for the checker: what stands on its left is known, what stands on its right is judged.

The derivative of sum(T * left) by T is the left side, so that `dT = right` claims their equality; the checker then
judges it and searches the right line as it does for any derivation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ..meaning.shapes import Shape, World
from . import course, values


@dataclass(frozen=True)
class Judged:
    """Whether a right side is right; of a wrong one the cause and the right source."""

    verdict: str  # right, wrong, unjudged
    cause: str = ""
    fix: str = ""
    reason: str = ""
    fix_tex: str = ""


def equality(left: str, right: str, shape: Shape, world: World, extra: Sequence[str] = ()) -> str:
    """A program that claims that two sides are equal in the network of the course."""
    declared = course.declarations(world)
    sizes = ", ".join(shape) if shape else "()"
    before = [*course.forward(world), *course.backward(world)]
    before, left = _hidden(before, left, right)
    lines = ["import numpy as np", *declared, *extra, f'T: "{sizes}"', *before]
    return "\n".join([*lines, f"J = np.sum(T * ({left}))", f"dT = {right}", ""])


def _hidden(lines: list[str], left: str, right: str) -> tuple[list[str], str]:
    """The same without the name on the left, so that the search of a right line cannot answer with it."""
    defined = [line for line in lines if line.startswith(f"{left} = ")]
    if not defined or re.search(rf"\b{left}\b", right):
        return lines, left
    value = defined[0].partition(" = ")[2]
    kept = [re.sub(rf"\b{left}\b", f"({value})", line) for line in lines if line is not defined[0]]
    return kept, value


def local(of: str, by: str, right: str, definitions: Sequence[str], shape: str = "()") -> str:
    """A program that claims the derivative of a value by a variable of its own."""
    lines = ["import numpy as np", f'{by}: "{shape}"', course.FUNCTIONS.rstrip(), *definitions, f"J = np.sum({of})"]
    return "\n".join([*lines, f"d{by} = {right}", ""])


@cache
def judged(program: str, seed: int = 0, explained: bool = False) -> Judged:
    """What the checker says of the last line of a program; the right line only when it is asked for."""
    from backproof.checker.check import reports

    try:
        found = reports(program, "notes", seed, "")
        report = next(found)
        report = next(found, report) if explained else report
    except Exception as error:
        return Judged("unjudged", reason=f"{type(error).__name__}: {error}")
    last = program.count("\n")
    findings = [finding for finding in report.lines if finding.line == last]
    if not findings:
        message = report.message or next((left.reason for left in report.unjudged if left.line == last), "")
        if re.search(r"line \d+: .*(?:matmul|broadcast|shapes|dimension)", message):
            return Judged("wrong", cause="the shapes do not fit")
        return Judged("unjudged", reason=message.splitlines()[0] if message else "it is not reached")
    finding = findings[0]
    if (finding.cause or finding.note).startswith("dT is 1 times"):
        return Judged("unjudged", reason="its value agrees, and the checker cannot tell more")
    fix = (finding.fix or "").partition(" = ")[2]
    return Judged(finding.verdict, finding.cause or finding.note, fix)


def of_program(program: str, seed: int) -> Judged:
    """The verdict on one program: an equality goes by values, a derivative to the checker."""
    if not values.is_equality(program):
        return judged(program, seed)
    try:
        holds, cause = values.same(program)
    except values.NoValueError as error:
        return Judged("unjudged", reason=str(error))
    return Judged("right" if holds else "wrong", cause)
