"""The claims that updates of parameters make."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..record.ledger import Event
from ..record.tape import Array, Node, through_copies
from .compare import Claim
from .ratios import fits, ratio
from .sense import Sense, Step, parameter_gradient, unscaled

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
