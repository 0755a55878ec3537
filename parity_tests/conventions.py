"""What a derivation leaves open, settled by what makes more of its claims right: where 1/m stands, what m is."""

from dataclasses import replace

from .check import Line, Recording, judge, per_example
from .derivation import Derivation


def settle(derivation: Derivation, recorded: list[Recording]) -> tuple[list[Line], list[Recording]]:
    """Verdicts in the convention that makes more claims right: dZ of the summed loss, or with 1/m inside dZ."""
    notes = judge(derivation, recorded)
    if not _wrong(notes):
        return notes, recorded
    if any(event.earlier for event in recorded[0].events):
        recorded = _versions(derivation, recorded)
        notes = judge(derivation, recorded)
    other = [replace(recording, summed=False) for recording in recorded]
    within = judge(derivation, other)
    if _wrong(within) < _wrong(notes):
        notes, recorded = within, other
    for size in derivation.sizes if not derivation.examples else ():
        again = _with_examples(size, recorded)
        if _wrong(lines := judge(derivation, again)) < _wrong(notes):
            notes, recorded = lines, again
    return notes, recorded


def _versions(derivation: Derivation, recorded: list[Recording]) -> list[Recording]:
    """Claims of a name that had several values are about the one that makes them right, if there is one."""
    tried: set[tuple[int, str]] = set()
    while True:
        wrong = {(line.line, line.name) for line in judge(derivation, recorded) if line.verdict == "wrong"} - tried
        several = {(e.line, e.key): len(e.earlier) for e in recorded[0].events if e.earlier}
        place = next((place for place in several if place in wrong), None)
        if place is None:
            return recorded
        tried.add(place)
        for k in range(1, several[place] + 1):
            again = [replace(r, version={**r.version, place: k}) for r in recorded]
            if place in {(line.line, line.name) for line in judge(derivation, again) if line.verdict == "right"}:
                recorded = again
                break


def _wrong(lines: list[Line]) -> int:
    return sum(line.verdict == "wrong" for line in lines)


def _with_examples(size: str, recorded: list[Recording]) -> list[Recording]:
    """The same runs, if this size is the number of examples: nothing in the script says which one is."""
    records = [replace(r.record, sample=replace(r.sample, examples=size)) for r in recorded]
    each = per_example([left for left in records if not left.sample.corner])
    return [Recording(left, each) for left in records]
