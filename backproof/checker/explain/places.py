"""An edit of a script, and the place where edits are made."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, TypeGuard

from .scope import slopes


@dataclass(frozen=True)
class Edit:
    """Replace the bytes from `start` to `end` by `text`; `cause` names what this repairs, a number of `slips`."""

    start: int
    end: int
    text: str
    cause: str
    slips: int = 1

    def apply(self, source: bytes) -> bytes:
        """The source with this edit made."""
        return source[: self.start] + self.text.encode() + source[self.end :]


@dataclass(frozen=True)
class Place:
    """Where edits are made: the source, the offsets of its lines, and what was in scope when the line ran."""

    source: bytes
    offsets: list[int]
    scope: Mapping[str, Any]
    sizes: tuple[str, ...]

    @cached_property
    def slopes(self) -> list[tuple[str, str]]:
        """g'(Z) of all activations in scope."""
        return slopes({name: V for name, V in self.scope.items() if name not in self.sizes})

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First and last byte of a node."""
        start = self.offsets[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self.offsets[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        """The text of a node as it was written."""
        start, end = self.span(node)
        return self.source[start:end].decode()

    def swap(self, node: ast.AST, text: str, cause: str) -> Edit:
        """An edit that replaces a node; parentheses that stand there already are not doubled."""
        start, end = self.span(node)
        enclosed = self.source[start - 1 : start] == b"(" and self.source[end : end + 1] == b")"
        return Edit(start, end, text[1:-1] if enclosed and is_enclosed(text) else text, cause)


def is_enclosed(text: str) -> bool:
    """Whether the first and the last character are one pair of parentheses."""
    depths = list(accumulate({"(": 1, ")": -1}.get(character, 0) for character in text))
    return text[:1] == "(" and depths[-1] == 0 and 0 not in depths[:-1]


def line_offsets(source: bytes) -> list[int]:
    """Offset of the first byte of each line."""
    return [0, *(match.end() for match in re.finditer(rb"\n", source))]


def parsed(text: str) -> ast.expr | None:
    """The expression that a text is; None when it is none."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def atom(text: str) -> str:
    """An expression that can be a factor: in parentheses where it needs them."""
    simple = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant)
    return text if is_enclosed(text) or isinstance(parsed(text), simple) else f"({text})"


def in_product(text: str) -> str:
    """A text that begins or ends a product: a sum in parentheses."""
    return f"({text})" if is_sum(parsed(text)) else text


def is_sum(node: ast.expr | None) -> TypeGuard[ast.BinOp]:
    """Whether an expression is a sum or a difference."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
