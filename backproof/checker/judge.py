"""Judge every claim, each given the right values before it, on several samples, as one story for the whole file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .mean.claims import claims_of, hints_of, named_claim, names_of
from .mean.compare import Claim, Convention, Place
from .mean.names import is_strict
from .mean.sense import Sense
from .mean.turns import is_given
from .record.ledger import Event
from .record.program import Program
from .record.tape import Node
from .samples import Sample, key_of
from .settle.constants import settle_constants
from .settle.culprit import culprit, meant
from .settle.direction import settle_direction
from .settle.rounding import settle_rounding

PASSES = 16


@dataclass
class Verdict:
    """What is known of one claim: its line, its verdict, and its values on the samples."""

    line: int
    name: str
    verdict: str  # right, wrong, unjudged
    site: int
    V: str
    kind: str
    claims: list[Claim] = field(default_factory=list)
    reason: str = ""
    note: str = ""
    order: int = 0


@dataclass
class Story:
    """The verdicts of a file under one convention."""

    convention: Convention
    verdicts: list[Verdict]
    samples: list[Sample]
    is_exact: bool

    @property
    def wrong(self) -> list[Verdict]:
        """The claims that are wrong."""
        return [v for v in self.verdicts if v.verdict == "wrong"]

    @property
    def slips(self) -> int:
        """How many different slips there are: the same factor in several claims is one."""
        slips: set[Any] = set()
        for verdict in self.wrong:
            numbers = {c.ratio and round(c.ratio / c.multiple, 9) for c in verdict.claims if not c.is_right}
            of_parameter = any(c.target is not None and not c.target.parents for c in verdict.claims)
            slips.add(
                (verdict.site, verdict.name)
                if None in numbers
                else (of_parameter, *sorted(n for n in numbers if n is not None))
            )
        return len(slips)


def judge(program: Program, samples: list[Sample], is_exact: bool) -> Story:
    """The verdicts in the convention that leaves the fewest slips; the notes' own where two leave as many."""
    story = told(program, samples, "either", is_exact)
    if not is_exact or (not story.wrong and not _is_mixed(story)):
        return story
    stories = []
    for convention in ("summed", "own"):
        again = [Sample(s.draw, s.first) for s in samples]
        stories.append(told(program, again, convention, is_exact))
    return min(stories, key=lambda s: (s.slips, _weight(s)))


def _weight(story: Story) -> float:
    """Between stories with as many slips: the notes' convention, unless it is used nowhere in the file."""
    return 0.0 if story.convention == "summed" else 0.5


def _is_mixed(story: Story) -> bool:
    """Whether some derivatives per example are those of the summed loss and others are not."""
    claims = [c for v in story.verdicts for c in v.claims if c.is_right and c.has_conventions and np.any(c.truth)]
    return len({claim.multiple != 1.0 for claim in claims}) > 1


def told(program: Program, samples: list[Sample], convention: Convention, is_exact: bool) -> Story:
    """Judge in one convention: the first wrong claim is put right, and the run goes on from there."""
    wrong: dict[Place, list[Claim]] = {}
    hidden: dict[int, Claim] = {}
    for _ in range(PASSES):
        senses = [sample.again(program) for sample in samples]
        claims = [claims_of(sense, convention, is_exact) for sense in senses]
        for sample, sense, made in zip(samples, senses, claims, strict=True):
            settle_rounding(program, sample, sense, made, convention, is_exact)
        if not is_exact:
            settle_constants(claims)
            settle_direction(senses, claims)
        primary = _primary(senses, claims, wrong, is_exact)
        for place in primary:
            behind = culprit(program, samples, senses, claims, place, convention, is_exact)
            if behind is None and not is_exact:
                behind = meant(program, samples, senses, claims, place)
            chosen = behind.claims if behind else [[c for c in made if c.place == place] for made in claims]
            blamed = [c for made in chosen for c in made]
            wrong[blamed[0].place] = blamed
            hidden.update({id(c): c for c in blamed} if behind else {})
            for sample, sense, made, all_made in zip(samples, senses, chosen, claims, strict=True):
                for claim in made:
                    claim.called_from = 0 if claim.is_right else called_from(sense, claim, all_made)
                    _correct(sample, sense, claim)
        if primary:
            continue
        if not any(_guard_raising(s, sense, convention, is_exact) for s, sense in zip(samples, senses, strict=True)):
            break
    verdicts = _verdicts(senses, [*claims, [*hidden.values()]], wrong, is_exact)
    return Story(convention, verdicts, samples, is_exact)


def _guard_raising(sample: Sample, sense: Sense, convention: Convention, is_exact: bool) -> bool:
    """Whether the run ended in a statement that claims a derivative: later runs go on with the right value there."""
    if not sense.run.error:
        return False
    for site in sense.run.ledger.sites:
        first, last = site.statement.lineno, site.statement.end_lineno or site.statement.lineno
        if not first <= sense.run.error_line <= last or site.number in sample.guarded or site.expression is None:
            continue
        event = Event(len(sense.run.events), site, 0, *names_of(site), 0, 0, None, None, 0)
        claim = named_claim(event, hints_of(event), sense, convention, is_exact)
        if claim is not None and claim.truth is not None:
            sample.guarded[site.number] = (claim.truth, sense.run.error)
            return True
    return False


def _correct(sample: Sample, sense: Sense, claim: Claim) -> None:
    """Have the right value stand in later runs, under every name that the same statement gives it."""
    event = claim.event
    if claim.step is not None and claim.after is not None:
        sample.right_values[key_of(event)] = claim.after
    if claim.truth is None or claim.change is not None:
        return
    twins = [e for e in sense.owners.get(event.node, ()) if e.site.statement is event.site.statement]  # type: ignore[arg-type]
    for twin in {id(e): e for e in (event, *twins)}.values():
        if twin is event or twin.turn == event.turn:
            sample.right_values[key_of(twin)] = claim.truth


def _verdicts(
    senses: Sequence[Sense], claims: Sequence[list[Claim]], wrong: Mapping[Place, list[Claim]], is_exact: bool
) -> list[Verdict]:
    """One verdict for each place where something is claimed."""
    found: dict[Place, Verdict] = {}
    for sense, made in zip([*senses, senses[0]], claims, strict=True):
        free = excused(sense, made) | (set() if is_exact else _beside_the_flow(sense, made))
        for claim in made:
            place, event = claim.place, claim.event
            if place in wrong:
                claim = wrong[place][0]
            elif event.number in free:
                continue
            fresh_verdict = Verdict(
                event.line, event.name, "unjudged", event.site.number, claim.V, claim.kind, order=event.number
            )
            verdict = found.setdefault(place, fresh_verdict)
            if place in wrong:
                verdict.verdict, verdict.claims = "wrong", wrong[place]
                continue
            verdict.claims.append(claim)
            if claim.is_right and np.any(claim.truth):
                verdict.verdict = "right"
            elif claim.target is None:
                verdict.reason = verdict.reason or claim.note
    for place, made in wrong.items():  # put right, a value may leave no trace of its claim in later runs
        claim, event = made[0], made[0].event
        line = next((c.called_from for c in made if c.called_from), event.line)
        if place in found:
            found[place].line = line
        else:
            found[place] = Verdict(
                line, event.name, "wrong", event.site.number, claim.V, claim.kind, made, order=event.number
            )
    return sorted(found.values(), key=lambda v: (v.line, v.order))


def _primary(
    senses: Sequence[Sense], claims: Sequence[list[Claim]], known: Mapping[Place, list[Claim]], is_exact: bool
) -> list[Place]:
    """The wrong claims that depend on no other wrong claim, in order; of two names for one value the earlier."""
    found: dict[Place, None] = {}
    for sense, made in zip(senses, claims, strict=True):
        free = excused(sense, made)
        if not is_exact:
            free |= _beside_the_flow(sense, made) | _unread(sense, made)
        wrong = [c for c in made if _is_wrong(c) and c.place not in known and c.event.number not in free]
        nodes = {c.event.node for c in wrong if c.event.node is not None}
        first: set[Node] = set()
        for claim in wrong:
            node = claim.event.node
            if node in first:
                continue
            if node is not None:
                first.add(node)
            if node is None or not (sense.above(node) & nodes):
                found[claim.place] = None
    return list(found)


def _is_wrong(claim: Claim) -> bool:
    return claim.target is not None and not claim.is_right


def excused(sense: Sense, made: Sequence[Claim]) -> set[int]:
    """The numbers of events that look like claims and are none: everything that is computed from them is right."""
    found: set[int] = set()
    right = {c.event.node for c in made if c.is_right}
    for claim in reversed(made):
        node, number = claim.event.node, claim.event.number
        if node in right and _is_the_only_one(claim, made, sense):
            continue  # dbh = dhraw: what is computed from it is computed from dhraw
        is_fixed = claim.event.frame == 0 and claim.target is not None
        if node is None or claim.kind == "step" or claim.is_right or node in sense.forward:
            continue
        if is_fixed and is_strict(claim.event.name, claim.event.container):
            continue
        using = [c for c in made if c is not claim and c.event.node is not node and _uses(c, node, sense)]
        by_value = [c for c in using if c.is_right or c.event.node not in right]
        decided = [c for c in by_value if c.target is not None and c.event.number not in found]
        if decided and all(c.is_right for c in decided):
            found.add(number)
    return found


def called_from(sense: Sense, claim: Claim, made: Sequence[Claim]) -> int:
    """The line that calls a function which is right in another call, and so is blamed; 0 where it is not.

    A call in which an argument is zero throughout, as what is carried into the last step, is no evidence.
    """
    frame = claim.event.frame
    if not frame:
        return 0
    blank = {e.frame for e in sense.events if e.site.kind == "entered" and np.ndim(e.value) and not np.any(e.value)}
    alike = [c for c in made if c.place == claim.place and c.event.frame not in (frame, *blank)]
    is_right = any(c.is_right and np.any(c.truth) for c in alike)
    return sense.run.ledger.callers.get(frame, 0) if is_right else 0


def _unread(sense: Sense, made: Sequence[Claim]) -> set[int]:
    """The numbers of events of a loop's last turn, which nothing reads: dZ of the layer before the first."""
    read = {c.place for c in made if c.is_right and _is_read(c, sense)}
    return {
        c.event.number
        for c in made
        if not c.is_right and not c.of_parameter and c.place in read and not _is_read(c, sense)
    }


def _is_read(claim: Claim, sense: Sense) -> bool:
    children = sense.children.get(claim.event.node, ()) if claim.event.node is not None else ()
    return any(child.op not in ("view", "copy", "moved") for child in children)


def _beside_the_flow(sense: Sense, made: Sequence[Claim]) -> set[int]:
    """The numbers of wrong events through which no derivative flows: a slope g'(h) that happens to be called dh."""
    right = {c.event.node: c.event.number for c in made if c.is_right and c.event.node is not None}
    found = set()
    for claim in made:
        node = claim.event.node
        if claim.is_right or claim.of_parameter or node is None or _is_the_only_one(claim, made, sense):
            continue
        if not sense.above(node) & set(right) and any(number < claim.event.number for number in right.values()):
            found.add(claim.event.number)
    return found


def _is_the_only_one(claim: Claim, made: Sequence[Claim], sense: Sense) -> bool:
    """Whether a claim is about a parameter or an input, and no right claim about the same is computed from it."""
    node, target = claim.event.node, claim.target
    if node is None or target is None or not is_given(target):
        return False
    return not any(c.is_right and c.target is target and _uses(c, node, sense) for c in made)


def _uses(claim: Claim, node: Node, sense: Sense) -> bool:
    return claim.event.node is not None and node in sense.above(claim.event.node)
