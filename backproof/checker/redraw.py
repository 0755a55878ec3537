"""Draw the values of a program anew: its own data may be too special to tell a right formula from a wrong one."""

import re
from typing import Any, NamedTuple

import numpy as np

from .mean.claims import claims_of
from .mean.costs import costs
from .mean.explained import explained, right_claims, right_parameters, right_share, supposed
from .mean.ratios import ratio, same_number
from .mean.sense import Sense, sense_of
from .mean.suppose import product_costs, usual_costs
from .mean.turns import updates
from .record.draw import Draw
from .record.leaves import LeafKey
from .record.ledger import Event
from .record.program import Program, UnusableError
from .record.run import Run, run
from .record.tape import Array, Node, ancestors, descendants, through_copies
from .samples import Key, Sample, key_of, sensed, trim

SAMPLES = 4
ENOUGH = 3000  # events after which the first run of a program ends
COLUMNS = 8
MISSING = re.compile(r"FileNotFoundError|No such file|not found", re.IGNORECASE)
MISFIT = re.compile(r"\(size (\d+) is different from (\d+)\)")


class Parameter(NamedTuple):
    """The shape of a parameter, and the size of what it is multiplied by, where that is above 1."""

    shape: tuple[int, ...]
    multiplied: float


def program_samples(program: Program, seed: int) -> list[Sample]:
    """A program that declares no inputs, on values drawn anew; on its own where it does not run with others."""
    result, columns = first_run(program, seed)
    own = sense_of_program(result)
    own, undone = _of_its_turn(program, own, Draw(seed, columns=columns))
    trim(own)
    parameters = _parameters(own)
    if own.cost_event is None:
        own = _told_apart(program, own, parameters, Draw(seed + SAMPLES + 1, columns=columns))
    found = []
    for i in range(1, SAMPLES + 1):
        rng = np.random.default_rng(seed + i)
        values = {key: _drawn(parameter, rng) for key, parameter in parameters.items()}
        for leaves in (_redrawn(own, rng), {}):
            sample = Sample(Draw(seed + i, leaf_values=leaves, columns=columns), own, values, undone=undone)
            try:
                sense = sensed(run(program, sample.draw, replace=sample.replace, stop=sample.stop), own)
                trim(sense)
            except UnusableError:
                continue
            if np.isfinite(sense.cost.value).all() and sense.run.error == own.run.error:
                sample.first = sense
                found.append(sample)
                break
    return found or [Sample(Draw(seed, columns=columns), own, undone=undone)]


def _of_its_turn(program: Program, own: Sense, draw: Draw) -> tuple[Sense, frozenset[Key]]:
    """The sense of a program whose cost comes after the step, and the updates that are undone for it.

    The cost is then that of the parameters before the step. Where there are steps for single examples before it, or
    nothing to do with it is claimed, one of the usual costs is supposed instead.
    """
    cost = own.cost_event
    steps = updates(own.run, cost.number) if cost is not None else []
    late = frozenset(key_of(e) for e in steps if e.node in own.forward)
    before, right = _before_the_step(program, own, late, draw), right_parameters(own)
    is_of_more = before is not None and _is_of_more_data(before)
    if (
        before is not None
        and not is_of_more
        and (right_parameters(before) >= max(right, 1) or right_share(before) > right_share(own))
    ):
        return before, late
    if cost is not None and (is_of_more or _are_many(late, own) or not claims_of(own, "either", False)):
        usual = [sense_of(own.run, s.node, None, s.words) for s in usual_costs(own.run)]
        best = max(usual, key=right_parameters, default=own)
        if right_parameters(best) > right:
            return best, frozenset()
    return (own, frozenset()) if before is None or right else (before, late)


def _are_many(steps: frozenset[Key], sense: Sense) -> bool:
    """Whether a parameter is updated several times before the cost."""
    number = sense.cost_event.number if sense.cost_event is not None else 0
    first = {(site, name): turn for site, turn, name in steps}
    return any(e.turn > first.get((e.site.number, e.name), e.turn) for e in sense.run.events[:number])


def _is_of_more_data(sense: Sense) -> bool:
    """Whether the cost is that of more data than the steps are made with, as after an epoch of mini-batches."""
    parameters = {root for step in sense.steps for root in through_copies(step.parameter)}
    made = ancestors([step.change for step in sense.steps])

    def data(nodes: set[Node]) -> set[Node]:
        used = {p for n in nodes if n.op not in ("view", "copy", "moved") for p in n.parents}
        return {p for p in used if not (last := [*through_copies(p)][-1]).parents and last not in parameters}

    return bool(sense.steps) and not data(sense.forward) <= data(made)


def _before_the_step(program: Program, own: Sense, late: frozenset[Key], draw: Draw) -> Sense | None:
    if not late or program.runner is not None or own.cost_event is None:
        return None
    sample = Sample(draw, own, undone=late)
    again = run(program, draw, replace=sample.replace, stop=lambda e: e.number >= ENOUGH)
    same = next((e for e in again.events if key_of(e) == key_of(own.cost_event)), None)
    if same is None or same.node is None:
        return None
    sense = sense_of(again, same.node, same)
    frames = {e.frame for e in again.events[: same.number] if key_of(e) in late}
    sites = {e.site.number for e in again.events[: same.number] if e.frame in frames}
    begun = (e.number for e in again.events[same.number :] if e.frame in frames and e.site.number in sites)
    sense.end = min(sense.end, own.end, next(begun, len(again.events)))  # where the loop of the step goes on
    return sense


def _told_apart(program: Program, own: Sense, parameters: dict[Key, Parameter], draw: Draw) -> Sense:
    """The supposed cost that explains most where the parameters are drawn anew: at zero, many costs look the same.

    Of several that explain as much, the gradients are one constant times the same cost's in both runs.
    """
    rng = np.random.default_rng(draw.seed)
    sample = Sample(draw, own, {key: _drawn(parameter, rng) for key, parameter in parameters.items()})
    try:
        again = run(program, draw, replace=sample.replace, stop=lambda e: e.number > own.end)
        best = sense_of_program(again)
        usual = [sense_of(again, s.node, None, s.words) for s in usual_costs(again)]
        rivals = [s for s in usual if right_parameters(s) == right_parameters(best)]
        if any(s.words == best.words for s in rivals):
            best = max(rivals, key=lambda s: (_agreeing(s, own.run), *supposed(s)))
        return sensed(own.run, best)
    except UnusableError:
        return own


def _agreeing(sense: Sense, other: Run) -> int:
    """How many claims about parameters are the same multiple of the truth in another run."""
    try:
        there = {c.place: c.ratio or 0.0 for c in right_claims(sensed(other, sense))}
    except UnusableError:
        return 0
    return sum(same_number(c.ratio or 0.0, there.get(c.place, np.inf)) for c in right_claims(sense))


def first_run(program: Program, seed: int) -> tuple[Run, int]:
    """A program on its own data; where a file is not there, with a table of as many columns as it needs."""

    def with_columns(columns: int) -> Run:
        return run(program, Draw(seed, columns=columns), stop=lambda event: event.number >= ENOUGH)

    result, columns = with_columns(0), 0
    if result.error and (MISSING.search(result.error) or "Absent" in result.error or not result.events):
        columns = COLUMNS
        result = with_columns(columns)
        if (sizes := MISFIT.search(result.error)) is not None:
            columns += int(sizes[2]) - int(sizes[1])
            result = with_columns(columns)
    return result, columns


def sense_of_program(result: Run) -> Sense:
    """The cost of a program: the one that it computes, or the usual one that explains most of what it computes."""
    computed = [sense_of(result, e.node, e) for e in costs(result) if e.node is not None]
    senses = computed[:3] or [sense_of(result, s.node, None, s.words) for s in usual_costs(result)]
    best = max(senses, key=explained if computed else supposed, default=None)
    best = next((s for s in computed if best is not None and _is_part(best, s)), best)
    if best is None or (not computed and explained(best) < 10):
        others = [sense_of(result, s.node, None, s.words) for s in product_costs(result)]
        best = max([*senses, *others], key=explained, default=None)
    if best is None or (not computed and explained(best) == 0):
        if result.error:
            raise UnusableError(result.error, result.error_line)
        raise UnusableError("no cost is found, and none of the usual ones explains what the program computes")
    return best


def _is_part(part: Sense, whole: Sense) -> bool:
    """Whether a cost is only a part of another one, which depends on the parameters in other ways too."""
    if part.cost is whole.cost or part.cost not in whole.forward or part.cost_event is None:
        return False
    leaves = [n for n in whole.gradients if not n.parents and np.size(n.value) > 1]
    return any(n not in part.gradients or ratio(part.gradients[n], whole.gradients[n]) is None for n in leaves)


def _parameters(sense: Sense) -> dict[Key, Parameter]:
    """The events in which the parameters get their first values."""
    nodes = {step.parameter for step in sense.steps}
    nodes |= {c.target for c in claims_of(sense, "either", False) if c.target is not None and c.of_parameter}
    roots = {root for node in nodes for root in through_copies(node)}
    multiplied = _multiplied(sense, roots)
    found: dict[Key, Parameter] = {}
    seen: set[Node] = set()
    for event in sense.events:
        if event.node in roots and event.site.kind not in ("entered", "loop"):
            trail = set(through_copies(event.node))
            if not trail & seen and event.value.dtype.kind == "f" and not _is_read_before(event, trail, sense):
                size = max((multiplied.get(root, 1.0) for root in trail), default=1.0)
                found[key_of(event)] = Parameter(np.shape(event.value), size)
            seen |= trail
    return found


def _is_read_before(event: Event, trail: set[Node], sense: Sense) -> bool:
    """Whether something was computed from a value before an event names it, as `x, w = cache` in a backward pass."""
    readers = [child for node in trail for child in sense.children.get(node, ())]
    return any(child.number < event.at and child.op not in ("view", "copy", "moved") for child in readers)


def _multiplied(sense: Sense, roots: set[Node]) -> dict[Node, float]:
    """By parameters, the size of what they are multiplied by, where that is large: data as they were measured."""
    found: dict[Node, float] = {}
    for node in sense.run.nodes[: sense.cost.number]:
        if node.op == "matmul" and len(node.parents) == 2:
            for parameter, other in (node.parents, node.parents[::-1]):
                for root in roots.intersection(through_copies(parameter)):
                    size = float(np.sqrt(np.mean(np.square(other.value))))
                    found[root] = max(found.get(root, 1.0), size if np.isfinite(size) else 1.0)
    return found


def _drawn(parameter: Parameter, rng: np.random.Generator) -> Array:
    """Values of both signs, the smaller the more of them are summed, and the larger what they are multiplied by."""
    shape, size = parameter
    return rng.standard_normal(shape) / (np.sqrt(max(1.0, max(shape, default=1) / 8)) * size)


def _redrawn(sense: Sense, rng: np.random.Generator) -> dict[LeafKey, Any]:
    """Other values for the arrays that a program writes down: data is drawn, labels change places."""
    found: dict[LeafKey, Any] = {}
    for key, node in sense.run.leaves:
        value = node.value
        if (
            key[1] not in ("array", "reshape")
            or (node not in sense.forward and not _is_label(node, sense))
            or value.size < 2
        ):
            continue
        if _is_label(node, sense):
            found[key] = value[rng.permutation(len(value))] if value.ndim == 1 else _mixed(value, rng)
        elif value.dtype.kind == "f" or _is_multiplied(node, sense):
            spread = float(np.std(value)) or 1.0
            found[key] = rng.standard_normal(value.shape) * max(spread, 0.3) + float(np.mean(value))
    return found


def _mixed(value: Array, rng: np.random.Generator) -> Array:
    axis = int(np.argmax(value.shape))
    return np.take(value, rng.permutation(value.shape[axis]), axis=axis)


def _is_label(node: Node, sense: Sense) -> bool:
    return bool(np.isin(node.value, (0, 1)).all()) and not _is_multiplied(node, sense)


def _is_multiplied(node: Node, sense: Sense) -> bool:
    """Whether an array enters a matrix product: then it is data."""
    later = descendants([node], sense.run.nodes[: node.number + 200])
    return any(
        n.op == "matmul" and any(p is node or (p in later and p.op in ("view", "copy")) for p in n.parents)
        for n in later
    )
