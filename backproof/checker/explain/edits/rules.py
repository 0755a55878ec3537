"""Slips in what stands in a line: each rule gives the edits that undo one kind of slip at one node.

A cost tells how usual a slip is: below 1.5 what every student does once, above 2 what is rare.
"""

import ast
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from ..slips import Edit, Kind, Slip
from .expression import Expression, atom, factor, last_factor, strength, without_parentheses
from .scope import Scope, fits_in


def swap(x: Expression, node: ast.AST, text: str, kind: Kind, parts: tuple[str, ...], cost: float) -> Edit:
    """An edit that puts a text in the place of a node."""
    start, end = x.span(node)
    if x.is_bracketed(node) and strength(without_parentheses(text)) == 10:
        return Edit(start - 1, end + 1, without_parentheses(text), Slip(kind, parts), cost)
    return Edit(start, end, x.fitted(node, text), Slip(kind, parts), cost)


def signs(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A minus sign too many or missing, and what the wrong one of + and - is."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield swap(x, node, x.of(node.operand), Kind.SIGN, (), 1.0)
    elif node is x.tree:
        text = x.of(node)
        if text not in s.sizes and text not in s.numbers:
            cost = 1.15 if any(_is_difference(n) for n in x.nodes) else 1.0
            yield swap(x, node, f"-{text if _starts_a_product(text) else last_factor(text)}", Kind.SIGN, (), cost)
    elif isinstance(x.parents.get(node), (ast.Call, ast.BinOp)) and not isinstance(node, (ast.Constant, ast.Starred)):
        parent = x.parents[node]
        if x.of(node) in s.sizes:
            return
        is_term = isinstance(parent, ast.Call) or (isinstance(parent, ast.BinOp) and parent.left is node)
        if (
            is_term
            and x.of(node) not in (s.np, f"{s.np}.pi")
            and not (isinstance(parent, ast.Call) and parent.func is node)
        ):
            new = f"-{last_factor(x.of(node))}"
            is_own = isinstance(parent, ast.Call) and not x.of(parent.func).startswith(f"{s.np}.")
            yield swap(x, node, new, Kind.SIGN_INSIDE, (x.of(node), new), 1.75 if is_own else 1.35)


def _is_difference(node: ast.expr) -> bool:
    """Whether a node is a difference of two variables, which may be the wrong way round."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and not isinstance(node.left, ast.Constant)


def _starts_a_product(text: str) -> bool:
    return factor(text) == text


def operators(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another operator; operands exchanged."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = x.of(node.left), x.of(node.right)
    written = _between(x, node)
    for symbol, cost in OPERATORS.get(type(node.op), ()):
        yield Edit(*_operator_span(x, node), f" {symbol} ", Slip(Kind.OPERATOR, (written.strip(), symbol)), cost)
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow)):
        symbol = written.strip()
        new = f"{factor(right) if symbol == '/' else right} {symbol} {atom(left)}"
        yield swap(x, node, new, Kind.ORDER, (x.of(node), new), 1.1 if symbol == "-" else 1.7)


def _between(x: Expression, node: ast.BinOp) -> str:
    start, end = _operator_span(x, node)
    return x.text[start:end]


def _operator_span(x: Expression, node: ast.BinOp) -> tuple[int, int]:
    start, end = x.span(node.left)[1], x.span(node.right)[0]
    between = x.text[start:end]
    closing = len(between) - len(between.lstrip(") \n\t"))
    opening = len(between) - len(between.rstrip("( \n\t"))
    middle = between[closing : len(between) - opening]
    at = start + closing
    before = at - (1 if x.text[at - 1 : at] == " " else 0)
    after = at + len(middle) + (1 if x.text[at + len(middle) : at + len(middle) + 1] == " " else 0)
    return before, after


OPERATORS: dict[type[ast.operator], tuple[tuple[str, float], ...]] = {
    ast.Add: (("-", 1.1), ("*", 1.6)),
    ast.Sub: (("+", 1.1),),
    ast.Mult: (("/", 1.4), ("@", 1.3), ("+", 1.7)),
    ast.MatMult: (("*", 1.4),),
    ast.Div: (("*", 1.4),),
}


def dropped(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """An operand too many, a function too many."""
    if isinstance(node, ast.BinOp):
        left, right = x.of(node.left), x.of(node.right)
        for keep, drop in ((node.left, node.right), (node.right, node.left)):
            if keep is node.right and isinstance(node.op, (ast.Div, ast.Pow)):
                continue
            text = x.of(keep)
            if keep is node.right and isinstance(node.op, ast.Sub):
                if isinstance(node.left, ast.Constant):
                    yield swap(x, node, text, Kind.EXPRESSION, (x.of(node), text), 1.3)
                text = f"-{last_factor(text)}"
            dropped = x.of(drop).removeprefix("1 / ").removeprefix("1/")
            if text.strip() == "1" and isinstance(node.op, ast.Div):
                continue
            cost = 1.05 if dropped.strip("()") in s.sizes else 1.25 if isinstance(drop, ast.Constant) else 1.45
            if keep is node.left and right and isinstance(node.op, ast.Pow):
                yield swap(x, node, text, Kind.POWER, (x.of(node), text), 1.3)
            else:
                operand = right if keep is node.left else left
                sign = "1 / " if isinstance(node.op, ast.Div) else "-" if isinstance(node.op, ast.Sub) else ""
                yield swap(x, node, text, Kind.TOO_MANY, (sign + operand,), cost)
    if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
        for argument in node.args[: 2 if len(node.args) <= 2 else 3]:
            yield swap(x, node, x.of(argument), Kind.WRAPPED, (x.of(node), x.of(argument)), 1.6)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        yield swap(x, node, x.of(node.func.value), Kind.WRAPPED, (x.of(node), x.of(node.func.value)), 1.6)
    if isinstance(node, ast.Subscript) and fits_in(s.value(x.of(node.value)), s.value(x.of(node))):
        yield swap(x, node, x.of(node.value), Kind.INDEX, (x.of(node), x.of(node.value)), 1.8)


def transposes(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """A transpose missing or too many; the operands of a matrix product."""
    text = x.of(node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield swap(x, node, x.of(node.value), Kind.TRANSPOSE, (text, x.of(node.value)), 1.1)
    elif isinstance(node, (ast.Name, ast.Subscript, ast.Attribute, ast.Call)) and np.ndim(s.value(text)) >= 2:
        yield swap(x, node, f"{text}.T", Kind.TRANSPOSE, (text, f"{text}.T"), 1.1)
    found = _product(x, node)
    if found is None:
        return
    form, a, b = found
    bare = [t.removesuffix(".T") for t in (a, b)]
    for left, right in (bare, bare[::-1]):
        for i, j in product(("", ".T"), repeat=2):
            new = form.format(left + i, right + j)
            cost = 1.15 if left == bare[0] else 1.2
            if new != text:
                yield swap(x, node, new, Kind.ORDER if left != bare[0] else Kind.TRANSPOSE, (text, new), cost)


def _product(x: Expression, node: ast.expr) -> tuple[str, str, str] | None:
    """How a matrix product is written, and its two factors."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return "{} @ {}", *_outer(x, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return "{} @ {}", atom(x.of(node.left)), atom(x.of(node.right))
    if isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords:
        function = x.of(node.func)
        if function.rpartition(".")[2] in ("dot", "matmul", "outer"):
            left, right = (x.of(a) for a in node.args)
            return f"{function}({{}}, {{}})", _bracketed(left), _bracketed(right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "dot" and node.args:
        return "{}.dot({})", atom(x.of(node.func.value)), _bracketed(x.of(node.args[0]))
    return None


def _bracketed(text: str) -> str:
    return text if text.isidentifier() else atom(text)


def _outer(x: Expression, node: ast.BinOp) -> tuple[str, str]:
    return atom(x.of(node.left)), atom(x.of(node.right))


def reductions(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """axis, keepdims, sum and mean; a shape that must be a tuple."""
    if not isinstance(node, ast.Call):
        return
    function, text = x.of(node.func), x.of(node)
    if function.rpartition(".")[2] in ("ones", "zeros") and len(node.args) == 2 and not node.keywords:
        new = f"{function}(({', '.join(x.of(a) for a in node.args)}))"
        yield swap(x, node, new, Kind.WRAPPED, (text, new), 1.1)
    base, dot, name = function.rpartition(".")
    if name not in REDUCING or not dot:
        return
    words = {k.arg: x.of(k.value) for k in node.keywords if k.arg}
    given = [x.of(a) for a in node.args]
    is_function = base == s.np
    if len(given) > int(is_function):
        words = {"axis": given[int(is_function)], **words}
        given = given[: int(is_function)]
    inner = s.value(given[0] if is_function and given else base)
    dims = np.ndim(inner)

    def call(name: str, **changed: str) -> str:
        keywords = [f"{k}={v}" for k, v in (words | changed).items() if v]
        return f"{base}.{name}({', '.join([*given, *keywords])})"

    for other in REDUCING[name]:
        yield swap(x, node, call(other), Kind.REDUCTION, (name, other), 1.1)
        if dims == 2:
            for axis in ("0", "1"):
                for keep in ("", "True"):
                    new = call(other, axis=axis, keepdims=keep)
                    yield swap(x, node, new, Kind.REDUCTION, (text, new), 1.9)
    axes = [str(i) for i in range(dims)]
    if words.get("axis", "0").startswith("-"):
        axes = [str(i - dims) for i in range(dims)]
    if dims > 2:
        axes += [f"({i}, {j})" for i in range(dims) for j in range(i + 1, dims)]
    for axis in axes:
        for keep in dict.fromkeys((words.get("keepdims", ""), "True", "")):
            if (axis, keep) != (words.get("axis"), words.get("keepdims", "")):
                new = call(name, axis=axis, keepdims=keep)
                yield swap(x, node, new, Kind.AXIS, (text, new), 1.1 if keep == words.get("keepdims", "") else 1.2)
    if words:
        yield swap(x, node, call(name, axis="", keepdims=""), Kind.AXIS, (text, call(name, axis="", keepdims="")), 1.3)


REDUCING = {"sum": ("mean",), "mean": ("sum",), "max": ("min",), "min": ("max",), "prod": ("sum",), "std": ("var",),
            "var": ("std",), "argmax": ("argmin",), "argmin": ("argmax",), "nansum": ("nanmean",)}  # fmt: skip
PARTNERS: dict[str, tuple[str, ...]] = {
    "sin": ("cos",), "cos": ("sin",), "exp": ("log", "expm1"), "log": ("exp",), "maximum": ("minimum",),
    "sum": ("mean",), "minimum": ("maximum",), "max": ("min",), "min": ("max",), "abs": ("sign",),
    "sign": ("abs",), "tanh": ("cosh",), "outer": ("dot", "multiply"), "dot": ("outer", "multiply"),
    "add": ("subtract",), "subtract": ("add",), "vstack": ("hstack",), "multiply": ("dot", "divide"),
    "ones_like": ("zeros_like",), "zeros_like": ("ones_like",), "ones": ("zeros",), "zeros": ("ones",),
    "sqrt": ("square",), "square": ("sqrt",), "hstack": ("vstack",), "floor": ("ceil",),
}  # fmt: skip


def functions(x: Expression, s: Scope, node: ast.expr) -> Iterator[Edit]:
    """Another function; its arguments exchanged; the items of a list exchanged."""
    if isinstance(node, ast.Call):
        base, dot, name = x.of(node.func).rpartition(".")
        for other in PARTNERS.get(name, ()) if name not in REDUCING or len(node.args) == 2 else ():
            yield swap(x, node.func, f"{base}{dot}{other}", Kind.FUNCTION, (name, other), 1.5)
        arguments = [x.of(a) for a in node.args]
        start = 1 if name in ("where", "einsum") else 0
        for i in range(start, len(arguments) - 1):
            new = [*arguments[:i], arguments[i + 1], arguments[i], *arguments[i + 2 :]]
            keywords = [f"{k.arg}={x.of(k.value)}" for k in node.keywords]
            text = f"{x.of(node.func)}({', '.join([*new, *keywords])})"
            yield swap(x, node, text, Kind.ORDER, (x.of(node), text), 1.2)
        if name == "einsum" and node.args and isinstance(node.args[0], ast.Constant):
            yield from _einsum(x, node, str(node.args[0].value))
    if isinstance(node, (ast.List, ast.Tuple)) and node is not x.tree and 2 <= len(node.elts) <= 6:
        for i in range(len(node.elts) - 1):
            items = [x.of(e) for e in node.elts]
            items[i], items[i + 1] = items[i + 1], items[i]
            text = f"[{', '.join(items)}]" if isinstance(node, ast.List) else f"({', '.join(items)})"
            yield swap(x, node, text, Kind.ORDER, (x.of(node), text), 1.6)


def _einsum(x: Expression, node: ast.Call, pattern: str) -> Iterator[Edit]:
    """One operand, or the result, with two of its letters exchanged."""
    inputs, arrow, output = pattern.partition("->")
    parts = [*inputs.split(","), *([output] if arrow else [])]
    for place, part in enumerate(parts):
        for i in range(len(part)):
            for j in range(i + 1, len(part)):
                letters = list(part)
                letters[i], letters[j] = letters[j], letters[i]
                changed = [*parts[:place], "".join(letters), *parts[place + 1 :]]
                new = f"{','.join(changed[: len(changed) - bool(arrow)])}{arrow}{changed[-1] if arrow else ''}"
                quoted = x.of(node.args[0]).replace(pattern, new)
                yield swap(x, node.args[0], quoted, Kind.TRANSPOSE, (pattern, new), 1.3)


Rule = Callable[[Expression, Scope, ast.expr], Iterator[Edit]]
RULES: tuple[Rule, ...] = (signs, operators, dropped, transposes, reductions, functions)
