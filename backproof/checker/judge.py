"""Judge every claim, each given the right values before it, on several samples, as one story for the whole file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .mean.claims import Claim, Convention, claims_of, hints_of, named_claim, names_of
from .record.ledger import Event, fresh, overwrite
from .mean.names import is_strict
from .mean.sense import Sense, costs, sense_of
from .program import Draw, Program, Run, UnusableError, run
from .record.arrays import ROUNDOFF, Traced
from .record.tape import Node

SAMPLES = 4
STRETCHES = ((1, 0), (4, 0), (4, 2), (4, -2), (12, 0), (1, 3), (1, -3), (0.2, 0), (40, 0), (1, 0), (1, 0), (1, 0))
NOISY_RUNS = 3
ROUNDING = 1e3  # by how much a difference must exceed what rounding moves before it counts
PASSES = 16

Place = tuple[int, str]  # site and name of a claim
Key = tuple[int, int, str]  # site, turn and name of an event


@dataclass
class Sample:
    """One draw, its uncorrected run, and the right values that replace wrong ones in later runs."""

    draw: Draw
    first: Sense
    right_values: dict[Key, Any] = field(default_factory=dict)
    guarded: dict[int, tuple[Any, str]] = field(default_factory=dict)

    def again(self, program: Program, noise: int = 0) -> Sense:
        """The run with the right values in the place of the wrong ones that are known."""
        if not self.right_values and not noise and not self.guarded:
            return self.first
        result = run(program, self.draw, replace=self._replace, noise=noise, guarded=self.guarded)
        return sensed(result, self.first)

    def _replace(self, event: Event, value: Any) -> Any:
        key = (event.site.number, event.turn, event.name)
        if key not in self.right_values:
            return value
        right = self.right_values[key]
        if event.site.kind in ("augment", "item") and isinstance(value, Traced) and value.ndim:
            overwrite(value, np.broadcast_to(right, value.shape))
            return value
        return fresh(np.reshape(right, np.shape(value)) if np.size(right) == np.size(value) else right)


def sensed(again: Run, first: Sense) -> Sense:
    """What a later run of the same sample means: its cost is where it was."""
    event = first.cost_event
    if event is None:
        raise UnusableError("the cost is not found again")
    same = [e for e in again.events if _key(e) == _key(event)]
    if not same or same[0].node is None:
        raise UnusableError("the cost is not computed again")
    return sense_of(again, same[0].node, same[0])


def _key(event: Event) -> Key:
    return event.site.number, event.turn, event.name


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
            slips.add((verdict.site, verdict.name) if None in numbers else (of_parameter, *sorted(numbers)))
        return len(slips)


def samples_of(program: Program, seed: int) -> list[Sample]:
    """The program on several draws, each with its cost; more of them where a branch was not yet taken on both sides."""
    usual = [Draw(seed + i) for i in range(SAMPLES)] + [Draw(seed + SAMPLES, large=True)]
    found = [Sample(draw, first_sense(program, draw)) for draw in usual]
    if not program.inputs:
        return found
    seen: dict[Any, set[bool]] = {}
    for sample in found:
        _saw(seen, sample)
    rare = [Draw(seed + 10 + i, scale, shift, i % 2 == 1) for i, (scale, shift) in enumerate(STRETCHES)]
    for draw in rare:
        if all(len(sides) == 2 for sides in seen.values()):
            break
        try:
            sample = Sample(draw, first_sense(program, draw))
        except UnusableError:
            continue
        if np.isfinite(sample.first.cost.value).all() and _saw(seen, sample):
            found.append(sample)
    return found


def _saw(seen: dict[Any, set[bool]], sample: Sample) -> bool:
    """Add the sides of comparisons that a sample took; whether one of them is new."""
    is_new = False
    for place, sides in sample.first.run.sides.items():
        known = seen.setdefault(place, set())
        is_new = is_new or not sides <= known
        known |= sides
    return is_new


def unseen_sides(samples: Sequence[Sample]) -> list[int]:
    """The lines of comparisons of which no sample took the other side."""
    seen: dict[Any, set[bool]] = {}
    for sample in samples:
        _saw(seen, sample)
    return sorted({line for (line, _, _), sides in seen.items() if len(sides) < 2 and line})


def first_sense(program: Program, draw: Draw, guarded: Mapping[int, tuple[Any, str]] | None = None) -> Sense:
    """One run of the program and its cost; UnusableError where there is none."""
    result = run(program, draw, guarded=guarded)
    for event in costs(result):
        if event.node is not None:
            return sense_of(result, event.node, event)
    if result.error:
        raise UnusableError(result.error, result.error_line)
    raise UnusableError("no cost is found: one number called J, L, loss or cost, computed from the inputs")


def judge(program: Program, samples: list[Sample], is_exact: bool) -> Story:
    """The verdicts in the convention that leaves the fewest slips; the notes' own where two leave as many."""
    story = told(program, samples, "either", is_exact)
    if not is_exact or (not story.wrong and not _is_mixed(story)):
        return story
    stories = []
    for convention in ("summed", "own"):
        again = [Sample(s.draw, s.first) for s in samples]
        stories.append(told(program, again, convention, is_exact))  # type: ignore[arg-type]
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
    for _ in range(PASSES):
        senses = [sample.again(program) for sample in samples]
        claims = [claims_of(sense, convention, is_exact) for sense in senses]
        for sample, sense, made in zip(samples, senses, claims, strict=True):
            _settle_rounding(program, sample, sense, made, convention, is_exact)
        primary = _primary(senses, claims, wrong)
        for place in primary:
            wrong[place] = [c for made in claims for c in made if _place(c) == place]
        for sample, sense, made in zip(samples, senses, claims, strict=True):
            for claim in (c for c in made if _place(c) in primary):
                _correct(sample, sense, claim)
        if primary:
            continue
        if not any([_guard_raising(s, sense, convention, is_exact) for s, sense in zip(samples, senses, strict=True)]):
            break
    verdicts = _verdicts(senses, claims, wrong)
    return Story(convention, verdicts, samples, is_exact)


def _settle_rounding(
    program: Program, sample: Sample, sense: Sense, made: list[Claim], convention: Convention, is_exact: bool
) -> None:
    """Tell rounding from error by the spread of values that are rounded once more at every operation."""
    doubtful = [c for c in made if c.target is not None and (_may_be_rounding(c) or _hides_entries(c))]
    if not doubtful:
        return
    noisy = [sample.again(program, noise) for noise in range(1, NOISY_RUNS + 1)]
    others = [{_key(c.event): c for c in claims_of(s, convention, is_exact)} for s in noisy]
    for claim in doubtful:
        again = [other[_key(claim.event)] for other in others if _key(claim.event) in other]
        pairs = [(c.event.value, c.truth) for c in again if np.shape(c.truth) == np.shape(claim.truth)]
        if len(pairs) < NOISY_RUNS:
            continue
        value, truth = np.asarray(claim.event.value, dtype=float), np.asarray(claim.truth)
        moved = sum(np.abs(v - value) + np.abs(t - truth) for v, t in pairs)
        size = float(np.max(np.abs(truth), initial=0.0))
        if claim.is_right:
            off = np.abs(value - truth) > 10 * ROUNDING * (moved + ROUNDOFF * np.abs(truth))
            if np.any(off & (np.abs(value - truth) > 1e-5 * np.abs(truth))):
                claim.allowed, claim.ratio, claim.note = False, None, "some entries only"
        elif float(np.linalg.norm(value - truth)) <= ROUNDING * float(np.linalg.norm(moved)) + ROUNDOFF**2 * size:
            claim.allowed, claim.ratio, claim.note = True, 1.0, "zero but for rounding"


def _may_be_rounding(claim: Claim) -> bool:
    """Whether a wrong value is so near the truth, for the numbers it was computed from, that rounding may explain it."""
    if claim.is_right or claim.note or np.shape(claim.event.value) != np.shape(claim.truth):
        return False
    node = claim.event.node
    near = [node, *node.parents, *(g for p in node.parents for g in p.parents)] if node is not None else []
    scale = max((float(np.max(np.abs(n.value), initial=0.0)) for n in near), default=1.0)
    difference = float(np.max(np.abs(np.asarray(claim.event.value, dtype=float) - claim.truth), initial=0.0))
    return difference <= 1e-7 * max(scale, 1e-3)


def _hides_entries(claim: Claim) -> bool:
    """Whether a right value has entries that are far off beside much larger ones."""
    if not claim.is_right or claim.note or np.shape(claim.event.value) != np.shape(claim.truth):
        return False
    difference = np.abs(np.asarray(claim.event.value, dtype=float) - claim.truth)
    return bool(np.any(difference > 1e-5 * np.abs(claim.truth)))


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
    if claim.truth is None:
        return
    event = claim.event
    twins = [e for e in sense.owners.get(event.node, ()) if e.site.statement is event.site.statement]
    for twin in {id(e): e for e in (event, *twins)}.values():
        if twin is event or twin.turn == event.turn:
            sample.right_values[_key(twin)] = claim.truth


def _verdicts(
    senses: Sequence[Sense], claims: Sequence[list[Claim]], wrong: Mapping[Place, list[Claim]]
) -> list[Verdict]:
    """One verdict for each place where something is claimed."""
    found: dict[Place, Verdict] = {}
    for sense, made in zip(senses, claims, strict=True):
        free = excused(sense, made)
        for claim in made:
            place, event = _place(claim), claim.event
            if place in wrong:
                claim = wrong[place][0]
            elif event.number in free:
                continue
            fresh_verdict = Verdict(event.line, event.name, "unjudged", event.site.number, claim.V, claim.kind, order=event.number)
            verdict = found.setdefault(place, fresh_verdict)
            if place in wrong:
                verdict.verdict, verdict.claims = "wrong", wrong[place]
                continue
            verdict.claims.append(claim)
            if claim.is_right and np.any(claim.truth):
                verdict.verdict = "right"
            elif claim.target is None:
                verdict.reason = verdict.reason or claim.note
    return sorted(found.values(), key=lambda v: (v.line, v.order))


def _primary(
    senses: Sequence[Sense], claims: Sequence[list[Claim]], known: Mapping[Place, list[Claim]]
) -> set[Place]:
    """The wrong claims that depend on no other wrong claim; of two names for one value the earlier."""
    found: set[Place] = set()
    for sense, made in zip(senses, claims, strict=True):
        free = excused(sense, made)
        wrong = [c for c in made if _is_wrong(c) and _place(c) not in known and c.event.number not in free]
        nodes = {c.event.node for c in wrong if c.event.node is not None}
        first: set[Node] = set()
        for claim in wrong:
            node = claim.event.node
            if node in first:
                continue
            if node is not None:
                first.add(node)
            if node is None or not (sense.above(node) & nodes):
                found.add(_place(claim))
    return found


def _place(claim: Claim) -> Place:
    return claim.event.site.number, claim.event.name


def _is_wrong(claim: Claim) -> bool:
    return claim.target is not None and not claim.is_right


def excused(sense: Sense, made: Sequence[Claim]) -> set[int]:
    """The numbers of events that look like claims and are none: everything that is computed from them is right."""
    found: set[int] = set()
    for claim in reversed(made):
        node, number = claim.event.node, claim.event.number
        is_fixed = claim.event.frame == 0 and claim.target is not None
        if node is None or claim.kind == "step" or claim.is_right:
            continue
        if is_fixed and is_strict(claim.event.name, claim.event.container):
            continue
        using = [c for c in made if c is not claim and c.event.node is not node and _uses(c, node, sense)]
        decided = [c for c in using if c.target is not None and c.event.number not in found]
        if decided and all(c.is_right for c in decided):
            found.add(number)
    return found


def _uses(claim: Claim, node: Node, sense: Sense) -> bool:
    return claim.event.node is not None and node in sense.above(claim.event.node)


def wrong_lines(story: Story) -> Iterator[int]:
    """The lines of the wrong claims."""
    yield from sorted({v.line for v in story.wrong})
