"""Small edits of an expression, each with the slip it repairs in the field's words, nearest first.

An edit replaces a stretch of the user's own text, so that the rest of the line stays as it was written. The planted
mistakes of `mistakes.py` are edits of one line each, too: the corpus proves that these rules undo them.
"""

import ast
import re
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from .places import Edit, Place, atom, in_product, is_sum
from .scope import dimensions, is_number, is_share

NO_MEAN = "1/{} is missing in the cost"
NO_MINUS, NO_MINUS_IN_EXPONENT = "the minus sign is missing", "the minus sign in the exponent is missing"


def edits(value: ast.expr, place: Place) -> Iterator[Edit]:
    """All single edits of an expression, the likeliest slips first."""
    nodes = _nodes(value)
    for rule in RULES:
        for node in nodes:
            yield from rule(node, place)
    yield from _whole(value, place)


def _nodes(value: ast.expr) -> list[ast.expr]:
    return [node for node in ast.walk(value) if isinstance(node, ast.expr)]


def rewrites(statement: ast.Assign | ast.AugAssign, place: Place) -> Iterator[Edit]:
    """Edits of the sign of assignment, += for any other and = for any other; of the mask in what is assigned to."""
    target = statement.targets[-1] if isinstance(statement, ast.Assign) else statement.target
    start, end = place.span(target)[1], place.span(statement.value)[0]
    sign = place.source[start:end].decode()
    for node in ast.walk(target):  # the mask of dZ[Z <= 0] = 0
        if isinstance(node, ast.Compare):
            yield from _operators(node, place)
    for other in ("+=", "="):
        if other != sign.strip() and "(" not in sign:
            yield Edit(start, end, f" {other} ", f"{sign.strip()} where {other} belongs")


def forward_edits(value: ast.expr, place: Place) -> Iterator[Edit]:
    """The slips of a forward part: a sign, an operator, a number."""
    nodes = _nodes(value)
    yield place.swap(value, f"-{atom(place.text(value))}", NO_MINUS)
    for size in place.sizes:
        yield place.swap(value, f"{in_product(place.text(value))} / {size}", NO_MEAN.format(size))
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exp") and len(node.args) == 1:
            yield place.swap(node.args[0], f"-{atom(place.text(node.args[0]))}", NO_MINUS_IN_EXPONENT)
    for rule in (_operators, _numbers, _names):
        for node in nodes:
            terms = {place.text(n) for n in (node.left, node.right)} if is_sum(node) else set()
            yield from (edit for edit in rule(node, place) if edit.text not in terms)  # nobody writes a term too many


def _whole(value: ast.expr, place: Place) -> Iterator[Edit]:
    """A factor or a term that the whole expression lacks."""
    text = place.text(value)
    for size in place.sizes:
        yield place.swap(value, f"1 / {size} * {in_product(text)}", f"1/{size} is missing")
        yield place.swap(value, f"{size} * {in_product(text)}", f"1/{size} too many")
    yield place.swap(value, f"-{atom(text)}", "wrong sign")
    yield place.swap(value, f"2 * {in_product(text)}", "factor 2 is missing")
    yield place.swap(value, f"{in_product(text)} / 2", "factor 2 too many")
    if (whole := re.sub(r"\[:, [^\[\]]*\]", "", text)) != text:
        yield place.swap(value, whole, "some of the examples only")
    for slope, what in place.slopes:
        yield place.swap(value, f"{in_product(text)} * {atom(slope)}", f"{what} is missing")
    for name, wrapped in ((f"np.sum({text}, axis={axis}, keepdims=True)", axis) for axis in (0, 1)):
        yield place.swap(value, name, f"the sum along axis {wrapped} is missing")
    for term in (name for name, V in place.scope.items() if isinstance(V, np.ndarray) and V.ndim):
        sum_ = f"{term} - {text[1:].strip()}" if text.startswith("-") else f"{text} + {term}"
        yield place.swap(value, sum_, f"the term {term} is missing")
        yield place.swap(value, f"{text} - {term}", f"the term -{term} is missing")
    shares = [name for name, V in place.scope.items() if isinstance(V, np.ndarray) and is_share(V)]
    if shares:  # what is said of y and a, cross-entropy says of 1 - y and 1 - a too
        mirrored = re.sub(rf"\b({'|'.join(shares)})\b", r"(1 - \1)", text.removeprefix("-").strip())
        sign = "+" if text.startswith("-") else "-"
        yield place.swap(value, f"{text} {sign} {mirrored}", f"the term {sign}{mirrored} is missing")
    scalars = [name for name, V in place.scope.items() if is_number(V) and name not in place.sizes]
    weights = [name for name, V in place.scope.items() if re.match(r"[Ww]\d*$", name) and dimensions(V)]
    for scalar, W, over in product(scalars, weights, ("", *(f" / {size}" for size in place.sizes))):
        yield place.swap(value, f"{text} + {scalar}{over} * {W}", f"the L2 term {scalar}{over} * {W} is missing")


def _other_slope(node: ast.expr, place: Place) -> Iterator[Edit]:
    """g where g' belongs, g' of another layer, or the derivative of another activation."""
    if not isinstance(node, (ast.Name, ast.Call, ast.BinOp, ast.Compare, ast.Subscript)):
        return
    text = place.text(node)
    for slope, what in place.slopes:
        if slope.strip("()") == text.strip("()") or not any(isinstance(n, ast.Name) for n in ast.walk(node)):
            continue
        z = what[3:-1]
        stands = f"g({z})" if text in slope and text != z else text
        yield place.swap(node, atom(slope), f"{stands} where {what} belongs")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield from _slope_of_last_factors(node, place, slope, what)


def _slope_of_last_factors(node: ast.BinOp, place: Place, slope: str, what: str) -> Iterator[Edit]:
    """A slope for the last factors of a product: dA * A * (1 - A) is a product of dA * A and 1 - A."""
    end, factor = place.span(node)[1], node.left
    while isinstance(factor, ast.BinOp) and isinstance(factor.op, ast.Mult):
        start = place.span(factor.right)[0]
        text = place.source[start:end].decode()
        if text.count("(") == text.count(")"):
            yield Edit(start, end, atom(slope), f"{text} where {what} belongs")
        factor = factor.left


def _transposes(node: ast.expr, place: Place) -> Iterator[Edit]:
    """Operand order and transposes of a product; a transpose of one operand."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield place.swap(node, place.text(node.value), "a transpose too many")
    elif isinstance(node, ast.Name) and dimensions(place.scope.get(node.id)) == 2:
        yield place.swap(node, f"{node.id}.T", f"{node.id}.T where {node.id} stands")
    if (found := _factors(node, place)) is not None:
        form, left, right = found
        for a, b in ((left, right), (right, left)):
            for s, t in product(("", ".T"), repeat=2):
                if (text := form.format(f"{a}{s}", f"{b}{t}")) != place.text(node):
                    cause = "operands in the wrong order" if a == right else "transpose"
                    yield place.swap(node, text, f"{cause}: {place.text(node)} where {text} belongs")


def _factors(node: ast.expr, place: Place) -> tuple[str, str, str] | None:
    """How a matrix product is written, or what may be one, and its two factors without their transposes."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult)):
        return "{} @ {}", _bare(node.left, place), _bare(node.right, place)
    if isinstance(node, ast.Call) and len(node.args) == 2 and ast.unparse(node.func) in ("np.dot", "np.matmul"):
        return f"{ast.unparse(node.func)}({{}}, {{}})", _bare(node.args[0], place), _bare(node.args[1], place)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "dot":
        return "{}.dot({})", _bare(node.func.value, place), _bare(node.args[0], place)
    return None


def _bare(node: ast.expr, place: Place) -> str:
    core = node.value if isinstance(node, ast.Attribute) and node.attr == "T" else node
    return atom(place.text(core))


def _operators(node: ast.expr, place: Place) -> Iterator[Edit]:
    """Another operator, an operand too many, a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield place.swap(node, place.text(node.operand), "wrong sign")
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        flipped = FLIPPED.get(type(node.ops[0]))
        if flipped:
            text = f"{place.text(node.left)} {flipped} {place.text(node.comparators[0])}"
            yield place.swap(node, text, "the comparison is the wrong way round")
    if not isinstance(node, ast.BinOp):
        return
    left, right = place.text(node.left), place.text(node.right)
    for symbol, cause in OPERATORS.get(type(node.op), ()):
        yield place.swap(node, f"{left} {symbol} {right}", cause)
    if isinstance(node.op, (ast.Mult, ast.Div, ast.Add, ast.Sub, ast.MatMult, ast.Pow)):
        yield place.swap(node, left, f"{right} too many")
    if isinstance(node.op, (ast.Mult, ast.Add, ast.MatMult)):
        yield place.swap(node, right, f"{left} too many")
    if isinstance(node.op, (ast.Sub, ast.Div)):
        symbol = "-" if isinstance(node.op, ast.Sub) else "/"
        yield place.swap(node, f"{atom(right)} {symbol} {atom(left)}", f"operands of {symbol} exchanged")


FLIPPED: dict[type[ast.cmpop], str] = {
    ast.Gt: "<",
    ast.Lt: ">",
    ast.GtE: "<=",
    ast.LtE: ">=",
    ast.Eq: "!=",
    ast.NotEq: "==",
}
OPERATORS: dict[type[ast.operator], tuple[tuple[str, str], ...]] = {
    ast.Add: (("-", "+ where - belongs"), ("*", "+ where * belongs")),
    ast.Sub: (("+", "- where + belongs"),),
    ast.Mult: (("/", "* where / belongs"), ("@", "* where @ belongs"), ("+", "* where + belongs")),
    ast.MatMult: (("*", "@ where * belongs"),),
    ast.Div: (("*", "/ where * belongs"),),
}


def _names(node: ast.expr, place: Place) -> Iterator[Edit]:
    """One variable for another: of the neighbouring layer, or of another role."""
    if not isinstance(node, ast.Name) or node.id not in place.scope:
        return
    if isinstance(place.scope[node.id], int) and node.id not in place.sizes:  # the number of a layer or an example
        for neighbour in (f"{node.id} - 1", f"{node.id} + 1"):
            yield place.swap(node, neighbour, f"{node.id} where {neighbour} belongs")
    if isinstance(place.scope[node.id], float):
        for size in place.sizes:
            yield place.swap(node, f"{node.id} / {size}", f"1/{size} is missing")
    kind, layer = _role(node.id)
    others = [n for n, V in place.scope.items() if n != node.id and isinstance(V, (np.ndarray, float, int))]
    for other in sorted(others, key=lambda n: (_role(n)[0] != kind, _role(n)[1] != layer)):
        yield place.swap(node, other, f"{node.id} where {other} belongs")


def _role(name: str) -> tuple[str, str]:
    match = re.match(r"(d?[A-Za-z_]+?)(\d*)$", name)
    return (match[1], match[2]) if match else (name, "")


def _numbers(node: ast.expr, place: Place) -> Iterator[Edit]:
    """Another number, a power that is missing, a size for a number."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        near = (node.value + 1, node.value - 1, 2 * node.value, node.value / 2, 10 * node.value, node.value / 10)
        for number in dict.fromkeys(f"{n:g}" for n in (*near, 0, 1, 2, 0.01)):
            yield place.swap(node, number, f"{place.text(node)} where {number} belongs")
        for size in place.sizes:
            yield place.swap(node, size, f"{place.text(node)} where {size} belongs")
    if isinstance(node, ast.Name) and isinstance(place.scope.get(node.id), (np.ndarray, float)):
        yield place.swap(node, f"{node.id}**2", f"the square of {node.id} is missing")


def _sums(node: ast.expr, place: Place) -> Iterator[Edit]:
    """axis, keepdims, sum and mean; a shape that is no tuple."""
    if isinstance(node, ast.Call) and place.text(node.func) in ("np.ones", "np.zeros") and len(node.args) == 2:
        inside = ", ".join(place.text(a) for a in node.args)
        yield place.swap(node, f"{place.text(node.func)}(({inside}))", "the shape must be a tuple")
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr not in ("sum", "mean")
    ):
        return
    other = "mean" if node.func.attr == "sum" else "sum"
    function, words = place.text(node.func), {k.arg: place.text(k.value) for k in node.keywords}
    inner = ", ".join(place.text(a) for a in node.args)
    swapped = f"{function[: -len(node.func.attr)]}{other}"

    def call(name: str, **changed: str) -> str:
        keywords = ", ".join(f"{k}={v}" for k, v in (words | changed).items() if v)
        return f"{name}({', '.join(part for part in (inner, keywords) if part)})"

    yield place.swap(node, call(swapped), f"{node.func.attr} where {other} belongs")
    for axis in ("0", "1"):
        if words.get("axis") != axis and "keepdims" not in words:
            yield place.swap(node, call(function, axis=axis), f"sum along axis {axis}")
        if words.get("axis") != axis:
            yield place.swap(node, call(function, axis=axis, keepdims="True"), f"sum along axis {axis}")
    if "axis" in words:
        flag = "False" if words.get("keepdims") == "True" else "True"
        yield place.swap(
            node, call(function, keepdims=flag), "keepdims=True is missing" if flag == "True" else "keepdims"
        )
        yield place.swap(node, call(function, axis="", keepdims=""), "the sum runs over everything")


Rule = Callable[[ast.expr, Place], Iterator[Edit]]
RULES: tuple[Rule, ...] = (_other_slope, _operators, _sums, _transposes, _names, _numbers)
