"""Where the first turn of a training loop ends."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..program import Run
from ..record.ledger import Event
from ..record.tape import Node, ancestors, through_copies


def first_turn(run: Run) -> int:
    """Where the first turn of a training loop ends: at the first value computed from an updated parameter."""
    latest: dict[tuple[int, str], Event] = {}
    updated: set[Node] = set()
    seen_sites: set[int] = set()
    for event in run.events:
        node = event.node
        if node is not None and updated and event.site.number in seen_sites and event.site.kind not in ("entered", "loop"):
            if any(parent in updated for parent in _near(node)) and not _is_update(event, latest):
                return event.number
        if node is not None and _is_update(event, latest):
            updated.add(node)
            updated.update(through_copies(node))
        else:
            seen_sites.add(event.site.number)
        latest[(event.owner or -event.frame, event.name)] = event
    return len(run.events)


def _near(node: Node) -> set[Node]:
    near, waiting = set(), [(node, 0)]
    while waiting:
        here, depth = waiting.pop()
        for parent in here.parents if depth < 6 else ():
            if parent not in near:
                near.add(parent)
                waiting.append((parent, depth + 1))
    return near


def _is_update(event: Event, latest: Mapping[Any, Event]) -> bool:
    before = latest.get((event.owner or -event.frame, event.name))
    if before is None or before.node is None or event.node is None or np.shape(event.value) != np.shape(before.value):
        return False
    if not any(n.op == "leaf" and np.any(n.value) for n in ancestors([before.node])):
        return False
    for node in through_copies(event.node):
        if node.op in ("add", "subtract") and len(node.parents) == 2:
            roots = set(through_copies(before.node))
            return any(root in roots for p in node.parents for root in through_copies(p)) and "leaf" in {
                r.op for r in roots
            }
    return False
