"""A slip in the backward part but in no claim: in a function that the claims call, or in a line between them."""

import ast
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .check import KEPT, Line, Recording, claim_is_right, judge, run_on_truth
from .derivation import Derivation, DerivationError
from .edits import edits
from .instrument import TRY, instrument
from .places import Place, line_offsets
from .repair import LIMIT_S, Repair, compiled, repaired, tried_edits
from .running import record

Suspect = ast.Assign | ast.Return
Names = set[str] | None


def backward_slip(derivation: Derivation, wrong: Line, recorded: list[Recording]) -> Repair | None:
    """The nearest edit there that makes a claim right, spoils no other and leaves the cost; None without one."""
    source, end = derivation.source.encode(), time.monotonic() + LIMIT_S
    right = partial(claim_is_right, derivation, recorded[0], wrong.name)
    for statement, value, local in _suspects(derivation, wrong, recorded[0]):
        scope = _scope_at(derivation, value, recorded[0], local)
        if scope is None:
            continue
        place = Place(source, line_offsets(source), scope, derivation.sizes)
        for edit, edited in tried_edits(derivation, value, place, edits(value, place), right, end):
            if _only_better(edited, wrong, derivation, recorded):
                return repaired(edited, statement.lineno, edit, recorded)
    return None


def _suspects(derivation: Derivation, wrong: Line, recording: Recording) -> Iterator[tuple[Suspect, ast.expr, Names]]:
    """Statements that claim nothing: of the functions called by the line, of other functions, and since the cost."""
    claims = {event.line for event in recording.events}
    functions = [n for n in ast.walk(derivation.tree) if isinstance(n, ast.FunctionDef)]
    called = {n.id for n in _called(derivation, wrong.line) if isinstance(n, ast.Name)}
    called |= {n.attr for n in _called(derivation, wrong.line) if isinstance(n, ast.Attribute)}
    for function in sorted(functions, key=lambda f: f.name not in called):
        local = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        local |= {argument.arg for argument in function.args.args}
        for statement in ast.walk(function):
            if isinstance(statement, (ast.Assign, ast.Return)) and statement.value is not None:
                yield statement, statement.value, local
    inside = {n for function in functions for n in ast.walk(function)}
    between = [n for n in ast.walk(derivation.tree) if isinstance(n, ast.Assign) and n not in inside]
    cost = max((n.lineno for n in between if ast.unparse(n.targets[0]) in ("J", "L")), default=0)
    for statement in between:
        if statement.lineno > cost and statement.lineno not in claims:
            yield statement, statement.value, None


def _called(derivation: Derivation, line: int) -> Iterator[ast.expr]:
    for statement in ast.walk(derivation.tree):
        if isinstance(statement, (ast.Assign, ast.AugAssign)) and statement.lineno == line:
            yield from (n.func for n in ast.walk(statement.value) if isinstance(n, ast.Call))


def _scope_at(derivation: Derivation, value: ast.expr, recording: Recording, local: Names) -> dict[str, Any] | None:
    """What was in scope where an expression was last evaluated, in a function its own names; None where it was not."""
    scopes: list[dict[str, Any]] = []
    tried = compiled(ast.unparse(value))

    def noted(scope: dict[str, Any]) -> Any:
        known = {n: v for n, v in scope.items() if isinstance(v, KEPT)}
        own = {n: v for n, v in known.items() if local is None or n in local or n in derivation.sizes}
        scopes.append(own | {n: v for n, v in scope.items() if callable(v)})
        return eval(tried, scope) if tried is not None else None

    code = instrument(derivation.source, derivation.name, value)
    try:
        run_on_truth(derivation, recording, lambda *_: None, code, {TRY: noted})
    except DerivationError:
        return None
    return scopes[-1] if scopes else None


def _only_better(edited: Derivation, wrong: Line, derivation: Derivation, recorded: list[Recording]) -> bool:
    """Whether the claim is right after an edit, nothing else is wrong that was not, and the cost is the same."""
    try:
        again = [replace(recording, record=record(edited, recording.sample)) for recording in recorded]
        before, after = (
            {(line.line, line.name) for line in judge(script, them) if line.verdict == "wrong"}
            for script, them in ((derivation, recorded), (edited, again))
        )
    except DerivationError:
        return False
    costs = [(one.record.J, other.record.J) for one, other in zip(recorded, again, strict=True)]
    return after < before and (wrong.line, wrong.name) not in after and all(np.equal(*pair) for pair in costs)
