"""How like two equations are: by what they define and by their symbols, after the reader of notes.

Layers, indices of examples, capital letters and the order of a product count for little: notes differ in them.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from backproof.notes.reading.code import put
from backproof.notes.reading.damage import names, repaired
from backproof.notes.reading.products import UnreadError
from backproof.notes.reading.reader import read
from backproof.notes.reading.spelling import GREEK_WORDS
from backproof.notes.reading.statements import Statement as Cut
from backproof.notes.reading.statements import cut
from backproof.notes.reading.tree import Call, Derivative, Name, Number, Op, Over, Tree, kids
from reference_numpy.equations import as_typed
from reference_numpy.places import places
from reference_numpy.registry import FORMULAS, Formula, in_order

Signs = Mapping[str, int]
EXACT = 0.15  # weight of a capital letter or a layer beside that of the symbol
UNSTATED = 0.8  # of an equation that no note states
NAME = 0.5  # weight of the left side
NAMELESS = 0.85  # of a right side that is the same under another name
LIKE = 0.35  # from here on an equation is worth showing
COST = ("L", "J", "j", "ell")
SLOPES = ("g'", "sigma'", "tanh'", "relu'")
GREEK = rf"(?:{'|'.join(GREEK_WORDS.split())})(?![A-Za-z])"  # written without its backslash
TYPED = (
    (r"\$+|\\[()]|\\\[(?=\s)|\*\*|`|^\s*[-*>] ", " "),
    (rf"(?<![A-Za-z\\])(?={GREEK})", "\\\\"),
    (r"\\mathrel\s*\{\s*([-+*/])\s*\}\s*=", r"\1="),
    (r"([-+*/]) =", r"\1="),
    (r"\\mid(?![a-zA-Z])", "|"),
    (r"\w+\[\s*'(\w+)'\s*\+\s*str\(([^()]*)\)\s*\]", r"\1^{[\2]}"),
    (r"\[str\(([^()]*)\)\]", r"^{[\1]}"),
    (r"(?<![A-Za-z\\])(relu|ReLU)\b", r"\\relu"),
    (r"\b(?:learning_?rate|lr)\b", r"\\alpha "),
    (r"\b(?:\w+_)?cost\b(?=\s*[=(])", "J"),
    (r"\b(?:\w+_)?loss\b(?=\s*[=(])", "L"),
    (r"(?:\.|\\text\s*\{\s*)shape\s*\}?\s*=.*$|\\in\s*\\mathbb.*$", ""),
    (r"^return\b|[-+*/,\\]+\s*$", ""),
    (r"\\cancel\s*\{([^{}]*)\}", r"\1"),
    (r"(?<![A-Za-z\\])(?:∂|d)[JL]\s*/\s*(?:∂|d)(?=[A-Za-z])", "d"),
    (r"(?<=[A-Za-z])\s*\^?\s*\[\s*([\w+-]+)\s*\]", r"^{[\1]}"),
    (r"\^\s*\((-[^()]*|\d-[^()]*)\)", r"^{\1}"),
    (r"\^\s*(\([^()]*\)|\[[^\[\]]*\])", r"^{\1}"),
    (r"(\^\{\[[^\]]*\])\}T(?![a-z])", r"\1T}"),
    (r"_\s*\(([^()]*)\)", r"_{\1}"),
    (r"_([A-Za-z]{2,})", r"_{\1}"),
    (r"(?<![\w\\{])(d?[A-Za-z])(\d)(?!\d)", r"\1^{[\2]}"),
)
SHAPES = re.compile(r"((?:[^:;(),]+,\s*)*[^:;(),]+):\s*(\([^()]*\))")  # W, dW: (n, m)
LOOSE = re.compile(r"\d+(?:\.\d+)?|(?:\\(?:partial|Delta)\s*)?d?\\?[A-Za-z]+(?:\s*[\^_]\s*(?:\{[^{}]*\}|\w))*'*")


class Statement(NamedTuple):
    """What an equation defines, if anything, and the signs of its sides."""

    defines: str
    left: Signs
    right: Signs


def statements(written: str) -> list[Statement]:
    """Return the statements of an equation, in LaTeX, in Unicode or in NumPy."""
    return [_statement(*_sides(one), one) for one in cut(_spelt(written))]


@cache
def statements_of(formula: Formula) -> list[Statement]:
    """Return the statements of a formula's equation, with those that follow when one is put into another."""
    shared = SHAPES.sub(lambda match: match[1].replace(",", f" = {match[2]},") + f" = {match[2]}", formula.latex)
    written = cut(_spelt(shared))
    sides = [_sides(one) for one in written]
    values = {left: right for left, right in sides if isinstance(left, Name) and right}
    whole = [(left, put(right, values)) for left, right in sides if right]
    cases = [(left, right) for left, right in sides if isinstance(right, Op) and right.kind == "cases"]
    whole += [(left, value) for left, right in cases for value in right.kids[::2]]
    follow = [_statement(left, right) for (left, right) in whole if (left, right) not in sides]
    return [*(_statement(*both, one) for both, one in zip(sides, written, strict=True)), *follow]


def symbol_in(written: str) -> Statement | None:
    """Return the symbol that is written, such as dZ^{[2]} or the derivative of L by Z; None where it is an equation."""
    asked = statements(written)
    return asked[0] if len(asked) == 1 and asked[0].defines and not asked[0].right else None


def defining(symbol: Statement) -> list[Formula]:
    """Return the formulas whose equation defines a symbol."""
    return [f for f in in_order() if any(_same(one.defines, symbol.defines) for one in statements_of(f))]


def using(symbol: Statement) -> list[Formula]:
    """Return the formulas whose equation has a symbol."""
    return [f for f in in_order() if any(_has(one, symbol.defines) for one in statements_of(f))]


def _has(statement: Statement, symbol: str) -> bool:
    return any(sign[0] == "=" and _same(sign[1:], symbol) for sign in (*statement.left, *statement.right))


def like(written: str) -> list[Formula]:
    """Return the formulas that state what is written or something like it, the likest first."""
    asked = [one for one in statements(written) if one.left or one.right]
    scores = {f: _score(asked, statements_of(f)) for f in in_order()} if asked else {}
    told = {f: scores[f] * (1 if places(f.source) else UNSTATED) for f in scores}
    return sorted((f for f in told if told[f] >= LIKE), key=lambda f: -told[f])


def _score(asked: Sequence[Statement], stated: Sequence[Statement]) -> float:
    best = [max((_likeness(one, other, _weights()) for other in stated), default=0) for one in asked]
    return (sum(best) / len(best) + max(best)) / 2  # a chain of equalities is stated in parts


def _spelt(written: str) -> str:
    text = as_typed(written)
    for pattern, same in TYPED:
        text = re.sub(pattern, same, text)
    return text.strip()


def _sides(written: Cut) -> tuple[Tree | None, Tree | None]:
    """Return both sides as trees, None for what cannot be read; `V -= x` is V = V - x."""
    left, right = written.left, written.right
    value = _tree(right)
    slopes = "partial" in right or any(name.kind == "d" for name in (names(value) if value else ()))
    is_update = slopes and "-" in written.relation + right and bool(re.search("alpha|learning", right))
    sides = (_tree(left), value)
    if not right.strip():  # alone, an alpha is an alpha
        return sides
    first, second = (repaired(one, frozenset(), is_update)[0] if one else None for one in sides)
    return first, Op("sub", (first, second)) if written.relation == "-=" and first and second else second


def _statement(left: Tree | None, right: Tree | None, written: Cut | None = None) -> Statement:
    """Return a statement after its trees, or after what is written where it cannot be read."""
    defines = _symbol(left)
    named = left.function if right and isinstance(left, Call) and isinstance(left.function, Name) else left
    unread = (written.left, written.right) if written else ("", "")
    return Statement(defines, _signs(named or unread[0]), _signs(right or unread[1]))


def _tree(side: str) -> Tree | None:
    try:
        return read(side) if side.strip() else None
    except (UnreadError, RecursionError):
        return None


def _symbol(tree: Tree | None) -> str:
    """Return the symbol that a side is: dZ, g' of g'(z), L of L(a, y); empty where it is an expression."""
    if isinstance(tree, Name):
        words = "".join(f"_{part}" for part in tree.parts if part.isalpha() and len(part) > 1)
        return f"{tree.kind}{tree.base}{words}{tree.primes * chr(39)}"
    if isinstance(tree, Call):
        return _symbol(tree.function) if isinstance(tree.function, Name) else tree.function
    if isinstance(tree, Derivative):
        of, by = _symbol(tree.of), _symbol(tree.by)
        if of in COST and by:
            return f"d{by}"
        return f"{of}'" if isinstance(tree.of, Call) else f"d{of}_d{by}" if of and by else ""
    return ""


def _signs(side: Tree | str | None) -> Signs:
    """Return the signs of a side: `dz`, with `=dZ` and `@dz2`, in which notes differ; loose ones of unreadable text."""
    if isinstance(side, str):
        trees = [tree for piece in LOOSE.findall(side) if (tree := _tree(piece))]
        return Counter(sign for tree in trees for sign in _walk(tree))
    return Counter(_walk(side)) if side else {}


def _walk(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Number):
        yield tree.digits
    if isinstance(tree, Op) and tree.kind == "pow" and tree.kids[0] == Name("e"):
        tree = Call("exp", tree.kids[1:])
    if isinstance(tree, (Op, Over)) and tree.kind != "mul":
        yield tree.kind
    if symbol := _symbol(tree):
        yield from (_general(symbol), f"={symbol}")
        named = tree.by if isinstance(tree, Derivative) else tree.function if isinstance(tree, Call) else tree
        if isinstance(named, Name) and named.layer:
            yield from (f"@{_general(symbol)}", f"@{_general(symbol)}{named.layer}")
    is_whole = isinstance(tree, Derivative) and bool(symbol)  # dL/dz is dz
    for kid in () if is_whole else kids(tree):
        yield from _walk(kid)


def _general(symbol: str) -> str:
    """Return a symbol without what notes differ in: a for A and for y_hat, g' for the slope of any activation."""
    if symbol in SLOPES:
        return SLOPES[0]
    return {"ln": "log"}.get(symbol, symbol).lower().removeprefix("np").replace("y_hat", "a")


def _same(symbol: str, asked: str) -> bool:
    return symbol == asked or (symbol in SLOPES and asked == SLOPES[0])


@cache
def _weights() -> Mapping[str, float]:
    """Return how much a sign tells: the more, the fewer formulas have it."""
    told = [{sign for one in statements_of(f) for sign in (*one.left, *one.right)} for f in FORMULAS.values()]
    has = Counter(sign for signs in told for sign in signs)
    return _Weights({sign: math.log(1 + len(FORMULAS) / has[sign]) * _share(sign) for sign in has})


class _Weights(dict[str, float]):
    """Those of signs that no formula has are the most."""

    def __missing__(self, sign: str) -> float:
        return math.log(1 + len(FORMULAS)) * _share(sign)


def _share(sign: str) -> float:
    return EXACT if sign[0] in "=@" else 1


def _likeness(asked: Statement, stated: Statement, weights: Mapping[str, float]) -> float:
    """Return 1 for equations that are alike, 0 for those that have nothing in common."""
    if not asked.right:
        return max(_shared(asked.left, stated.left, weights), _shared(asked.left, stated.right, weights))
    right = _shared(asked.right, stated.right, weights)
    left = _shared(asked.left, stated.left, weights)
    alone = NAMELESS if any(sign[0] == "=" for sign in asked.right) else 0  # a number says nothing of its name
    return max(NAME * left + (1 - NAME) * right, right * (alone if asked.left else 1))


def _shared(one: Signs, other: Signs, weights: Mapping[str, float]) -> float:
    def weigh(how: Callable[[int, int], int]) -> float:
        return sum(how(one.get(sign, 0), other.get(sign, 0)) * weights[sign] for sign in {*one, *other})

    return weigh(min) / (weigh(max) or 1)
