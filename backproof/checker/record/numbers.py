"""What numbers in a script stand for: guards are made far smaller, parameters that start as numbers are recorded.

log(p + 1e-12) has the derivative 1 / (p + 1e-12), and everybody writes 1 / p: a guard is not part of the derivation.
Where `b = 0` is followed by `b -= lr * db`, the 0 becomes an array of the ledger.
"""

import ast
import re
from collections.abc import Iterator

LARGEST = 1e-6  # of a guard; a batch norm's 1e-5 is part of its formula, and written in it
SMALLER = 1e-24
NAMED = re.compile(r"_*(eps|epsilon|tiny|small)", re.IGNORECASE)
RATE = re.compile(r"lr|rate|alpha|eta|step", re.IGNORECASE)
BOUNDING = {"clip", "maximum", "minimum", "max", "min"}


def without_guards(tree: ast.Module) -> ast.Module:
    """The tree, altered in place: x + 1e-8, maximum(x, 1e-12), eps = 1e-8 with numbers near to zero, no asserts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):  # of types and tolerances, which would end the run
            node.test, node.msg = ast.copy_location(ast.Constant(True), node.test), None
        for number in _guards(node):
            number.value *= SMALLER  # type: ignore[operator]
    return tree


def _guards(node: ast.AST) -> list[ast.Constant]:
    found: list[ast.expr | None] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sides = [node.left, node.right]
        found = [] if all(isinstance(n, ast.Constant) for n in sides) else [*sides]  # 1 + 1e-6 is a number
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        found = [*(node.args if called in BOUNDING else ()), *(k.value for k in node.keywords if _is_named(k.arg))]
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found = [node.value] if any(_is_named(ast.unparse(t).rpartition(".")[2]) for t in targets) else []
    elif isinstance(node, ast.arguments):
        arguments = [*node.posonlyargs, *node.args]
        with_default = [*zip(arguments[len(arguments) - len(node.defaults) :], node.defaults, strict=True)]
        keyword_only = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        found = [value for a, value in (*with_default, *keyword_only) if _is_named(a.arg)]
    return [n for n in found if isinstance(n, ast.Constant) and type(n.value) is float and 0 < n.value <= LARGEST]


def _is_named(name: str | None) -> bool:
    return name is not None and NAMED.match(name) is not None


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
    if not isinstance(statement, ast.Assign):
        yield statement
    elif _is_number(statement.value):
        for target in statement.targets:
            value = _handed_over(target, statement.value, updated)
            yield ast.copy_location(ast.Assign([target], value), statement)
    else:
        statement.value = _handed_over(statement.targets[0], statement.value, updated)
        yield statement


def _handed_over(target: ast.expr, value: ast.expr, updated: set[str]) -> ast.expr:
    """A number, or each number of `w, b = randn(3), 0.0` and of `w = [0.1, -0.2]`, where it is the start of a parameter."""  # noqa: E501
    if isinstance(value, (ast.Tuple, ast.List)):
        is_unpacked = isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == len(value.elts)
        targets = target.elts if is_unpacked and isinstance(target, (ast.Tuple, ast.List)) else None
        for i, part in enumerate(value.elts):
            entry = targets[i] if targets else ast.Subscript(target, ast.Constant(i), ast.Load())
            value.elts[i] = _handed_over(entry, part, updated)
        return value
    if not _is_number(value) or ast.unparse(target) not in updated:
        return value
    return ast.copy_location(ast.Call(ast.Name("__number__", ast.Load()), [value], []), value)


def _is_number(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in (int, float)
