"""Python on a page, in a fence or in a line of its own, read into the same trees as its formulas."""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

from .tree import Call, Name, Number, Op, Tree

OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "mul", ast.Div: "div", ast.Pow: "pow"}
SIGNS = {ast.Mult: "*", ast.MatMult: "@", ast.Div: "/"}
UPDATES = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}
COMPARED = {ast.Gt: ">", ast.GtE: r"\geq", ast.Lt: "<", ast.LtE: r"\leq", ast.Eq: "==", ast.NotEq: r"\neq"}
FUNCTIONS = {
    **{word: f"np{word}" for word in ("exp", "log", "dot", "ones", "zeros")},
    **{"matmul": "npdot", "maximum": "npmax", "tanh": "tanh", "sum": "npsum", "relu": "relu", "softmax": "softmax"},
}
WORDS = {"learning_rate": "alpha", "lr": "alpha", "cost": "J", "loss": "L"}
NAME = re.compile(r"(d?)([A-Za-z])(?:_?(prev))?(\d*)$")
INDEX = re.compile(r"str\((\w+)([-+]1)?\)$")


class UnreadCodeError(Exception):
    """A line of Python that says nothing of the course."""


@dataclass(frozen=True)
class CodeStatement:
    """A statement of Python with its line, its text and its sides."""

    line: int
    text: str
    left: Tree
    relation: str
    right: Tree | None
    reason: str = ""
    value: str = ""  # the source of the right side
    condition: str = ""


@dataclass
class _Reader:
    """Reads statements one after another; remembers the functions that the page defines."""

    functions: dict[str, tuple[list[str], Tree]] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    function: str = ""
    local: dict[str, Tree] = field(default_factory=dict)
    condition: str = ""


def statements(text: str, first: int) -> Iterator[CodeStatement]:
    """Return the statements of a piece of code whose first line is this one."""
    reader = _Reader()
    for number, source in _logical(text.split("\n")):
        yield from _of_line(reader, source, first + number)


def _logical(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each statement as one line with the number of its first; what is broken by printing is joined."""
    at = 0
    while at < len(lines):
        start, whole = at, lines[at].partition("#")[0]
        at += 1
        while at < len(lines) and lines[at].strip() and whole.strip():
            held = whole.count("(") + whole.count("[") + whole.count("{")
            held -= whole.count(")") + whole.count("]") + whole.count("}")
            continues = re.match(r"\s*[/*+@]", lines[at])
            if held <= 0 and not re.search(r"[-+*/@]\s*$", whole) and not continues:
                break
            whole = f"{whole.rstrip()} {lines[at].partition('#')[0].strip()}"
            at += 1
        if whole.strip():
            yield start, whole


def _of_line(reader: _Reader, source: str, line: int) -> Iterator[CodeStatement]:
    stripped = source.strip()
    indent = len(source) - len(source.lstrip())
    if indent == 0:
        reader.function, reader.arguments, reader.local = "", [], {}
    if match := re.match(r"def\s+(\w+)\s*\(([^)]*)\)\s*:", stripped):
        reader.function = match.group(1)
        reader.arguments = [word.partition("=")[0].strip() for word in match.group(2).split(",") if word.strip()]
        reader.local, reader.condition = {}, ""
        return
    if match := re.match(r"(if|elif|else)\b(.*):$", stripped):
        reader.condition = match.group(2).strip() if match.group(1) != "else" else f"not {reader.condition}"
        return
    tree = parsed(stripped)
    if tree is None:
        return
    node = tree.body[0] if tree.body else None
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, (ast.Tuple, ast.Name)):
        left: Tree = Call(name_of(reader.function), tuple(_argument(reader, word) for word in reader.arguments))
        value: Tree | None = None
        reason = ""
        try:
            value = _read(reader, node.value)
            reader.functions[reader.function] = (reader.arguments, value)
        except UnreadCodeError as error:
            reason = str(error)
        if value is not None or isinstance(node.value, ast.Call):
            yield CodeStatement(line, stripped, left, "=", value, reason, ast.unparse(node.value), reader.condition)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id in reader.local:
        reader.functions[reader.function] = (reader.arguments, reader.local[node.value.id])
    elif isinstance(node, (ast.Assign, ast.AugAssign)):
        yield from _assigned(reader, node, stripped, line)


def _assigned(reader: _Reader, node: ast.Assign | ast.AugAssign, text: str, line: int) -> Iterator[CodeStatement]:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    relation = "=" if isinstance(node, ast.Assign) else UPDATES.get(type(node.op), "?=")
    if isinstance(target, (ast.Tuple, ast.Attribute)) or isinstance(node.value, (ast.Dict, ast.List)):
        return
    try:
        left = _target(target)
    except UnreadCodeError:
        return
    reason, right = "", None
    try:
        right = _read(reader, node.value)
        if isinstance(target, ast.Name) and reader.function:
            reader.local[target.id] = right
    except UnreadCodeError as error:
        reason = str(error)
    yield CodeStatement(line, text, left, relation, right, reason, ast.unparse(node.value))


def read_code(source: str) -> Tree:
    """Return the tree of an expression; raises UnreadCodeError where it says nothing of the course."""
    return _read(_Reader(), ast.parse(source, mode="eval").body)


def parsed(text: str) -> ast.Module | None:
    """The line as Python; a bracket too many at its end is forgiven; None where it is none."""
    for attempt in (text, text[:-1] if text.endswith(")") else text):
        try:
            return ast.parse(textwrap.dedent(attempt))
        except (SyntaxError, ValueError):
            continue
    return None


def name_of(word: str) -> Name:
    """The quantity that an identifier names: dW1, y_hat, A2, learning_rate."""
    word = WORDS.get(word, word)
    if word in ("sigmoid", "sigma"):
        return Name("sigma")
    if word.lower() in ("y_hat", "yhat"):
        return Name(f"{word[0]}_hat")
    if word.lower() in ("dy_hat", "dyhat"):
        return Name(f"{word[1]}_hat", "d")
    if "loss" in word or "cost" in word:
        return Name("L")
    if match := NAME.match(word):
        d, letter, _, layer = match.groups()
        return Name(letter, d, layer)
    return Name(word)


def _argument(reader: _Reader, word: str) -> Tree:
    """An argument of a function; a label that the branch fixes is that number."""
    if (match := re.fullmatch(r"(not )?(\w+) == (\d)", reader.condition)) and match.group(2) == word:
        return Number(str(1 - int(match.group(3)))) if match.group(1) else Number(match.group(3))
    return name_of(word)


def _target(node: ast.expr) -> Tree:
    if isinstance(node, ast.Name):
        return name_of(node.id)
    if isinstance(node, ast.Subscript):
        return _entry(node)
    raise UnreadCodeError(ast.unparse(node))


def _entry(node: ast.Subscript) -> Name:
    """An entry of a dictionary of layers: parameters["W" + str(l)], A[str(l-1)], grads["dW1"]."""
    key, of = node.slice, node.value
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        if key.value.isdigit() and isinstance(of, ast.Name):
            return _layered(name_of(of.id), key.value)
        return name_of(key.value)
    if isinstance(key, ast.BinOp) and isinstance(key.left, ast.Constant) and isinstance(key.left.value, str):
        return _layered(name_of(key.left.value), _layer(key.right))
    if isinstance(of, ast.Name) and INDEX.match(ast.unparse(key).replace(" ", "")):
        return _layered(name_of(of.id), _layer(key))
    raise UnreadCodeError(f"at {ast.unparse(node)}")


def _layer(node: ast.expr) -> str:
    match = INDEX.match(ast.unparse(node).replace(" ", ""))
    if not match:
        raise UnreadCodeError(f"at {ast.unparse(node)}")
    return match.group(1) + (match.group(2) or "")


def _layered(name: Name, layer: str) -> Name:
    return Name(name.base, name.kind, layer)


def _read(reader: _Reader, node: ast.expr) -> Tree:
    """The tree of an expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return Number(ast.unparse(node))
    if isinstance(node, ast.Name):
        return name_of(node.id)
    if isinstance(node, ast.Subscript):
        return _entry(node)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        kids = (_read(reader, node.left), _read(reader, node.right))
        return Op(OPERATORS[type(node.op)], kids, SIGNS.get(type(node.op), ""))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return Op("neg", (_read(reader, node.operand),))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        kids = (_read(reader, node.left), _read(reader, node.comparators[0]))
        return Op("compare", kids, COMPARED[type(node.ops[0])])
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return Op("transpose", (_read(reader, node.value),))
    if isinstance(node, ast.Call):
        return _call(reader, node)
    raise UnreadCodeError(f"at {ast.unparse(node)[:30]}")


def _call(reader: _Reader, node: ast.Call) -> Tree:
    word = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if word == "transpose" and len(node.args) == 1:
        return Op("transpose", (_read(reader, node.args[0]),))
    if word in ("sum", "dot") and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) != "np":
        inside = (_read(reader, node.func.value), *(_read(reader, one) for one in node.args if word == "dot"))
        words = tuple((str(one.arg), ast.unparse(one.value)) for one in node.keywords)
        axis = (("axis", ast.unparse(node.args[0])),) if word == "sum" and node.args else ()
        return Call(f"np{word}", inside, (*axis, *words))
    if word in ("ones", "zeros"):
        shape = node.args[0]
        sizes = shape.elts if isinstance(shape, ast.Tuple) else node.args
        given = tuple(_size(one) for one in sizes)
        return Call(f"np{word}", given, () if isinstance(shape, ast.Tuple) else (("flat", str(len(given))),))
    if word in ("randn", "rand"):
        return Call(f"np{word}", tuple(_size(one) for one in node.args))
    arguments = tuple(_read(reader, argument) for argument in node.args)
    if word in FUNCTIONS:
        words = tuple((str(one.arg), ast.unparse(one.value)) for one in node.keywords)
        return Call(FUNCTIONS[word], arguments, words)
    if word in reader.functions:
        names, body = reader.functions[word]
        return put(body, dict(zip((name_of(name) for name in names), arguments, strict=False)))
    if word == "neuron" and len(arguments) == 3:
        W, x, b = arguments
        return Call(Name("sigma"), (Op("add", (Call("npdot", (Op("transpose", (W,)), x)), b)),))
    if "loss" in word:
        return Call(Name("L"), arguments)
    if word in ("sigmoid", "sigma"):
        return Call(Name("sigma"), arguments)
    raise UnreadCodeError(f"at {word}(")


def _size(node: ast.expr) -> Tree:
    """A size: a number, N, n_units[l]."""
    if isinstance(node, ast.Constant):
        return Number(str(node.value))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return Name("n", layer=ast.unparse(node.slice).replace(" ", "").replace("layers", "l"))
    if isinstance(node, ast.Name):
        return Name(node.id)
    raise UnreadCodeError(f"at {ast.unparse(node)}")


def put(tree: Tree, values: dict[Name, Tree]) -> Tree:
    """The tree with other trees in the places of names."""
    if isinstance(tree, Name):
        return values.get(tree, tree)
    if isinstance(tree, Op):
        return Op(tree.kind, tuple(put(kid, values) for kid in tree.kids), tree.sign)
    if isinstance(tree, Call):
        return Call(tree.function, tuple(put(kid, values) for kid in tree.arguments), tree.keywords)
    return tree


def to_source(said: CodeStatement) -> str:
    """The statement as NumPy on one line; what a function returns is the function."""
    if isinstance(said.left, Call) and isinstance(said.left.function, Name):
        words = ", ".join(one.base if isinstance(one, Name) else "y" for one in said.left.arguments)
        return f"{said.left.function.base} = lambda {words}: {said.value}"
    return said.text if _is_python(said.text) else said.text[:-1]


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
