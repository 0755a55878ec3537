"""Which value of a run is the cost, where its turn of a training loop ends, and the numbers that it divides by."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..record.ledger import Event
from ..record.run import Run
from ..record.tape import Node, ancestors, descendants, through_copies
from .names import is_cost
from .turns import first_turn, updates

DEPTH = 12
RESIDUAL = re.compile(r"\w*err", re.IGNORECASE)


def costs(run: Run) -> Iterator[Event]:
    """The events that may be the cost, the likeliest first: one number, called as costs are, computed from arrays."""
    end = first_turn(run)
    of_arrays = descendants([n for n in run.nodes if n.op in ("leaf", "given")], run.nodes)
    events = [e for e in run.events if e.node in of_arrays and _may_be_cost(e)]
    named = {e.node for e in events if e.site.kind != "return"}
    events = [e for e in events if e.site.kind != "return" or e.node not in named]
    events = [e for e in events if e.number < end] or events
    rank = {"J": 0, "cost": 1, "loss": 2, "L": 3}
    updated = _updated(run, {e.name for e in events})
    chains = _chains([e for e in events if e.node not in updated])
    yield from sorted(chains, key=lambda e: (rank.get(e.name, 4), e.site.kind == "return"))


def _may_be_cost(event: Event) -> bool:
    node = event.node
    if node is None or not node.parents or node.value.size != 1 or not is_cost(event.name.partition("[")[0]):
        return False
    if event.site.kind in ("entered", "loop", "entry"):
        return False
    return not (node.op == "subtract" and RESIDUAL.match(event.name))  # error = y - a


def _updated(run: Run, names: set[str]) -> set[Node]:
    """The values that are an earlier one of their name, changed, which something else read: those of a parameter c."""
    first_read: dict[Node, int] = {}
    for reader in run.nodes:
        for parent in reader.parents if reader.op not in ("view", "copy") else ():
            first_read.setdefault(parent, reader.number)
    found: set[Node] = set()
    earlier: dict[str, set[Node]] = {name: set() for name in names}
    for event in run.events:
        node = event.node
        if node is None or event.name not in names:
            continue
        if node.op in ("add", "subtract"):
            before = {root for parent in node.parents for root in through_copies(parent)} & earlier[event.name]
            if any(first_read.get(root, node.number) < node.number for root in before):
                found.add(node)
        earlier[event.name].add(node)
    return found


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
            if not grew(event, last):
                break
            last = event
        sites |= {event.site.number for event in chain}
        found.append(last)
    return found


def grew(event: Event, before: Event) -> bool:
    """Whether a number is an earlier one with something added: J += ... in the next turn of a loop."""
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


def end_of_turn(run: Run, cost: Node, event: Event | None) -> int:
    """Where the first turn of a training loop ends: where the cost is computed again from other parameters."""
    if event is None:
        return first_turn(run)
    again = [
        e.number
        for e in run.events[event.number + 1 :]
        if e.site.number == event.site.number and e.node is not None and not grew(e, event)
    ]
    if not again:
        end = first_turn(run)
        is_anew = any(e.name == event.name for e in run.events[end:])  # the cost, in another statement
        return end if end > event.number and is_anew else len(run.events)
    # the turn begins where the first statement of the forward part runs again
    forward = ancestors([cost])
    steps = {e.number for e in updates(run, event.number)}
    before = [e for e in run.events[: event.number + 1] if e.node in forward and e.number not in steps]
    sites = {e.site.number for e in before if e.frame == event.frame}
    between = [e.number for e in run.events[event.number + 1 : again[0]] if e.site.number in sites]
    return min([again[0], *between])


def normalisers(cost: Node) -> list[float]:
    """The numbers by which the cost divides a sum, read off the operations that lead to it."""
    found: set[float] = {1.0}
    _collect(cost, 1.0, found, 0)
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
