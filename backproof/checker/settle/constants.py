"""One constant for all parameters: a program is right when its gradients are the same multiple of dJ/dP everywhere."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..mean.compare import Claim, Place
from ..mean.ratios import same_number

Numbers = tuple[float, ...]  # the constant of one place on each sample


def settle_constants(claims: Sequence[list[Claim]]) -> None:
    """Allow, of the gradients by parameters, those that share the constant of most of them on every sample."""
    for is_step in (False, True):
        groups = [[c for c in made if _counts(c) and (c.step is not None) is is_step] for made in claims]
        common = _common(groups)
        if common is None:
            continue
        for group, number in zip(groups, common, strict=True):
            for claim in group:
                claim.allowed = claim.ratio is not None and same_number(claim.ratio, number)
                if not claim.allowed and claim.truth is not None and not claim.is_part:
                    claim.truth, claim.multiple = claim.truth / claim.multiple * number, number
    for made in claims:
        _scale_the_wrong(made)


def _counts(claim: Claim) -> bool:
    return claim.of_parameter and claim.ratio is not None and bool(np.any(claim.truth))


def _common(groups: Sequence[list[Claim]]) -> Numbers | None:
    """The constant of most places, on each sample; one that is the same on all samples goes first, then 1."""
    by_place: dict[Place, list[float]] = {}
    for group in groups:
        seen: dict[Place, float] = {}
        for claim in group:
            assert claim.ratio is not None
            seen.setdefault(claim.place, claim.ratio)
        for place, number in seen.items():
            by_place.setdefault(place, []).append(number)
    whole = {place: tuple(numbers) for place, numbers in by_place.items() if len(numbers) == len(groups)}
    if not whole:
        return None
    best = max(whole.values(), key=lambda numbers: _rank(numbers, whole))
    is_constant, shared, _ = _rank(best, whole)
    return best if is_constant or shared > 1 else (1.0,) * len(best)  # clipped by the norm of all, or none


def _rank(numbers: Numbers, whole: Mapping[Place, Numbers]) -> tuple[bool, int, bool]:
    same = sum(all(map(same_number, numbers, others)) for others in whole.values())
    is_constant = all(same_number(numbers[0], n) for n in numbers)
    return is_constant, same, same_number(numbers[0], 1.0)


def constant_of(group: Sequence[Claim]) -> float | None:
    """The constant that most claims of one sample share; None where there are none."""
    numbers = [c.ratio for c in group if c.ratio is not None]
    return max(numbers, key=lambda n: sum(same_number(n, other) for other in numbers), default=None)


def _scale_the_wrong(made: Sequence[Claim]) -> None:
    """Where a value is no multiple of the derivative, the right one is the multiple that its neighbours are."""
    right = [c for c in made if c.is_right and c.ratio is not None and np.any(c.truth)]
    between = constant_of([c for c in right if not c.of_parameter and np.size(c.truth) > 1])
    of_parameters = constant_of([c for c in right if c.of_parameter and c.step is None])
    of_steps = constant_of([c for c in right if c.step is not None])
    for claim in made:
        if claim.step is not None and claim.ratio is None and of_steps is not None:
            claim.truth, claim.multiple = claim.truth / claim.multiple * of_steps, of_steps
            claim.after = claim.step.after(claim.truth)
            continue
        if claim.target is not None and claim.ratio is None and claim.truth is not None and not claim.is_part:
            first, second = (of_parameters, between) if claim.of_parameter else (between, of_parameters)
            number = first or second or 1.0
            claim.truth, claim.multiple = claim.truth / claim.multiple * number, number
