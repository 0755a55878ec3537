"""What the values of one run have to do with each other, whatever its cost is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..record.ledger import Event
from ..record.run import Run
from ..record.tape import Node, ancestors
from .costs import DEPTH
from .names import of_entry


@dataclass
class Flow:
    """One run up to the end of its first turn: which events hold a node, and which of them were only on the way."""

    run: Run
    end: int  # the number of the first event that belongs to the next turn of a training loop

    @cached_property
    def events(self) -> list[Event]:
        """The events up to the end of the first turn."""
        return self.run.events[: self.end]

    @cached_property
    def owners(self) -> dict[Node, list[Event]]:
        """The events that hold a node, through copies of it."""
        found: dict[Node, list[Event]] = {}
        for event in self.events:
            if event.node is not None:
                found.setdefault(event.node, []).append(event)
        return found

    @cached_property
    def children(self) -> dict[Node, list[Node]]:
        """The nodes computed from each node."""
        found: dict[Node, list[Node]] = {}
        for node in self.run.nodes:
            for parent in node.parents:
                found.setdefault(parent, []).append(node)
        return found

    def named_again(self, event: Event) -> set[tuple[int, str]]:
        """The calls and names of later events."""
        return {(e.frame, e.name) for e in self.events[event.number + 1 :]}

    def above(self, node: Node) -> set[Node]:
        """What a node was computed from."""
        if node not in self._above:
            self._above[node] = ancestors([node]) - {node}
        return self._above[node]

    @cached_property
    def _above(self) -> dict[Node, set[Node]]:
        return {}

    @cached_property
    def superseded(self) -> set[int]:
        """The numbers of events whose value only grew into a later value of the same variable."""
        latest: dict[Any, Event] = {}
        found: set[int] = set()
        for event in self.events:
            before = latest.get(place := place_of(event))
            if before is not None and before.node is event.node and event.container and _says(before):
                found.add(event.number)  # result = net.gradient(x, y), where the function calls them grads["W"]
                continue
            is_read = before is not None and event.node is not None and self._is_read(before, event.node)
            if before is not None and (before.node is event.node or (not is_read and self._replaces(event, before))):
                found |= {before.number, *self._as_entry(before)}
            latest[place] = event
        return found

    def _as_entry(self, event: Event) -> set[int]:
        """The numbers of the same value where it stands in a display: {"W": x.T @ e}."""
        same = self.owners.get(event.node, ()) if event.node is not None else ()
        return {e.number for e in same if e.site.kind == "entry" and e.name == event.name}

    def _is_read(self, before: Event, later: Node) -> bool:
        """Whether something else than the later value was computed from an earlier one."""
        if before.node is None:
            return False
        waiting, above = [before.node], self.above(later)
        while waiting:
            for child in self.children.get(waiting.pop(), ()):
                if child is later or child.number > later.number or child.number < before.at:
                    continue
                if child.op in ("view", "copy", "moved"):
                    waiting.append(child)
                elif child not in above:
                    return True
        return False

    def _replaces(self, event: Event, before: Event) -> bool:
        """Whether a later value takes the place of an earlier one that was only on the way to it."""
        is_start = before.node is not None and before.node.op == "leaf" and not np.any(before.value)
        unread = before.node not in self.children
        is_written_over = unread and (is_start or event.site.kind == "item")
        return event.site.expression is None or is_written_over or self._grows(event, before)

    def _grows(self, event: Event, before: Event) -> bool:
        """Whether a value is the earlier one with something added, scaled or written into it, and nothing between."""
        if event.node is None:
            return False
        if before.node is None:  # a Python number from which a sum starts
            return event.node.op in ("add", "subtract") and np.ndim(before.value) == 0
        waiting, seen = [(event.node, 0)], {event.node}
        while waiting:
            node, depth = waiting.pop()
            if node is before.node:
                return True
            owned = any(place_of(e) != place_of(event) for e in self.owners.get(node, ()))
            if depth >= DEPTH or (owned and node is not event.node):
                continue
            for parent in node.parents:
                if parent not in seen and parent.number >= before.node.number:
                    seen.add(parent)
                    waiting.append((parent, depth + 1))
        return False


def _says(event: Event) -> bool:
    """Whether an entry's name and its container's say of what it is the derivative."""
    return bool(of_entry(event.container, event.name))


def place_of(event: Event) -> tuple[int, str]:
    """The variable, attribute or entry that an event gives a value to."""
    return (event.owner or -event.frame - 1, event.name)
