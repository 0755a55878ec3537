"""One constant for all parameters: a program is right when its gradients are the same multiple of dJ/dP everywhere."""

from collections.abc import Sequence

import numpy as np

from .mean.claims import Claim
from .mean.sense import same_number


def settle_constants(claims: Sequence[list[Claim]]) -> None:
    """Allow, of the gradients by parameters, those that share the constant of most of them."""
    for made in claims:
        of_parameters = [c for c in made if c.of_parameter and c.ratio is not None and np.size(c.truth) and np.any(c.truth)]
        for kind in (False, True):
            group = [c for c in of_parameters if (c.kind == "step" and c.event.name == c.V) is kind]
            common = constant_of(group)
            for claim in group:
                claim.allowed = common is not None and claim.ratio is not None and same_number(claim.ratio, common)
                if not claim.allowed and common is not None:
                    claim.truth, claim.multiple = claim.truth / claim.multiple * common, common
        _scale_intermediates(made)


def constant_of(group: Sequence[Claim]) -> float | None:
    """The constant that most claims share, each place counted once; 1 where several are as frequent."""
    best: tuple[int, bool, int] | None = None
    chosen = None
    for i, claim in enumerate(group):
        assert claim.ratio is not None
        same = {c.event.site.number for c in group if c.ratio is not None and same_number(c.ratio, claim.ratio)}
        rank = (len(same), same_number(claim.ratio, 1.0), -i)
        if best is None or rank > best:
            best, chosen = rank, claim.ratio
    return chosen


def _scale_intermediates(made: Sequence[Claim]) -> None:
    """Where an intermediate value is wrong, the right one is the multiple that its neighbours are."""
    right = [c for c in made if c.is_right and not c.of_parameter and c.ratio is not None and np.size(c.truth) > 1]
    common = constant_of(right)
    if common is None:
        common = constant_of([c for c in made if c.is_right and c.ratio is not None and np.any(c.truth)]) or 1.0
    for claim in made:
        if claim.target is not None and claim.ratio is None and claim.truth is not None:
            claim.truth, claim.multiple = claim.truth / claim.multiple * common, common
