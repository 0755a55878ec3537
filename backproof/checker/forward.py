"""A slip before the claims: one edit of the forward part, or of a declaration, that makes every claim right."""

import ast
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from reference_numpy._shapes import Quantity

from .check import Recording, judge, recordings
from .conventions import settle
from .derivation import Derivation, DerivationError
from .edits import forward_edits
from .inputs import draw
from .places import Edit, Place, line_offsets
from .repair import LIMIT_S, Repair, repaired, tried_edits
from .running import cost_slopes, direction, record, run

LABELS = re.compile(r"[yYtT]\w?$|label|target|one_?hot", re.IGNORECASE)


def labels_slip(derivation: Derivation, recorded: list[Recording], seed: int) -> Repair | None:
    """Labels that must be one-hot for the claims to be right, as those of a softmax, and are not declared so."""
    for node in derivation.tree.body:
        name = node.target.id if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ""
        quantity = derivation.inputs.get(name)
        if quantity is None or name in derivation.one_hot or not _may_be_labels(quantity, derivation.examples):
            continue
        again = replace(derivation, one_hot=derivation.one_hot | {name})
        try:
            first = Recording(record(again, draw(again, seed)), recorded[0].each)
            if "wrong" in {line.verdict for line in settle(again, [first])[0]}:
                continue
            lines, every = settle(again, recordings(again, seed))
        except DerivationError:
            continue
        if {line.verdict for line in lines} == {"right"}:
            text = f'{name}: "{", ".join(quantity.dims or ())} one-hot"'
            cause = f"the claims are right where each example has one 1 in {name}, and only there"
            return Repair(node.lineno, text, cause, sum(not r.sample.corner for r in every))
    return None


def _may_be_labels(quantity: Quantity, examples: str) -> bool:
    dims = set(quantity.dims or ())
    known = quantity.domain.text in ("{0, 1}", "[0, 1]") if quantity.domain else LABELS.match(quantity.name)
    return examples in dims and len(dims - {"1"}) > 1 and bool(known)


def forward_slip(derivation: Derivation, recorded: list[Recording], allowed: Callable[[Edit], bool]) -> Repair | None:
    """One allowed edit of one line of the forward part that makes every claim right; None when there is none."""
    source = derivation.source.encode()
    claimed = {event.line for event in recorded[0].events}
    scope = {**recorded[0].sample.arguments, **recorded[0].sample.sizes}
    place = Place(source, line_offsets(source), scope, derivation.sizes)
    end = time.monotonic() + LIMIT_S
    right = partial(_may_be_right, derivation, recorded[0])
    for statement, value in _forward(derivation, claimed):
        chosen = filter(allowed, forward_edits(value, place))
        for edit, edited in tried_edits(derivation, value, place, chosen, right, end):
            if _all_right(edited, recorded):
                return repaired(edited, statement.lineno, edit, recorded)
    return None


def _forward(derivation: Derivation, claimed: set[int]) -> Iterable[tuple[ast.stmt, ast.expr]]:
    """The statements that claim nothing, with the expression of each in which a slip may be."""
    for statement in ast.walk(derivation.tree):
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return, ast.If)) and statement.lineno not in claimed:
            value = statement.test if isinstance(statement, ast.If) else statement.value
            if value is not None and not isinstance(value, ast.Constant):
                yield statement, value


def _may_be_right(derivation: Derivation, recording: Recording, code: Any, more: Mapping[str, Any]) -> bool:
    """Whether the slope of the cost is what the claims of the inputs say, when the forward part is another one."""
    claims: dict[str, Any] = {}

    def observe(line: int, key: str, value: Any, scope: Mapping[str, Any], step: bool) -> Any:
        claims[key[1:]] = value
        return value

    sample = recording.sample
    inputs = {name: np.copy(value)[()] for name, value in sample.arguments.items()}
    each = {event.key[1:]: known for event, known in zip(recording.events, recording.per_example, strict=True)}
    try:
        run(derivation, sample, np, inputs, observe, code, more)
        claimed = {
            name: V / sample.sizes[sample.examples] if each.get(name) and recording.summed else V
            for name, V in claims.items()
            if name in inputs and np.isrealobj(V) and np.shape(V) == np.shape(inputs[name])
        }
        moved = direction(sample, claimed)
        return not claimed or moved.agrees(*next(cost_slopes(derivation, sample, moved.along, code, more)))
    except (DerivationError, TypeError, ValueError):
        return False


def _all_right(derivation: Derivation, recorded: list[Recording]) -> bool:
    """Whether every claim is right with another forward part."""
    costs = []
    try:
        for recording in recorded:
            again = replace(recording, record=record(derivation, recording.sample))
            if len(again.events) != len(recording.events):
                return False
            costs.append(again.record.J)
            allowed = {"right", "unjudged"} if recording.sample.corner else {"right"}
            if not {line.verdict for line in judge(derivation, [again])} <= allowed:
                return False
    except DerivationError:
        return False
    return max(costs) > 0  # a cost that is negative wherever one looks is no repair
