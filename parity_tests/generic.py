"""Mistakes planted by syntax, in formulas that have none of their own in mistakes.py.

Each is one edit of one line: a factor dropped, a sign flipped, a transpose dropped or one too many. An edit that
computes the same on the samples, as where a matrix is symmetric, is no mistake; nor is one that cannot run.
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from reference_numpy.registry import Formula
from shapes.arguments import unchecked

from .compare import Verdict, compare
from .planted import Mistake
from .sources import source_of
from .truth import Truth, upstream_of
from .witnesses import results_of

MOST = 6  # of a formula


def by_syntax(formula: Formula, evaluated: Sequence[Truth]) -> list[Mistake]:
    """Return mistakes that change what a formula computes on these samples, at most MOST, spread over its lines."""
    proof = [truth for truth in evaluated if truth.sample.kind == "proof"][:1]
    found = [mistake for mistake in edits(formula) if any(_differs(mistake, truth) for truth in proof)]
    return found[:: -(-len(found) // MOST) or 1]


def edits(formula: Formula) -> list[Mistake]:
    """Return every edit by syntax of a line that stands in the formula once."""
    source = source_of(formula.function)[2]
    made: dict[str, Mistake] = {}
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, (ast.Return, ast.Assign, ast.AugAssign)):
            old = ast.get_source_segment(source, statement) or ""
            for cause, new in _edited(statement) if source.count(old) == 1 else ():
                made.setdefault(new, Mistake(formula, cause, old, new))
    return list({mistake.name: mistake for mistake in made.values()}.values())


def _edited(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield what was done, and the statement with it done, for each edit of each of its expressions."""
    for i, node in enumerate(ast.walk(statement)):
        for k, (cause, _) in enumerate(_edits(node)):
            whole = copy.deepcopy(statement)
            place = list(ast.walk(whole))[i]
            new = list(_edits(place))[k][1]
            yield f"{cause} {ast.unparse(node)}", ast.unparse(_Put(place, new).visit(whole))


def _edits(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left, ast.Mult() | ast.Div() | ast.Pow(), right):
            yield f"{ast.unparse(right)} dropped in", left
            if isinstance(node.op, ast.Mult):
                yield f"{ast.unparse(left)} dropped in", right
        case ast.BinOp(left, ast.MatMult(), right):
            yield "transposes swapped in", ast.BinOp(_transposed(left), ast.MatMult(), _transposed(right))
            yield "a transpose changed in", ast.BinOp(left, ast.MatMult(), _transposed(right))
        case ast.BinOp(left, ast.Add(), right):
            yield "a sign flipped in", ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left, ast.Sub(), right):
            yield "a sign flipped in", ast.BinOp(left, ast.Add(), right)
        case ast.UnaryOp(ast.USub(), operand):
            yield "a sign dropped in", operand
        case ast.Return(ast.Tuple(parts)):
            for i, part in enumerate(parts):
                yield (
                    f"{ast.unparse(part)} negated in",
                    ast.Return(ast.Tuple([*parts[:i], _negated(part), *parts[i + 1 :]])),
                )
        case ast.Return(ast.expr() as value):
            yield "a sign flipped in", ast.Return(_negated(value))


def _negated(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)


def _transposed(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Attribute) and node.attr == "T" else ast.Attribute(node, "T", ast.Load())


class _Put(ast.NodeTransformer):
    def __init__(self, place: ast.AST, new: ast.AST) -> None:
        self.place, self.new = place, new

    def visit(self, node: ast.AST) -> Any:
        """Return the tree with something else in its place."""
        return self.new if node is self.place else self.generic_visit(node)


def _differs(mistake: Mistake, truth: Truth) -> bool:
    """Return whether a mistake computes something else than the formula on a sample; False where it cannot run."""
    formula = mistake.of
    given = {name: truth.pool[name] for name in formula.arguments if name in truth.pool} or {}
    if formula.of is not None and (upstream := upstream_of(formula)):
        given[upstream] = np.asarray(truth.cotangent, dtype=truth.dtype)[()]
    try:
        with unchecked(), np.errstate(all="ignore"):
            right = results_of(formula, formula.function(**copy.deepcopy(given)))
            wrong = results_of(formula, mistake.function(**copy.deepcopy(given)))
            return any(
                compare(name, V, wrong[name], truth.dtype).verdict is Verdict.DISAGREES for name, V in right.items()
            )
    except Exception:
        return False
