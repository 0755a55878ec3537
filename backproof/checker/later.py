"""The second turn of a training loop: a sum that is not set back, a value not computed anew, is right only once."""

import re
from collections.abc import Iterator

from .judge import Story
from .mean.claims import claims_of
from .mean.compare import Claim, Place
from .mean.costs import grew
from .mean.sense import Sense, sense_of
from .record.ledger import Event
from .record.program import Program
from .record.run import run
from .record.tape import through_copies
from .samples import Sample
from .settle.constants import settle_constants

GRADIENT = re.compile(r"g\Z|grad|nabla", re.IGNORECASE)  # a step by momentum is no multiple of it
ENOUGH = 6000  # events
ONCE = "right in the first turn of the loop and wrong in the second: is it set back to zero, and computed anew?"


def judge_second_turn(program: Program, story: Story) -> None:
    """Call those gradients of a training program wrong that are right in its first turn and not in its second."""
    if story.wrong or not story.samples or story.samples[0].undone or program.runner is not None:
        return
    found = [_second_turn(program, sample) for sample in story.samples]
    parameters = {c.V for v in story.verdicts for c in v.claims if c.of_parameter}
    claims = [list(_own(sense, start, parameters)) for sense, start in (f for f in found if f is not None)]
    if len(claims) < len(story.samples):
        return
    settle_constants(claims)
    wrong = set.intersection(*({c.place for c in made if _is_wrong(c)} for made in claims))
    right: set[Place] = {c.place for made in claims for c in made if c.is_right}
    for verdict in story.verdicts:
        if verdict.verdict == "right" and (verdict.site, verdict.name) in wrong - right:
            verdict.verdict, verdict.note = "wrong", ONCE
            verdict.claims = [c for made in claims for c in made if c.place == (verdict.site, verdict.name)]


def _is_wrong(claim: Claim) -> bool:
    return claim.target is not None and claim.ratio is None


def _second_turn(program: Program, sample: Sample) -> tuple[Sense, int] | None:
    """What the next computation of the cost means, and where the turn begins in which it is computed."""
    first, cost = sample.first, sample.first.cost_event
    stepping = {step.event.site.number for step in first.steps}
    if cost is None or not stepping:
        return None
    terms, seen = sum(e.site.number == cost.site.number for e in first.events), 0

    def stop(event: Event) -> bool:
        nonlocal seen
        seen += event.number > first.end and event.site.number == cost.site.number
        return seen > terms or event.number > ENOUGH

    again = run(program, sample.draw, replace=sample.replace, stop=stop)
    same = [e for e in again.events[first.end :] if e.site.number == cost.site.number and e.name == cost.name]
    steps = [e.number for e in again.events[: same[0].number] if e.site.number in stepping] if same else []
    if not steps:
        return None
    start, last = steps[-1] + 1, same[0]
    for event in same[1:]:
        last = event if grew(event, last) else last
    if last.node is None:
        return None
    sense = sense_of(again, last.node, last)
    forward = {e.site.number for e in again.events[start : last.number + 1] if e.node in sense.forward}
    begun = (e.number for e in again.events[last.number + 1 :] if e.site.number in forward)
    sense.end = next(begun, len(again.events))
    return sense, start


def _own(sense: Sense, start: int, parameters: set[str]) -> Iterator[Claim]:
    """The named gradients of a turn by the parameters as the turn before has left them."""
    updated = {root for e in sense.run.events[:start] if e.node is not None for root in through_copies(e.node)}
    updated = {node for node in updated if node.parents}
    for claim in claims_of(sense, "either", False):
        is_gradient = claim.kind == "named" or GRADIENT.match(claim.event.name) is not None
        if claim.event.number >= start and is_gradient and claim.V in parameters and claim.target in updated:
            yield claim
