"""Backward passes that are on purpose not the derivative: straight-through, reversed and clipped gradients."""

import re
from collections.abc import Sequence

import numpy as np

from .backward import Pass
from .verdicts import Judged, is_right

MARK = re.compile(r"#\s*backproof:\s*on purpose\b", re.IGNORECASE)


def is_on_purpose(source: Sequence[str], line: int) -> bool:
    """Whether a line says that it departs from the derivative on purpose."""
    return 0 < line <= len(source) and MARK.search(source[line - 1]) is not None


def departure(judged: Judged) -> str:
    """What a backward pass is instead of the derivative, where it is one of the usual departures; else nothing."""
    Vs = list(judged.wrong)
    if len(Vs) != 1 or not Vs[0]:
        return ""
    found = [_one(one, Vs[0]) for one in judged.passes]
    kinds = [f for f in found if f is not None]
    if not kinds or len(kinds) != len(found):
        return ""
    if all(k in ("through", "masked") for k in kinds):
        what = "what comes in goes on unchanged" if set(kinds) == {"through"} else "something goes on"
        return f"straight-through: {what}, where the derivative by {Vs[0]} is 0"
    if all(isinstance(k, float) and k < 0 for k in kinds):
        return f"a reversed gradient: it is {_factor(judged, found)} times the derivative"
    if "clipped" in kinds and all(k in ("clipped", 1.0) for k in kinds):
        return "a clipped gradient: it is the derivative where that is small, and smaller where it is large"
    return ""


def _factor(judged: Judged, found: Sequence[object]) -> str:
    """By what the derivative is multiplied: minus an argument, or a number."""
    for name, value in judged.passes[0].given.values.items():
        if isinstance(value, float) and all(
            k == -p.given.values[name] for k, p in zip(found, judged.passes, strict=True)
        ):
            return f"-{name}"
    return f"{found[0]:.4g}" if isinstance(found[0], float) else "a constant"


def _one(one: Pass, V: str) -> str | float | None:
    r = next((r for r in one.returned if r.V == V and r.value is not None), None)
    if r is None or len(one.upstream) != 1 or r.value is None or r.value.shape != one.upstream[0].shape:
        return None
    upstream = np.asarray(one.upstream[0])
    if not np.any(r.truth):
        return "through" if is_right(r.value, upstream) else "masked"
    if not is_right(r.truth, upstream):
        return None
    c = float(np.vdot(r.value, upstream) / np.vdot(upstream, upstream))
    if is_right(r.value, c * upstream):
        return round(c, 9)
    bound = float(np.max(np.abs(r.value)))
    return "clipped" if is_right(r.value, np.clip(upstream, -bound, bound)) else None
