"""What the values of one run mean: the cost, the derivative by every value, the steps of parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..record.derivatives import FIRST_WINS, SECOND_WINS, Ties
from ..record.ledger import Event, written
from ..record.run import Run
from ..record.tape import Array, Node, ancestors, gradients, through_copies
from .costs import costs, end_of_turn, normalisers
from .flow import Flow
from .ratios import direction, ratio
from .turns import before_writes, is_given, written_update

DATA = re.compile(r"(X|x|xs|inputs?|data|images?|features?|[Aa]0|[XxYy]_?\w*|labels?|targets?|a|A)\Z")
SCALING = {"multiply", "divide", "negative", "positive", "view", "copy", "moved", "clip"}


@dataclass
class Sense(Flow):
    """One run and what it computes: its cost J, dJ/dt of every node t, and the values by their names."""

    cost: Node
    cost_event: Event | None
    gradients: dict[Node, Array] = field(default_factory=dict)
    words: str = ""  # what the cost is, where the program computes none
    at_ties: Any = None  # the same with the other choice where two values are equal

    @cached_property
    def forward(self) -> set[Node]:
        """Everything that leads to the cost."""
        return ancestors([self.cost])

    @cached_property
    def forward_values(self) -> set[tuple[tuple[int, ...], bytes]]:
        """The values that lead to the cost, to know those that are computed once more."""
        return {bytes_of(node.value) for node in self.forward}

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

    def as_it_stands(self, node: Node, event: Event) -> Array:
        """The derivative by a node in the shape of a value that claims it, where that is a matter of convention.

        A program may write (n,) for (1, n), which broadcast alike, and the transpose, where its step turns it back.
        """
        gradient, mine = self.gradients[node], np.shape(event.value)
        other = np.shape(gradient)
        if mine == other or not mine:
            return gradient
        is_stepped = any(node in through_copies(s.parameter) and event.node in self._makes(s) for s in self.steps)
        if not (is_stepped or self.run.ledger.broadcasts):
            return gradient
        if [n for n in mine if n > 1] == [n for n in other if n > 1]:
            return np.reshape(gradient, mine)
        return gradient.T if is_stepped and mine == other[::-1] else gradient

    def _makes(self, step: "Step") -> set[Node]:
        """What the change of a parameter is made from."""
        if step.event.number not in self._made:
            self._made[step.event.number] = ancestors([step.change])
        return self._made[step.event.number]

    @cached_property
    def _made(self) -> dict[int, set[Node]]:
        return {}

    @cached_property
    def normalisers(self) -> list[float]:
        """The numbers by which the cost divides a sum."""
        return normalisers(self.cost)

    @cached_property
    def _stepped(self) -> set[Node]:
        return {root for step in self.steps for root in through_copies(step.parameter)}

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

    @cached_property
    def steps(self) -> list["Step"]:
        """The updates of parameters, P := P - G, whatever they are called."""
        found = []
        for event in self.events:
            step = step_of(event, self)
            if step is not None and not self.forward.isdisjoint(ancestors([step.change])):
                found.append(step)
        return found


def bytes_of(value: Any) -> tuple[tuple[int, ...], bytes]:
    """What equal arrays have in common."""
    return np.shape(value), np.ascontiguousarray(value, dtype=float).tobytes()


def unscaled(node: Node) -> Iterator[Node]:
    """The node, and what it is a multiple of: through products with one number, signs, copies and clipping."""
    while True:
        yield node
        arrays = [p for p in node.parents if np.size(p.value) > 1 or np.size(node.value) == 1]
        if node.op not in SCALING or len(arrays) != 1 or np.size(arrays[0].value) != np.size(node.value):
            return
        if not all(is_given(p) for p in node.parents if p is not arrays[0]):
            return  # error * x is no multiple of x
        node = arrays[0]


@dataclass(frozen=True)
class Step:
    """An update of a parameter: the event, the parameter's node, and the node of what is added or taken away."""

    event: Event
    parameter: Node
    change: Node
    sign: int
    places: Array | None = None  # of the entries that are updated; None: all of them
    decay: float = 0.0  # how often the parameter itself is added besides, as in P = (1 - c) * P - lr * G

    def after(self, change: Array) -> Array:
        """The parameter with something added to it, or to those of its entries that are updated."""
        if self.places is None:
            return self.parameter.value + change
        after = np.array(self.parameter.value, dtype=float)
        after.reshape(-1)[self.places] += change
        return after

    def of_places(self, gradient: Array) -> Array:
        """Of a derivative by the parameter the entries that are updated, in the shape of the change."""
        entries = gradient if self.places is None else np.ravel(gradient)[self.places]
        return np.reshape(entries, np.shape(self.change.value)) if entries.size == self.change.value.size else entries


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
        scaled = [n for n in unscaled(left) if n is not left and _is_parameter(n, event, sense)]
        if scaled and np.shape(right.value) == np.shape(left.value) and left.op in ("multiply", "divide"):
            P = scaled[0]
            by = ratio(left.value, P.value)
            if by is not None and 0.5 < by < 1.5:
                return Step(event, P, right, -1 if node.op == "subtract" else 1, decay=by - 1.0)
        if _is_parameter(left, event, sense) and _is_added_as_it_is(right.value, left.value):
            return Step(event, left, right, -1 if node.op == "subtract" else 1)
        if node.op == "add" and _is_parameter(right, event, sense) and np.shape(left.value) == np.shape(right.value):
            return Step(event, right, left, 1)
        return None
    return None


def _is_added_as_it_is(change: Array, parameter: Array) -> bool:
    """Whether a change is one number, or has the shape of the parameter but for dimensions of size 1."""
    whole = np.shape(parameter)
    return not np.shape(change) or (
        np.size(change) == np.size(parameter) and np.broadcast_shapes(np.shape(change), whole) == whole
    )


def _written_step(node: Node, event: Event, sense: Sense) -> Step | None:
    """The step of some entries of a parameter: w[1:] += eta * X.T @ e, P[i] = P[i] - lr * g."""
    found = written_update(node)
    if found is None:
        return None
    old, added, places = found
    parameter, change = before_writes(old), added.parents[1]
    if not _is_parameter(parameter, event, sense) or np.size(change.value) not in (np.size(places), 1):
        return None
    return Step(event, parameter, change, -1 if added.op == "subtract" else 1, places)


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
    return Sense(run, end_of_turn(run, cost, event), cost, event, chosen, words, other)
