"""Whether steps go down: a loss that is computed or supposed must fall, and no step climbs where others descend."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..mean.compare import Claim
from ..mean.ratios import fits, ratio
from ..mean.sense import Sense, Step, parameter_gradient

FALLS = re.compile(r"loss|cost|err|mse|sse|rss|nll|cross_?entropy", re.IGNORECASE)
Used = tuple[Claim, Step, float]  # a gradient, the step that is made with it, and what the step is times dJ/dP


def settle_direction(senses: Sequence[Sense], claims: Sequence[list[Claim]]) -> None:
    """Call those claims wrong that make a step climb: a gradient of the wrong sign that is subtracted, or else the step."""  # noqa: E501
    for sense, made in zip(senses, claims, strict=True):
        used = list(_used(sense, made))
        inline = [c for c in made if c.step is not None and c.is_right and c.ratio is not None]
        signs = [c > 0 for _, _, c in used] + [(c.ratio or 0) > 0 for c in inline]
        is_to_fall = sense.cost_event is None or FALLS.search(sense.cost_event.name) is not None
        if not any(signs) or (all(signs) and not is_to_fall):
            continue
        for claim in inline:
            if (claim.ratio or 0) > 0:
                _turn(claim)
        for claim, step, c in used:
            if c > 0 and (claim.ratio or 0) < 0:
                _turn(claim)
            elif c > 0:
                made.append(_climbing(claim, step, c))
        if any(not claim.allowed for claim, _, _ in used):
            for claim in made:
                if not claim.of_parameter and claim.is_right and (claim.ratio or 0) < 0:
                    _turn(claim)
        made.sort(key=lambda claim: claim.event.number)


def _used(sense: Sense, made: Sequence[Claim]) -> Iterator[Used]:
    for claim in made:
        for step in claim.used_by if claim.is_right and claim.ratio is not None else ():
            gradient = parameter_gradient(step, sense)
            change = step.sign * np.asarray(step.change.value)
            if gradient is not None and fits(change, step.of_places(gradient)):
                c = ratio(change, step.of_places(gradient))
                if c is not None:
                    yield claim, step, c


def _turn(claim: Claim) -> None:
    """Make the right value of a claim its negative."""
    claim.allowed, claim.truth, claim.multiple = False, -claim.truth, -claim.multiple
    if claim.step is not None:
        claim.after = claim.step.after(claim.truth)


def _climbing(claim: Claim, step: Step, c: float) -> Claim:
    change = step.sign * np.asarray(step.change.value)
    return Claim(
        step.event, claim.V, claim.target, -change, c, "step", False, -c,
        of_parameter=True, change=change, step=step, after=step.after(-change),
    )  # fmt: skip
