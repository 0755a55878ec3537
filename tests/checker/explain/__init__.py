"""Tests of why a claim is wrong and what the right line is."""

from backproof.checker.explain import Explanation, explain
from backproof.checker.judge import judge
from backproof.checker.record.program import read
from backproof.checker.samples import samples_of


def explained(source: str, seed: int = 0) -> list[Explanation]:
    """What is said of the wrong claims of a derivation."""
    program = read(source, "derivation.py")
    return explain(program, judge(program, samples_of(program, seed), True), seed)


def fixes(source: str) -> dict[int, str | None]:
    """The right lines by their numbers."""
    return {e.line: e.fix for e in explained(source)}


def line_of(source: str, text: str) -> int:
    """The number of a line."""
    return source.splitlines().index(text) + 1
