"""What can be said of a wrong claim that no fix was found for: its shape, its ratio, the ways that it leaves out."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from ..judge import Story, Verdict
from ..mean.claims import claims_of
from ..mean.compare import Claim
from ..mean.sense import Sense
from ..record.program import Program
from ..record.tape import Node
from ..samples import Sample
from .edits.formulas import constant_ratio
from .trial.values import agrees

MAX_WAYS = 5


def known(program: Program, story: Story, verdict: Verdict) -> str:
    """What is known of a wrong claim, in a student's words."""
    claim = next((c for c in verdict.claims if not c.is_right and c.truth is not None), None)
    if claim is None:
        return ""
    if claim.note and claim.event.value is None:
        return claim.note
    if claim.step is not None:
        return _step(verdict.name, claim)
    if np.shape(claim.event.value) != np.shape(claim.truth):
        return _shape(verdict.name, claim, story)
    return (
        _ratio(program, story, verdict)
        or _ways(program, story.samples[0], story, verdict)
        or _entries(verdict.name, claim)
        or _example(verdict.name, claim)
    )


def _step(name: str, claim: Claim) -> str:
    if claim.ratio is None:
        return f"this is no step along dJ/d{claim.V}"
    way = "climbs" if claim.ratio > 0 else "descends"
    return f"this step of {name} {way}: it is {claim.ratio:.4g} times dJ/d{claim.V}"


def _sample_of(claim: Claim, story: Story) -> Sample:
    """The sample on which a claim was made."""
    return next((s for s in story.samples if any(v is claim.truth for v in s.right_values.values())), story.samples[0])


def _shape(name: str, claim: Claim, story: Story) -> str:
    sizes = _sample_of(claim, story).first.run.sizes
    letters = {n: letter for letter, n in sizes.items()}
    expected = np.shape(claim.truth)
    named = tuple(letters.get(n, str(n)) for n in expected)
    spelled = f" = ({', '.join(named)}{',' if len(named) == 1 else ''})" if named != tuple(map(str, expected)) else ""
    return f"{name} has shape {np.shape(claim.event.value)}, expected {expected}{spelled}"


def _ratio(program: Program, story: Story, verdict: Verdict) -> str:
    """How many times the right value a claim is, by the names that this number has on all samples."""
    names: set[str] | None = None
    for claim in verdict.claims:
        if claim.truth is None or not np.any(claim.truth):
            continue
        ratio = constant_ratio(claim.event.value, claim.truth)
        if ratio is None:
            return ""
        sizes = {n: v for n, v in _sample_of(claim, story).first.run.sizes.items() if v > 1}
        here = {name for name, value in _numbers(sizes) if abs(value - ratio) <= 1e-8 * abs(ratio)}
        names = here if names is None else names & here
        if not names:
            return f"{verdict.name} is a constant times the right value, another one on each sample"
    return f"{verdict.name} is {min(names, key=lambda name: (len(name), name))} times the right value" if names else ""


def _numbers(sizes: dict[str, int]) -> Iterator[tuple[str, float]]:
    """Numbers as a person writes them."""
    plain = [("1", 1.0), ("2", 2.0), ("3", 3.0), ("4", 4.0), ("1/2", 0.5), ("10", 10.0), ("0.1", 0.1), ("6", 6.0)]
    named = plain + [(n, float(v)) for n, v in sizes.items()] + [(f"1/{n}", 1 / v) for n, v in sizes.items()]
    named += [(f"{a}/{b}", v / w) for a, v in sizes.items() for b, w in sizes.items() if a != b]
    named += [(f"{a}*{b}", float(v * w)) for a, v in sizes.items() for b, w in sizes.items() if a < b]
    named += [(f"1/({a}*{b})", 1 / (v * w)) for a, v in sizes.items() for b, w in sizes.items() if a < b]
    named += [(f"2/{n}", 2 / v) for n, v in sizes.items()] + [(f"{n}/2", v / 2) for n, v in sizes.items()]
    named += [(f"sqrt({n})", v**0.5) for n, v in sizes.items()] + [(f"1/sqrt({n})", v**-0.5) for n, v in sizes.items()]
    for name, value in named:
        yield name, value
        yield f"-{name}", -value


def _ways(program: Program, sample: Sample, story: Story, verdict: Verdict) -> str:
    """Which of the ways from a value to the cost a claim takes, where it takes some of them."""
    sense = sample.again(program)
    claims = claims_of(sense, story.convention, story.is_exact)
    claim = next((c for c in claims if c.place == (verdict.site, verdict.name)), None)
    if claim is None or claim.target is None or not np.any(claim.truth):
        return ""
    ways = list(_contributions(claim.target, sense))[:MAX_WAYS]
    for count in range(1, len(ways)) if len(ways) > 1 else ():
        for some in combinations(ways, count):
            total: Any = sum(claim.multiple * gradient for _, gradient in some)
            if agrees(claim.event.value, total):
                taken, left = [n for n, _ in some], [n for n, _ in ways if n not in {m for m, _ in some}]
                names = [name for name, _ in ways]
                is_only = f"{verdict.name} is only the way through {' and '.join(taken)}"
                all_ways = f"{verdict.V} leads to the cost through {' and through '.join(names)}"
                return f"{all_ways}; {is_only}, that through {' and '.join(left)} is missing"
    return ""


def _contributions(target: Node, sense: Sense) -> Iterator[tuple[str, Any]]:
    """The parts of a derivative that come through each value computed from it, with the name of that value."""
    found: dict[str, Any] = {}
    for child in sense.children.get(target, ()):
        if child not in sense.gradients or child.pull is None:
            continue
        name = _name(child, sense)
        for parent, gradient in child.pull(sense.gradients[child]):
            if parent is target:
                found[name] = found[name] + gradient if name in found else gradient
    yield from found.items()


def _name(node: Node, sense: Sense) -> str:
    """What the nearest value is called that was computed from a node."""
    waiting, seen = [node], {node}
    while waiting:
        here = waiting.pop(0)
        for event in sense.owners.get(here, ()):
            return event.name
        for child in sense.children.get(here, ()):
            if child not in seen and child in sense.forward:
                seen.add(child)
                waiting.append(child)
    return "the cost"


def _entries(name: str, claim: Claim) -> str:
    """How many entries are right, where some are."""
    value, truth = np.asarray(claim.event.value, dtype=float), np.asarray(claim.truth, dtype=float)
    right = int(np.sum(np.abs(value - truth) <= 1e-8 * float(np.max(np.abs(truth), initial=0.0))))
    return f"{right} of {truth.size} entries of {name} are right" if 0 < right < truth.size else ""


def _example(name: str, claim: Claim) -> str:
    """One entry beside what it should be."""
    value, truth = np.asarray(claim.event.value, dtype=float), np.asarray(claim.truth, dtype=float)
    at = np.unravel_index(int(np.argmax(np.abs(value - truth))), truth.shape) if truth.ndim else ()
    where = f" at [{', '.join(map(str, at))}]" if at else ""
    return f"{name} is no constant times the right value: {value[at]:.4g}{where}, expected {truth[at]:.4g}"
