"""Derivations to be spoilt, and what a report says of them."""

from dataclasses import dataclass

from backproof.checker.report import Report
from backproof.examples import FOLDER

EXAMPLES = sorted((FOLDER / "derivations").glob("*.py"))
PUBLIC = sorted((FOLDER / "public").glob("*.py"))
SHALLOW = (FOLDER / "derivations/s14_shallow_vectorised.py").read_text()
LOOP = (FOLDER / "derivations/s05_logistic_loop.py").read_text()
DEEP = (FOLDER / "derivations/s17_deep_network.py").read_text()


@dataclass(frozen=True)
class Case:
    """A right program, a line of it with a slip, and the fix that is offered; None where there is none."""

    program: str
    right: str
    slip: str
    fix: str | None
    told_at: str = ""  # where it is told, if not at the slip


def changed(source: str, old: str, new: str) -> str:
    """The derivation with one of its lines replaced."""
    assert source.count(f"\n{old}\n") == 1
    return source.replace(f"\n{old}\n", f"\n{new}\n")


def wrong_lines(report: Report) -> list[tuple[str, str | None]]:
    """Line as written and its fix, of every wrong line, without repetition."""
    found = [(report.source[f.line - 1].strip(), f.fix) for f in report.lines if f.verdict == "wrong"]
    return list(dict.fromkeys(found))


INPUT = 'import numpy as np\nX: "n, m"\n'
