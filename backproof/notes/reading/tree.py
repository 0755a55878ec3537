"""The tree of a formula: numbers, names with their indices, operations and calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Number:
    """A number, with the digits that the page gives it."""

    digits: str


@dataclass(frozen=True)
class Name:
    """A quantity: its letter and the indices that the page puts on it.

    `kind` is "d" for the derivative of the cost by it; `layer` and `example` are the text of the index; `parts` are
    subscripts; `primes` counts the primes of a function.
    """

    base: str
    kind: str = ""
    layer: str = ""
    example: str = ""
    parts: tuple[str, ...] = ()
    primes: int = 0


@dataclass(frozen=True)
class Op:
    """An operation on trees: add, sub, mul (sign as written), div, neg, pow, transpose, root, norm, compare, cases.

    The sign of a matrix is the number of its columns.
    """

    kind: str
    kids: tuple[Tree, ...]
    sign: str = ""


@dataclass(frozen=True)
class Call:
    """A function of its arguments; `function` is a known word (log, npsum) or a name (g of layer 1)."""

    function: str | Name
    arguments: tuple[Tree, ...]
    keywords: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Over:
    """A sum or a product over an index, from 1 or `start` to `end`; in a set, `start` is "\\in r"."""

    kind: str
    index: str
    end: str
    body: Tree
    start: str = ""


@dataclass(frozen=True)
class Derivative:
    """The derivative of one tree by another, as a fraction or a nabla writes it."""

    of: Tree
    by: Tree


Tree = Number | Name | Op | Call | Over | Derivative


def is_deeper(tree: Tree, most: int) -> bool:
    """Whether more than so many operations are within one another."""
    level = [tree]
    for _ in range(most):
        level = [kid for above in level for kid in kids(above)]
    return bool(level)


def kids(tree: Tree) -> tuple[Tree, ...]:
    """Return the trees right below a tree."""
    if isinstance(tree, Op):
        return tree.kids
    if isinstance(tree, Call):
        return tree.arguments
    if isinstance(tree, Over):
        return (tree.body,)
    return (tree.of, tree.by) if isinstance(tree, Derivative) else ()


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """Return a tree with each tree right below it changed."""
    if isinstance(tree, Op):
        return Op(tree.kind, tuple(map(change, tree.kids)), tree.sign)
    if isinstance(tree, Call):
        return Call(tree.function, tuple(map(change, tree.arguments)), tree.keywords)
    if isinstance(tree, Over):
        return replace(tree, body=change(tree.body))
    return Derivative(change(tree.of), change(tree.by)) if isinstance(tree, Derivative) else tree
