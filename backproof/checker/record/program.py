"""A script that is to be checked: its text, and the inputs that it declares."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from typing import Any

from shapes.language import Quantity
from shapes.language import parse as parse_shape

from .instrument import Instrumented, instrument, parse

PYTHON_CELLS = ("time", "timeit", "capture", "prun", "backproof")  # cell magics behind which stands Python
NOTE = re.compile(r"^\s*(?:[%!]|\?|.*\?\s*$)")
ONE_HOT = re.compile(r"\s+one.hot$")


def rows_of(source: str) -> list[str]:
    """Return the lines of a program with their ends, as Python counts them: a form feed begins no line."""
    return list(StringIO(source, newline=""))


def lines_of(source: str) -> list[str]:
    """Return the lines of a program, as Python counts them."""
    return [row.rstrip("\r\n") for row in rows_of(source)]


class UnusableError(ValueError):
    """A script that cannot be checked: where, what was found, and what was expected."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


@dataclass
class Program:
    """A script, the inputs that it declares by bare annotations, and which of them are one-hot."""

    source: str
    name: str
    folder: str = ""
    package: str = ""  # for the relative imports of a module
    inputs: dict[str, Quantity] = field(default_factory=dict)
    one_hot: frozenset[str] = frozenset()
    is_assumed: bool = False  # the inputs are those of the notation, not declared
    runner: Any = None  # what runs it, where its arrays are not NumPy's

    @cached_property
    def instrumented(self) -> Instrumented:
        """The script with its hooks."""
        return instrument(self.source, self.name)

    def instrumented_with(self, guarded: frozenset[int]) -> Instrumented:
        """The script with its hooks, and with a guard around the values of some sites, which raise."""
        if not guarded:
            return self.instrumented
        if guarded not in self._guarded:
            self._guarded[guarded] = instrument(self.source, self.name, guarded)
        return self._guarded[guarded]

    @cached_property
    def _guarded(self) -> dict[frozenset[int], Instrumented]:
        return {}

    @cached_property
    def lines(self) -> list[str]:
        """The script, line by line."""
        return lines_of(self.source)

    @cached_property
    def tree(self) -> ast.Module:
        """The script's syntax tree."""
        return parse(self.source, self.name)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of sizes in the declarations."""
        dims = [dim for q in self.inputs.values() for dim in q.dims or ()]
        return tuple(dict.fromkeys(dim for dim in dims if dim.isidentifier()))


def read(source: str, name: str, folder: str = "", package: str = "") -> Program:
    """A program from its text; UnusableError for what is not Python or declares an input unreadably."""
    try:
        try:
            tree = parse(source, name)
        except SyntaxError:  # a notebook that was saved as a script
            tree = parse(source := "\n".join(without_magics(lines_of(source))), name)
        compile(tree, name, "exec")  # finds what a parser does not, such as an argument given twice
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        message = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise UnusableError(f"this is no Python: {message}", line) from None
    program = Program(source, name, folder, package)
    for statement in tree.body:
        quantity, is_one_hot = _declared(statement)
        if quantity is not None:
            program.inputs[quantity.name] = quantity
            if is_one_hot:
                program.one_hot |= {quantity.name}
    return program


def _declared(statement: ast.stmt) -> tuple[Quantity | None, bool]:
    """The input that a bare annotation declares, by the shape language of the reference."""
    if not isinstance(statement, ast.AnnAssign) or statement.value is not None:
        return None, False
    target, note = statement.target, statement.annotation
    if not isinstance(note, ast.Constant) or not isinstance(note.value, str):
        if isinstance(target, ast.Name) and isinstance(note, (ast.Name, ast.Attribute, ast.Subscript)):
            return None, False
        raise UnusableError('an input is declared as X: "n_x, m", with its sizes in quotes', statement.lineno)
    if not isinstance(target, ast.Name):
        raise UnusableError('an input is declared as X: "n_x, m", with its sizes in quotes', statement.lineno)
    text = re.sub(r"\s*>\s*0$", " in (0, inf)", ONE_HOT.sub(" in {0, 1}", note.value))
    shape, _, domain = text.partition(" in ")
    inside = shape.strip().strip("()").strip()
    if not re.fullmatch(r"((\d+|[^\W\d]\w*)(\s*,\s*(\d+|[^\W\d]\w*))*\s*,?)?", inside):
        raise UnusableError(
            f"the shape {note.value!r} cannot be read, expected something like 'n_x, m'", statement.lineno
        )
    try:
        quantity = parse_shape(f"{target.id} ({inside})" + (f" in {domain.strip()}" if domain else ""))[target.id]
        _ = quantity.domain and quantity.domain.bounds
    except (ValueError, KeyError):
        raise UnusableError(
            f"the shape {note.value!r} cannot be read, expected something like 'n_x, m in (0, 1)'", statement.lineno
        ) from None
    return quantity, ONE_HOT.search(note.value) is not None


def without_magics(lines: Sequence[str]) -> list[str]:
    """The lines of a notebook's cell, with those that are for IPython as comments."""
    first = next((line.strip() for line in lines if line.strip()), "")
    magic = re.match(r"%%\s*(\w+)", first)
    if magic and magic[1] not in PYTHON_CELLS:
        return [f"# {line}" for line in lines]
    rows = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        is_note = NOTE.match(line) and not re.match(r"\s*%\s*[\w(]+.*[+\-*/]\s*$", line)
        rows.append(f"{indent}pass  # {line.strip()}" if is_note and not line.strip().startswith("#") else line)
    return rows
