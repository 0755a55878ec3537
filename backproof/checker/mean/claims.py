"""What the lines of a script claim: which value is a derivative, and of what it is the derivative."""

import ast
import re
from collections.abc import Sequence

import numpy as np

from ..record.instrument import Site
from ..record.ledger import Event
from ..record.tape import Node
from .compare import Claim, Convention, judged
from .names import is_average, is_strict, is_sure, of_entry, variables
from .ratios import fits
from .sense import Sense
from .updates import step_claim


def hints_of(event: Event) -> tuple[str, ...]:
    """The names of which the event's name says that it is the derivative."""
    name = event.name
    if is_average(event.container) or is_average(name):
        return ()
    if event.site.kind == "return" and name == event.site.function:
        return ()
    if event.container and not event.container.startswith("self") and "[" not in name:
        return of_entry(event.container, name)
    if event.site.kind == "attribute" and name in ("grad", "gradient"):
        return (event.container, event.container.rpartition(".")[2])
    return variables(name)


def names_of(site: Site) -> tuple[str, str]:
    """The name and the container of what a statement would have produced, read off its text."""
    target = getattr(site.statement, "target", None) or getattr(site.statement, "targets", [None])[0]
    if site.kind in ("item", "augment") and isinstance(target, ast.Subscript):
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        return (key, site.container) if isinstance(key, str) else (site.container, "")
    return site.name, site.container


def claims_of(sense: Sense, convention: Convention, is_exact: bool) -> list[Claim]:
    """The claims of one run, in order: by their names, and by the steps that are taken with them."""
    found: list[Claim] = []
    seen: dict[tuple[Node | None, Node | None], Claim] = {}
    elsewhere: set[Node | None] = set()
    filled = {(e.frame, e.name) for e in sense.events if not _is_blank(e)}
    for event in sense.events:
        if event.number in sense.superseded or event.site.kind in ("entered", "loop"):
            continue
        if _is_blank(event):
            is_filled = (event.frame, event.name) in (sense.named_again(event) if is_exact else filled)
            if is_filled or (not is_exact and event.node is not None):
                continue  # a place for sums to come
        hints = hints_of(event)
        within = sense if is_exact else sense.local.get(event.frame, sense)
        if (event.node in elsewhere and within is sense) or (not is_exact and _is_data(event, sense)):
            continue
        if hints and _may_claim(event, within) and not _is_clipped(event, found):
            claim = named_claim(event, hints, within, convention, is_exact)
            if within is not sense:
                elsewhere.add(event.node)
            if claim is None or (event.node is not None and (event.node, claim.target) in seen):
                continue
            unknown = seen.pop((event.node, None), None) if event.node is not None else None
            if unknown is not None:  # an earlier name of the same value, which said less
                claim.event = unknown.event
                found[found.index(unknown)] = claim
            else:
                found.append(claim)
            seen[event.node, claim.target] = claim
    for step in sense.steps:
        claim = step_claim(step, sense, found)
        if claim is not None:
            found.append(claim)
    return sorted(found, key=lambda c: c.event.number)


def _is_blank(event: Event) -> bool:
    """Whether a value is zeros that the script writes down."""
    return (event.node is None or event.node.op == "leaf") and not np.any(event.value)


def _is_data(event: Event, sense: Sense) -> bool:
    """Whether a value is an array that this statement draws, loads or writes down."""
    return event.node is not None and event.node.op == "leaf" and sense.owners[event.node][0] is event


def _is_clipped(event: Event, found: Sequence[Claim]) -> bool:
    """Whether a value is an earlier claim, clipped: that is done on purpose."""
    claimed = {c.event.node for c in found}
    node = event.node
    was_clipped = False
    while node is not None and len(node.parents) == 1 and node.op in ("clip", "copy", "view", "moved"):
        was_clipped = was_clipped or node.op == "clip"
        node = node.parents[0]
        if was_clipped and node in claimed:
            return True
    return False


def _may_claim(event: Event, sense: Sense) -> bool:
    """Whether a value may be a derivative: it does not lead to the cost, or it only repeats a value that does."""
    last_forward = sense.cost_event.number if sense.cost_event else -1
    if event.node is None or event.node not in sense.forward:
        return event.number > last_forward or event.node is not None
    others = [e for e in sense.owners.get(event.node, ()) if e.name != event.name and e.number < event.number]
    is_input = event.node in sense.run.inputs.values()
    return event.number > last_forward or bool(others) or is_input


def candidates(hints: Sequence[str], event: Event, sense: Sense) -> list[Node]:
    """The nodes that a name may mean: the value that it had, the nearest in scope first."""
    found: list[Node] = []
    for hint in hints:
        events = [e for e in sense.named.get(hint, ()) if e.node is not event.node or e.name != event.name]
        same_owner = [e for e in events if event.owner and e.owner == event.owner]
        same_frame = [e for e in events if e.frame == event.frame and e.number < event.number]
        for e in (*reversed(same_owner), *reversed(same_frame), *reversed(events)):
            if e.node is not None:
                found.append(e.node)
        if hint in sense.run.inputs:
            found.append(sense.run.inputs[hint])
    return list(dict.fromkeys(found))


def named_claim(
    event: Event, hints: Sequence[str], sense: Sense, convention: Convention, is_exact: bool
) -> Claim | None:
    """The claim that a named value makes; None where the name means nothing that is known and the value neither."""
    nodes = candidates(hints, event, sense)
    known = [n for n in nodes if n in sense.gradients]
    best: Claim | None = None
    is_loose = not is_strict(event.name, event.container)
    found = by_value(event, sense, convention, is_exact) if is_loose else None
    if is_loose:
        known = [n for n in known if fits(event.value, sense.gradients[n])]
        only = by_shape(event, sense) if is_sure(event.name) and not is_exact else None
        if found is not None or (not known and only is None):
            return found
    for node in known:
        claim = judged(event, hints[0], node, sense, convention, is_exact, "named")
        if claim.is_right:
            return claim
        if best is None or (
            best.truth is not None
            and not fits(best.event.value, best.truth)
            and claim.truth is not None
            and fits(event.value, claim.truth)
        ):
            best = claim
    if not is_loose:
        found = by_value(event, sense, convention, is_exact)
    if best is not None:
        return found if found is not None and _goes_on(event, best, found, sense) else best
    if found is not None:
        return found
    if event.node is None and not isinstance(event.value, float):
        return None
    only = None if is_exact else by_shape(event, sense)
    if only is not None:
        return judged(event, hints[0], only, sense, convention, is_exact, "named")
    if re.match(r"[a-z_]{4,}|[a-z]{2,}[A-Z]", hints[0]) and not _anything_named(hints, sense):
        return None  # a word that begins like a derivative: data, delay, depth, dataMatrix
    is_of_nothing = any(hint in sense.run.inputs for hint in hints) or bool(_anything_named(hints, sense))
    note = f"{hints[0]} does not lead to the cost" if is_of_nothing else f"there is no {hints[0]}"
    return Claim(event, hints[0], None, None, None, "named", note=note)


def _goes_on(event: Event, best: Claim, found: Claim, sense: Sense) -> bool:
    """Whether a name is used again for the derivative by what its variable was computed from: datt = datt / sqrt(d)."""
    if event.node is None or best.target is None or found.target is None or not found.is_right:
        return False
    above = sense.above(event.node)
    is_used_again = any(e.name == event.name and e.node in above for e in sense.events[: event.number])
    return is_used_again and found.target in sense.above(best.target)


def _anything_named(hints: Sequence[str], sense: Sense) -> list[Event]:
    return [e for e in sense.events if e.name in hints]


def by_value(event: Event, sense: Sense, convention: Convention, is_exact: bool) -> Claim | None:
    """What a value is the derivative of, whatever it is called; None where it is that of nothing."""
    if event.node is None or event.node in sense.forward:
        return None
    for node in sense.multiples_among(event.value):
        names = [e.name for e in sense.owners.get(node, ())]
        V = next((name for name in names if not name.startswith("[")), "".join(names[:1]))
        claim = judged(event, V, node, sense, convention, is_exact, "found")
        if claim.is_right:
            return claim
    return None


def by_shape(event: Event, sense: Sense) -> Node | None:
    """The one input that has the shape of a value from which nothing else is computed: it can only be meant."""
    if event.node is None or any(n.op not in ("view", "copy", "moved") for n in sense.children.get(event.node, ())):
        return None
    nodes = [n for n in sense.gradients if not n.parents and np.shape(n.value) == np.shape(event.value)]
    return nodes[0] if len(nodes) == 1 and np.size(event.value) > 1 else None
