"""Of the ways to call what a file defines, the one in which most of it is right; a slip is wrong in all of them."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..judge import Story, judge
from ..record.program import Program, UnusableError, read
from ..redraw import program_samples
from .units import Unit, units
from .worlds import World, worlds
from .written import UnknownError, shown, written

DEFINES = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
MOSTLY = 0.5  # of the claims are right with many examples, or the file is tried with one


@dataclass(frozen=True)
class Called:
    """A unit with the program that calls it, and what was found; how many of its claims are right, and what part."""

    program: Program
    story: Story
    said: str
    right: int
    share: float
    ends: bool  # without an error

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What speaks for this way to call it."""
        return self.ends, self.share == 1.0, self.share if self.share < 1.0 else self.right


def called(program: Program, seed: int) -> Iterator[Called]:
    """What can be called of a file, each in the way that suits it best."""
    for alternatives in units(program.tree):
        found = (list(_suited(alternative, program, seed)) for alternative in alternatives)
        yield from next(filter(None, found), [])


def _suited(several: Sequence[Unit], program: Program, seed: int) -> Iterator[Called]:
    for unit in several:
        best: Called | None = None
        for world, way in _ways(unit, program, seed):
            if world.is_single and best is not None and best.ends and best.share >= MOSTLY:
                break
            if best is None or way.rank > best.rank:
                best = way
        if best is not None:
            yield best


def _ways(unit: Unit, program: Program, seed: int) -> Iterator[tuple[World, Called]]:
    tried: set[str] = set()
    last = len(program.lines)
    for world in worlds():
        try:
            lines = written(unit, world, program.tree)
        except UnknownError:
            return
        source = "\n".join([*program.lines, *lines, ""])
        if source in tried:
            continue
        tried.add(source)
        made = read(source, program.name, program.folder, program.package)
        try:
            samples = program_samples(made, seed)
            story = judge(made, samples, False)
        except UnusableError:
            continue
        verdicts = [v.verdict for v in story.verdicts if v.line <= last and v.verdict != "unjudged"]
        right, run = verdicts.count("right"), samples[0].first.run
        is_anchored = samples[0].first.cost_event is not None and not run.error
        if verdicts and (is_anchored or right >= MOSTLY * len(verdicts)):
            yield world, Called(made, story, shown(lines[1:]), right, right / len(verdicts), not run.error)


def without_its_calls(program: Program, line: int) -> Program:
    """A file without what it does by itself from a line on, at which it ended for want of its data."""
    rows = list(program.lines)
    for statement in program.tree.body:
        if (statement.end_lineno or 0) >= line and not isinstance(statement, DEFINES):
            for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
                rows[number - 1] = ""
    return read("\n".join(rows), program.name, program.folder, program.package)
