"""A slip before the claims: one edit of the forward part, or of a declaration, that makes every claim right."""

import ast
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import numpy as np

from ..judge import Story, Verdict, judge
from ..record.program import Program, UnusableError, read, rows_of
from ..samples import Sample, first_sense, key_of
from .edits import missing, operands, rules
from .edits.expression import Expression, is_product, segment
from .edits.scope import Scope
from .slips import Edit, Kind, Slip
from .suspects import Map, expressions
from .trial.hooks import Key
from .trial.plain import Bench, opened
from .trial.search import compiled, edits_of
from .trial.values import snapshot

LABELS = re.compile(r"[yYtT]\w?$|label|target|one_?hot", re.IGNORECASE)
SIGMOID = re.compile(r"1\.?\s*/\s*\(\s*1\.?\s*\+\s*\w+\.exp\(\s*[A-Za-z]")
STEP, CLOSE, TRIED = 1e-5, 1e-5, 3000
KINDS = {Kind.OPERATOR, Kind.NUMBER, Kind.POWER, Kind.COMPARISON, Kind.TOO_MANY, Kind.NAME, Kind.SIGN, Kind.SIGN_INSIDE,
         Kind.INDEX, Kind.FACTOR_MISSING}  # fmt: skip


@dataclass(frozen=True)
class Before:
    """A repair before the claims: its statement, the expression with its edit, or the whole new line."""

    statement: ast.stmt
    node: ast.expr | None
    edit: Edit
    name: str


def labels_slip(program: Program, story: Story) -> Before | None:
    """Labels that must be one-hot for the claims to be right, as those of a softmax, and are not declared so."""
    for node in program.tree.body:
        name = node.target.id if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ""
        quantity = program.inputs.get(name)
        if quantity is None or name in program.one_hot or len(set(quantity.dims or ()) - {"1"}) < 2:
            continue
        if not (quantity.domain.text in ("{0, 1}", "[0, 1]") if quantity.domain else LABELS.match(name)):
            continue
        again = replace(program, one_hot=program.one_hot | {name})
        if _is_right(again, story):
            text = f'"{", ".join(quantity.dims or ())} one-hot"'
            assert isinstance(node, ast.AnnAssign)
            edit = Edit(0, len(segment(program.source, node.annotation)), text, Slip(Kind.LABELS, (name,)), 1.0)
            return Before(node, node.annotation, edit, name)
    return None


def forward_slip(program: Program, story: Story, is_free: bool) -> Before | None:
    """One edit of one line of the forward part that makes every claim right; None when there is none.

    Unless the search is free, only what is missing for all to see: a minus sign of a cost that is negative everywhere,
    and of the exponent in a sigmoid.
    """
    sample = next((s for s in story.samples if _claims(story, s)), None)
    if sample is None or sample.first.cost_event is None:
        return None
    bench, tried = Bench(program, sample), 0
    is_negative = all(float(np.ravel(s.first.cost.value)[0]) < 0 for s in story.samples)
    for statement, node in _forward(program, story):
        text = segment(program.source, node)
        for edit in _edits(bench, program, node, text):
            if not is_free and not ((is_negative and edit.slip.kind is Kind.SIGN) or _is_exponent(edit, text)):
                continue
            if is_negative and is_free and edit.slip.kind is not Kind.SIGN and _is_cost(statement, story):
                continue
            tried += 1
            code = compiled(edit.apply(text))
            is_likely = tried < TRIED and code is not None and _may_be_right(bench, story, node, code)
            if is_likely and _is_right(_edited(program, node, edit), story):
                return Before(statement, node, edit, _name(statement))
    return None


def _is_exponent(edit: Edit, text: str) -> bool:
    return edit.slip.kind is Kind.SIGN_INSIDE and SIGMOID.search(text) is not None and ".exp(-" in edit.apply(text)


def _is_cost(statement: ast.stmt, story: Story) -> bool:
    event = story.samples[0].first.cost_event
    return event is not None and event.line == statement.lineno


def _forward(program: Program, story: Story) -> Iterator[tuple[ast.stmt, ast.expr]]:
    """The statements that lead to the cost, with each expression in which a slip may be."""
    first = story.samples[0].first
    lines = {node.line for node in first.forward} | {e.line for e in first.events if e.node in first.forward}
    claimed = {v.line for v in story.verdicts if v.verdict != "unjudged"}
    for statement in ast.walk(program.tree):
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)) and statement.lineno in lines - claimed:
            for node in expressions(statement):
                if not isinstance(node, (ast.Constant, ast.Name)):
                    yield statement, node
        elif isinstance(statement, ast.If) and statement.lineno not in claimed:
            yield statement, statement.test


def _edits(bench: Bench, program: Program, node: ast.expr, text: str) -> list[Edit]:
    """The slips of a forward part: a sign, an operator, a number, a name, the 1/m of the cost."""
    scopes: list[dict[str, Any]] = []

    def hole(_: int, scope: dict[str, Any], original: Any) -> Any:
        if not scopes:
            scopes.append(snapshot(scope))
        return original()

    with suppress(Exception):  # a script may raise later on
        bench.run(opened(program.source, program.name, [node]), hole)
    if not scopes:
        return []
    scope, x = Scope(scopes[0], program.tree, program.source, program.sizes), Expression(text)
    chosen: dict[str, Edit] = {}
    means = {f"1 / {size}" for size in scope.sizes}
    for edit in edits_of(x, scope, (*rules.RULES, *operands.RULES, missing.factors)):
        new = edit.apply(text)
        is_mean = edit.slip.kind is not Kind.FACTOR_MISSING or edit.slip.parts[0] in means
        if edit.slip.kind in KINDS and new != text and is_mean:
            chosen.setdefault(new, edit)
    return sorted(chosen.values(), key=lambda e: e.cost)


def _claims(story: Story, sample: Sample) -> dict[Key, str]:
    """The claims of inputs, by the keys of their last events, with the name of the input."""
    found: dict[tuple[int, str], tuple[Key, str]] = {}
    names = {id(node): name for name, node in sample.first.run.inputs.items()}
    for verdict in story.verdicts:
        for claim in verdict.claims:
            if (
                claim.target is not None
                and not claim.target.parents
                and verdict.V in names.values()
                and not claim.has_conventions
            ):
                found[verdict.site, verdict.name] = (key_of(claim.event), verdict.V)
    return dict(found.values())


def _may_be_right(bench: Bench, story: Story, node: ast.expr, code: CodeType) -> bool:
    """Whether, with another expression before them, the claims of the inputs say what the slope of the cost is."""
    sample = bench.sample
    claims, cost = _claims(story, sample), sample.first.cost_event
    assert cost is not None
    raw = Bench(bench.program, Sample(sample.draw, sample.first, sample.base_values))
    hole = opened(bench.program.source, bench.program.name, [node])
    sizes, given = bench.given
    rng = np.random.default_rng(0)
    along = {name: rng.standard_normal(np.shape(given[name])) for name in sorted(set(claims.values()))}

    def at(step: float) -> dict[Key, Any]:
        raw.__dict__["given"] = (sizes, {n: v + step * along[n] if n in along else v for n, v in given.items()})
        noted: dict[Key, Any] = {}
        sites = frozenset({key[0] for key in claims} | {cost.site.number})
        raw.run(
            hole, lambda _, scope, __: eval(code, scope), noted=sites, note=lambda k, v: noted.update({k: np.copy(v)})
        )
        return noted

    try:
        here, above, below = at(0.0), at(STEP), at(-STEP)
        key = key_of(cost)
        slope = float(np.ravel(above[key])[0] - np.ravel(below[key])[0]) / (2 * STEP)
        said = sum(float(np.sum(here[k] * along[name])) for k, name in claims.items())
    except Exception:  # an edited script may do anything
        return False
    return bool(np.isfinite(slope)) and abs(slope - said) <= CLOSE * (abs(slope) + abs(said) + 1e-6)


def _edited(program: Program, node: ast.expr, edit: Edit) -> Program | None:
    text = segment(program.source, node)
    lines = rows_of(program.source)
    row = lines[node.lineno - 1]
    column = node.col_offset if row.isascii() else len(row.encode()[: node.col_offset].decode())
    start = sum(map(len, lines[: node.lineno - 1])) + column
    source = program.source[:start] + edit.apply(text) + program.source[start + len(text) :]
    try:
        return read(source, program.name, program.folder)
    except UnusableError:
        return None


def _is_right(program: Program | None, story: Story) -> bool:
    """Whether every claim is right with another forward part, and the cost is not negative wherever one looks."""
    if program is None:
        return False
    try:
        samples = [Sample(s.draw, first_sense(program, s.draw), s.base_values) for s in story.samples]
        again = judge(program, samples, story.is_exact)
    except UnusableError:
        return False
    judged = {(v.site, v.name) for v in again.verdicts if v.verdict == "right"}
    costs = [float(np.ravel(s.first.cost.value)[0]) for s in samples]
    return not again.wrong and judged >= {(v.site, v.name) for v in story.wrong} and max(costs) > 0


def _name(statement: ast.stmt) -> str:
    target = getattr(statement, "target", None) or getattr(statement, "targets", [None])[0]
    return ast.unparse(target) if target is not None else type(statement).__name__.lower()


def is_textbook(verdict: Verdict, places: Map, program: Program) -> bool:
    """Whether a claim is the difference of an output and a label, which students do not get wrong."""
    for statement in places.at(verdict.line):
        value = getattr(statement, "value", None)
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub) and not is_product(value.left):
            label = ast.unparse(value.right).partition("[")[0]
            return label in program.inputs and ast.unparse(value.left) not in program.inputs
    return False


def differ(slips: Sequence[Slip]) -> bool:
    """Whether slips are of more than one kind: the same one of two layers is one."""
    return len({(s.kind, tuple(re.sub(r"\d+", "", p) for p in s.parts[:1])) for s in slips}) > 1
