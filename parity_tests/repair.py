"""Repair a wrong claim: try the small edits of its line, keep the first that is right on every sample."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from .check import Judged, Line, Recording, judge, judge_run, record
from .compare import compare
from .derivation import Derivation, DerivationError, Failure, read
from .edits import Edit, Place, edits, forward_edits, line_offsets, rewrites


@dataclass(frozen=True)
class Repair:
    """A right line, the slip that it repairs, and on how many samples it was verified."""

    line: int
    text: str
    cause: str
    samples: int
    slips: int = 1


def repair(derivation: Derivation, wrong: Line, recorded: list[Recording]) -> Repair | None:
    """The nearest edit that makes the claim right on every sample; None when there is none."""
    statements = _statements(derivation, wrong, recorded[0])
    judged = [j for j in judge_run(derivation, recorded[0]) if j.event.key == wrong.name]
    source = derivation.source.encode()
    for statement in statements:
        here = next((j for j in judged if j.event.line == statement.lineno), judged[-1])
        place = Place(source, line_offsets(source), here.scope, derivation.sizes)
        candidates: Iterator[Edit] = edits(statement.value, place)
        if len(statements) == 1:  # a plain assignment: its value alone tells, and nothing need be run
            candidates = (e for e in candidates if _value_is_right(_changed_text(statement.value, place, e), here))
        for edit in chain(rewrites(statement, place), candidates, _scaled(statement.value, place, here)):
            edited = _edited(derivation, edit)
            if edited is not None and all(_right(edited, recording, wrong.name) for recording in recorded):
                return Repair(statement.lineno, _lines(edited, statement), edit.cause, len(recorded), edit.slips)
    return None


def _scaled(value: ast.expr, place: Place, judged: Judged) -> Iterator[Edit]:
    """Pairs of edits, one of them a factor: an edit after which the value is a constant times the truth."""
    truth = np.asarray(judged.truth, dtype=float)
    for edit in edits(value, place):
        text = _changed_text(value, place, edit)
        factor = _constant_ratio(truth, _value_of(text, judged))
        for name in factor_names(factor, place) if factor is not None else ():
            cause = f"{edit.cause}, and the factor {name} is missing"
            yield Edit(*place.span(value), f"{name} * {_in_product(text)}", cause, 2)


def _in_product(text: str) -> str:
    node = ast.parse(text, mode="eval").body
    return f"({text})" if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)) else text


def _constant_ratio(truth: Any, value: Any) -> float | None:
    """The number that a value must be multiplied with; None when there is no such number."""
    try:
        got = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    if got.shape != truth.shape or not np.all(got) or not np.all(np.isfinite(got)):
        return None
    ratios = truth / got
    ratio = float(ratios.flat[0])
    return ratio if np.allclose(ratios, ratio, rtol=1e-9) and np.isfinite(ratio) and ratio else None


def factor_names(factor: float, place: Place) -> list[str]:
    """A factor as a person may write it: a size, one over it, a small number; on one sample it can be several."""
    sign, size = "-" if factor < 0 else "", abs(factor)
    sizes = {name: float(place.scope[name]) for name in place.sizes}
    named = sizes | {f"1 / {name}": 1 / n for name, n in sizes.items()}
    named |= {f"{number:g}": float(number) for number in (1, 2, 3, 4, 0.5, 10, 0.1, 100, 0.01)}
    return [sign + name for name, value in named.items() if np.isclose(size, value, rtol=1e-9)]


def _lines(derivation: Derivation, statement: ast.stmt) -> str:
    return "\n".join(derivation.lines[statement.lineno - 1 : statement.end_lineno]).strip()


def _changed_text(value: ast.expr, place: Place, edit: Edit) -> str:
    start, end = place.span(value)
    return replace(edit, start=edit.start - start, end=edit.end - start).apply(place.source[start:end]).decode()


def _statements(derivation: Derivation, wrong: Line, recording: Recording) -> list[ast.Assign | ast.AugAssign]:
    """The assignments that make the claim: the wrong line, and where it accumulates all lines that write to it."""
    grows = any(event.step for event in recording.events if event.key == wrong.name)
    lines = {event.line for event in recording.events if event.key == wrong.name} if grows else {wrong.line}
    found = [n for n in ast.walk(derivation.tree) if isinstance(n, (ast.Assign, ast.AugAssign)) and n.lineno in lines]
    return [n for n in found if wrong.name in ast.unparse(n) or not grows]


def _value_is_right(text: str, judged: Judged) -> bool:
    return compare(judged.event.key, judged.truth, _value_of(text, judged)).verdict == "agrees"


def _value_of(text: str, judged: Judged) -> Any:
    """The value of an expression in the scope of a claim; None when it has none."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return eval(text, {"np": np}, dict(judged.scope))
    except Exception:  # a candidate may be anything
        return None


def _edited(derivation: Derivation, edit: Edit) -> Derivation | None:
    try:
        return read(edit.apply(derivation.source.encode()).decode(), derivation.name)
    except DerivationError:
        return None


def _right(derivation: Derivation, recording: Recording, name: str) -> bool:
    try:
        claims = [j.comparison for j in judge_run(derivation, recording) if j.event.key == name and not j.is_step]
    except DerivationError:
        return False
    return bool(claims) and all(c is not None and c.verdict == "agrees" for c in claims)


def forward_slip(derivation: Derivation, lines: list[Line], recorded: list[Recording]) -> Repair | None:
    """One edit of one line of the forward part that makes every claim right; None when there is none."""
    source = derivation.source.encode()
    claimed = {event.line for event in recorded[0].events}
    scope = {**recorded[0].sample.arguments, **recorded[0].sample.sizes}
    place = Place(source, line_offsets(source), scope, derivation.sizes)
    for statement in ast.walk(derivation.tree):
        if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return, ast.If)) or statement.lineno in claimed:
            continue
        value = statement.test if isinstance(statement, ast.If) else statement.value
        if value is None or isinstance(value, ast.Constant):
            continue
        for edit in forward_edits(value, place):
            edited = _edited(derivation, edit)
            if edited is not None and _all_right(edited, recorded):
                return Repair(statement.lineno, _lines(edited, statement), edit.cause, len(recorded))
    return None


def _all_right(derivation: Derivation, recorded: list[Recording]) -> bool:
    """Whether every claim is right with another forward part; the first sample decides most."""
    costs = []
    try:
        for recording in recorded:
            again = Recording(recording.sample, *record(derivation, recording.sample), recording.summed)
            costs.append(again.J)
            if any(line.verdict != "right" for line in judge(derivation, [again])):
                return False
    except DerivationError:
        return False
    return max(costs) > 0  # a cost that is negative wherever one looks is no repair


def what_is_known(wrong: Line, derivation: Derivation, recording: Recording) -> str:
    """What can be said of a wrong claim without a repair: the ratio to the right value when it is one number."""
    judged = [j for j in judge_run(derivation, recording) if (j.event.key, j.event.line) == (wrong.name, wrong.line)]
    j = judged[-1]
    if isinstance(j.value, Failure):
        return j.value.reason
    ratio = _constant_ratio(np.asarray(j.value, dtype=float), j.truth)
    if ratio is None:
        return wrong.reasons[0] if wrong.reasons else ""
    names = factor_names(ratio, Place(b"", [], recording.sample.sizes, derivation.sizes))
    return f"{wrong.name} is {' or '.join(names) or f'{ratio:.6g}'} times the right value"
