"""How much of what a program computes a cost explains: what is the derivative of it, parameters first."""

import numpy as np

from .claims import claims_of
from .compare import Claim
from .sense import Sense

MAX_NODES = 300


def explained(sense: Sense) -> int:
    """How much of what a program computes is the derivative of a cost: claims about parameters first."""
    return 10 * right_parameters(sense) + _multiples(sense)


def right_parameters(sense: Sense) -> int:
    """How many claims about parameters are right."""
    return len(right_claims(sense))


def right_share(sense: Sense) -> float:
    """What part of the claims about parameters is right."""
    claims = [c for c in claims_of(sense, "either", False) if c.of_parameter]
    return sum(map(_is_told_right, claims)) / max(1, len(claims))


def right_claims(sense: Sense) -> list[Claim]:
    """The claims about parameters that are right."""
    return [c for c in claims_of(sense, "either", False) if _is_told_right(c)]


def _is_told_right(claim: Claim) -> bool:
    return claim.is_right and claim.of_parameter and bool(np.any(claim.truth))


def _multiples(sense: Sense) -> int:
    """How many values that do not lead to the cost are multiples of a derivative."""
    later = [n for n in sense.run.nodes if n not in sense.forward and n.value.size > 1][:MAX_NODES]
    return sum(1 for n in later if sense.multiples_among(n.value))


def supposed(sense: Sense) -> tuple[int, int, int]:
    """What speaks for a supposed cost: the parameters, those first whose gradients come first, as of the last layer."""
    right = right_claims(sense)
    return len(right), -min((c.event.number for c in right), default=0), _multiples(sense)
