"""Rounding told from error: by how much a value moves when every operation of the script is rounded once more."""

import numpy as np

from ..mean.claims import claims_of
from ..mean.compare import Claim, Convention
from ..mean.sense import Sense
from ..record.arrays import ROUNDOFF
from ..record.program import Program
from ..samples import Sample, key_of

NOISY_RUNS = 3
ROUNDING = 1e3  # by how much a difference must exceed what rounding moves before it counts


def settle_rounding(
    program: Program, sample: Sample, sense: Sense, made: list[Claim], convention: Convention, is_exact: bool
) -> None:
    """Tell rounding from error by the spread of values that are rounded once more at every operation."""
    doubtful = [c for c in made if c.target is not None and (_may_be_rounding(c) or _hides_entries(c))]
    if not doubtful:
        return
    noisy = [sample.again(program, noise) for noise in range(1, NOISY_RUNS + 1)]
    others = [{key_of(c.event): c for c in claims_of(s, convention, is_exact)} for s in noisy]
    for claim in doubtful:
        again = [other[key_of(claim.event)] for other in others if key_of(claim.event) in other]
        pairs = [(c.claimed, c.truth) for c in again if np.shape(c.truth) == np.shape(claim.truth)]
        if len(pairs) < NOISY_RUNS:
            continue
        value, truth = np.asarray(claim.claimed, dtype=float), np.asarray(claim.truth)
        moved = sum(np.abs(v - value) + np.abs(t - truth) for v, t in pairs)
        size = float(np.max(np.abs(truth), initial=0.0))
        if claim.is_right:
            off = np.abs(value - truth) > 10 * ROUNDING * (moved + ROUNDOFF * np.abs(truth))
            if np.any(off & (np.abs(value - truth) > 1e-5 * np.abs(truth))):
                claim.allowed, claim.ratio, claim.note = False, None, "some entries only"
        elif float(np.linalg.norm(value - truth)) <= ROUNDING * float(np.linalg.norm(moved)) + ROUNDOFF**2 * size:
            claim.allowed, claim.ratio, claim.note = True, 1.0, "zero but for rounding"


def _may_be_rounding(claim: Claim) -> bool:
    """Whether a wrong value is so near the truth, for the numbers it was computed from, that rounding may explain it."""  # noqa: E501
    if claim.is_right or claim.note or np.shape(claim.claimed) != np.shape(claim.truth):
        return False
    node = claim.event.node
    near = [node, *node.parents, *(g for p in node.parents for g in p.parents)] if node is not None else []
    scale = max((float(np.max(np.abs(n.value), initial=0.0)) for n in near), default=1.0)
    off = np.abs(np.asarray(claim.claimed, dtype=float) - claim.truth)
    is_mostly_right = np.size(off) > 1 and bool(np.mean(off <= 1e-6 * np.max(np.abs(claim.truth), initial=0.0)) > 0.5)
    return is_mostly_right or float(np.max(off, initial=0.0)) <= 1e-3 * max(scale, 1e-3)


def _hides_entries(claim: Claim) -> bool:
    """Whether a right value has entries that are far off beside much larger ones."""
    if not claim.is_right or claim.note or np.shape(claim.claimed) != np.shape(claim.truth):
        return False
    difference = np.abs(np.asarray(claim.claimed, dtype=float) - claim.truth)
    return bool(np.any(difference > 1e-5 * np.abs(claim.truth)))
