"""The values that the symbols of an equation have on one sample, and their shapes, which tell the products apart."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from backproof.notes.meaning.python_names import indices, python_name
from backproof.notes.meaning.shapes import Shape, World
from backproof.notes.meaning.to_python import to_python
from backproof.notes.reading.damage import names
from backproof.notes.reading.tree import Call, Derivative, Name, Tree
from shapes.arguments import unchecked

from .symbols import SYNONYMS

BUILT_IN = {"np": np, "sum": sum, "range": range}


class UnknownError(Exception):
    """A symbol without a value."""


class Symbols(dict[str, Any]):
    """Values by their words in Python; a word may be spelt otherwise: z for all the examples of Z, y_hat for A."""

    def find(self, word: str) -> str | None:
        """Return the word under which there is a value."""
        return next((spelling for spelling in _spellings(word) if spelling in self), None)

    def of(self, word: str) -> Any:
        """Return the value of a word; raises UnknownError."""
        found = self.find(word)
        if found is None:
            raise UnknownError(word)
        return self[found]


def _spellings(word: str) -> Iterator[str]:
    prefix, base = ("d", word[1:]) if word.startswith("d") and len(word) > 1 else ("", word)
    for spelling in (base, *SYNONYMS.get(base, ())):
        yield prefix + spelling
        yield prefix + spelling[:1].upper() + spelling[1:]


@dataclass(frozen=True)
class Values(World):
    """A world whose shapes are those of values; `general` is the layer that l stands for."""

    symbols: Symbols = field(default_factory=Symbols)
    is_own: bool = True

    def shape(self, name: Name) -> Shape:
        """The sizes of a quantity, each as a word; of one example, those of its column."""
        if name.base == "odotone":
            (length,) = name.parts or ("m",)
            return (length if length.isdigit() else str(self.symbols.of(length)), "1")
        found = self.symbols.find(python_name(name, self))
        shape = tuple(map(str, np.shape(self.symbols[found]))) if found else ()
        return (shape[0], "1") if name.example and len(shape) == 2 else shape


@cache
def _compiled(source: str) -> tuple[CodeType, tuple[str, ...], frozenset[str]]:
    """Return an expression compiled, the words that it needs and which of them it calls."""
    nodes = list(ast.walk(ast.parse(source, mode="eval")))
    words = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {node.id for node in words if isinstance(node.ctx, ast.Store)} | set(BUILT_IN)
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    needed = tuple({node.id: None for node in words if node.id not in bound})
    return compile(source, "<equation>", "eval"), needed, frozenset(called)


def evaluate(tree: Tree, world: Values, functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Return the value of a tree by the NumPy that the reader of notes makes of it; raises UnknownError."""
    is_list = isinstance(tree, Call) and tree.function == "npcols"  # of the examples, which a program has as a whole
    source = to_python(tree, world, "reading" if is_list else "program").text
    code, needed, called = _compiled(source)
    known = {
        word: functions[word] if word in called and word in functions else world.symbols.of(word) for word in needed
    }
    with np.errstate(all="ignore"), unchecked():
        return eval(code, BUILT_IN | known)


def word_of(left: Tree, world: World) -> str:
    """Return the word of a left side that is a name or a derivative; of another, nothing."""
    if isinstance(left, Derivative):
        return re.sub(r"\[.*", "", to_python(left, world, "program").text)
    if not isinstance(left, Name):
        return ""
    return python_name(replace(left, parts=()) if indices(left) else left, world)


def oriented(symbols: Symbols, trees: Iterable[Tree]) -> Symbols:
    """Return the values with each vector as a column, or as a row where its index is the second of a matrix."""
    found = [name for tree in trees for name in names(tree) if indices(name)]
    second = {name.parts[1] for name in found if len(name.parts) == 2}
    rows = {re.sub("_.*", "", name.base) for name in found if len(name.parts) == 1 and name.parts[0] in second}
    return Symbols({word: _as_matrix(value, word.removeprefix("d") in rows) for word, value in symbols.items()})


def _as_matrix(value: Any, is_row: bool) -> Any:
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        return value
    return value[None, :] if is_row else value[:, None]
