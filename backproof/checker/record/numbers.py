"""Parameters that start as plain numbers, as in `b = 0` and later `b -= lr * db`, become arrays that are recorded."""

import ast
import re
from collections.abc import Iterator

RATE = re.compile(r"lr|rate|alpha|eta|step", re.IGNORECASE)


def with_number_parameters(tree: ast.Module) -> ast.Module:
    """The tree, altered in place: the numbers from which variables start that are updated are handed over."""
    updated = set(_updated(tree))
    for node in ast.walk(tree) if updated else ():
        for block in (getattr(node, "body", None), getattr(node, "orelse", None), getattr(node, "finalbody", None)):
            if isinstance(block, list):
                block[:] = [new for statement in block for new in _started(statement, updated)]
    return tree


def _updated(tree: ast.Module) -> Iterator[str]:
    """The variables and attributes that something is subtracted from, or added to at a rate."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign):
            target, op, change = ast.unparse(node.target), node.op, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
            target, op, change = ast.unparse(node.targets[0]), node.value.op, node.value.right
            if ast.unparse(node.value.left) != target:
                continue
        else:
            continue
        if isinstance(change, ast.Constant):
            continue
        if isinstance(op, ast.Sub) or (isinstance(op, ast.Add) and RATE.search(ast.unparse(change))):
            yield target


def _started(statement: ast.stmt, updated: set[str]) -> Iterator[ast.stmt]:
    """`a = b = 0` as one statement for each variable, so that each has a value of its own."""
    if not isinstance(statement, ast.Assign) or not _is_number(statement.value):
        yield statement
        return
    for target in statement.targets:
        value = statement.value
        if ast.unparse(target) in updated:
            value = ast.Call(ast.Name("__number__", ast.Load()), [value], [])
        yield ast.copy_location(ast.Assign([target], ast.copy_location(value, statement.value)), statement)


def _is_number(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in (int, float)
