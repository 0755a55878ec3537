"""The right lines of a program of small steps: edits are tried on the values that stood in the scope of a line."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...explain import Explanation
from ...explain.edits.expression import Expression, names_in, segment
from ...explain.edits.formulas import Table, missing_terms, whole
from ...explain.known import known
from ...explain.slips import Edit
from ...explain.trial.plain import opened
from ...judge import Story, Verdict
from ...record.program import Program, UnusableError, lines_of, read, rows_of
from ...samples import Sample
from ..record.exact import in_float64, mapped
from ..scripts import run_script, story_of_script
from ..verdicts import is_right
from .rules import edits_of, in_words
from .scope import TensorScope, copied, evaluated, shown

SAMPLES, TURNS, RERUNS = 3, 4, 250
FRESH = 1009


@dataclass
class Seen:
    """One evaluation of an expression: what was in scope, its value, and what it should have been."""

    scope: dict[str, Any]
    value: Any
    truth: Any = None


@dataclass
class Line:
    """A line with an expression that may be wrong, and the claim that is to become right."""

    program: Program
    verdict: Verdict
    statement: ast.stmt
    node: ast.expr
    code: Any
    seen: list[list[Seen]] = field(default_factory=list)  # on each sample


def explain_script(program: Program, story: Story, seed: int) -> list[Explanation]:
    """One explanation for each wrong claim, each with its fix where one is proved."""
    found: list[Explanation] = []
    with in_float64():
        for verdict in sorted(story.wrong, key=lambda v: v.order):
            line, edit, statement = _repair(program, story, verdict) or (0, None, None)
            if edit is None or statement is None:
                told = known(program, story, verdict)
                found.append(Explanation(verdict.line, verdict.name, known=told, site=verdict.site))
                continue
            source = _applied(program.source, statement, edit)
            made = Explanation(line, verdict.name, edit.slip, site=verdict.site)
            if not _holds(program, source, verdict, seed):
                made.slip = None
            else:
                made.fix, made.verified = lines_of(source)[line - 1].strip(), len(story.samples)
            found.append(made)
    return found


def _repair(program: Program, story: Story, verdict: Verdict) -> tuple[int, Edit, ast.expr] | None:
    site = program.instrumented.sites[verdict.site]
    samples = story.samples[:SAMPLES]
    sums = _start_of_sum(program, verdict, site.statement) if site.kind == "augment" else None
    for statement in filter(None, (sums, _statement(program, site.statement))):
        for node in _expressions(statement):
            line = _line(program, samples, verdict, statement, node)
            edit = _first(line, statement is sums)
            if edit is not None:
                return node.lineno + _row(line, edit), edit, node
    return _behind(program, samples, verdict, site.statement)


def _row(line: Line, edit: Edit) -> int:
    """On which line of an expression of several an edit is."""
    return segment(line.program.source, line.node)[: edit.start].count("\n")


def _statement(program: Program, like: ast.stmt) -> ast.stmt | None:
    """The statement in the unaltered tree."""
    return next(
        (n for n in ast.walk(program.tree) if isinstance(n, ast.stmt) and type(n) is type(like)
         and (n.lineno, n.col_offset) == (like.lineno, like.col_offset)), None)  # fmt: skip


def _start_of_sum(program: Program, verdict: Verdict, statement: ast.stmt) -> ast.stmt | None:
    """The statement that gives the first value to a variable to which others are added."""
    before = [
        s for s in ast.walk(program.tree)
        if isinstance(s, ast.Assign) and s.lineno < statement.lineno and len(s.targets) == 1
        and isinstance(s.targets[0], ast.Name) and s.targets[0].id == verdict.name
    ]  # fmt: skip
    return max(before, key=lambda s: s.lineno, default=None)


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Tuple):
        yield from value.elts
    elif value is not None:
        yield value


def _line(program: Program, samples: Sequence[Sample], verdict: Verdict, statement: ast.stmt, node: ast.expr) -> Line:
    """An expression with what was in its scope on each sample."""
    line = Line(program, verdict, statement, node, opened(program.source, program.name, [node]))
    for sample in samples:
        seen: list[Seen] = []

        def hole(scope: dict[str, Any], value: Any, seen: list[Seen] = seen) -> Any:
            if len(seen) >= TURNS:
                return value()
            before = copied(scope)
            seen.append(Seen(before, None))
            result = value()
            seen[-1].value = mapped(result, lambda t: t.detach().clone())
            return result

        run_script(program, sample.draw, sample.replace, 0, sample.stop, line.code, None, sample.guarded, hole)
        truths = {k[1]: v for k, v in sample.right_values.items() if (k[0], k[2]) == (verdict.site, verdict.name)}
        for turn, here in enumerate(seen):
            here.truth = _wanted(line, here, truths.get(turn), sample)
        line.seen.append(seen)
    return line


def _wanted(line: Line, here: Seen, truth: Any, sample: Sample) -> Any:
    """What the expression should have been, given what the claim should have been."""
    if truth is None:
        return None
    value, statement = shown(here.value), line.statement
    if line.verdict.line != statement.lineno:  # the start of a sum, which lacks what the sum lacks
        claim = next((c for c in line.verdict.claims if c.truth is truth or np.array_equal(c.truth, truth)), None)
        return value + truth - claim.event.value if claim is not None and np.shape(value) == np.shape(truth) else None
    if isinstance(statement, ast.AugAssign):
        before = shown(evaluated(ast.unparse(statement.target), here.scope))
        if before is None:
            return None
        forms: dict[type[ast.operator], Any] = {
            ast.Add: lambda: truth - before, ast.Sub: lambda: before - truth,
            ast.Mult: lambda: None, ast.Div: lambda: None,
        }  # fmt: skip
        return forms.get(type(statement.op), lambda: None)()
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return None
    return truth


def _first(line: Line, is_sum: bool) -> Edit | None:
    """The most usual edit with which the expression is what it should have been, on all samples."""
    first = next((s for seen in line.seen for s in seen if s.truth is not None), None)
    if first is None:
        return None
    program = line.program
    x = Expression(segment(program.source, line.node))
    scope = TensorScope(first.scope, program.tree, program.source, program.sizes, frozenset({line.verdict.name}))
    edits = edits_of(x, scope)
    value = shown(first.value)
    if isinstance(first.truth, np.ndarray):
        table = Table(scope, np.shape(first.truth))
        more = [*missing_terms(x, table, first.truth, value), *whole(x, table, first.truth)]
        edits = sorted([*edits, *map(in_words, more)], key=lambda e: e.cost)
    for edit in edits:
        text = edit.apply(x.text)
        if is_sum and text.isidentifier():
            edit = Edit(edit.start, edit.end, f"{text}.clone()", edit.slip, edit.cost)
            text = f"{text}.clone()"
        try:
            code = compile(f"({text})", "candidate", "eval") if "_(" not in text else text
        except (SyntaxError, ValueError):
            continue
        if all(_agrees(code, s) for seen in line.seen for s in seen if s.truth is not None):
            return edit
    return None


def _agrees(code: Any, here: Seen) -> bool:
    value = shown(evaluated(code, here.scope))
    truth = np.asarray(here.truth, dtype=float)
    if (
        value is None
        or np.size(value) != truth.size
        or [n for n in np.shape(value) if n > 1] != [n for n in truth.shape if n > 1]
    ):
        return False
    return is_right(np.reshape(np.asarray(value, dtype=float), truth.shape), truth)


def _behind(
    program: Program, samples: Sequence[Sample], verdict: Verdict, statement: ast.stmt
) -> tuple[int, Edit, ast.expr] | None:
    """An edit of a line that a wrong claim is computed from, tried by running the program again."""
    names = set(names_in(statement))
    lines = [
        s for s in ast.walk(program.tree)
        if isinstance(s, ast.Assign) and s.lineno < statement.lineno
        and names & {n.id for t in s.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    ]  # fmt: skip
    cost = samples[0].first.cost_event
    later = [s for s in lines if cost is None or s.lineno > cost.line]
    left = RERUNS
    for other in sorted(later, key=lambda s: -s.lineno):
        for node in _expressions(other):
            line = _line(program, samples[:1], verdict, other, node)
            if not line.seen or not line.seen[0]:
                continue
            scope = TensorScope(line.seen[0][0].scope, program.tree, program.source, program.sizes)
            x = Expression(segment(program.source, node))
            for edit in [e for e in edits_of(x, scope) if e.cost < 1.6]:
                left -= 1
                if left < 0:
                    return None
                if _reruns(line, samples[0], edit.apply(x.text)):
                    return node.lineno, edit, node
    return None


def _reruns(line: Line, sample: Sample, text: str) -> bool:
    """Whether the claim is right when the program runs with another text of an expression."""
    truths = {k: v for k, v in sample.right_values.items() if (k[0], k[2]) == (line.verdict.site, line.verdict.name)}
    found: list[bool] = []

    def replace(event: Any, value: Any) -> Any:
        key = (event.site.number, event.turn, event.name)
        if key in truths:
            found.append(np.shape(event.value) == np.shape(truths[key]) and is_right(event.value, truths[key]))
            return None
        return sample.replace(event, value)

    try:
        code = compile(f"({text})", "candidate", "eval")
    except (SyntaxError, ValueError):
        return False
    hole = lambda scope, value: eval(code, scope)  # noqa: E731
    run_script(line.program, sample.draw, replace, 0, sample.stop, line.code, None, sample.guarded, hole)
    return bool(found) and all(found)


def _applied(source: str, node: ast.expr, edit: Edit) -> str:
    rows = rows_of(source)
    row = rows[node.lineno - 1]
    column = node.col_offset if row.isascii() else len(row.encode()[: node.col_offset].decode(errors="replace"))
    start = sum(map(len, rows[: node.lineno - 1])) + column
    text = segment(source, node)
    return source[:start] + edit.apply(text) + source[start + len(text) :]


def _holds(program: Program, source: str, verdict: Verdict, seed: int) -> bool:
    """Whether a claim is right in the program with a fix, on samples that the search has not seen."""
    try:
        story = story_of_script(read(source, program.name, program.folder), seed + FRESH)
    except UnusableError:
        return False
    places = {(v.line, v.name): v.verdict for v in story.verdicts}
    return places.get((verdict.line, verdict.name), "right") != "wrong"
