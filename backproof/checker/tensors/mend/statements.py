"""Edits of whole statements: the sign of an assignment, what is indexed on its left, a comma behind its target."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...explain.edits.expression import segment
from ...explain.slips import Kind, Slip
from ...record.program import rows_of


@dataclass(frozen=True)
class StatementEdit:
    """The file with one statement changed, its line, what the slip is, and how usual it is."""

    cost: float
    source: str
    line: int
    slip: Slip


def statement_edits(source: str, functions: Iterable[ast.FunctionDef]) -> Iterator[StatementEdit]:
    """Edits of whole statements: the sign of an assignment, what is indexed on its left."""
    rows = rows_of(source)
    offsets = [0]
    for row in rows:
        offsets.append(offsets[-1] + len(row))
    for statement in (s for f in functions for s in ast.walk(f)):
        if not isinstance(statement, (ast.Assign, ast.AugAssign)):
            continue
        target = statement.targets[-1] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Name) and ast.unparse(statement.value).endswith(".saved_tensors"):
            at = offsets[target.lineno - 1] + target.col_offset + len(target.id)
            slip = Slip(Kind.EXPRESSION, (target.id, f"{target.id},"))
            yield StatementEdit(1.0, f"{source[:at]},{source[at:]}", statement.lineno, slip)
        start = offsets[(target.end_lineno or 1) - 1] + (target.end_col_offset or 0)
        end = offsets[statement.value.lineno - 1] + statement.value.col_offset
        between = source[start:end]
        written = between.strip().rstrip("(").strip()
        for other, cost in (("+=", 1.1), ("=", 1.2), ("-=", 1.3), ("*=", 1.6), ("/=", 1.6)):
            if other != written and written in ("=", "+=", "-=", "*=", "/="):
                new = source[:start] + between.replace(written, other) + source[end:]
                yield StatementEdit(cost, new, statement.lineno, Slip(Kind.ASSIGNMENT, (written, other)))
        if isinstance(target, ast.Subscript):
            old = segment(source, target)
            at = offsets[target.lineno - 1] + target.col_offset
            for text in _targets(source, target):
                new = source[:at] + text + source[at + len(old) :]
                yield StatementEdit(1.2, new, statement.lineno, Slip(Kind.INDEX, (old, text)))


def _targets(source: str, target: ast.Subscript) -> Iterator[str]:
    """Other things that the left side of an assignment may index."""
    base = segment(source, target.value)
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    texts = [segment(source, p) for p in parts]
    plain = [t for t, p in zip(texts, parts, strict=True) if not isinstance(p, ast.Slice)]
    if len(plain) < len(texts):
        yield f"{base}[{', '.join(plain)}]"
        for size in dict.fromkeys(
            [*re.findall(r"^\s+(\w+)(?:, \w+)* = .*(?:shape|size)", source, re.MULTILINE), f"{base}.shape[0]"]
        ):
            yield f"{base}[torch.arange({size}), {', '.join(plain)}]"
    if len(texts) == 2:
        yield f"{base}[{texts[1]}, {texts[0]}]"
    if len(texts) == 1 and plain:
        yield f"{base}[:, {texts[0]}]"
    for other in dict.fromkeys(
        segment(source, n.slice) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Subscript)
    ):
        if other and other != ", ".join(texts):
            yield f"{base}[{other}]"
