"""One statement of a page: both sides read, damage repaired by what stands around it, its reading as NumPy."""

import re
from dataclasses import replace

from .meaning.shapes import AskError, World
from .meaning.to_python import to_python
from .meaning.written import MeaningError
from .reading.context import damaged_layer, doubled, in_context, replaced_calls, stacked, underlined
from .reading.damage import mapped, names, repaired
from .reading.pages import Formula, Page
from .reading.products import UnreadError
from .reading.reader import read
from .reading.statements import Statement as Cut
from .reading.tree import Call, Derivative, Name, Op, Tree
from .report import Statement

NEAR = 14  # lines within which (1-1) tells that (1) is (l)
Read = tuple[Tree, str, Tree]


def statement_of(found: Page, formula: Formula, statement: Cut) -> tuple[Statement, Read | None]:
    """Return what is said of a statement of a formula, and its sides where they could be read."""
    text = f"{statement.left} {statement.relation} {statement.right}"
    text = re.sub(r"\\(?:begin|end)\{(?:aligned|align|split)\*?\}", "", text).strip()
    place = re.search(r"[^\s&]", formula.tex[statement.start :])
    line = found.line_of(formula, statement.start + (place.start() if place else 0))
    right = statement.right
    length = len(right.rstrip(" .\n\t"))
    start = statement.start + len(right) - len(right.lstrip())
    said = Statement(
        line, formula.cell, text, "read", start=formula.start + start, end=formula.start + statement.start + length
    )
    written, doubled_said = doubled(right.rstrip(" ."))
    try:
        (left, relation, value), reasons = _sides(found, formula, statement, written)
    except UnreadError as error:
        said.status, said.reason = "not read", str(error)
        return said, None
    said.reason = "; ".join(dict.fromkeys([*reasons, *doubled_said]))
    said.written = written
    said.again = lambda tex: _sides(found, formula, statement, tex)[0][2]
    said.claims = isinstance(left, Derivative) or (isinstance(left, Name) and left.kind == "d")
    try:
        said.python = _source(left, relation, value)
    except (MeaningError, AskError, KeyError, ValueError) as error:
        said.reason = str(error)
    return said, (left, relation, value)


def _sides(found: Page, formula: Formula, statement: Cut, written: str) -> tuple[Read, list[str]]:
    """Return both sides as they were meant, with this text as the right one, and what was read as what."""
    plain_left = re.sub(r"^\s*\*|\\in\s*\\mathbb.*$", "", statement.left)
    left = read(found.spelt(plain_left))
    value = read(found.spelt(written))
    is_update = _has_slope(value) and bool(re.search("alpha|α", written)) and "-" in written
    left, value = (replaced_calls(side) for side in (left, value))
    left, reasons = damaged_layer(left, value)
    first: list[str] = []
    second: list[str] = []
    if found.is_course:
        left, first = repaired(left, frozenset(), is_update)
        value, second = repaired(value, frozenset(), is_update)
    left, value = underlined(left, value), underlined(value)
    left, relation, value, third = in_context(left, value, statement.relation, formula.tex)
    if any(abs(line - formula.line) <= NEAR for line in found.scanned_layers):
        left, value = (mapped(side, _general) for side in (left, value))
    left, relation = _division(left, relation, value)
    if isinstance(value, Op) and value.kind == "cases" and len(value.kids) == 2:
        value, third = value.kids[0], [*third, "of the other case nothing is said"]
    if found.subscripts_are_layers:
        left, value = _layered(left), _layered(value)
    return (left, relation, value), [*reasons, *first, *second, *third]


def _has_slope(tree: Tree) -> bool:
    """Whether a derivative of the cost stands in it."""
    if isinstance(tree, Op):
        return any(_has_slope(kid) for kid in tree.kids)
    return isinstance(tree, Derivative) or (isinstance(tree, Name) and tree.kind == "d")


def _general(name: Name) -> Name:
    """A layer l that a scan has made a 1."""
    return replace(name, layer={"1": "l", "1-1": "l-1", "1+1": "l+1"}.get(name.layer, name.layer))


def _division(left: Tree, relation: str, value: Tree) -> tuple[Tree, str]:
    """|V| = m is what a scan makes of V /= m."""
    if value == Name("m") and isinstance(left, Op) and left.kind == "absolute":
        return left.kids[0], "/="
    if value == Name("m") and isinstance(left, Name) and (left.base == "J" or left.kind == "d"):
        return left, "/="
    return left, relation


def _layered(tree: Tree) -> Tree:
    def change(name: Name) -> Name:
        if name.base in ("W", "b", "Z", "A", "z", "a", "h") and len(name.parts) == 1 and name.parts[0].isdigit():
            return Name(name.base, name.kind, name.parts[0], name.example, (), name.primes)
        return name

    return mapped(tree, change)


def _is_of_one(left: Call) -> bool:
    """Whether a function is given at one example, as in sigma(z^{(i)})."""
    return all(isinstance(argument, Name) and argument.example for argument in left.arguments)


def _of_any(name: Name) -> Name:
    return replace(name, example="")


def _source(left: Tree, relation: str, value: Tree) -> str:
    """The reading as one line of NumPy."""
    if any(name.base in "wW" for side in (left, value) for name in stacked(side)):
        raise MeaningError("a weight for each example")
    layers = [name.layer for side in (left, value) for name in names(side) if name.layer]
    depth = max([int(layer) for layer in layers if layer.isdigit()], default=0)
    is_general = any(not layer.isdigit() for layer in layers)
    world = World(
        layers=4 if is_general or depth > 2 else max(depth, 2 if layers else 1),
        general=2,
        last_is_general=is_general and not any("hat" in name.base for side in (left, value) for name in names(side)),
    )
    if isinstance(left, Call) and isinstance(left.function, Name) and left.function.base not in ("J",):
        value = mapped(value, _of_any) if _is_of_one(left) else value
        arguments = [mapped(one, _of_any) if _is_of_one(left) else one for one in left.arguments]
        given = [to_python(argument, world).text for argument in arguments]
        word = to_python(left, world).text.partition("(")[0]
        right = to_python(value, world)
        if all(argument.isidentifier() for argument in given):
            return f"{word} = lambda {', '.join(given)}: {right.text}"
        return f"{word}({', '.join(given)}) = {right.text}"
    right = to_python(value, world)
    target = left.function if isinstance(left, Call) and isinstance(left.function, Name) else left
    sign = {":=": "=", r"\leftarrow": "=", r"\approx": "≈"}.get(relation, relation)
    return f"{to_python(target, world).text} {sign} {right.text}"


def line_with(found: Page, said: Statement) -> str | None:
    """The whole line of the page with the right formula in the place of the wrong one."""
    text = found.texts[said.cell]
    fixed = text[: said.start] + said.fix_tex + text[said.end :]
    if "\n" in text[said.start : said.end]:
        return None
    return fixed.split("\n")[said.line - 1].strip()
