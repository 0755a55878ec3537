"""Read one side of an equation: LaTeX to a tree, by the grammar beside this file."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark import Tree as Parsed
from lark.exceptions import LarkError, UnexpectedInput

from .products import (
    UnreadError,
    Waiting,
    indexed,
    is_bracket,
    marked,
    mentions,
    named,
    open_sum,
    product,
    refuse_long,
    unbracketed,
    with_sum,
)
from .spelling import normal
from .tree import Call, Derivative, Name, Number, Op, Tree, is_deeper

DEEPEST = 60  # operations within one another, each of which may be a pair of brackets in Python
TOO_DEEP = "it is nested too deeply"
PAIRED = ("x", "y", "p", "s", "w", "a", "z", "delta", "y_hat")  # whose two letters below are two indices
GREEK_FOR_LETTER = {"omega": "w"}
LAYER, LAYERED = r"[lL](?:\s*[-+]\s*1)?", "WwBbZzAag"
INDEX = re.compile(r"\[([^\]]*)\]|\(([^)]*)\)|(T)|('+)|(-T)|\s+|\\cdot")


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)


def read(tex: str) -> Tree:
    """Return the tree of an expression; raises UnreadError where it is no expression."""
    refuse_long(tex)
    text = normal(tex)
    if odd := next((sign for sign in text if sign.isdigit() and not sign.isascii()), ""):
        raise UnreadError(f"at {odd!r}")
    try:
        tree = _expression(_parser().parse(text))
    except RecursionError:
        raise UnreadError(TOO_DEEP) from None
    except UnexpectedInput as error:
        at = text[error.pos_in_stream or 0 :][:12].strip() if error.pos_in_stream is not None else ""
        raise UnreadError(f"at {at!r}" if at else "it ends too early") from None
    except LarkError as error:
        raise UnreadError(str(error)) from None
    if is_deeper(tree, DEEPEST):
        raise UnreadError(TOO_DEEP)
    return tree


def _expression(node: Any) -> Tree:
    rule = node.data
    kids = node.children
    if rule in ("start", "group", "condition"):
        return _expression(kids[0])
    if rule == "add":
        return _sum_over_terms("add", kids)
    if rule == "subtract":
        return _sum_over_terms("sub", kids)
    if rule == "negative":
        return Op("neg", (_expression(kids[0]),))
    if rule == "positive":
        return _expression(kids[0])
    if rule == "compare":
        left, sign, right = kids
        return Op("compare", (_expression(left), _expression(right)), str(sign))
    if rule == "term":
        return _term(kids)
    return _term([node])


def _sum_over_terms(kind: str, kids: list[Any]) -> Tree:
    left, right = _expression(kids[0]), _expression(kids[1])
    if (over := open_sum(left)) and over.index and mentions(right, over.index):
        return with_sum(left, replace(over, body=Op(kind, (over.body, right))))
    return Op(kind, (left, right))


def _term(kids: list[Any]) -> Tree:
    """A product, read from left to right; functions and sums take what follows them."""
    items: list[Any] = []
    for kid in kids:
        items.append(kid if isinstance(kid, Token) and kid.type == "MUL" else _factor(kid))
    return product(named(items))


def _factor(node: Any) -> Any:
    """One factor: a tree, a bracket (as a call of "brackets"), or a word that waits for its argument."""
    rule, kids = node.data, node.children
    if rule in ("superscript", "subscript", "prime"):
        return _scripted(rule, _factor(kids[0]), kids[1:])
    if rule == "number":
        return Number(str(kids[0]))
    if rule == "letter":
        letter = str(kids[0]).lstrip("\\").strip()
        return Name(GREEK_FOR_LETTER.get(letter, letter))
    if rule == "word":
        word = str(kids[0])[3:-1]
        return Name(word, "own" if word in ("delta", "e") else "")
    if rule == "called":
        return Call(Name(str(kids[0])[3:-1]), _bracket(kids[1]).arguments)
    if rule == "partial":
        return Name("d")
    if rule == "nabla":
        return Waiting("derivative", by=None)
    if rule == "function":
        return Waiting("function", name=str(kids[0]).lstrip("\\"))
    if rule == "sum":
        return Waiting("sum", over=str(kids[0]).lstrip("\\"), index="", start="", end="")
    if rule == "accent":
        return _accented(str(kids[0]).lstrip("\\"), _inside(kids[1]))
    if rule in ("wrapped", "labelled"):
        return _grouped(_inside(kids[1]))
    if rule == "group":
        return _grouped(_inside(node))
    if rule == "bracket":
        return _bracket(kids[0])
    if rule == "fraction":
        return _fraction(kids)
    if rule in ("root", "norm", "absolute"):
        return Op(rule, (_expression(kids[0]),))
    if rule == "cases":
        rows = [kid for kid in kids if isinstance(kid, Parsed)]
        return Op(
            "cases", tuple(_expression(part) for row in rows for part in row.children if isinstance(part, Parsed))
        )
    if rule == "matrix":
        rows = [kid for kid in kids if isinstance(kid, Parsed)]
        entries = tuple(_expression(part) for row in rows for part in row.children)
        if len({len(row.children) for row in rows}) > 1:
            raise UnreadError("a matrix whose rows are not equally long")
        return Op("matrix", entries, str(len(rows[0].children)))
    if rule == "inner":
        return Call("inner", tuple(_expression(kid) for kid in kids))
    return _expression(node)


def _inside(node: Any) -> Any:
    if isinstance(node, Token):
        return Name(str(node))
    return node.children[0]


def _grouped(inside: Any) -> Any:
    """What a group holds: one factor stays what it is (a name can take indices), else its value."""
    if isinstance(inside, (Name, Number)):
        return inside
    if inside.data == "term":
        items = [kid if isinstance(kid, Token) else _factor(kid) for kid in inside.children]
        items = named(items)
        if len(items) == 1:
            return items[0]
        if (
            all(isinstance(item, Name) and len(item.base) == 1 and not indexed(item) for item in items)
            and len(items) > 2
        ):
            return Name("".join(item.base for item in items))
        return product(items)
    return marked(_expression(inside))


def _bracket(arguments: Any) -> Call:
    plain = [kid for kid in arguments.children if kid.data != "keyword"]
    keywords = tuple(
        (str(kid.children[0])[1:-1], str(kid.children[1]).removeprefix("\\w:").removesuffix(":"))
        for kid in arguments.children
        if kid.data == "keyword"
    )
    return Call("brackets", tuple(marked(_expression(kid)) for kid in plain), keywords)


def _accented(accent: str, inside: Any) -> Any:
    value = _grouped(inside)
    if not isinstance(value, Name):
        raise UnreadError(f"at {accent!r}")
    if accent in ("vec", "bar", "tilde"):
        return value
    return Name(f"{value.base}_hat", value.kind, value.layer, value.example, value.parts, value.primes)


def _fraction(kids: list[Any]) -> Any:
    above, below = (_items(kid) for kid in kids)
    first, under = above[0], below[0]
    if isinstance(first, Name) and isinstance(under, Name) and first.base == under.base == "d" and not indexed(first):
        by = product(named(below[1:]))
        if len(above) == 1:
            return Waiting("derivative", by=by)
        return Derivative(product(named(above[1:])), by)
    return Op("div", (_expression(kids[0]), _expression(kids[1])), "frac")


def _items(group: Any) -> list[Any]:
    inside = group.children[0]
    if inside.data != "term":
        return [None]
    return [kid if isinstance(kid, Token) else _factor(kid) for kid in inside.children]


def _scripted(rule: str, base: Any, scripts: list[Any]) -> Any:
    if rule == "prime":
        if isinstance(base, Name):
            return Name(base.base, base.kind, base.layer, base.example, base.parts, base.primes + len(scripts[0]))
        if isinstance(base, Waiting) and base.what.get("name") == "tanh":
            return Name("tanh", primes=len(scripts[0]))
        raise UnreadError('at "\'"')
    text = _script_text(scripts)
    if isinstance(base, Waiting):
        return _scripted_word(rule, base, text)
    if rule == "subscript":
        return _subscript(base, text)
    return _superscript(base, text, scripts)


def _script_text(scripts: list[Any]) -> str:
    if len(scripts) == 2:
        return _raw(scripts[1]).strip()
    return str(scripts[0])[1:].strip() if isinstance(scripts[0], Token) else ""


def _raw(node: Any) -> str:
    return "".join(str(kid) if isinstance(kid, Token) else "{" + _raw(kid) + "}" for kid in node.children)


def _scripted_word(rule: str, word: Waiting, text: str) -> Waiting:
    if word.kind == "sum":
        if rule == "superscript":
            return Waiting("sum", **{**word.what, "end": text})
        index, within, start = re.split(r"(=|\\in(?![a-z])|$)", text, maxsplit=1)
        start = (within + start if "in" in within else start).strip().removeprefix("1")
        return Waiting("sum", **{**word.what, "index": index.strip(), "start": start})
    if word.kind == "derivative":
        return Waiting("derivative", by=read(text))
    if rule == "superscript":
        word.power = read(text)
    return word


def _subscript(base: Any, text: str) -> Any:
    if isinstance(base, Name) and base.base == "odotone":
        is_condition = re.search("[<>]|geq|leq", text)
        return read(text) if is_condition else Name("odotone", parts=(text.partition(r"\times")[0].strip(),))
    text = re.sub(r"\\(?:text|mathrm)\s*\{([^{}]*)\}", r"\1", text).strip()
    if isinstance(base, Name) and re.fullmatch(LAYER, text) and base.base in LAYERED and not base.layer:
        return replace(base, layer=re.sub(r"\s", "", text))
    if re.fullmatch(r"\(.*\)", text) or not isinstance(base, Name):
        return base  # a remark on the shape
    if (
        re.fullmatch(r"[a-z]{2}'?", text)
        and (base.base.lower() in PAIRED or re.match(r"[ijk][ijk]|nk", text))
        and text not in ("xh", "hh", "hy")
    ):
        return Name(base.base, base.kind, base.layer, base.example, (*base.parts, text[0], text[1:]), base.primes)
    return Name(base.base, base.kind, base.layer, base.example, (*base.parts, re.sub(r"\W", "", text)), base.primes)


def _superscript(base: Any, text: str, scripts: list[Any]) -> Any:
    text = text.replace("\\prime", "'").replace("\\top", "T")
    if isinstance(base, Name) and (squared := re.fullmatch(r"(.*[\])])\s*([23])", text)):
        return Op("pow", (_superscript(base, squared.group(1), scripts), Number(squared.group(2))))
    pieces = INDEX.findall(text) if INDEX.sub("", text) == "" and text else []
    if not pieces or ((isinstance(base, Number) or is_bracket(base)) and any(p[0] or p[1] for p in pieces)):
        value = unbracketed(base) if is_bracket(base) else base
        power = _expression(scripts[0]) if not text else read(text)
        return Op("pow", (value, power), "()" if is_bracket(base) and len(base.arguments) == 1 else "")
    value = base
    for layer, example, transpose, primes, inverse in pieces:
        if layer or example:
            if not isinstance(value, Name):
                raise UnreadError(f"at '^{{{text}}}'")
            value = _with_index(value, layer, example)
        elif primes and isinstance(value, Name):
            value = Name(value.base, value.kind, value.layer, value.example, value.parts, value.primes + len(primes))
        elif transpose or inverse:
            sign = "()" if is_bracket(value) and not inverse else ""
            value = unbracketed(value) if is_bracket(value) else value  # type: ignore[arg-type]
            value = Op("pow", (value, Op("neg", (Number("1"),)))) if inverse else value
            value = Op("transpose", (value,), sign)
    return value


def _with_index(name: Name, square: str, round_: str) -> Name:
    text = re.sub(r"\s", "", square or round_).lstrip("+")
    is_example = text in ("i", "m", "k", "n", "t") or (name.base in ("x", "y", "X", "Y", "y_hat") and bool(round_))
    if is_example or name.layer:
        return Name(name.base, name.kind, name.layer or (""), text, name.parts, name.primes)
    return Name(name.base, name.kind, text, name.example, name.parts, name.primes)
