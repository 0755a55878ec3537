"""What the values of one run mean: the cost, the derivative by every value, the steps of parameters."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..program import Run
from ..record.derivatives import FIRST_WINS, SECOND_WINS, Ties
from ..record.instrument import Site
from ..record.ledger import Event
from ..record.tape import Array, Node, ancestors, gradients, through_copies
from .names import is_cost
from .turns import first_turn

TOLERANCE = 1.2e8 * 2.0**-53  # the norm-wise relative error at which two float64 results disagree
DEPTH = 12
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
    def named(self) -> dict[str, list[Event]]:
        """The values that lead to the cost by their names, in order."""
        found: dict[str, list[Event]] = {}
        for event in self.run.events[: self.end]:
            if event.node is not None and event.node in self.gradients:
                found.setdefault(event.name, []).append(event)
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
        return normalisers(self)

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
                found.add(before.number)
            latest[place] = event
        return found

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
        return event.site.expression is None or (is_start and unread) or self._grows(event, before)

    def _grows(self, event: Event, before: Event) -> bool:
        """Whether a value is the earlier one with something added, scaled or written into it, and nothing between."""
        if event.node is None:
            return False
        if before.node is None:  # a Python number from which a sum starts
            return event.node.op in ("add", "subtract") and isinstance(before.value, float)
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


def place_of(event: Event) -> tuple[int, str]:
    """The variable, attribute or entry that an event gives a value to."""
    return (event.owner or -event.frame - 1, event.name)


def step_of(event: Event, sense: Sense) -> Step | None:
    """The step that an event is: a parameter of the forward part, with something of its shape added."""
    if event.node is None or event.site.kind in ("entered", "loop"):
        return None
    for node in through_copies(event.node):
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


def _is_parameter(node: Node, event: Event, sense: Sense) -> bool:
    if event.node in sense.forward or event.number == 0:
        return False
    roots = list(through_copies(node))
    names = {e.name for root in roots for e in sense.owners.get(root, ()) if e.number < event.number}
    if event.name not in names and event.name.partition("[")[0] not in {n.partition("[")[0] for n in names}:
        return False
    return any(root in sense.gradients for root in roots)


def parameter_gradient(step: Step, sense: Sense) -> Array | None:
    """dJ/dP of the parameter that is updated."""
    return next((sense.gradients[n] for n in through_copies(step.parameter) if n in sense.gradients), None)


def costs(run: Run) -> Iterator[Event]:
    """The events that may be the cost, the likeliest first: one number, called as costs are, computed from arrays."""
    end = first_turn(run)
    events = [e for e in run.events if _may_be_cost(e)]
    events = [e for e in events if e.number < end] or events
    rank = {"J": 0, "cost": 1, "loss": 2, "L": 3}
    chains = _chains(events)
    yield from sorted(chains, key=lambda e: (rank.get(e.name, 4), e.site.kind == "return", -_weight(e)))


def _weight(event: Event) -> int:
    return 0


def _may_be_cost(event: Event) -> bool:
    node = event.node
    if node is None or node.value.size != 1 or not is_cost(event.name.partition("[")[0]):
        return False
    if event.site.kind in ("entered", "loop", "entry"):
        return False
    return any(n.op == "leaf" for n in ancestors([node]))


def _chains(events: list[Event]) -> list[Event]:
    """Of each name the last value of its first chain: J += ... ends where it no longer grows."""
    found = []
    by_place: dict[Any, list[Event]] = {}
    for event in events:
        by_place.setdefault((event.name, event.owner, event.frame), []).append(event)
    sites: set[int] = set()
    for chain in by_place.values():
        last = chain[0]
        if last.site.number in sites:  # of the same statement in a later turn
            continue
        for event in chain[1:]:
            if not _grew(event, last):
                break
            last = event
        sites |= {event.site.number for event in chain}
        found.append(last)
    return found


def _grew(event: Event, before: Event) -> bool:
    node = event.node
    waiting, seen = [(node, 0)], set()
    while waiting:
        here, depth = waiting.pop()
        if here is before.node:
            return True
        if here is None or depth >= DEPTH or here in seen or here.value.size != 1:
            continue
        seen.add(here)
        waiting.extend((parent, depth + 1) for parent in here.parents)
    return False


def sense_of(run: Run, cost: Node, event: Event | None = None, words: str = "") -> Sense:
    """What a run means, given its cost."""
    Ties.met, Ties.winner = False, SECOND_WINS
    chosen = gradients(cost)
    other = None
    if Ties.met:
        Ties.winner = FIRST_WINS
        other = gradients(cost)
        Ties.winner = SECOND_WINS
    return Sense(run, cost, event, _end_of_turn(run, cost, event), chosen, words, other)


def _end_of_turn(run: Run, cost: Node, event: Event | None) -> int:
    """Where the first turn of a training loop ends: where the cost is computed again from other parameters."""
    if event is None:
        return first_turn(run)
    again = [
        e.number
        for e in run.events[event.number + 1 :]
        if e.site.number == event.site.number and e.node is not None and not _grew(e, event)
    ]
    if not again:
        end = first_turn(run)
        is_anew = any(e.name == event.name for e in run.events[end:])  # the cost, in another statement
        return end if end > event.number and is_anew else len(run.events)
    # the turn begins where the first statement of the forward part runs again
    forward = ancestors([cost])
    sites = {e.site.number for e in run.events[: event.number + 1] if e.node in forward and e.frame == event.frame}
    between = [e.number for e in run.events[event.number + 1 : again[0]] if e.site.number in sites]
    return min([again[0], *between])


def ratio(value: Any, truth: Any, tolerance: float = TOLERANCE) -> float | None:
    """The one number by which a value is the truth's multiple; None where there is no such number."""
    if np.iscomplexobj(value):
        return None
    v, t = np.ravel(np.asarray(value, dtype=float)), np.ravel(np.asarray(truth, dtype=float))
    if v.size != t.size or not np.isfinite(v).all() or not np.isfinite(t).all():
        return None
    largest = float(np.max(np.abs(t), initial=0.0))
    if largest == 0.0:
        return 1.0 if not v.any() else None
    t, v = t / largest, v / largest
    c = float(np.dot(v, t) / np.dot(t, t))
    error = float(np.linalg.norm(v - c * t))
    return c if c and error <= tolerance * abs(c) * float(np.linalg.norm(t)) else None


def between(value: Any, one: Any, other: Any) -> bool:
    """Whether every entry lies between two derivatives, which differ where a subgradient may be chosen."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    slack = TOLERANCE * max(float(np.max(np.abs(one), initial=0.0)), float(np.max(np.abs(other), initial=0.0)))
    return bool(np.all((value >= low - slack) & (value <= high + slack)))


def same_number(a: float, b: float) -> bool:
    """Whether two ratios are one number."""
    return abs(a - b) <= 10 * TOLERANCE * max(abs(a), abs(b))


def direction(value: Any) -> tuple[Any, int] | None:
    """A number that is the same for all multiples of an array, with its shape; None for one number or zeros."""
    array = np.asarray(value, dtype=float)
    size = float(np.linalg.norm(array)) if array.size > 1 and np.isfinite(array).all() else 0.0
    if size == 0.0:
        return None
    weights = np.cos(np.arange(1, array.size + 1) ** 1.3)
    return array.shape, round(abs(float(np.dot(array.ravel(), weights))) / size * 1e6)


def fits(value: Any, truth: Any) -> bool:
    """Whether a value has the shape of a derivative; a single number has the shape of any other."""
    return np.shape(value) == np.shape(truth) or (np.size(value) == 1 == np.size(truth))


def normalisers(sense: Sense) -> list[float]:
    """The numbers by which the cost divides a sum, read off the operations that lead to it."""
    found: set[float] = {1.0}
    _collect(sense.cost, 1.0, found, 0)
    return sorted(found)


def _collect(node: Node, so_far: float, found: set[float], depth: int) -> None:
    if depth > DEPTH or node.value.size != 1 or len(found) > 64:
        return
    factor = 1.0
    numbers = [float(np.ravel(c)[0]) for c in node.constants if np.size(c) == 1]
    if node.op == "divide" and numbers and len(node.parents) == 1:
        factor = numbers[0]
    elif node.op == "multiply" and numbers and numbers[0]:
        factor = 1 / abs(numbers[0])
    elif node.op == "divide" and len(node.parents) == 2 and node.parents[1].value.size == 1:
        divisor = abs(float(np.ravel(node.parents[1].value)[0]))
        found.add(so_far * divisor)
        _collect(node.parents[0], so_far * divisor, found, depth + 1)
        return
    found.add(so_far * factor)
    for parent in node.parents:
        _collect(parent, so_far * factor, found, depth + 1)


def from_sites(events: Iterable[Event]) -> Mapping[Site, list[Event]]:
    """Events by their site."""
    found: dict[Site, list[Event]] = {}
    for event in events:
        found.setdefault(event.site, []).append(event)
    return found
