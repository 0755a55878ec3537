"""The register of planted mistakes: slips that people make, each a wrong function that stands in for a right one.

The same code judges them on the same inputs, and must reject every one; otherwise an agreement proves little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reference_numpy._formula import Formula, formula_of


@dataclass(frozen=True)
class Mistake:
    """A wrong function in the place of `of`, and the slip it makes in the field's words."""

    of: Formula
    cause: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Name of the wrong function."""
        return self.function.__name__


MISTAKES: list[Mistake] = []


def mistake(of: Callable[..., Any], cause: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a wrong function."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        MISTAKES.append(Mistake(formula_of(of), cause, function))
        return function

    return register
