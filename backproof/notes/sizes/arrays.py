"""Arrays of numbers that a page writes out and computes with, as NumPy would: its rows, A.sum(axis=0), A.shape."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..judged.numbers import unit_of
from ..reading.pages import FENCE
from ..reading.tree import Number
from ..report import Statement

ROW = re.compile(r"^\[\s*(-?[\d.]+(?:[\s,]+-?[\d.]+)*)\s*\]$")
SHAPE = re.compile(r"^\((\s*\d+\s*(?:,\s*\d+\s*)+)\)$")
ASSIGNED = re.compile(r"^(\w+)\s*=\s*(.+)$")
SHAPE_OF = re.compile(r"^(\w+)\.shape\s*=\s*(\([\d,\s]+\))$")
PRINTED = re.compile(r"^print\((\w+)\.shape\)$")
DEFINED = re.compile(r"^def (\w+)\((\w+)\):\n\s+return ([^\n]+)$", re.M)
FUNCTIONS: dict[str, Any] = {"transpose": np.transpose, "sum": np.sum, "dot": np.dot, "reshape": np.reshape}


@dataclass
class Arrays:
    """The arrays that a page has made so far; the one whose rows are being listed, the last value, the last shape."""

    known: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, tuple[str, str]] = field(default_factory=dict)
    listed: str = ""
    last: str = ""
    shape: tuple[int, ...] = ()


def array_statements(text: str) -> Iterator[Statement]:
    """Return each statement on an array of numbers, judged by its value."""
    arrays = Arrays(functions={name: (argument, body) for name, argument, body in DEFINED.findall(text)})
    start = 0
    fenced = [(match.start(1), match.end(1)) for match in FENCE.finditer(text)]
    for number, line in enumerate(text.split("\n"), start=1):
        tex = line.partition(" #")[0].strip().strip("$").strip()
        plain = re.sub(r"\s*(?:\\times|×)\s*", ", ", re.sub(r"\\ ", " ", tex))
        at = start + line.find(tex) if tex else start
        is_code = any(begin <= start < end for begin, end in fenced)
        start += len(line) + 1
        said = _read(arrays, plain, is_code) if plain else None
        if said:
            said.line, said.tex, said.start, said.end = number, tex, at, at + len(tex)
            yield said


def _read(arrays: Arrays, line: str, is_code: bool) -> Statement | None:
    if match := re.match(r"^(\w+)\s*=\s*np\.array\(\[$", line):
        arrays.listed = match.group(1)
        arrays.known[arrays.listed] = []
        return None
    if line == "])":
        arrays.known[arrays.listed] = np.array(arrays.known.get(arrays.listed))
        arrays.last, arrays.listed = "", ""
        return None
    if match := ROW.match(line):
        return _row(arrays, match.group(1))
    if (match := SHAPE.match(line)) and not is_code:
        return _shape(arrays, tuple(int(word) for word in match.group(1).split(",")))
    if match := SHAPE_OF.match(line):
        name, said = match.groups()
        if name in arrays.known:
            return _held(f"{name}.shape == {said}", ast.literal_eval(said) == np.shape(arrays.known[name]), said)
    if match := PRINTED.match(line):
        arrays.last = f"{match.group(1)}.shape"
        return None
    if match := ASSIGNED.match(line):
        return _assigned(arrays, match.group(1), match.group(2), is_code)
    return None


def _row(arrays: Arrays, text: str) -> Statement | None:
    """A row of the array that is being listed, or the value of the statement above."""
    digits = re.findall(r"-?[\d.]+", text)
    if arrays.listed:
        arrays.known[arrays.listed].append([float(word) for word in digits])
        return None
    value = arrays.known.get(arrays.last)
    if value is None or np.shape(value) != (len(digits),):
        return None
    right = [f"{one:.10g}" for one in value]
    holds = all(abs(float(said) - one) <= unit_of(Number(said), "=") for said, one in zip(digits, value, strict=True))
    return _held(f"{arrays.last} == np.array([{', '.join(digits)}])", holds, "[" + r" \ ".join(right) + "]")


def _shape(arrays: Arrays, said: tuple[int, ...]) -> Statement | None:
    """A shape on a line of its own: what was printed above, else that of an array to come."""
    name = arrays.last.removesuffix(".shape")
    if not arrays.last.endswith(".shape") or name not in arrays.known:
        arrays.shape = said
        return None
    shape = np.shape(arrays.known[name])
    return _held(f"{name}.shape == {said}", said == shape, f"({', '.join(map(str, shape))})")


def _assigned(arrays: Arrays, name: str, source: str, is_code: bool) -> Statement | None:
    call = re.fullmatch(r"(\w+)\((\w+)\)", source)
    if call and call.group(1) in arrays.functions and arrays.shape:
        argument, body = arrays.functions[call.group(1)]
        value = _value(body, {argument: np.zeros(arrays.shape, dtype=np.int8)})
        if value is not None:
            arrays.known[name] = value
        return None
    value = _value(source, arrays.known) if not is_code else None
    if value is None or not np.ndim(value):
        return None
    arrays.known[name], arrays.last = value, name
    said = _held(f"{name} = {source}", True, "")
    if "percent" in name and not np.isclose(np.sum(value, axis=0), 100).all() and "/" in source:
        said = _held(f"{name} = {source}", False, f"100 * {source}")
        said.cause = "100 is missing: a percentage is 100 times a share"
    return said


def _held(python: str, holds: bool, right: str) -> Statement:
    said = Statement(0, None, "", "judged", python, "right" if holds else "wrong")
    if not holds:
        said.cause, said.fix_tex = f"it is {right}", right
    return said


def _value(source: str, known: dict[str, Any]) -> Any:
    """The value of plain NumPy on known arrays; None for anything else."""
    try:
        tree = ast.parse(source, mode="eval")
        return _evaluated(tree.body, known)
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError):
        return None


def _evaluated(node: ast.expr, known: dict[str, Any]) -> Any:
    """The value of a node: names, numbers, + - * /, .T, .shape, and the functions of a few words."""
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluated(node.operand, known)
    if isinstance(node, ast.BinOp):
        one, other = _evaluated(node.left, known), _evaluated(node.right, known)
        table = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}
        return table[type(node.op)](one, other)
    if isinstance(node, ast.Attribute) and node.attr in ("T", "shape"):
        return getattr(_evaluated(node.value, known), node.attr)
    if isinstance(node, ast.Subscript):
        return _evaluated(node.value, known)[ast.literal_eval(node.slice)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
        inside = [_evaluated(one, known) for one in node.args]
        words = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
        of = node.func.value
        if not (isinstance(of, ast.Name) and of.id == "np"):
            return getattr(_evaluated(of, known), node.func.attr)(*inside, **words)
        return FUNCTIONS[node.func.attr](*inside, **words)
    raise ValueError(ast.unparse(node))
