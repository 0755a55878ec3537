"""An expression of a script as text and as a tree, and the replacing of its parts."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

from ...record.program import rows_of

PRECEDENCE: dict[type[ast.AST], int] = {
    ast.Add: 5, ast.Sub: 5, ast.Mult: 6, ast.Div: 6, ast.MatMult: 6, ast.FloorDiv: 6, ast.Mod: 6, ast.Pow: 8,
    ast.BitAnd: 4, ast.BitOr: 3, ast.BitXor: 3,
}  # fmt: skip
LOOSE = (ast.IfExp, ast.Lambda, ast.BoolOp, ast.NamedExpr, ast.Starred, ast.GeneratorExp)


class Expression:
    """A piece of Python that has a value: its text as it was written, its tree, and where each node stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(f"({text})", mode="eval").body
        self._lines = [0]
        for line in rows_of(f"({text})"):
            self._lines.append(self._lines[-1] + len(line))
        self._rows = rows_of(f"({text})")

    @cached_property
    def nodes(self) -> list[ast.expr]:
        """Every expression in it, from the outside to the inside."""
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.expr) and hasattr(n, "ctx") is not None]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def _offset(self, line: int, column: int) -> int:
        row = self._rows[line - 1]
        characters = column if row.isascii() else len(row.encode()[:column].decode(errors="replace"))
        return self._lines[line - 1] + characters - 1

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The first and the last character of a node, without parentheses around it."""
        return (
            self._offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def of(self, node: ast.AST) -> str:
        """The text of a node as it was written."""
        start, end = self.span(node)
        return self.text[start:end]

    def is_enclosed(self, node: ast.AST) -> bool:
        """Whether parentheses stand around a node, be they those of a call."""
        start, end = self.span(node)
        before, after = self.text[:start].rstrip(), self.text[end:].lstrip()
        return before.endswith("(") and after.startswith(")")

    def is_bracketed(self, node: ast.AST) -> bool:
        """Whether parentheses stand right around a node that are not those of a call."""
        start, end = self.span(node)
        if self.text[start - 1 : start] != "(" or self.text[end : end + 1] != ")" or start < 1:
            return False
        return not re.search(r"[\w\])]$", self.text[: start - 1])

    def fitted(self, node: ast.AST, text: str) -> str:
        """A text in the place of a node, in parentheses where it needs them there."""
        if node is self.tree or self.is_enclosed(node):
            return without_parentheses(text)
        text = without_parentheses(text)
        own = strength(text)
        return text if own >= self.needed(node, text) else f"({text})"

    def needed(self, node: ast.AST, text: str) -> int:
        """How strongly what stands in the place of a node must bind."""
        parent = self.parents.get(node)
        if isinstance(parent, (ast.Attribute, ast.Subscript)):
            return 10 if node is parent.value else 0
        if isinstance(parent, ast.Call):
            return 10 if node is parent.func else 0
        if isinstance(parent, ast.UnaryOp):
            return 7
        if isinstance(parent, ast.Compare):
            return 5
        if isinstance(parent, ast.BinOp):
            own = PRECEDENCE.get(type(parent.op), 8)
            if isinstance(parent.op, ast.Pow):
                return 10 if node is parent.left else 7
            if node is parent.left:
                return own
            if isinstance(parent.op, ast.Add):
                return 7 if text.startswith(("-", "+")) else own
            flat = isinstance(parent.op, ast.Mult) and _is_flat(parsed(text))
            return own if flat else own + 1
        return 1 if isinstance(parent, (ast.IfExp, ast.BoolOp)) else 0

    def replaced(self, node: ast.AST, text: str) -> str:
        """The whole text with another one in the place of a node."""
        start, end = self.span(node)
        return self.text[:start] + self.fitted(node, text) + self.text[end:]


def _is_flat(node: ast.expr | None) -> bool:
    """Whether a product may stand in another one without parentheses."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        node = node.left
    return not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Pow)


@lru_cache(maxsize=20_000)
def strength(text: str) -> int:
    """How strongly the outermost operator of a text binds: 10 for what needs no parentheses."""
    node = parsed(text)
    if isinstance(node, ast.BinOp):
        return PRECEDENCE.get(type(node.op), 3)
    if isinstance(node, ast.UnaryOp):
        return 2 if isinstance(node.op, ast.Not) else 7
    if isinstance(node, ast.Compare):
        return 4
    return 0 if isinstance(node, LOOSE) or (isinstance(node, ast.Tuple) and not text.startswith("(")) else 10


@lru_cache(maxsize=20_000)
def parsed(text: str) -> ast.expr | None:
    """The tree of an expression; None where the text is no expression."""
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError):
        return None


def without_parentheses(text: str) -> str:
    """The text without one pair of parentheses around all of it, unless it is a tuple."""
    if text[:1] != "(" or text[-1:] != ")":
        return text
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and place < len(text) - 1:
            return text
    inner = text[1:-1].strip()
    return text if inner == "" or isinstance(parsed(inner), ast.Tuple) else inner


def atom(text: str) -> str:
    """The text as an operand of anything."""
    return text if strength(text) == 10 else f"({text})"


def factor(text: str) -> str:
    """The text as the first factor of a product."""
    return text if strength(text) >= 6 else f"({text})"


def last_factor(text: str) -> str:
    """The text as a later factor of a product."""
    return text if strength(text) >= 8 else f"({text})"


def addend(text: str) -> str:
    """The text behind a plus or a minus sign."""
    return text if strength(text) >= 6 and not text.startswith("-") else f"({text})"


def names_in(node: ast.AST) -> Iterator[str]:
    """The names that are read."""
    for n in ast.walk(node):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load):
            yield n.id


def renamed(text: str, names: dict[str, str]) -> str:
    """The text with some names replaced."""
    pattern = "|".join(rf"(?<![\w.\"']){re.escape(n)}(?![\w\"'])" for n in sorted(names, key=len, reverse=True))
    return re.sub(pattern, lambda m: names[m[0]], text) if names else text


def is_sum(node: ast.AST | None) -> bool:
    """Whether a node is a sum or a difference."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))


def is_product(node: Any) -> bool:
    """Whether a node is a product or a quotient."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult))


def segment(source: str, node: ast.AST) -> str:
    """The text of a node in a whole script."""
    return ast.get_source_segment(source, node) or ""
