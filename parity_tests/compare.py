"""How agreement is judged: shape first and exactly, then one norm-wise relative error for each tensor.

Errors are measured in u, the unit roundoff of the dtype. Two correct float64 implementations differ by up to 1.6e3 u
norm-wise and a wrong formula by 1e-3 = 9e12 u or more; the threshold is the geometric middle of that gap. In float32
the gap is 4.8e3 u to 1.7e4 u: agreement there says that a formula is stable, not that it is right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

UNIT_ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24}
THRESHOLD_U = {"float64": 1.2e8, "float32": 9.0e3}


class Verdict(StrEnum):
    """What can be told of two values, or of a whole report; from the best to the worst."""

    AGREES = "agrees"
    INCONCLUSIVE = "inconclusive"
    DISAGREES = "disagrees"

    @property
    def exit_status(self) -> int:
        """The exit status of a command with this verdict: 0 says that everything agreed."""
        return 0 if self is Verdict.AGREES else 1


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; where there are none, all of them agree."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.AGREES)


@dataclass(frozen=True)
class Comparison:
    """The verdict on one tensor; `error_u` is the norm-wise relative error in u, `reason` says what is wrong."""

    name: str
    verdict: Verdict
    error_u: float
    reason: str = ""


def compare(name: str, expected: Any, actual: Any, dtype: str = "float64", noise_u: float = 0.0) -> Comparison:
    """Judge one tensor.

    `noise_u` is by how much `expected` moves, in u, when the inputs are rounded once more: above the threshold the
    verdict is inconclusive, whatever the values are.
    """
    try:
        if np.iscomplexobj(actual):
            return Comparison(name, Verdict.DISAGREES, np.inf, f"{name} is complex, expected real numbers")
        got = np.asarray(actual, dtype=np.float64)
    except (TypeError, ValueError):
        return Comparison(name, Verdict.DISAGREES, np.inf, f"{name} is a {type(actual).__name__}, not numbers")
    want = np.asarray(expected, dtype=np.float64)
    if got.shape != want.shape:
        transposed = ", the transpose" if got.shape == want.shape[::-1] else ""
        return Comparison(
            name, Verdict.DISAGREES, np.inf, f"{name} has shape {got.shape}, expected {want.shape}{transposed}"
        )
    if not np.isfinite(want).all():
        return Comparison(name, Verdict.INCONCLUSIVE, np.nan, f"{name}: the expected value is not finite")
    if not want.any():
        exact = not got.any()
        reason = "" if exact else f"{name} must be exactly zero, and is not"
        return Comparison(name, Verdict.AGREES if exact else Verdict.DISAGREES, 0.0 if exact else np.inf, reason)
    limit = THRESHOLD_U[dtype]
    if noise_u > limit:
        return Comparison(
            name, Verdict.INCONCLUSIVE, noise_u, f"{name} drowns in its own rounding noise, {noise_u:.1e} u"
        )
    error_u = distance_u(want, got, dtype)
    if error_u <= limit:
        return Comparison(name, Verdict.AGREES, error_u)
    return Comparison(name, Verdict.DISAGREES, error_u, f"{name} is off by {error_u:.1e} u ({worst_entry(want, got)})")


def distance_u(want: Any, got: Any, dtype: str = "float64") -> float:
    """Return the norm-wise relative error in units of u."""
    largest = float(np.max(np.abs(want), initial=0.0)) or 1.0  # scaled, so that squares neither over- nor underflow
    size = float(np.linalg.norm(want / largest)) or 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # what is given may be as far off as it likes
        return float(np.linalg.norm((got - want) / largest) / size / UNIT_ROUNDOFF[dtype])


def worst_entry(want: Any, got: Any) -> str:
    """Name the entry with the largest error, for a message."""
    distance = np.abs(np.atleast_1d(got) - np.atleast_1d(want))
    index = np.unravel_index(int(np.argmax(np.nan_to_num(distance, nan=np.inf))), distance.shape)
    place = ", ".join(str(int(i)) for i in index)
    return f"at [{place}]: {np.atleast_1d(got)[index]:.6g}, expected {np.atleast_1d(want)[index]:.6g}"
