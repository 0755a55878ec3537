"""What a planted mistake is: one edit of a line of the reference, as a person might have written it wrongly."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reference_numpy.registry import Formula

from .sources import source_of


@dataclass(frozen=True)
class Mistake:
    """In the function `of`, `new` stands where `old` is right; `cause` names the slip in the field's words."""

    of: Formula
    cause: str
    old: str
    new: str

    @property
    def name(self) -> str:
        """Which formula is spoilt, and how."""
        return f"{self.of.id}: {self.cause}"

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The wrong function; ValueError when `old` does not occur exactly once in the right one."""
        namespace = dict(self.of.function.__globals__)
        exec(compile(self.slip(source_of(self.of.function)[2]), f"<{self.name}>", "exec"), namespace)
        wrong: Callable[..., Any] = namespace[self.of.name]
        return wrong

    def slip(self, source: str) -> str:
        """Return the source with the slip made."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.old!r} occurs {source.count(self.old)} times, expected once")
        return source.replace(self.old, self.new)
