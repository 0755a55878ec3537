"""What an instrumented script calls on plain NumPy: right values are put in, others are noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...record.instrument import Site
from ...record.ledger import added_name, entry_name, last_of

Key = tuple[int, int, str]  # site, turn, name


class Stop(BaseException):
    """The run has shown enough."""


@dataclass
class Hooks:
    """The functions that an instrumented script calls, and how often it called them."""

    sites: list[Site]
    wanted: set[int]
    right: Mapping[Key, Any]
    base: Mapping[Key, Any]
    free: frozenset[int]
    noted: frozenset[int]
    note: Callable[[Key, Any], None] | None
    most: Mapping[int, int]
    limit: int
    calls: int = 0
    turns: dict[int, int] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def table(self) -> dict[str, Any]:
        """The functions that the instrumented script calls."""
        return {
            "__take__": self.take, "__item__": self.item, "__attr__": self.attribute, "__wrote__": self.wrote,
            "__entered__": self.entered, "__float__": float,
        }  # fmt: skip

    def rest(self) -> None:
        """Leave the values alone from now on: functions of the script are called again where candidates are tried."""
        self.wanted, self.most, self.limit, self.note = set(), {}, 0, None

    def is_wanted(self, number: int) -> bool:
        """Whether the values of a site matter; Stop where the script goes on for too long."""
        self.calls += 1
        if self.limit and self.calls > self.limit:
            raise Stop
        if self.most:
            self.times[number] = self.times.get(number, 0) + 1
            if self.times[number] > 3 * self.most.get(number, 0) + 8:
                raise Stop
        return number in self.wanted

    def seen(self, number: int, value: Any, name: str, turn: int | None = None, depth: int = 0) -> Any:
        """What is to be used in the place of a value."""
        if turn is None:
            turn = self.turns.get(number, 0)
            self.turns[number] = turn + 1
        if isinstance(value, (list, tuple, dict)) and depth < 3 and len(value) <= 300:
            return self.parts(number, value, name, turn, depth)
        if number in self.noted and self.note is not None:
            self.note((number, turn, name), value)
        if number in self.free:
            return self.base.get((number, turn, name), value)
        return self.right.get((number, turn, name), value)

    def parts(self, number: int, value: Any, name: str, turn: int, depth: int) -> Any:
        """The same of the parts of a container."""
        changed = {}
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            new = self.seen(number, part, entry_name(name, value, key), turn, depth + 1)
            if new is not part:
                changed[key] = new
        if not changed:
            return value
        if isinstance(value, tuple):
            filled = [changed.get(i, v) for i, v in enumerate(value)]
            return type(value)(*filled) if hasattr(value, "_fields") else tuple(filled)
        for key, new in changed.items():
            value[key] = new
        return value

    def take(self, number: int, value: Any, grown: Any = None) -> Any:
        """A value where it is computed."""
        if not self.is_wanted(number):
            return value
        site, name = self.sites[number], self.sites[number].name
        if site.kind == "entry" and not name:
            name = added_name(site.container, site.index, grown)
        new = self.seen(number, value, name)
        return value if new is value else self.put(site, value, new)

    def put(self, site: Site, value: Any, new: Any) -> Any:
        """The right value, in the memory of the wrong one where the statement wrote into it."""
        if site.kind in ("augment", "item") and isinstance(value, np.ndarray) and value.shape == np.shape(new) != ():
            value[...] = new
            return value
        if isinstance(new, np.ndarray):
            is_same = np.shape(np.squeeze(new)) == np.shape(np.squeeze(value))
            return np.reshape(new, np.shape(value)).copy() if is_same else new.copy()
        return new

    def item(self, number: int, base: Any, key: Any) -> None:
        """A value that was put into a container, or into an array."""
        if not self.is_wanted(number):
            return
        site = self.sites[number]
        if isinstance(base, np.ndarray):
            new = self.seen(number, base, last_of(site.container))
            if new is not base:
                base[...] = new
            return
        if not isinstance(base, (dict, list)) or isinstance(key, slice):
            return
        key = key.item() if isinstance(key, np.ndarray) else key
        new = self.seen(number, base[key], entry_name(site.container, base, key))
        if new is not base[key]:
            base[key] = self.put(site, base[key], new)

    def attribute(self, number: int, base: Any, name: str) -> None:
        """A value that became an attribute."""
        if self.is_wanted(number):
            value = getattr(base, name)
            new = self.seen(number, value, name)
            if new is not value:
                setattr(base, name, self.put(self.sites[number], value, new))

    def wrote(self, number: int, value: Any) -> None:
        """An array that a call may have written into."""
        if self.is_wanted(number) and isinstance(value, np.ndarray):
            new = self.seen(number, value, self.sites[number].name)
            if new is not value:
                value[...] = new

    def entered(self, number: int, arguments: dict[str, Any]) -> None:
        """What a function was called with."""
        if self.is_wanted(number):
            for name, value in arguments.items():
                self.seen(number, value, name)
