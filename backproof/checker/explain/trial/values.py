"""Values of a script's scope: copies of them, candidates evaluated with them, and whether one is the right value."""

import copy
from collections.abc import Mapping
from types import CodeType
from typing import Any

import numpy as np

from .hooks import Stop

TOLERANCE = 1e-8


def snapshot(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The values in scope as they are now, whatever is written into them later."""
    return {n: kept(v) for n, v in scope.items() if not n.startswith("__") or n == "__builtins__"}


def kept(value: Any, depth: int = 0) -> Any:
    """A copy of a value, with its parts."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if depth < 3 and isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(kept(v, depth + 1) for v in value)
    if depth < 3 and isinstance(value, dict):
        return {k: kept(v, depth + 1) for k, v in value.items()} if type(value) is dict else value
    if depth < 1 and hasattr(value, "__dict__") and not callable(value) and type(value).__module__ == "__main__":
        twin = copy.copy(value)
        twin.__dict__.update({k: kept(v, depth + 1) for k, v in vars(value).items()})
        return twin
    return value


def evaluated(code: CodeType, scope: dict[str, Any]) -> Any:
    """The value of a candidate; None where it has none."""
    try:
        return eval(code, scope)
    except (Exception, Stop):  # a candidate may be anything, and may call what is watched
        return None


def is_value(value: Any) -> bool:
    """Whether something is a number or an array of numbers."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiub"
    return isinstance(value, (int, float, np.generic)) and not isinstance(value, complex)


def agrees(value: Any, truth: Any) -> bool:
    """Whether a value is the right one, but for rounding."""
    if not is_value(value):
        return False
    value, truth = np.asarray(value), np.asarray(truth)
    if value.shape != truth.shape and not value.size == truth.size == 1:
        return False
    size = float(np.max(np.abs(truth), initial=0.0))
    off = np.max(np.abs(value.reshape(truth.shape) - truth), initial=0.0)
    return bool(off <= TOLERANCE * size + 1e-12)
