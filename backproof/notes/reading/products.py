"""Products from left to right: what a function or a sum takes as its argument, and which d belongs to which name."""

from typing import Any

from lark import Token

from .tree import Call, Derivative, Name, Number, Op, Over, Tree

FUNCTION_LETTERS = {"r", "g", "f", "sigma", "L", "J", "j", "ell", "phi", "psi", "l", "P", "h", "tanh", "diag"}


D = {"d", "delta", "Delta"}
LONGEST = 5000  # characters of one side of an equation


class UnreadError(Exception):
    """A formula that cannot be read, and at which sign."""


def refuse_long(tex: str) -> None:
    """Raise UnreadError for what is too long for one side of an equation."""
    if len(tex) > LONGEST:
        raise UnreadError(f"it is longer than {LONGEST} characters")


class Waiting:
    """A word that waits for its argument: log, sum, d/da, g."""

    def __init__(self, kind: str, **what: Any) -> None:
        self.kind, self.what = kind, what
        self.power: Tree | None = None


def open_sum(tree: Tree) -> Over | None:
    """The sum at the right end of a product, without a bracket of its own."""
    if isinstance(tree, Over):
        return None if isinstance(tree.body, Op) and tree.body.sign == "(" else tree
    if isinstance(tree, Op) and tree.kind == "neg" and tree.sign != "(":
        return open_sum(tree.kids[0])
    if isinstance(tree, Op) and tree.kind == "mul":
        return open_sum(tree.kids[1])
    return None


def with_sum(tree: Tree, over: Over) -> Tree:
    """Return the tree with this sum in the place of the one at its right end."""
    if isinstance(tree, Over):
        return over
    assert isinstance(tree, Op)
    return Op(tree.kind, (*tree.kids[:-1], with_sum(tree.kids[-1], over)), tree.sign)


def mentions(tree: Tree, index: str) -> bool:
    """Whether a name in the tree carries the index."""
    if isinstance(tree, Name):
        return index in (tree.example, *tree.parts) or any(index in part for part in tree.parts)
    if isinstance(tree, Op):
        return any(mentions(kid, index) for kid in tree.kids)
    if isinstance(tree, Call):
        return any(mentions(kid, index) for kid in tree.arguments)
    if isinstance(tree, Derivative):
        return mentions(tree.of, index) or mentions(tree.by, index)
    return isinstance(tree, Over) and tree.index != index and mentions(tree.body, index)


def named(items: list[Any]) -> list[Any]:
    """Join `d` and the name that follows it."""
    joined: list[Any] = []
    for item in items:
        before = joined[-1] if joined else None
        if is_d(before) and isinstance(item, Name):
            if item.base == "d" and not indexed(item):
                continue  # a doubled d
            joined[-1] = Name(item.base, "d", item.layer, item.example, item.parts, item.primes)
        elif is_d(before) and isinstance(item, Op) and item.kind == "transpose" and isinstance(item.kids[0], Name):
            name = item.kids[0]
            marked = Name(name.base, "d", name.layer, name.example, name.parts, name.primes)
            joined[-1] = Op("transpose", (marked,))
        else:
            joined.append(item)
    return joined


def is_d(item: Any) -> bool:
    """Whether it is the d of a derivative."""
    return isinstance(item, Name) and item.base in D and not indexed(item)


def indexed(name: Name) -> bool:
    """Whether a name carries anything besides its letter."""
    return bool(name.layer or name.example or name.parts or name.primes or name.kind)


def product(items: list[Any]) -> Tree:
    """Return the product of the items, from left to right."""
    result: Tree | None = None
    sign, at = "", 0
    while at < len(items):
        item = items[at]
        if isinstance(item, Token):
            sign, at = str(item), at + 1
            continue
        value, at = applied(items, at)
        if result is None:
            result = value
        elif sign == "/":
            result = Op("div", (result, value), "/")
        else:
            result = Op("mul", (result, value), sign.lstrip("\\"))
        sign = ""
    if result is None:
        raise UnreadError("it ends too early")
    return result


def applied(items: list[Any], at: int) -> tuple[Tree, int]:
    """The value at this place, with its argument where it waits for one, and the place after it."""
    item = items[at]
    follows = at + 1 < len(items) and is_bracket(items[at + 1]) and not _holds(items[at + 1], item)
    if follows and isinstance(item, Name) and item.base in FUNCTION_LETTERS and item.kind != "d":
        name = item
        if item.base in ("l", "ell"):
            name = Name("L", item.kind, item.layer, item.example, item.parts, item.primes)
        return then_power(items, at + 2, Call(name, arguments(items[at + 1])))
    if isinstance(item, Name) and item.base == "odotone" and at + 1 < len(items) and is_bracket(items[at + 1]):
        inside = items[at + 1].arguments
        if len(inside) == 1 and isinstance(inside[0], Op) and inside[0].kind == "compare":
            return inside[0], at + 2
    if isinstance(item, Call) and item.function == "brackets":
        return unbracketed(item), at + 1
    after = items[at + 1] if at + 1 < len(items) else None
    if isinstance(after, Op) and after.sign == "()" and (function := _function(item)):
        return Op(after.kind, (Call(function, (after.kids[0],)), *after.kids[1:])), at + 2
    if not isinstance(item, Waiting):
        return item, at + 1
    if item.kind == "sum" or item.kind == "derivative":
        if item.kind == "derivative" and at + 1 < len(items):
            if item.what["by"] is None:
                raise UnreadError("a nabla without what it differentiates by")
            of, after = applied(items, at + 1)
            if _is_constant(of) and after < len(items) and not isinstance(items[after], Token):
                factor, after = applied(items, after)
                of = Op("mul", (of, factor), "")
            return Derivative(of, item.what["by"]), after
        if at + 1 >= len(items):
            raise UnreadError(f"nothing follows the {item.kind}")
        if item.kind == "sum" and not item.what["index"] and is_bracket(items[at + 1]) and at + 2 == len(items):
            return Over(item.what["over"], "", "", marked(applied(items, at + 1)[0])), at + 2
        body = product(items[at + 1 :])
        if len(items) == at + 2 and is_bracket(items[at + 1]):
            body = marked(body)
        what = item.what
        return Over(what["over"], what["index"], what["end"], body, what["start"]), len(items)
    if at + 1 >= len(items) or isinstance(items[at + 1], Token):
        raise UnreadError(f"nothing follows {item.what['name']}")
    name = item.what["name"]
    if is_bracket(items[at + 1]):
        bracket = items[at + 1]
        value: Tree = Call(name, arguments(bracket), bracket.keywords)
        after = at + 2
    else:
        argument, after = applied(items, at + 1)
        while name in ("log", "ln") and _is_power(argument) and after < len(items) and _is_power(items[after]):
            argument, after = Op("mul", (argument, items[after])), after + 1
        value = Call(name, (argument,))
    if item.power is not None:
        value = Op("pow", (value, item.power))
    return value, after


def _is_power(item: Any) -> bool:
    """Whether it is a power or a product of powers, all of which a logarithm before them takes."""
    return isinstance(item, Op) and (item.kind == "pow" or (item.kind == "mul" and all(map(_is_power, item.kids))))


def _is_constant(tree: Tree) -> bool:
    """Whether it is a factor that no derivative stops at, as in d/dx alpha e^x."""
    return isinstance(tree, Number) or (isinstance(tree, Name) and tree.base in ("alpha", "beta", "lambda", "gamma"))


def _function(item: Any) -> Any:
    """The function that an item names; None where it names none."""
    if isinstance(item, Waiting):
        return item.what["name"] if item.kind == "function" and item.what["name"] != "npcols" else None
    return item if isinstance(item, Name) and item.base in FUNCTION_LETTERS and item.kind != "d" else None


def _holds(bracket: Call, item: Any) -> bool:
    """Whether a bracket holds the very name before it, as in h (1 - h), which is a product then."""
    return isinstance(item, Name) and any(_mentioned(item, argument) for argument in bracket.arguments)


def _mentioned(name: Name, tree: Any) -> bool:
    if isinstance(tree, Op):
        return any(_mentioned(name, kid) for kid in tree.kids)
    return tree == name


def then_power(items: list[Any], at: int, value: Tree) -> tuple[Tree, int]:
    """Return the value and the place after it."""
    return value, at


def marked(tree: Tree) -> Tree:
    """Mark what stood in a bracket of its own, which ends a sum."""
    return Op(tree.kind, tree.kids, "(") if isinstance(tree, Op) and tree.kind in ("add", "sub", "neg") else tree


def is_bracket(item: Any) -> bool:
    """Whether an item is a bracket."""
    return isinstance(item, Call) and item.function == "brackets"


def arguments(bracket: Call) -> tuple[Tree, ...]:
    """Return what stands in a bracket."""
    return bracket.arguments


def unbracketed(bracket: Call) -> Tree:
    """Return the value of a bracket that holds one."""
    if len(bracket.arguments) != 1:
        raise UnreadError("a list of numbers is no value")
    return bracket.arguments[0]
