"""The line of a backward pass that is wrong, and the right line."""

from dataclasses import dataclass
from typing import Any

from ...explain.slips import Slip
from ...record.program import lines_of
from ..verdicts import Judged, judge_entry
from .likely import unexplained
from .search import Repairs, again_with
from .trial import entry_again

ROUNDS = 3


@dataclass
class Repair:
    """One wrong line: where, what the slip is, and the whole right line where it is known."""

    line: int
    slip: Slip | None = None
    fix: str | None = None
    V: tuple[str, ...] = ()  # the arguments whose gradients it makes right
    note: str = ""


def repairs(judged: Judged, shapes: Any, seed: int) -> list[Repair]:
    """The wrong lines of a backward pass, each with its right line where one is proved."""
    made: list[Repair] = []
    here = judged
    for _ in range(ROUNDS):
        search = Repairs(here, shapes, seed)
        found = search.found()
        if not found:
            break
        candidate = found[0]
        source = search.source_of(candidate)
        old, new = lines_of(here.module.source), lines_of(source)
        lines = [n for n, (a, b) in enumerate(zip(old, new, strict=False), start=1) if a != b]
        slip = candidate.slip or (candidate.edit.slip if candidate.edit else None)
        if len(lines) != 1 or len(old) != len(new):
            break
        made.append(Repair(lines[0], slip, new[lines[0] - 1].strip()))
        module = again_with(here.module, source)
        entry = entry_again(source, here.entry)
        if entry is None:
            break
        here = judge_entry(module, entry, shapes, seed)
        if here.is_right:
            return made
    if here.wrong:
        made += [Repair(line, V=Vs, note=note) for line, Vs, note in unexplained(here)]
    return made
