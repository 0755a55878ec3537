"""A slip as data: its kind, the parts of the line that its sentence names, and the edit that repairs it."""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What went wrong; `sentences.py` has a sentence for each."""

    FACTOR_MISSING = auto()  # (factor)
    FACTOR_ON_ONE_TERM = auto()  # (factor, term)
    TOO_MANY = auto()  # (operand)
    SIGN = auto()  # ()
    SIGN_INSIDE = auto()  # (old, new)
    TRANSPOSE = auto()  # (old, new)
    ORDER = auto()  # (old, new)
    SLOPE_MISSING = auto()  # (slope, z)
    SLOPE = auto()  # (old, slope, z)
    NAME = auto()  # (old, new)
    EXPRESSION = auto()  # (old, new)
    NUMBER = auto()  # (old, new)
    POWER = auto()  # (old, new)
    INDEX = auto()  # (old, new)
    AXIS = auto()  # (old, new)
    REDUCTION = auto()  # (old, new)
    FUNCTION = auto()  # (old, new)
    WRAPPED = auto()  # (old, new)
    OPERATOR = auto()  # (old, new)
    COMPARISON = auto()  # (old, new)
    TERM_MISSING = auto()  # (term)
    JACOBIAN = auto()  # (old, new)
    MASK = auto()  # (old, new)
    ASSIGNMENT = auto()  # (old, new)
    RANGE = auto()  # (old, new)
    FORMULA = auto()  # (new)
    LABELS = auto()  # (name)


@dataclass(frozen=True)
class Slip:
    """One slip, or several in one line."""

    kind: Kind
    parts: tuple[str, ...] = ()
    more: "Slip | None" = None

    @property
    def count(self) -> int:
        """How many slips there are."""
        return 1 + (self.more.count if self.more else 0)


@dataclass(frozen=True)
class Edit:
    """Replace the characters from `start` to `end` of an expression by `text`; the lower the cost, the likelier."""

    start: int
    end: int
    text: str
    slip: Slip
    cost: float

    def apply(self, source: str) -> str:
        """The text after the edit."""
        return source[: self.start] + self.text + source[self.end :]
