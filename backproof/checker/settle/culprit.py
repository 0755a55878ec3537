"""The unnamed value that makes a claim wrong: the first line that is no derivative, found by trying right ones there.

A claim may be wrong because of a value between it and the claims before it, which has no name that says what it is. In
its place the derivative by each forward value of its shape is tried; where one makes the claim right, that was meant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..mean.claims import claims_of
from ..mean.compare import Claim, Convention, Place, judged
from ..mean.sense import Sense, bytes_of
from ..record.ledger import Event
from ..record.program import Program, UnusableError
from ..record.tape import Node, descendants
from ..samples import Key, Sample, key_of

TRIALS = 60
Label = tuple[int, str, tuple[int, ...], int, int, bool]  # line, operation, shape, offset, stride, reversed


@dataclass
class Culprit:
    """A site, and for each sample what its values should have been."""

    site: int
    claims: list[list[Claim]]


def culprit(
    program: Program,
    samples: Sequence[Sample],
    senses: Sequence[Sense],
    made: Sequence[list[Claim]],
    place: Place,
    convention: Convention,
    is_exact: bool,
) -> Culprit | None:
    """The unnamed value before a wrong claim that explains it; None where there is none."""
    wrong = [(i, c) for i, claims in enumerate(made) for c in claims if c.place == place and not c.is_right]
    if not wrong:
        return None
    first = wrong[0][0]
    sample, sense = samples[first], senses[first]
    trials = 0
    for events in _suspects(sense, made[first], place):
        for label, nodes in _meanings(sense, events):
            trials += 1
            if trials > TRIALS:
                return None
            tried = [_claim(e, n, sense, convention, is_exact, made[first]) for e, n in zip(events, nodes, strict=True)]
            ratio = _helps(program, sample, tried, place, convention, is_exact)
            if ratio is not None:
                found = _everywhere(senses, made, events, label, convention, is_exact)
                if found is not None:
                    usual = next((c.ratio for c in made[first] if c.is_right and c.of_parameter and c.ratio), ratio)
                    for claim in (c for claims in found for c in claims if not is_exact):
                        claim.truth, claim.multiple = claim.truth * usual / ratio, claim.multiple * usual / ratio
                    return Culprit(events[0].site.number, found)
    return None


def meant(
    program: Program, samples: Sequence[Sample], senses: Sequence[Sense], made: Sequence[list[Claim]], place: Place
) -> Culprit | None:
    """What else a wrong claim of a program may be the derivative by, so that all that is computed from it is right.

    Many call dh what is the derivative by the z of h = tanh(z): the gradients that are made with it tell.
    """
    first = next((i for i, claims in enumerate(made) if any(c.place == place and not c.is_right for c in claims)), -1)
    mine = [c for c in made[first] if c.place == place and not c.is_right and c.event.node is not None]
    if first < 0 or not mine or any(c.of_parameter or c.target is None for c in mine):
        return None
    sample, sense = samples[first], senses[first]
    nodes = {c.event.node for c in mine}
    later = [
        c for c in made[first] if c.of_parameter and c.event.node is not None and sense.above(c.event.node) & nodes
    ]
    places = {c.place for c in later}
    if not places or _all_right(program, sample, mine, places):
        return None
    events = [c.event for c in mine]
    for number, (label, targets) in enumerate(_meanings(sense, events)):
        if number >= TRIALS:
            return None
        tried = [_claim(e, n, sense, "either", False, made[first]) for e, n in zip(events, targets, strict=True)]
        if _all_right(program, sample, tried, places):
            found = _everywhere(senses, made, events, label, "either", False)
            return Culprit(place[0], found) if found is not None else None
    return None


def _all_right(program: Program, sample: Sample, tried: Sequence[Claim], places: set[Place]) -> bool:
    """Whether some claims are right when other values stand for wrong ones."""
    claims = [c for c in _with_values(program, sample, tried, "either", False) if c.place in places]
    return bool(claims) and all(c.is_right for c in claims)


def _suspects(sense: Sense, made: Sequence[Claim], place: Place) -> Iterator[list[Event]]:
    """The values that a wrong claim was computed from and that are nobody's derivative, a list for each site."""
    claimed = {c.event.node for c in made if c.target is not None}
    claim_nodes = {c.event.node for c in made if c.is_right and c.event.node is not None}
    of_claim = [c.event for c in made if c.place == place and not c.is_right and c.event.node is not None]
    above: set[Node] = set().union(*(sense.above(e.node) for e in of_claim if e.node is not None))
    by_site: dict[int, list[Event]] = {}
    parameters = {node for step in sense.steps for node in sense.roots(step.parameter)}
    carried = descendants(parameters, sense.run.nodes) if parameters else set(sense.run.nodes)
    for event in sense.events:
        node = event.node
        if node is None or node not in above or node in sense.forward or node in claimed or not node.parents:
            continue
        if node not in carried:
            continue
        if event.number in sense.superseded or event.site.kind in ("entered", "loop"):
            continue
        if event.site.number in sense.forward_turns or bytes_of(event.value) in sense.forward_values:
            continue  # the forward part, computed once more
        if any(node in sense.above(right) for right in claim_nodes) and not of_claim:
            continue
        by_site.setdefault(event.site.number, []).append(event)
    ranked = []
    for events in by_site.values():
        strange = [e.number for e in events if not sense.multiples_among(e.value)]
        if strange and len({np.shape(e.value) for e in events}) == 1:
            ranked.append((strange[0], events))
    for _, events in sorted(ranked, key=lambda r: r[0]):
        yield events


def _meanings(sense: Sense, events: Sequence[Event]) -> Iterator[tuple[Label, list[Node]]]:
    """The forward values of which these may be the derivatives, one for each turn of the loop, in both orders."""
    shape, turns = np.shape(events[0].value), len(events)
    groups: dict[tuple[int, str], list[Node]] = {}
    for node in sense.run.nodes:
        if node in sense.gradients and np.shape(node.value) == shape and np.any(sense.gradients[node]):
            groups.setdefault((node.line, node.op), []).append(node)
    for (line, op), nodes in sorted(groups.items(), key=lambda g: -g[1][-1].number):
        if len(nodes) % turns:
            continue
        stride = len(nodes) // turns
        for offset in range(stride):
            for backwards in (True, False) if turns > 1 else (False,):
                label = (line, op, shape, offset, stride, backwards)
                yield label, _chosen(nodes, label)


def _chosen(nodes: Sequence[Node], label: Label) -> list[Node]:
    _, _, _, offset, stride, backwards = label
    picked = list(nodes[offset::stride])
    return picked[::-1] if backwards else picked


def _claim(
    event: Event, node: Node, sense: Sense, convention: Convention, is_exact: bool, made: Sequence[Claim]
) -> Claim:
    V = next((e.name for e in sense.owners.get(node, ())), "")
    claim = judged(event, V, node, sense, convention, is_exact, "found")
    if not is_exact and claim.truth is not None and not claim.is_right:
        multiples = [c.multiple for c in made if c.is_right and not c.of_parameter]
        claim.truth, claim.multiple = sense.gradients[node] * (multiples or [1.0])[0], (multiples or [1.0])[0]
    return claim


def _helps(
    program: Program,
    sample: Sample,
    tried: Sequence[Claim],
    place: Place,
    convention: Convention,
    is_exact: bool,
) -> float | None:
    """What a wrong claim is times its truth when other values stand in the suspected place; None: still wrong."""
    claims = [c for c in _with_values(program, sample, tried, convention, is_exact) if c.place == place]
    return claims[0].ratio if claims and all(c.is_right for c in claims) else None


def _with_values(
    program: Program, sample: Sample, tried: Sequence[Claim], convention: Convention, is_exact: bool
) -> list[Claim]:
    """The claims of a run in which other values stand in some places."""
    known: Mapping[Key, Any] = dict(sample.right_values)
    sample.right_values.update({key_of(c.event): c.truth for c in tried})
    try:
        return claims_of(sample.again(program), convention, is_exact)
    except UnusableError:
        return []
    finally:
        sample.right_values.clear()
        sample.right_values.update(known)


def _everywhere(
    senses: Sequence[Sense],
    made: Sequence[list[Claim]],
    suspects: Sequence[Event],
    label: Label,
    convention: Convention,
    is_exact: bool,
) -> list[list[Claim]] | None:
    """The same meaning on every sample; None where it has none there."""
    found = []
    site, turns = suspects[0].site.number, {e.turn for e in suspects}
    for sense, claims in zip(senses, made, strict=True):
        at_site = [e for e in sense.events if e.site.number == site and e.turn in turns]
        events = [e for e in at_site if e.node is not None and e.number not in sense.superseded]
        shape = np.shape(events[0].value) if events else ()
        line, op = label[:2]
        nodes = [
            n
            for n in sense.run.nodes
            if n in sense.gradients and (n.line, n.op) == (line, op) and np.shape(n.value) == shape
        ]
        chosen = _chosen(nodes, label)
        if not events or len(chosen) != len(events):
            return None
        found.append([_claim(e, n, sense, convention, is_exact, claims) for e, n in zip(events, chosen, strict=True)])
    return found
