"""Whether one array is a multiple of another, but for rounding, and of which others it may be one."""

from typing import Any

import numpy as np

TOLERANCE = 1.2e8 * 2.0**-53  # the norm-wise relative error at which two float64 results disagree


def ratio(value: Any, truth: Any, tolerance: float = TOLERANCE) -> float | None:
    """The one number by which a value is the truth's multiple; None where there is no such number."""
    if np.iscomplexobj(value):
        return None
    v, t = np.ravel(np.asarray(value, dtype=float)), np.ravel(np.asarray(truth, dtype=float))
    if v.size != t.size or not np.isfinite(v).all() or not np.isfinite(t).all():
        return None
    largest = float(np.max(np.abs(t), initial=0.0))
    if largest == 0.0:
        return 1.0 if not v.any() else None
    t, v = t / largest, v / largest
    c = float(np.dot(v, t) / np.dot(t, t))
    error = float(np.linalg.norm(v - c * t))
    return c if c and error <= tolerance * abs(c) * float(np.linalg.norm(t)) else None


def between(value: Any, one: Any, other: Any) -> bool:
    """Whether every entry lies between two derivatives, which differ where a subgradient may be chosen."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    slack = TOLERANCE * max(float(np.max(np.abs(one), initial=0.0)), float(np.max(np.abs(other), initial=0.0)))
    return bool(np.all((value >= low - slack) & (value <= high + slack)))


def same_number(a: float, b: float) -> bool:
    """Whether two ratios are one number."""
    return abs(a - b) <= 10 * TOLERANCE * max(abs(a), abs(b))


def direction(value: Any) -> tuple[Any, int] | None:
    """A number that is the same for all multiples of an array, with its shape; None for one number or zeros."""
    array = np.asarray(value, dtype=float)
    size = float(np.linalg.norm(array)) if array.size > 1 and np.isfinite(array).all() else 0.0
    if size == 0.0:
        return None
    weights = np.cos(np.arange(1, array.size + 1) ** 1.3)
    return array.shape, round(abs(float(np.dot(array.ravel(), weights))) / size * 1e6)


def fits(value: Any, truth: Any) -> bool:
    """Whether a value has the shape of a derivative; a single number has the shape of any other."""
    return np.shape(value) == np.shape(truth) or (np.size(value) == 1 == np.size(truth))
