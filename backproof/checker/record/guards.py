"""Numbers that only guard against log(0) and division by 0 are made far smaller, forward and backward alike.

log(p + 1e-12) has the derivative 1 / (p + 1e-12), and everybody writes 1 / p: the guard is not part of the derivation.
"""

import ast
import re

LARGEST = 1e-6  # of a guard; a batch norm's 1e-5 is part of its formula, and written in it
SMALLER = 1e-24
NAMED = re.compile(r"_*(eps|epsilon|tiny|small)", re.IGNORECASE)
BOUNDING = {"clip", "maximum", "minimum", "max", "min"}


def without_guards(tree: ast.Module) -> ast.Module:
    """The tree, altered in place: x + 1e-8, maximum(x, 1e-12), eps = 1e-8 with numbers near to zero."""
    for node in ast.walk(tree):
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
        found = [value for a, value in (*with_default, *zip(node.kwonlyargs, node.kw_defaults)) if _is_named(a.arg)]  # noqa: B905
    return [n for n in found if isinstance(n, ast.Constant) and type(n.value) is float and 0 < n.value <= LARGEST]


def _is_named(name: str | None) -> bool:
    return name is not None and NAMED.match(name) is not None
