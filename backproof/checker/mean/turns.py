"""Where the first turn of a training loop ends, and the updates of its parameters."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..record.arrays import traced
from ..record.ledger import Event
from ..record.run import Run
from ..record.tape import Node, through_copies
from .ratios import ratio

DECAY = 0.75  # a smaller part of a parameter is not what a step leaves of it


def first_turn(run: Run) -> int:
    """Where the first turn of a training loop ends: at the first value computed from an updated parameter."""
    updated: set[Node] = set()
    seen_sites: set[int] = set()
    for event, is_update in _with_updates(run):
        node = event.node
        if (
            (
                node is not None
                and updated
                and event.site.number in seen_sites
                and event.site.kind not in ("entered", "loop")
            )
            and any(parent in updated for parent in _near(node))
            and not is_update
        ):
            return event.number
        if node is not None and is_update:
            updated.add(node)
            updated.update(through_copies(node))
        else:
            seen_sites.add(event.site.number)
    return len(run.events)


def updates(run: Run, until: int) -> list[Event]:
    """The events before a number in which a parameter becomes what it was and something more."""
    found = [event for event, is_update in _with_updates(run, until) if is_update]
    return [event for event in found if event.site.kind not in ("entered", "loop")]


def before_update(event: Event) -> Any:
    """What a parameter was before an update, as a recorded value."""
    for node in through_copies(event.node) if event.node is not None else ():
        written = written_update(node)
        if written is not None:
            return traced(written[0].value, written[0])
        if node.op in ("add", "subtract"):
            like = [_undecayed(p) for p in node.parents if np.shape(p.value) == np.shape(event.value)]
            old = next(p for p in like if is_given(p))
            return traced(old.value, old)
    raise ValueError(f"{event.name} is no update")


def _with_updates(run: Run, until: int | None = None) -> Iterator[tuple[Event, bool]]:
    rooted = _rooted(run)
    latest: dict[str, dict[int, Event]] = {}
    inputs = {name: {node} for name, node in run.inputs.items()}
    for event in run.events[:until]:
        yield event, _is_update(event, latest, rooted, inputs)
        latest.setdefault(event.name, {})[event.owner or -event.frame - 1] = event


def _near(node: Node) -> set[Node]:
    near, waiting = set(), [(node, 0)]
    while waiting:
        here, depth = waiting.pop()
        for parent in here.parents if depth < 6 else ():
            if parent not in near:
                near.add(parent)
                waiting.append((parent, depth + 1))
    return near


def is_given(node: Node) -> bool:
    """Whether a value was drawn, loaded or written down, and at most sliced, scaled, reshaped or recoded since."""
    waiting, seen = [node], 0
    while waiting:
        here = waiting.pop()
        seen += 1
        if seen > 12 or here.op in ("matmul", "exp", "tanh", "sum"):
            return False
        waiting.extend(here.parents)
    return True


def _rooted(run: Run) -> set[Node]:
    """The nodes that may be parameters: computed from an array that is not all zeros, or used for more than one thing."""  # noqa: E501
    found: set[Node] = set()
    used: set[Node] = set()
    added = {node.parents[1] for node in run.nodes if node.op == "write" and len(node.parents) == 2}
    for node in run.nodes:
        if (node.op in ("leaf", "given") and np.any(node.value)) or any(parent in found for parent in node.parents):
            found.add(node)
        if node.op == "write" or (node in added and node.op in ("add", "subtract")):
            continue
        for parent in node.parents:
            roots = set(through_copies(parent)) if node.op not in ("view", "copy", "moved") else {parent}
            found |= roots & used
            used |= roots
    return found


def _is_update(
    event: Event, latest: Mapping[str, Mapping[int, Event]], rooted: set[Node], inputs: Mapping[str, set[Node]]
) -> bool:
    of_input = inputs.get(event.name, set())
    for node in through_copies(event.node) if event.node is not None else ():
        if node.op in ("add", "subtract") and of_input & {r for p in node.parents for r in through_copies(p)}:
            return True
    return any(_grows(event, before, rooted) for before in latest.get(event.name, {}).values())


def written_update(node: Node) -> tuple[Node, Node, Any] | None:
    """Of a write of P[i] + change into P: P before it, the sum, and the places in P; None where it is none."""
    while node.op == "write" and len(node.parents) == 2:
        old, given = node.parents
        if old.op == "write" and old in through_copies(given):
            node = old  # P[i] += change writes twice
            continue
        before = list(through_copies(given.parents[0])) if given.op in ("add", "subtract") and given.parents else []
        is_update = len(given.parents) == 2 and old in before
        return (old, given, node.constants[0]) if is_update else None
    return None


def before_writes(node: Node) -> Node:
    """A parameter as it was before other entries of it were updated."""
    while (found := written_update(node)) is not None:
        node = found[0]
    return node


def _undecayed(node: Node) -> Node:
    """P of (1 - c) * P, where c is small; randn(...) / sqrt(n) is P itself."""
    arrays = [p for p in node.parents if np.size(p.value) > 1]
    if node.op not in ("multiply", "divide") or len(arrays) != 1:
        return node
    by = ratio(node.value, arrays[0].value)
    return arrays[0] if by is not None and DECAY < by < 1 / DECAY else node


def _grows(event: Event, before: Event, rooted: set[Node]) -> bool:
    """Whether a value is an earlier one, which was given, with something added."""
    if before.node is None or event.node is None or np.shape(event.value) != np.shape(before.value):
        return False
    if before.node not in rooted:
        return False
    for node in through_copies(event.node):
        if node.op == "write" and (found := written_update(node)) is not None:
            first = before_writes(found[0])
            return first in rooted and is_given(first) and found[0] in set(through_copies(before.node))
        if node.op in ("add", "subtract") and len(node.parents) == 2:
            roots = set(through_copies(before.node))
            is_grown = any(root in roots for p in node.parents for root in through_copies(_undecayed(p)))
            return is_grown and is_given(before.node)
    return False
