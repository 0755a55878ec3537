"""The derivative of an elementwise expression by one of its variables, written as a person writes it."""

import ast
from functools import lru_cache

from .expression import addend, atom, factor, last_factor, names_in, parsed

ZERO, ONE = "0", "1"
FUNCTIONS = {
    "exp": "{f}", "log": "1 / {x}", "tanh": "1 - {f}**2", "sin": "{np}.cos({a})", "cos": "-{np}.sin({a})",
    "sqrt": "0.5 / {f}", "abs": "{np}.sign({a})", "square": "2 * {x}", "log1p": "1 / (1 + {x})",
    "absolute": "{np}.sign({a})", "sinh": "{np}.cosh({a})", "cosh": "{np}.sinh({a})", "arctan": "1 / (1 + {x}**2)",
    "expm1": "{np}.exp({a})",
}  # fmt: skip


class Unknown(Exception):
    """An expression of which no derivative is known here."""


@lru_cache(maxsize=2000)
def derivative(text: str, by: str, np: str = "np") -> str | None:
    """The derivative of an expression by a variable; None where it is none, or 0."""
    node = parsed(text)
    if node is None or by not in set(names_in(node)):
        return None
    try:
        found = _of(node, by, np)
    except Unknown:
        return None
    return None if found == ZERO else found


def _of(node: ast.expr, by: str, np: str) -> str:
    if by not in set(names_in(node)):
        return ZERO
    text = ast.unparse(node)
    if isinstance(node, ast.Name):
        return ONE
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return negative(_of(node.operand, by, np))
    if isinstance(node, ast.BinOp):
        return _operator(node, by, np)
    if isinstance(node, ast.Call) and not node.keywords:
        return _call(node, by, np)
    raise Unknown(text)


def _operator(node: ast.BinOp, by: str, np: str) -> str:
    u, v = ast.unparse(node.left), ast.unparse(node.right)
    du, dv = _of(node.left, by, np), _of(node.right, by, np)
    if isinstance(node.op, ast.Add):
        return plus(du, dv)
    if isinstance(node.op, ast.Sub):
        return minus(du, dv)
    if isinstance(node.op, ast.Mult):
        return plus(times(du, v), times(u, dv))
    if isinstance(node.op, ast.Div):
        if dv == ZERO:
            return du if du == ZERO else f"{factor(du)} / {last_factor(v)}"
        below = f"{atom(v)}**2"
        return minus(ZERO if du == ZERO else f"{factor(du)} / {last_factor(v)}", f"{factor(times(u, dv))} / {below}")
    if isinstance(node.op, ast.Pow) and dv == ZERO:
        return times(power(v, u), du)
    raise Unknown(ast.unparse(node))


def power(exponent: str, base: str) -> str:
    """The derivative of base**exponent by the base."""
    try:
        n = float(exponent)
    except ValueError:
        return f"{last_factor(exponent)} * {atom(base)} ** ({exponent} - 1)"
    if n in (1.0, 2.0):
        return ONE if n == 1.0 else f"2 * {last_factor(base)}"
    return f"{exponent} * {atom(base)}**{n - 1:g}"


def _call(node: ast.Call, by: str, np: str) -> str:
    name = ast.unparse(node.func).rpartition(".")[2]
    arguments = [ast.unparse(a) for a in node.args]
    if name == "where" and len(arguments) == 3:
        inner = [_of(a, by, np) for a in node.args[1:]]
        return f"{np}.where({arguments[0]}, {inner[0]}, {inner[1]})"
    slopes = [_of(a, by, np) for a in node.args]
    if name in FUNCTIONS and len(arguments) == 1:
        a = arguments[0]
        own = FUNCTIONS[name].format(f=ast.unparse(node), x=atom(a), a=a, np=np)
        return times(own, slopes[0])
    if name in ("maximum", "minimum") and len(arguments) == 2:
        sign = ">" if name == "maximum" else "<"
        changing = [i for i, s in enumerate(slopes) if s != ZERO]
        if len(changing) == 1:
            i = changing[0]
            return times(slopes[i], f"({arguments[i]} {sign} {arguments[1 - i]})")
    raise Unknown(name)


def plus(a: str, b: str) -> str:
    """A sum, without a 0."""
    if ZERO in (a, b):
        return b if a == ZERO else a
    return f"{a} - {b[1:]}" if b.startswith("-") else f"{a} + {addend(b)}"


def minus(a: str, b: str) -> str:
    """A difference, without a 0."""
    return a if b == ZERO else negative(b) if a == ZERO else f"{a} - {addend(b)}"


def times(a: str, b: str) -> str:
    """A product, without a 0 or a 1."""
    if ZERO in (a, b):
        return ZERO
    if ONE in (a, b):
        return b if a == ONE else a
    if b.startswith("-"):
        return negative(times(a, b[1:]))
    number, star, rest = b.partition(" * ")
    try:
        folded = float(a) * float(number)
    except ValueError:
        return f"{factor(a)} * {last_factor(b)}"
    if star:
        return times(f"{folded:g}", rest) if folded != 1 else rest
    return f"{factor(a)} * {last_factor(b)}"


def negative(a: str) -> str:
    """The same with the other sign."""
    return (
        ZERO
        if a == ZERO
        else a[1:]
        if a.startswith("-") and parsed(a[1:]) is not None and "+" not in a
        else f"-{last_factor(a) if '+' in a or ' - ' in a else a}"
    )
