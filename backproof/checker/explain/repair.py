"""Repair a wrong claim: try the small edits of its line, keep the first that is right on every sample."""

import ast
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import numpy as np

from parity_tests.compare import compare

from .check import Judged, Line, Recording, claim_is_right, judge_run
from .derivation import Derivation, DerivationError, Failure, read
from .edits import edits, rewrites
from .instrument import instrument, trying
from .places import Edit, Place, in_product, line_offsets, parsed
from .scope import chains, is_number

LIMIT_S = 2.0
PAIRS_LIMIT_S = 0.5
FIRST_OF_PAIRS = 400
Statement = ast.Assign | ast.AugAssign


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
    end = time.monotonic() + LIMIT_S
    for search in (_single, _chained, _scaled, _pairs):
        for statement in statements:
            turns = [j for j in judged if j.event.line == statement.lineno] or judged[-1:]
            place = Place(source, line_offsets(source), turns[0].scope, derivation.sizes)
            right = _tester(derivation, statement, recorded[0], wrong.name, turns, len(statements) == 1)
            for edit in search(statement, place, turns[0], right, end):
                found = _verified(derivation, edit, statement, wrong.name, recorded)
                if found is not None:
                    return found
    return None


def repaired(edited: Derivation, line: int, edit: Edit, recorded: list[Recording]) -> Repair:
    """What an edit of the statement in a line is, once it is verified on all samples."""
    proofs = sum(not recording.sample.corner for recording in recorded)
    return Repair(line, as_written(edited, line), edit.cause, proofs, edit.slips)


def _verified(
    derivation: Derivation, edit: Edit, statement: Statement, name: str, recorded: list[Recording]
) -> Repair | None:
    """The repair that an edit is, if with it the claim is right on every sample."""
    edited = edited_by(derivation, edit)
    if edited is None or not all(claim_is_right(edited, recording, name) for recording in recorded):
        return None
    return repaired(edited, statement.lineno, edit, recorded)


Right = Callable[[str], bool]


def _tester(
    derivation: Derivation, statement: Statement, recording: Recording, name: str, turns: list[Judged], alone: bool
) -> Right:
    """Whether a text, in the place of the statement's value, makes the claim right on one sample.

    A plain assignment that ran once is only evaluated; anything else is run, the script compiled once with a hole.
    """
    if alone and isinstance(statement, ast.Assign) and len(turns) == 1 and not turns[0].is_step:
        return lambda text: _value_is_right(text, turns[0])
    code = instrument(derivation.source, derivation.name, statement.value)

    def right(text: str) -> bool:
        tried = compiled(text)
        if tried is None or _value(tried, turns[0].scope) is None:
            return False
        return claim_is_right(derivation, recording, name, code, trying(tried))

    return right


def _single(statement: Statement, place: Place, judged: Judged, right: Right, end: float) -> Iterator[Edit]:
    """One edit."""
    yield from rewrites(statement, place)
    for edit, text in _texts(statement.value, place, end):
        if right(text):
            yield edit


def _chained(statement: Statement, place: Place, judged: Judged, right: Right, end: float) -> Iterator[Edit]:
    """The whole line as the product of a derivative and a value."""
    if not judged.is_step:
        for text, cause in chains(judged.event.key[1:], place.scope):
            if right(text):
                yield Edit(*place.span(statement.value), text, cause, 2)


def _scaled(statement: Statement, place: Place, judged: Judged, right: Right, end: float) -> Iterator[Edit]:
    """Pairs of edits, one of them a factor: an edit after which the value is a constant times the truth."""
    if judged.is_step or (isinstance(judged.value, Failure) and judged.truth is None):
        return
    truth = np.asarray(judged.truth, dtype=float)
    for edit, text in _texts(statement.value, place, end):
        factor = _constant_ratio(truth, _value_of(text, judged))
        for name in factor_names(factor, place) if factor is not None else ():
            cause = f"{edit.cause}, and the factor {name} is missing"
            yield Edit(*place.span(statement.value), f"{name} * {in_product(text)}", cause, 2)


def _pairs(statement: Statement, place: Place, judged: Judged, right: Right, end: float) -> Iterator[Edit]:
    """Two edits, the likeliest first, for as long as the time allows."""
    end = min(end, time.monotonic() + PAIRS_LIMIT_S)
    texts = _texts(statement.value, place, end)
    firsts = [(e, t) for e, t in texts if _value_of(t, judged) is not None]  # without a value it leads nowhere
    for edit, text in firsts[:FIRST_OF_PAIRS]:
        tree = parsed(text)
        if tree is None or time.monotonic() > end:
            continue
        again = Place(text.encode(), [0], place.scope, place.sizes)
        for second, both in _texts(tree, again, end):
            if right(both):
                yield Edit(*place.span(statement.value), both, f"{edit.cause}; {second.cause}", 2)


def _texts(value: ast.expr, place: Place, end: float) -> Iterator[tuple[Edit, str]]:
    """Every edit of an expression with the text that it makes of it, none twice, until the time is over."""
    seen = {place.text(value)}
    for edit in edits(value, place):
        text = changed_text(value, place, edit)
        if text not in seen:
            seen.add(text)
            yield edit, text
        if time.monotonic() > end:
            return


def _constant_ratio(truth: Any, value: Any) -> float | None:
    """The number that a value must be multiplied with; None when there is no such number."""
    if np.iscomplexobj(value):
        return None
    try:
        got = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    there = got != 0
    if got.shape != truth.shape or not there.any() or not np.array_equal(there, truth != 0):
        return None
    ratios = truth[there] / got[there]
    ratio = float(ratios[0])
    return ratio if np.isfinite(ratios).all() and np.allclose(ratios, ratio, rtol=1e-9) else None


def factor_names(factor: float, place: Place) -> list[str]:
    """A factor as a person may write it: a size, a number in scope, one over it, its root, a small number.

    On one sample it can be several.
    """
    sign, size = "-" if factor < 0 else "", abs(factor)
    scalars = {n: float(V) for n, V in place.scope.items() if is_number(V) and len(n) > 1 and V > 0}
    sizes = {n: float(place.scope[n]) for n in place.sizes if is_number(place.scope.get(n))}
    known = sizes | scalars
    named = {str(number): float(number) for number in (1, 2, 3, 4)} | known
    named |= {f"1 / {name}": 1 / n for name, n in known.items()}
    named |= {f"np.sqrt({name})": n**0.5 for name, n in known.items()}
    named |= {f"1 / np.sqrt({name})": n**-0.5 for name, n in known.items()}
    named |= {f"{number:g}": float(number) for number in (0.5, 10, 0.1, 100, 0.01)}
    return [sign + name for name, value in named.items() if np.isclose(size, value, rtol=1e-9)]


def as_written(derivation: Derivation, line: int) -> str:
    """The statement that begins in a line, without its comment; the line where none does."""
    for node in ast.walk(derivation.tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            return ast.get_source_segment(derivation.source, node) or ""
    return derivation.lines[line - 1].strip()


def changed_text(value: ast.expr, place: Place, edit: Edit) -> str:
    """The text of an expression after an edit in it."""
    start, end = place.span(value)
    return replace(edit, start=edit.start - start, end=edit.end - start).apply(place.source[start:end]).decode()


def _statements(derivation: Derivation, wrong: Line, recording: Recording) -> list[Statement]:
    """The assignments that make the claim: the wrong line, and where it accumulates all lines that write to it."""
    grows = any(event.step for event in recording.events if event.key == wrong.name)
    lines = {event.line for event in recording.events if event.key == wrong.name} if grows else {wrong.line}
    made = [n for n in ast.walk(derivation.tree) if isinstance(n, (ast.Assign, ast.AugAssign))]
    entries = [e for n in made for e in _entries(n, wrong.name) if e.lineno == wrong.line]
    return [*entries] or [n for n in made if n.lineno in lines and (wrong.name in ast.unparse(n) or not grows)]


def _entries(statement: Statement, name: str) -> Iterator[ast.Assign]:
    """The entry of this name in `grads = {"dW": ..., "db": ...}` as an assignment."""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
        for key, value in zip(statement.value.keys, statement.value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                yield ast.copy_location(ast.Assign([key], value), key)


def _value_is_right(text: str, judged: Judged) -> bool:
    return compare(judged.event.key, judged.truth, _value_of(text, judged)).verdict == "agrees"


def _value_of(text: str, judged: Judged) -> Any:
    """The value of an expression in the scope of a claim; None when it has none."""
    tried = compiled(text)
    value = None if tried is None else _value(tried, judged.scope)
    return value if isinstance(value, (np.ndarray, np.generic, int, float, complex)) else None


def compiled(text: str) -> CodeType | None:
    """An expression ready to be evaluated; None when it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, "candidate", "eval")
        except (SyntaxError, ValueError):
            return None


def _value(tried: CodeType, scope: Mapping[str, Any]) -> Any:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return eval(tried, {"np": np, **scope})
    except Exception:  # a candidate may be anything
        return None


def edited_by(derivation: Derivation, edit: Edit) -> Derivation | None:
    """The derivation after an edit; None when it cannot be read then."""
    try:
        return read(edit.apply(derivation.source.encode()).decode(), derivation.name)
    except DerivationError:
        return None


def tried_edits(
    derivation: Derivation,
    value: ast.expr,
    place: Place,
    chosen: Iterable[Edit],
    right: Callable[[Any, Mapping[str, Any]], bool],
    end: float,
) -> Iterator[tuple[Edit, Derivation]]:
    """Those edits of an expression with which a first run is right, until the time is over.

    `right` is asked with the script, compiled once with a hole, and what fills the hole.
    """
    code = None
    for edit in chosen:
        if time.monotonic() > end:
            return
        tried = compiled(changed_text(value, place, edit))
        code = code or instrument(derivation.source, derivation.name, value)
        if tried is not None and right(code, trying(tried)):
            edited = edited_by(derivation, edit)
            if edited is not None:
                yield edit, edited


def what_is_known(wrong: Line, derivation: Derivation, recorded: list[Recording]) -> str:
    """What can be said of a wrong claim without a repair: the ratio to the right value, when it is one number.

    On one sample a ratio may have several names; it is told by those that it has on all of them.
    """
    names: set[str] | None = None
    for recording in (r for r in recorded if not r.sample.corner):
        judged = [
            j for j in judge_run(derivation, recording) if (j.event.key, j.event.line) == (wrong.name, wrong.line)
        ]
        value, truth = judged[-1].value, judged[-1].truth
        if isinstance(value, Failure):
            return value.reason
        ratio = _constant_ratio(truth, value) if truth is not None else None
        here = Place(b"", [], recording.sample.sizes, derivation.sizes)
        found = set(factor_names(1 / ratio, here)) if ratio else set()
        names = found if names is None else names & found
    if names and "1" not in names:
        return f"{wrong.name} is {' or '.join(sorted(names))} times the right value"
    line = next((i for i, text in enumerate(derivation.lines, 1) if re.search(r"float(16|32)", text)), None)
    low = f"; line {line} computes with fewer digits than float64 has, which judges" if line else ""
    return f"{wrong.reasons[0] if wrong.reasons else ''}{low}"
