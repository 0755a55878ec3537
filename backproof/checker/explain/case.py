"""A file with wrong claims: what must become right, where an edit lies in its text, and what a change makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..judge import Story, Verdict
from ..mean.compare import multiples_of
from ..mean.sense import Sense
from ..record.program import Program, rows_of
from ..record.tape import Node
from .edits.expression import segment
from .slips import Edit, Slip
from .suspects import Map, Suspect
from .trial.goal import Budget, Goal, runs_right
from .trial.hooks import Key
from .trial.plain import Bench, opened
from .trial.search import Search


@dataclass(frozen=True)
class Change:
    """An edit of the script, and the claims that it makes right."""

    start: int
    end: int
    text: str
    slip: Slip
    cost: float

    def line(self, source: str) -> int:
        """The physical line of what changes."""
        old, new = source[self.start : self.end], self.text
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        same = min(same, max(len(old) - 1, 0))
        return source.count("\n", 0, self.start + same) + 1


@dataclass
class Case:
    """A file with its verdicts, in the course of being explained."""

    program: Program
    story: Story
    benches: list[Bench] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.map = Map(self.program)
        self.benches = self.benches or [Bench(self.program, s) for s in self.story.samples]
        self.offsets = [0]
        for line in rows_of(self.program.source):
            self.offsets.append(self.offsets[-1] + len(line))
        self.rows = rows_of(self.program.source)
        self.budget = Budget()

    def offset(self, line: int, column: int) -> int:
        """Where a place of the tree is in the text."""
        row = self.rows[line - 1]
        return self.offsets[line - 1] + (
            column if row.isascii() else len(row.encode()[:column].decode(errors="replace"))
        )

    def goal(self, verdicts: Sequence[Verdict]) -> Goal:
        """What must become right: the claims of one site."""
        site = verdicts[0].site
        statement = self.site(site).statement
        free = {s.number for s in self.program.instrumented.sites if s.statement is statement} | {site}
        truths = []
        for bench in self.benches:
            found: dict[Key, object] = {}
            for verdict in verdicts:
                found |= bench.truths(site, verdict.name)
            truths.append(found)
        event = self.benches[0].sample.first.cost_event
        final = {
            v.name for v in self.story.verdicts if any(c.of_parameter for c in v.claims)
        }  # nothing is made from them
        unused = frozenset({v.name for v in verdicts} | final | ({event.name} if event is not None else set()))
        return Goal(site, frozenset(free), truths, self.scales(verdicts, truths), unused, self.kept)

    @cached_property
    def sense(self) -> Sense:
        """The first sample with right values in the place of wrong ones."""
        return self.benches[0].sample.again(self.program)

    @cached_property
    def kept(self) -> frozenset[Key]:
        """The claims that are right."""
        right = [c.event for v in self.story.verdicts if v.verdict == "right" for c in v.claims]
        return frozenset((e.site.number, e.turn, e.name) for e in right)

    def scales(self, verdicts: Sequence[Verdict], truths: Sequence[dict[Key, object]]) -> list[list[float]]:
        """The numbers by which right values may be multiplied: an input per example is free in its convention."""
        by_truth = {id(c.truth): c for v in verdicts for c in v.claims}
        claims = [next((by_truth[id(t)] for t in found.values() if id(t) in by_truth), None) for found in truths]
        known = [c for c in claims if c is not None and c.target is not None]
        if (
            not self.story.is_exact
            or self.story.convention == "own"
            or not known
            or any(c.target is None or c.target.parents for c in known)
        ):
            return [[1.0] * len(truths)]
        options = []
        for claim, bench in zip(claims, self.benches, strict=True):
            shaped = multiples_of(Node("leaf", claim.truth), bench.sample.first) if claim is not None else []
            options.append([1.0, *(c for c in shaped[:1] if c > 1)])
        if any(len(o) < 2 for o, c in zip(options, claims, strict=True) if c is not None):
            return [[1 / c.multiple if c is not None else 1.0 for c in claims]]
        return [
            [o[min(i, len(o) - 1)] / (c.multiple if c else 1.0) for o, c in zip(options, claims, strict=True)]
            for i in (0, 1)
        ]

    def site(self, number: int):  # type: ignore[no-untyped-def]
        """A site by its number."""
        return self.program.instrumented.sites[number]

    def search(self, suspect: Suspect, goal: Goal) -> Search:
        """The search in one expression."""
        text = segment(self.program.source, suspect.node)
        goal = replace(goal, in_the_end=suspect.is_header)
        return Search(
            self.program.source, self.program.name, suspect.node, text, self.benches, goal, self.budget, suspect.is_own
        )

    def change(self, suspect: Suspect, edit: Edit) -> Change:
        """An edit of an expression as one of the script."""
        start = self.offset(suspect.node.lineno, suspect.node.col_offset)
        return Change(start + edit.start, start + edit.end, edit.text, edit.slip, edit.cost)


def applied(source: str, changes: Sequence[Change]) -> str:
    """The script after some changes; of two that overlap the first."""
    done: list[Change] = []
    for change in changes:
        if all(change.end <= c.start or c.end <= change.start for c in done):
            done.append(change)
    for change in sorted(done, key=lambda c: -c.start):
        source = source[: change.start] + change.text + source[change.end :]
    return source


def repairs(case: Case, changes: Sequence[Change], goal: Goal) -> bool:
    """Whether changes make another claim right, too."""
    source = applied(case.program.source, changes)
    if not any(goal.truths):
        return False
    try:
        code = opened(source, case.program.name)
    except SyntaxError:
        return False
    return any(
        all(runs_right(bench, code, goal, n, scale=scale[n]) for n, bench in enumerate(case.benches))
        for scale in goal.scales
    )
