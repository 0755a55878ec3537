"""What the lines of a script claim: which value is a derivative, and of what it is the derivative."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np

from ..record.instrument import Site
from ..record.ledger import Event, fresh
from ..record.tape import Array, Node, through_copies
from .names import is_average, is_strict, looks_like_a_derivative, of_entry, variables
from .sense import (
    Sense,
    Step,
    between,
    fits,
    parameter_gradient,
    place_of,
    ratio,
    same_number,
    step_of,
    unscaled,
)

ELEMENTWISE = {
    "add",
    "subtract",
    "multiply",
    "divide",
    "negative",
    "sqrt",
    "power",
    "square",
    "view",
    "copy",
    "moved",
    "clip",
}
Convention = Literal["either", "summed", "own"]


@dataclass
class Claim:
    """One value that claims a derivative: of which node, what the right value is, and by how much it is its multiple."""  # noqa: E501

    event: Event
    V: str  # what it is the derivative by, as it is written
    target: Node | None  # None: there is no such value
    truth: Any  # None where there is no target
    ratio: float | None  # None: it is no multiple of the truth
    kind: Literal["named", "step", "found"]
    allowed: bool = False
    multiple: float = 1.0  # what the truth is times dJ/dV
    note: str = ""
    of_parameter: bool = False
    change: Any = None  # of an update without a named gradient, what is added to the parameter
    has_conventions: bool = False  # whether it may be the derivative of the summed loss as well

    @property
    def claimed(self) -> Any:
        """The value that is claimed to be a derivative."""
        return self.event.value if self.change is None else self.change

    @property
    def is_right(self) -> bool:
        """Whether the value is what it claims to be."""
        return self.ratio is not None and self.allowed


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
    last_forward = sense.cost_event.number if sense.cost_event else -1
    for event in sense.events:
        if event.number in sense.superseded or event.site.kind in ("entered", "loop"):
            continue
        if event.node is not None and event.node.op == "leaf" and not np.any(event.value):  # noqa: SIM102
            if not is_exact or (event.frame, event.name) in sense.named_again(event):
                continue  # a place for sums to come
        hints = hints_of(event)
        if hints and _may_claim(event, sense, last_forward) and not _is_clipped(event, found):
            claim = named_claim(event, hints, sense, convention, is_exact)
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


def _may_claim(event: Event, sense: Sense, last_forward: int) -> bool:
    """Whether a value may be a derivative: it does not lead to the cost, or it only repeats a value that does."""
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
    if not is_strict(event.name, event.container):
        loose = by_value(event, sense, convention, is_exact)
        known = [n for n in known if fits(event.value, sense.gradients[n])]
        if loose is not None or not known:
            return loose
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
    if re.fullmatch(r"[a-z_]{4,}\w*", hints[0]) and not _anything_named(hints, sense):
        return None  # a word that begins like a derivative: data, delay, depth
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


def judged(
    event: Event,
    V: str,
    node: Node,
    sense: Sense,
    convention: Convention,
    is_exact: bool,
    kind: Literal["named", "step", "found"],
) -> Claim:
    """A claim about one node, compared with the derivative in the conventions that are allowed."""
    multiples = multiples_of(node, sense) if is_exact else []
    claim = _compared(event, V, node, sense, convention, is_exact, kind, multiples)
    claim.of_parameter = sense.is_parameter(node)
    claim.has_conventions = bool(multiples) and (bool(node.parents) or claim.multiple != 1.0)
    return claim


def _compared(
    event: Event,
    V: str,
    node: Node,
    sense: Sense,
    convention: Convention,
    is_exact: bool,
    kind: Literal["named", "step", "found"],
    multiples: list[float],
) -> Claim:
    gradient = sense.as_it_stands(sense.gradients[node], event.value)
    is_leaf = not node.parents
    expected = 1.0
    if multiples and convention == "summed" and not is_leaf:
        expected = multiples[0]
    if event.site.number in sense.run.raised:
        return Claim(event, V, node, gradient * expected, None, kind, note=sense.run.raised[event.site.number])
    if not fits(event.value, gradient):
        return Claim(event, V, node, gradient * expected, None, kind, False, expected)
    c = ratio(event.value, gradient)
    options = [1.0, *multiples] if convention == "either" else [1.0] if convention == "own" else [expected]
    if is_leaf and convention == "summed":
        options = [1.0, *multiples]
    if convention == "summed" and multiples and not is_leaf:
        options = multiples
    if not np.any(gradient) or not is_exact:
        options = [1.0]
    if c is None:
        for option in options if sense.at_ties is not None and np.shape(event.value) == np.shape(gradient) else ():
            if between(event.value, gradient * option, sense.at_ties[node] * option):
                return Claim(event, V, node, event.value, option, kind, True, option, "a subgradient")
        return Claim(event, V, node, gradient * expected, None, kind, False, expected)
    if not is_exact:
        return Claim(event, V, node, gradient * c, c, kind, True, c)
    for option in options:
        if same_number(c, option):
            return Claim(event, V, node, gradient * option, c, kind, True, option)
    return Claim(event, V, node, gradient * expected, c, kind, False, expected)


def multiples_of(node: Node, sense: Sense) -> list[float]:
    """By how much a derivative per example may be larger than dJ/dV: by the number that the cost divides by."""
    sizes = [n for n in np.shape(node.value) if n > 1]
    turns = max((sense.forward_turns.get(e.site.number, 0) for e in sense.owners.get(node, ())), default=0)
    products = {float(np.prod(some)) for k in range(1, len(sizes) + 1) for some in combinations(sizes, k)}
    if turns > 1:
        products |= {float(turns)} | {turns * p for p in products}
    found = []
    for number in sense.normalisers:
        for c in (number, number / 2):
            if c > 1.0 and any(abs(c - p) < 1e-9 * p for p in products):
                found.append(c)
        if abs(number - round(number)) > 1e-6 and number > 0:
            found.append(number)
    return sorted(set(found))


def step_claim(step: Step, sense: Sense, found: Sequence[Claim]) -> Claim | None:
    """The claim that an update makes: what is added to a parameter P is a constant times dJ/dP.

    It is made where the gradient got its name, if it has one; None where that is already a claim about P.
    """
    gradient = parameter_gradient(step, sense)
    if gradient is None:
        return None
    target = next(n for n in through_copies(step.parameter) if n in sense.gradients)
    claimed = {c.event.node: c for c in found}
    nodes = list(unscaled(step.change))
    clipped = max((i for i, node in enumerate(nodes) if node.op == "clip"), default=-1)
    for node in nodes:
        if node in claimed:
            known = claimed[node]
            if known.target is target or known.target is None:
                known.target, known.V = target, step.event.name
                known.ratio = ratio(known.event.value, gradient) if fits(known.event.value, gradient) else None
                known.allowed = known.ratio is not None
                known.multiple = known.ratio or 1.0
                known.truth = gradient * known.multiple
                known.of_parameter = True
            return None
    if any(c.of_parameter and c.target is target for n in _elementwise(step.change) for c in [claimed.get(n)] if c):
        return None  # momentum, Adagrad, Adam: the gradient itself is judged
    for node in nodes[clipped + 1 :]:
        named = [
            e for e in sense.owners.get(node, ()) if e is not step.event and e.site.kind not in ("entered", "loop")
        ]
        named = [e for e in named if e.number < step.event.number and np.shape(e.value) == np.shape(gradient)]
        if named:
            c = ratio(named[0].value, gradient)
            return _of_step(named[0], step, target, gradient, c)
    change = np.broadcast_to(step.change.value, np.shape(step.parameter.value))
    c = ratio(step.sign * np.asarray(change), gradient)
    claim = _of_step(step.event, step, target, gradient, c)
    claim.change = step.sign * np.asarray(change)
    return claim


def _elementwise(node: Node) -> Iterator[Node]:
    """What a value was computed from entry by entry, a few operations back."""
    waiting, seen = [(node, 0)], {node}
    while waiting:
        here, depth = waiting.pop()
        yield here
        if depth < 10 and here.op in ELEMENTWISE:
            fresh_parents = [p for p in here.parents if p not in seen]
            seen.update(fresh_parents)
            waiting.extend((p, depth + 1) for p in fresh_parents)


def _of_step(event: Event, step: Step, target: Node, gradient: Array, c: float | None) -> Claim:
    multiple = c or 1.0
    return Claim(
        event, step.event.name, target, gradient * multiple, c, "step", c is not None, multiple, of_parameter=True
    )


def by_value(event: Event, sense: Sense, convention: Convention, is_exact: bool) -> Claim | None:
    """What a value is the derivative of, whatever it is called; None where it is that of nothing."""
    if event.node is None or event.node in sense.forward:
        return None
    for node in sense.multiples_among(event.value):
        V = next((e.name for e in sense.owners.get(node, ())), "")
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


def is_written_as_a_derivative(event: Event) -> bool:
    """Whether a reader would take the name for that of a derivative."""
    return bool(hints_of(event)) or looks_like_a_derivative(event.name)


__all__ = ["Claim", "Convention", "claims_of", "fresh", "place_of", "step_of"]


def value_of(claim: Claim) -> Any:
    """The value that was claimed."""
    return claim.event.value
