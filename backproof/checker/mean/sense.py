"""What the values of one run mean: the cost, the derivative by every value, the steps of parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..record.derivatives import FIRST_WINS, SECOND_WINS, Ties
from ..record.ledger import Event
from ..record.naming import written
from ..record.run import Run
from ..record.tape import Array, Node, ancestors, gradients, through_copies
from .costs import DEPTH, costs, end_of_turn, normalisers
from .ratios import direction, ratio
from .turns import is_given, written_update

DATA = re.compile(r"(X|x|xs|inputs?|data|images?|features?|[Aa]0|[XxYy]_?\w*|labels?|targets?|a|A)\Z")
SCALING = {"multiply", "divide", "negative", "positive", "view", "copy", "moved", "clip"}


@dataclass
class Sense:
    """One run and what it computes: its cost J, dJ/dt of every node t, and the values by their names."""

    run: Run
    cost: Node
    cost_event: Event | None
    end: int  # the number of the first event that belongs to the next turn of a training loop
    gradients: dict[Node, Array] = field(default_factory=dict)
    words: str = ""  # what the cost is, where the program computes none
    at_ties: Any = None  # the same with the other choice where two values are equal

    @cached_property
    def forward(self) -> set[Node]:
        """Everything that leads to the cost."""
        return ancestors([self.cost])

    @cached_property
    def local(self) -> dict[int, "Sense"]:
        """By the calls in which they are computed, the costs that have nothing to do with this one."""
        found: dict[int, Sense] = {}
        for event in costs(self.run) if self.cost_event is not None else ():
            node, frame = event.node, event.frame
            if node is None or not frame or frame in found or frame == self.cost_event.frame:  # type: ignore[union-attr]
                continue
            if node not in self.forward and self.cost not in ancestors([node]):
                found[frame] = sense_of(self.run, node, event)
        return found

    @cached_property
    def named(self) -> dict[str, list[Event]]:
        """The values that lead to the cost by their names, in order."""
        found: dict[str, list[Event]] = {}
        for event in self.run.events[: self.end]:
            if event.node is not None and event.node in self.gradients:
                found.setdefault(event.name, []).append(event)
                if event.container:
                    found.setdefault(written(event.container, event.name), []).append(event)
        return found

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

    def as_it_stands(self, gradient: Array, value: Any) -> Array:
        """A derivative in the shape of a value, where a program may write (n,) for (1, n): both broadcast alike."""
        mine, other = np.shape(value), np.shape(gradient)
        is_alike = self.run.ledger.broadcasts and [n for n in mine if n > 1] == [n for n in other if n > 1]
        return np.reshape(gradient, mine) if is_alike and mine != other and len(mine) else gradient

    @cached_property
    def normalisers(self) -> list[float]:
        """The numbers by which the cost divides a sum."""
        return normalisers(self.cost)

    @cached_property
    def _stepped(self) -> set[Node]:
        return {root for step in self.steps for root in through_copies(step.parameter)}

    def named_again(self, event: Event) -> set[tuple[int, str]]:
        """The calls and names of later events."""
        return {(e.frame, e.name) for e in self.events[event.number + 1 :]}

    def roots(self, node: Node) -> list[Node]:
        """The node, and what it is a copy or a view of."""
        return list(through_copies(node))

    def is_parameter(self, node: Node) -> bool:
        """Whether a value is a parameter: it is updated, or, where nothing is, it is given and not called as data is."""  # noqa: E501
        if self._stepped:
            return node in self._stepped
        return not node.parents and not any(DATA.match(e.name) for e in self.owners.get(node, ()))

    @cached_property
    def forward_turns(self) -> dict[int, int]:
        """How many values that lead to the cost each site produced."""
        found: dict[int, int] = {}
        for event in self.events:
            if event.node in self.forward:
                found[event.site.number] = found.get(event.site.number, 0) + 1
        return found

    @cached_property
    def directions(self) -> dict[tuple[Any, int], list[Node]]:
        """The nodes by the shape and the direction of their derivatives, to find what a value is a multiple of."""
        found: dict[tuple[Any, int], list[Node]] = {}
        for node, gradient in self.gradients.items():
            key = direction(gradient)
            if key is not None:
                found.setdefault(key, []).append(node)
        return found

    def multiples_among(self, value: Array) -> list[Node]:
        """The nodes of whose derivative a value is a multiple, the last computed first."""
        key = direction(value)
        if key is None:
            return []
        near = [n for step in (-1, 0, 1) for n in self.directions.get((key[0], key[1] + step), ())]
        return sorted((n for n in near if ratio(value, self.gradients[n]) is not None), key=lambda n: -n.number)

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

    @cached_property
    def steps(self) -> list["Step"]:
        """The updates of parameters, P := P - G, whatever they are called."""
        found = []
        for event in self.events:
            step = step_of(event, self)
            if step is not None:
                found.append(step)
        return found


def unscaled(node: Node) -> Iterator[Node]:
    """The node, and what it is a multiple of: through products with one number, signs, copies and clipping."""
    while True:
        yield node
        arrays = [p for p in node.parents if np.size(p.value) > 1 or np.size(node.value) == 1]
        if node.op not in SCALING or len(arrays) != 1 or np.size(arrays[0].value) != np.size(node.value):
            return
        node = arrays[0]


@dataclass(frozen=True)
class Step:
    """An update of a parameter: the event, the parameter's node, and the node of what is added or taken away."""

    event: Event
    parameter: Node
    change: Node
    sign: int
    places: Array | None = None  # of the entries that are updated; None: all of them

    def of_places(self, gradient: Array) -> Array:
        """Of a derivative by the parameter the entries that are updated, in the shape of the change."""
        if self.places is None:
            return gradient
        entries = np.ravel(gradient)[self.places]
        return np.reshape(entries, np.shape(self.change.value)) if entries.size == self.change.value.size else entries


def place_of(event: Event) -> tuple[int, str]:
    """The variable, attribute or entry that an event gives a value to."""
    return (event.owner or -event.frame - 1, event.name)


def step_of(event: Event, sense: Sense) -> Step | None:
    """The step that an event is: a parameter of the forward part, with something of its shape added."""
    if event.node is None or event.site.kind in ("entered", "loop"):
        return None
    for node in through_copies(event.node):
        if node.op == "write":
            return _written_step(node, event, sense)
        if node.op not in ("add", "subtract"):
            continue
        if len(node.parents) != 2:
            return None
        left, right = node.parents
        if _is_parameter(left, event, sense) and np.shape(right.value) in (np.shape(left.value), ()):
            return Step(event, left, right, -1 if node.op == "subtract" else 1)
        if node.op == "add" and _is_parameter(right, event, sense) and np.shape(left.value) == np.shape(right.value):
            return Step(event, right, left, 1)
        return None
    return None


def _written_step(node: Node, event: Event, sense: Sense) -> Step | None:
    """The step of some entries of a parameter: w[1:] += eta * X.T @ e, P[i] = P[i] - lr * g."""
    found = written_update(node)
    if found is None:
        return None
    old, added, places = found
    while (earlier := written_update(old)) is not None:  # other entries of it in the same turn
        old = earlier[0]
    change = added.parents[1]
    if not _is_parameter(old, event, sense) or np.size(change.value) not in (np.size(places), 1):
        return None
    return Step(event, old, change, -1 if added.op == "subtract" else 1, places)


def _is_parameter(node: Node, event: Event, sense: Sense) -> bool:
    if event.node in sense.forward or event.number == 0:
        return False
    roots = list(through_copies(node))
    before = [e for root in roots for e in sense.owners.get(root, ()) if e.number < event.number]
    names = {e.name for e in before if e.container == event.container or is_given(roots[-1])}  # dZ["3"] = A["3"] - Y
    if event.name not in names and event.name.partition("[")[0] not in {n.partition("[")[0] for n in names}:
        return False
    return any(root in sense.gradients for root in roots)


def parameter_gradient(step: Step, sense: Sense) -> Array | None:
    """dJ/dP of the parameter that is updated."""
    return next((sense.gradients[n] for n in through_copies(step.parameter) if n in sense.gradients), None)


def sense_of(run: Run, cost: Node, event: Event | None = None, words: str = "") -> Sense:
    """What a run means, given its cost."""
    Ties.met, Ties.winner = False, SECOND_WINS
    chosen = gradients(cost)
    other = None
    if Ties.met:
        Ties.winner = FIRST_WINS
        other = gradients(cost)
        Ties.winner = SECOND_WINS
    return Sense(run, cost, event, end_of_turn(run, cost, event), chosen, words, other)
