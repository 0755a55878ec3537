"""An expression as it is written in Python: its source, its shape, and how tightly it binds."""

from dataclasses import dataclass
from typing import Literal

from .shapes import Shape

SUM, TERM, UNARY, POWER, ATOM = range(5)
Style = Literal["reading", "program"]


class MeaningError(Exception):
    """A formula that is read and has no value: why."""


@dataclass(frozen=True)
class Code:
    """Source of an expression with its shape and how tightly it binds."""

    text: str
    shape: Shape
    binds: int = ATOM

    def within(self, binds: int) -> str:
        """The source, in brackets where its surroundings bind more tightly."""
        return self.text if self.binds >= binds else f"({self.text})"
