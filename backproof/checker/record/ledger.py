"""The ledger of one run: every value that a statement produced, with its line, its turn, and where it was put."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from . import tape
from .arrays import Traced, as_view, leaf, node_of, plain, traced
from .instrument import Site
from .tape import Node

MAX_EVENTS = 60_000
MAX_PARTS = 300
MAX_DEPTH = 3


@dataclass
class Event:
    """One value, where and when it was produced, and what it is called.

    `name` is the variable, the attribute or the key, with the place in a list behind it: W, dW1, dW[0]. `container` is
    what it is an entry of, as it is written, and `owner` tells two containers with one name apart.
    """

    number: int
    site: Site
    turn: int
    name: str
    container: str
    owner: int
    frame: int
    value: Any
    node: Node | None
    at: int  # how many nodes the tape had
    key: Any = None

    @property
    def line(self) -> int:
        """The line of the script."""
        return self.site.line

    @property
    def place(self) -> tuple[int, str, str]:
        """What variable this is a value of: whatever is put there later replaces it."""
        return (self.owner, self.container if not self.owner else "", self.name)


DERIVATIVE = re.compile(r"d[A-Z]\w{0,3}\Z|d[a-z]\d?\Z")


@dataclass(frozen=True)
class Instead:
    """A value that is to stand in the place of one that a statement produced."""

    value: Any
    is_first: bool = False  # it is what a parameter begins with, and not put right


Replace = Callable[["Event", Any], Instead | None]


@dataclass
class Ledger:
    """The events of a run in order."""

    sites: list[Site]
    events: list[Event] = field(default_factory=list)
    turns: dict[int, int] = field(default_factory=dict)
    frames: dict[int, int] = field(default_factory=dict)
    callers: dict[int, int] = field(default_factory=dict)  # the line from which each frame was called
    holding: dict[tuple[int, str], Node | None] = field(
        default_factory=dict
    )  # what each variable was last seen to hold
    kept: list[Any] = field(default_factory=list)  # frames and containers, so that no id is used twice
    replace: Replace | None = None
    after: Callable[[Event], None] | None = None
    broadcasts: bool = False  # a shape may stand for one with more dimensions of size 1

    def is_array(self, value: Any) -> bool:
        """Whether a value is an array that may be written into."""
        return isinstance(value, np.ndarray)

    def node_of(self, value: Any) -> Node | None:
        """The node of a recorded array."""
        return node_of(value) if isinstance(value, Traced) else None

    def overwrite(self, array: Any, value: Any) -> None:
        """Put other values into an array."""
        overwrite(array, value)

    def frame(self, depth: int = 2) -> int:
        """The number of the call that is running."""
        import sys

        frame: FrameType = sys._getframe(depth)
        if id(frame) not in self.frames:
            number = 0 if frame.f_code.co_name == "<module>" else len(self.frames) + 1
            self.frames[id(frame)] = number
            back = frame.f_back
            is_of_script = back is not None and back.f_code.co_filename == frame.f_code.co_filename
            self.callers[number] = back.f_lineno if back is not None and is_of_script else 0
            self.kept.append(frame)
        return self.frames[id(frame)]

    def note(self, site: Site, value: Any, name: str, container: str, owner: int, frame: int, key: Any = None) -> Any:
        """Add a value, and the entries of a container; what is to be used in its place is returned."""
        turn = self.turns.get(site.number, 0)
        self.turns[site.number] = turn + 1
        return self._note(site, turn, value, name, container, owner, frame, key, 0)

    def _note(
        self,
        site: Site,
        turn: int,
        value: Any,
        name: str,
        container: str,
        owner: int,
        frame: int,
        key: Any,
        depth: int,
    ) -> Any:
        if isinstance(value, (list, tuple, dict)) and depth < MAX_DEPTH and len(value) <= MAX_PARTS:
            return self._parts(site, turn, value, name, container, owner, frame, depth)
        if (
            not isinstance(value, (np.ndarray, np.floating, float))
            or getattr(value, "dtype", np.dtype(float)).kind == "c"
        ):
            return self._strange(site, turn, value, name, container, owner, frame, key)
        if isinstance(value, np.ndarray) and value.dtype.kind not in "fiuc":
            return value
        if isinstance(value, np.ndarray) and not isinstance(value, Traced) and value.ndim and value.dtype.kind == "f":
            value = value.view(Traced)  # a mask that became numbers: nothing flows through it, and it may be written to
            leaf(value)
        if len(self.events) >= MAX_EVENTS:
            raise tape.TooLongError(f"it produces more than {MAX_EVENTS} values")
        node = node_of(value) if isinstance(value, Traced) else None
        copy = node.value if node is not None else np.array(value) if isinstance(value, np.ndarray) else value
        made = Event(len(self.events), site, turn, name, container, owner, frame, copy, node, len(tape.TAPE.nodes), key)
        return self.noted(made, value)

    def noted(self, event: Event, value: Any) -> Any:
        """Add an event of a recorded value; the value to go on with is returned."""
        self.events.append(event)
        self.holding[(event.frame, event.name)] = event.node
        value = self.instead(event, value)
        if self.after is not None:
            self.after(event)
        return value

    def instead(self, event: Event, value: Any) -> Any:
        """The value to go on with: what a statement produced, or what is to stand in its place."""
        new = self.replace(event, value) if self.replace is not None else None
        if new is not None:
            value = self.put(event, value, new)
            self.holding[(event.frame, event.name)] = self.node_of(value)
        return value

    def put(self, event: Event, value: Any, new: Instead) -> Any:
        """Put a value in the place of another one."""
        if new.is_first:
            drawn = fresh(new.value)
            event.node, event.value = node_of(drawn), plain(drawn)
            return drawn
        right = new.value
        if isinstance(right, Traced):
            return as_it_was(value, right)
        is_written_into = event.site.kind in ("augment", "item") and isinstance(value, Traced) and value.ndim
        if is_written_into and np.shape(right) == value.shape:
            overwrite(value, right)
            return value
        is_same = np.shape(np.squeeze(right)) == np.shape(np.squeeze(plain(value)))
        return fresh(np.reshape(right, np.shape(value)) if is_same else right)

    def _strange(
        self, site: Site, turn: int, value: Any, name: str, container: str, owner: int, frame: int, key: Any
    ) -> Any:
        """What is no array of real numbers is noted only where it is called as a derivative is: there it is wrong."""
        if site.kind != "assign" or frame or not DERIVATIVE.match(name):
            return value
        number = float(value) if isinstance(value, int) and not isinstance(value, bool) else np.nan
        at = len(tape.TAPE.nodes)
        made = Event(len(self.events), site, turn, name, container, owner, frame, np.array(number), None, at, key)
        self.events.append(made)
        return self.instead(made, value)

    def _parts(
        self, site: Site, turn: int, value: Any, name: str, container: str, owner: int, frame: int, depth: int
    ) -> Any:
        """The entries of a container that are new there."""
        items = value.items() if isinstance(value, dict) else enumerate(value)
        self.kept.append(value)
        changed = {}
        for key, part in items:
            outer = (name or container) if isinstance(value, dict) and isinstance(key, str) else container
            inner = entry_name(name or container, value, key)
            place = id(value) if isinstance(value, dict) else owner
            new = self._note(site, turn, part, inner, outer, place, frame, key, depth + 1)
            if new is not part:
                changed[key] = new
        if not changed:
            return value
        if isinstance(value, tuple):
            parts = [changed.get(i, v) for i, v in enumerate(value)]
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        for key, new in changed.items():
            value[key] = new
        return value


def overwrite(array: Any, value: Any) -> None:
    """Put other values into an array, for all that share its memory; on the tape they come from nowhere."""
    plain(array)[...] = plain(value)
    if isinstance(array, Traced) and array._buffer is not None:
        buffer = array._buffer
        fresh = buffer.base.view(Traced)
        buffer.node = leaf(fresh)
        fresh._buffer = None


def as_it_was(array: Any, before: Traced) -> Any:
    """Undo an update: the value before it, in the same memory where the update was made in place."""
    if isinstance(array, Traced) and array._buffer is not None and array._buffer.is_whole(array) and array.ndim:
        plain(array)[...] = plain(before)
        array._buffer.node = node_of(before)
        return array
    return before


def fresh(value: Any) -> Any:
    """A value as a new recorded array that was computed from nothing."""
    array = np.array(plain(value))
    if array.ndim == 0:
        return traced(array, tape.TAPE.node("given", array, (), None))
    made = array.view(Traced)
    node = leaf(made)
    node.op = "given"
    return as_view(array, made._buffer) if made._buffer else made


def written(container: str, key: Any) -> str:
    """An entry as it is written, without what its container is an attribute of."""
    base = last_of(container)
    return f'{base}["{key}"]' if isinstance(key, str) and key else f"{base}[{key}]"


def entry_name(container: str, base: Any, key: Any) -> str:
    """The name of an entry: its key where that is a word, or else as it is written, with places counted from the start."""  # noqa: E501
    if isinstance(base, dict) and isinstance(key, str) and key.isidentifier():
        return key
    is_from_the_end = isinstance(base, list) and isinstance(key, int) and key < 0
    return written(container, len(base) + key if is_from_the_end else key)


def added_name(container: str, index: int, grown: Any) -> str:
    """The name of what a display holds at an index, or of what is appended to a list that grew."""
    at = len(grown) if isinstance(grown, list) else index
    return written(container, at if at >= 0 else "")


def last_of(container: str) -> str:
    """The name of a container without what it is an attribute of."""
    return container.rpartition(".")[2]
