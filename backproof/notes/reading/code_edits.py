"""Small edits of a line of Python as it is typed: a transpose, an order, a layer, a mean; each with its cause."""

import ast
import copy
import re
from collections.abc import Iterator


def code_edits(source: str) -> Iterator[tuple[str, str]]:
    """Expressions that differ from this one by one slip, each with what the slip is."""
    tree = ast.parse(source, mode="eval").body
    seen = {ast.unparse(tree)}
    for changed, cause in _edits(tree):
        text = ast.unparse(changed)
        if text not in seen:
            seen.add(text)
            yield text, cause
    for old, new in ((r"str\(l ?\+ ?1\)", "str(l)"), (r"str\(l\)", "str(l-1)")):
        if re.search(old, source):
            shifted = re.sub(r"str\(l\)", "str(l-1)", source) if "l-1" in new else source
            shifted = re.sub(r"str\(l ?\+ ?1\)", "str(l)", shifted)
            yield shifted, "each layer is one too high"


def _edits(tree: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield _put(tree, node, node.value), f"{ast.unparse(node)} where {ast.unparse(node.value)} belongs"
        elif isinstance(node, ast.Call) and len(node.args) == 2:
            turned = copy.copy(node)
            turned.args = node.args[::-1]
            yield _put(tree, node, turned), f"wrong order: {ast.unparse(turned)} belongs"
            for at, argument in enumerate(node.args):
                turned = copy.copy(node)
                turned.args = [ast.Attribute(one, "T") if place == at else one for place, one in enumerate(node.args)]
                yield _put(tree, node, turned), f"the transpose of {ast.unparse(argument)} is missing"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            other = ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
            yield _put(tree, node, other), "wrong sign"
            yield _put(tree, node, ast.BinOp(node.left, ast.Mult(), node.right)), "* belongs"
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div):
        yield ast.BinOp(ast.Attribute(tree.left, "T"), ast.Div(), tree.right), "the transpose is missing"
        yield tree.left, f"/ {ast.unparse(tree.right)} is too many"
    yield ast.Attribute(tree, "T"), "the transpose is missing"


def _put(tree: ast.expr, old: ast.AST, new: ast.expr) -> ast.expr:
    """The tree with another node in the place of one of its own."""

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else self.generic_visit(_shallow(node))

    changed = Put().visit(tree)
    assert isinstance(changed, ast.expr)
    return changed


def _shallow(node: ast.AST) -> ast.AST:
    """A node whose lists may be changed without changing the first one."""
    twin = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            setattr(twin, name, list(value))
    return twin
