"""The range in which a number may lie."""

from typing import NamedTuple


class Within(NamedTuple):
    """The range of a number; of a tuple, the range of each entry."""

    low: float
    high: float
    low_is_in: bool = True
    high_is_in: bool = True

    def __contains__(self, value: object) -> bool:
        assert isinstance(value, (int, float))
        above = self.low <= value if self.low_is_in else self.low < value
        return above and (value <= self.high if self.high_is_in else value < self.high)

    def __str__(self) -> str:
        return f"{'(['[self.low_is_in]}{self.low:g}, {self.high:.10g}{')]'[self.high_is_in]}"
