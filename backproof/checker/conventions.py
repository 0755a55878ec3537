"""What a derivation leaves open, settled by what makes more of its claims right: where 1/m stands, what m is."""

from dataclasses import replace

from .check import Line, Recording, judge, per_example
from .derivation import Derivation


def settle(derivation: Derivation, recorded: list[Recording]) -> tuple[list[Line], list[Recording]]:
    """Verdicts in the convention that makes more claims right: dZ of the summed loss, or with 1/m inside dZ."""
    notes = judge(derivation, recorded)
    if not _wrong(notes):
        return notes, recorded
    notes, recorded = _versions(derivation, notes, recorded)
    other = [replace(recording, summed=False) for recording in recorded]
    within = judge(derivation, other)
    if _wrong(within) < _wrong(notes):
        notes, recorded = within, other
    for size in derivation.sizes if not derivation.examples else ():
        again = _with_examples(size, recorded)
        if _wrong(lines := judge(derivation, again)) < _wrong(notes):
            notes, recorded = lines, again
    return notes, recorded


def _versions(
    derivation: Derivation, lines: list[Line], recorded: list[Recording]
) -> tuple[list[Line], list[Recording]]:
    """Claims of a name that had several values are about the one that makes them right, if there is one."""
    several = {(e.line, e.key): len(e.earlier) for e in recorded[0].events if e.earlier}
    for place, earlier in several.items():
        for k in range(1, earlier + 1) if (place in _places(lines, "wrong")) else ():
            again = [replace(r, version={**r.version, place: k}) for r in recorded]
            judged = judge(derivation, again)
            if place in _places(judged, "right"):
                lines, recorded = judged, again
                break
    return lines, recorded


def _places(lines: list[Line], verdict: str) -> set[tuple[int, str]]:
    return {(line.line, line.name) for line in lines if line.verdict == verdict}


def _wrong(lines: list[Line]) -> int:
    return sum(line.verdict == "wrong" for line in lines)


def _with_examples(size: str, recorded: list[Recording]) -> list[Recording]:
    """The same runs, if this size is the number of examples: nothing in the script says which one is."""
    records = [replace(r.record, sample=replace(r.sample, examples=size)) for r in recorded]
    each = per_example([left for left in records if not left.sample.corner])
    return [Recording(left, each) for left in records]
