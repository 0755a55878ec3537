"""What the proof finds: the first line that is more than rounding off, and how near the others come to that."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine import Columns, Engine, Placed

TINY = {"float64": 1e-150, "float32": 1e-16}  # of a bound whose squares underflow


class Fault(NamedTuple):
    """A line that did not compute what it says, and by how many times more than rounding may leave."""

    iteration: int
    line: str
    times: float

    def __str__(self) -> str:
        return (
            f"iteration {self.iteration}: {self.line} is not what its line computes: it is off by {self.times:.1e} "
            "times what rounding may leave. An array was overwritten or is stale, or this machine or a library "
            "computes wrongly; the last checkpoint is from before"
        )


class Prover:
    """Collects what is left of each line, and looks at it when the costs are looked at."""

    def __init__(self, engine: Engine, dtype: str) -> None:
        self._engine, self._tiny = engine, TINY[dtype]
        self._pending: dict[int, Any] = {}
        self.largest: float | None = None  # since the last record, as a part of what rounding may leave

    def add(self, iteration: int, data: Placed, columns: Columns) -> None:
        """Prove the last gradient; the numbers stay on the device."""
        self._lines, self._pending[iteration] = self._engine.prove(data, columns, iteration)

    def read(self) -> Fault | None:
        """Look at the proofs since the last look; return the first fault."""
        if not self._pending:
            return None
        left, iterations = self._engine.read(list(self._pending.values())), list(self._pending)
        self._pending.clear()
        parts = as_parts(left, self._tiny)
        self.largest = max(self.largest or 0.0, float(np.max(parts)))
        for i, line in np.argwhere(parts > 1)[:1]:
            return Fault(iterations[i], self._lines[line], float(parts[i, line]))
        return None

    def told(self) -> float | None:
        """Return the largest part since it was last asked for, in powers of ten: 0 would be a fault."""
        largest, self.largest = self.largest, None
        return None if largest is None else math.log10(max(largest, 1e-10))


def as_parts(left: NDArray[np.float64], tiny: float) -> NDArray[np.float64]:
    """Return what is left (..., 0) as a part of what may be left (..., 1).

    Where not even that is finite nothing can be told, and it is 0: the cost says so itself.
    """
    with np.errstate(all="ignore"):
        parts = left[..., 0] / np.maximum(left[..., 1], tiny)
    parts = np.where(np.isnan(parts), np.inf, parts)
    return np.where(np.isfinite(left[..., 1]), parts, 0.0)
