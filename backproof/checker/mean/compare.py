"""One claim: of which value it is the derivative, and whether it is right in the conventions that are allowed."""

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal

import numpy as np

from ..record.ledger import Event
from ..record.tape import Node
from .ratios import between, fits, ratio, same_number
from .sense import Sense, Step

Convention = Literal["either", "summed", "own"]
Place = tuple[int, str]  # site and name of a claim


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
    step: Step | None = None  # the update itself
    after: Any = None  # what the parameter should be after it
    used_by: list[Step] = field(default_factory=list)  # the updates that are made with a gradient
    called_from: int = 0  # where it is a function's that is right elsewhere: the line that is blamed
    is_part: bool = False  # of a gradient to which the step adds the rest
    has_conventions: bool = False  # whether it may be the derivative of the summed loss as well

    @property
    def place(self) -> Place:
        """The site and the name of what claims."""
        return self.event.site.number, self.event.name

    @property
    def claimed(self) -> Any:
        """The value that is claimed to be a derivative."""
        return self.event.value if self.change is None else self.change

    @property
    def is_right(self) -> bool:
        """Whether the value is what it claims to be."""
        return self.ratio is not None and self.allowed


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
    gradient = sense.as_it_stands(node, event)
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
