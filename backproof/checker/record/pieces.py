"""Pieces of syntax that a hook is made of, and what a target, a call or a subscript consists of."""

import ast
from collections.abc import Iterator


def arguments_of(call: ast.Call) -> Iterator[ast.Name | ast.Attribute]:
    """The variables that a call is given and may write into."""
    base = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    for part in (*base, *call.args, *(k.value for k in call.keywords)):
        if (isinstance(part, ast.Name) and part.id not in ("np", "numpy", "self")) or (
            isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self"
        ):
            yield part


def targets_in(target: ast.expr) -> Iterator[ast.expr]:
    """The single targets of an assignment, those in tuples and lists too."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from targets_in(part)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def calling(function: str, *arguments: ast.expr) -> ast.Call:
    """A call of a hook, or of another name that takes expressions."""
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def under_guard(number: int, value: ast.expr) -> ast.expr:
    """The value, computed by the hook that guards what raises."""
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.copy_location(calling("__guarded__", ast.Constant(number), ast.Lambda(nothing, value)), value)


def loaded(node: ast.expr) -> ast.expr:
    """The same expression once more, read."""
    return ast.parse(ast.unparse(node), mode="eval").body


def as_expression(node: ast.expr) -> ast.expr:
    """A subscript as an expression of its own: slices become calls of slice."""
    if isinstance(node, ast.Slice):
        parts = [part if part is not None else ast.Constant(None) for part in (node.lower, node.upper, node.step)]
        return calling("slice", *(loaded(part) for part in parts))
    if isinstance(node, ast.Tuple):
        return ast.Tuple([as_expression(part) for part in node.elts], ast.Load())
    return loaded(node)


def is_method(function: ast.expr, name: str) -> bool:
    """Whether what is called is a method of this name."""
    return isinstance(function, ast.Attribute) and function.attr == name


def key_of(node: ast.expr | None) -> str:
    """A constant key as a text; "" for any other."""
    return str(node.value) if isinstance(node, ast.Constant) else ""


def name_of(target: ast.expr) -> str:
    """The name of a variable or an attribute; "" for any other target."""
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
