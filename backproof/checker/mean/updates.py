"""The claims that updates of parameters make."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..record.ledger import Event
from ..record.tape import Array, Node, through_copies
from .compare import Claim
from .ratios import fits, ratio
from .sense import Sense, Step, parameter_gradient, unscaled
from .turns import is_given

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
    whole = parameter_gradient(step, sense)
    if whole is None:
        return None
    gradient = step.of_places(whole)
    target = next(n for n in through_copies(step.parameter) if n in sense.gradients)
    claimed = {c.event.node: c for c in found}
    if _completes(step, claimed, gradient, target):
        return None
    nodes = list(unscaled(step.change))
    clipped = max((i for i, node in enumerate(nodes) if node.op == "clip"), default=-1)
    for node in nodes:
        if node in claimed:
            known = claimed[node]
            is_other = known.target is not None and known.target not in sense.roots(step.parameter)
            if known.target is None or (is_other and not known.is_right):  # the step says what it is
                known.target, known.V = target, step.event.name
                known.ratio = ratio(known.event.value, gradient) if fits(known.event.value, gradient) else None
                known.allowed = known.ratio is not None
                known.multiple = known.ratio or 1.0
                known.truth = gradient * known.multiple
                known.of_parameter = True
            known.used_by.append(step)
            return None
    inside = list(_elementwise(step.change))
    if any(c.of_parameter and c.target is target for n in inside for c in [claimed.get(n)] if c):
        return None  # momentum, Adagrad, Adam: the gradient itself is judged
    for node in [*nodes[clipped + 1 :], *_gradients_in(inside, gradient)]:
        named = [
            e for e in sense.owners.get(node, ()) if e is not step.event and e.site.kind not in ("entered", "loop")
        ]
        named = [e for e in named if e.number < step.event.number and np.shape(e.value) == np.shape(gradient)]
        if named:
            c = ratio(named[0].value, gradient)
            claim = _of_step(named[0], step, target, gradient, c)
            claim.used_by.append(step)
            return claim
    whole_change, without_decay = _changes(step, gradient)
    change = whole_change if ratio(whole_change, gradient) is not None else without_decay
    claim = _of_step(step.event, step, target, gradient, ratio(change, gradient))
    claim.change, claim.step = change, step
    return claim


def _changes(step: Step, gradient: Array) -> tuple[Array, Array]:
    """What a step adds to a parameter, and the same without multiples of the parameter itself."""
    change = step.sign * np.broadcast_to(np.asarray(step.change.value), np.shape(gradient))
    roots: set[Node | None] = {*through_copies(step.parameter)}
    addends = _addends(step.change, 1.0, roots)
    own = step.sign * sum((f for f, node in addends if roots & set(through_copies(node))), 0.0)
    P = np.broadcast_to(step.of_places(step.parameter.value), np.shape(gradient))
    return change + step.decay * P, change - min(own, 0.0) * P


def _gradients_in(inside: Sequence[Node], gradient: Array) -> list[Node]:
    """The values from which a step is made that may be the gradient, as g where m = 0.9 * m + 0.1 * g.

    Every number is a multiple of every other; where a step is divided by a root, as in Adam, the first of them counts.
    """
    alike = [n for n in inside if np.shape(n.value) == np.shape(gradient) and not is_given(n)]
    first = sorted(alike, key=lambda n: n.number) if any(n.op == "sqrt" for n in inside) else []
    multiples = [n for n in alike if ratio(n.value, gradient) is not None] if np.size(gradient) > 1 else []
    return multiples or first


def _completes(step: Step, claimed: Mapping[Node | None, Claim], gradient: Array, target: Node) -> bool:
    """Whether a step adds a term to a named gradient, as weight decay; what the name claims is then the rest of dJ/dP."""  # noqa: E501
    addends = list(_addends(step.change, 1.0, set(claimed)))
    if step.decay:
        addends.append((step.sign * step.decay, step.parameter))
    mine = [(factor, claimed[node]) for factor, node in addends if node in claimed]
    if len(addends) < 2 or len(mine) != 1 or mine[0][1].target not in (target, None):
        return False
    factor, claim = mine[0]
    value = np.asarray(claim.event.value)
    if not fits(value, gradient) or np.shape(step.change.value) != np.shape(gradient):
        return False
    change = step.change.value + step.sign * step.decay * step.parameter.value
    whole = ratio(change / factor, gradient)
    if whole is None and ratio(value, gradient) is not None:
        return False  # the cost knows nothing of the decay
    rest = change / factor - value
    claim.truth = value if whole is not None else gradient - rest
    claim.target, claim.of_parameter, claim.multiple = target, True, whole or 1.0
    claim.ratio, claim.allowed = whole, whole is not None
    claim.is_part = True
    claim.used_by.append(step)
    return True


def _addends(node: Node, factor: float, stops: set[Node | None]) -> Iterator[tuple[float, Node]]:
    """The terms of a sum, and the numbers that they are multiplied with."""
    if node in stops or len(node.parents) not in (1, 2):
        yield factor, node
        return
    left, right = node.parents[0], node.parents[-1]
    constants = [float(np.ravel(c)[0]) for c in node.constants if np.size(c) == 1]
    if node.op in ("add", "subtract") and len(node.parents) == 2:
        yield from _addends(left, factor, stops)
        yield from _addends(right, -factor if node.op == "subtract" else factor, stops)
    elif node.op in ("view", "copy", "moved"):
        yield from _addends(left, factor, stops)
    elif node.op == "negative":
        yield from _addends(left, -factor, stops)
    elif node.op in ("multiply", "divide") and len(node.parents) == 1 and constants and constants[0]:
        yield from _addends(left, factor * (constants[0] if node.op == "multiply" else 1 / constants[0]), stops)
    elif node.op in ("multiply", "divide") and len(node.parents) == 2 and np.size(right.value) == 1 and right.value:
        number = float(np.ravel(right.value)[0])
        yield from _addends(left, factor * (number if node.op == "multiply" else 1 / number), stops)
    elif node.op == "multiply" and len(node.parents) == 2 and np.size(left.value) == 1 and left.value:
        yield from _addends(right, factor * float(np.ravel(left.value)[0]), stops)
    else:
        yield factor, node


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
