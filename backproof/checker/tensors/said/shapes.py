"""What a file says of the tensors that a function is given: "x (B, T, C), weight (C,), eps float, idx (B,) int64".

Each item is a name, its sizes in parentheses, and words about its values; names before a shape share it. `any` is any
shape, `...` any number of dimensions; sizes may be sums and products of letters. What is not understood says nothing.
"""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ...record.program import UnusableError, lines_of

SAID = re.compile(r"(?:shapes?|sizes?|inputs?|args?|arguments?|takes)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
ITEM = re.compile(r"\s*\*?(?P<name>[^\W\d]\w*)\s*(?::)?\s*(?P<rest>.*)\Z", re.DOTALL)
SHAPE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
INTEGERS = re.compile(r"\b(?:u?int\d*|long|integers?|index|indices|ids|LongTensor)\b")
FLOATS = re.compile(r"\b(?:float\d*|double|scalar|number|real)\b")
BOOLS = re.compile(r"\bbool\w*\b")
BITS = re.compile(r"\b0\s*(?:/|or|,)\s*1\b|\{0, ?1\}|\bbinary\b")
BOUNDS = re.compile(r"\bin\s*([\[(])\s*(-?[\d.]+)\s*,\s*(-?[\d.]+|inf)\s*[\])]")
DIVISIBLE = re.compile(r"(\w+)\s+(?:is\s+)?(?:divisible by|a multiple of)\s+(\w+)|(\w+)\s*%\s*(\w+)\s*==?\s*0")
MOST = 10**7  # numbers of a tensor
EVEN = re.compile(r"(\w+)\s+(?:is\s+|must be\s+)?even\b|\beven\s+(\w+)\b")


@dataclass(frozen=True)
class Said:
    """What is said of one argument."""

    name: str
    dims: tuple[str, ...] | None = None  # None: a number, or nothing is known
    kind: str = "float"  # float, int, bool
    is_tensor: bool = True
    any_shape: bool = False
    like: str = ""  # of the same shape as another argument
    bits: bool = False
    low: float | None = None
    high: float | None = None
    sums_to_one: bool = False
    halves: bool = False  # its last dimension repeats its first half
    other: tuple[str, ...] = ()  # other dims that are said to be possible
    optional: bool = False
    fixed: Any = None  # of kind "fixed": the value of a call in the file


@dataclass
class Shapes:
    """The arguments of a function by name, and what is said of the letters."""

    said: dict[str, Said] = field(default_factory=dict)
    multiples: dict[str, str] = field(default_factory=dict)  # H: G where H is divisible by G
    even: set[str] = field(default_factory=set)


def comments(source: str, first: int, last: int) -> Iterator[str]:
    """The text of the comments and docstrings in some lines, each run of comment lines as one."""
    lines, block = lines_of(source), list[str]()
    for line in [*lines[max(first - 1, 0) : last], ""]:
        if line.strip().startswith("#"):
            block.append(line.strip().lstrip("#").strip())
        elif block:
            yield "\n".join(block)
            block = []


def said_in(source: str, around: ast.AST | None = None) -> Shapes:
    """What the comments of a file say; those inside and right above a function or class win over the others."""
    texts = list(comments(source, 1, len(lines_of(source))))
    if around is not None:
        first = around.lineno  # type: ignore[attr-defined]
        above = lines_of(source)[: first - 1]
        while above and above[-1].strip().startswith(("#", "@")):
            first -= 1
            above.pop()
        texts += list(comments(source, first, around.end_lineno or first))  # type: ignore[attr-defined]
        for node in ast.walk(around):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and (text := ast.get_docstring(node)):
                texts.append(text)
    found = Shapes()
    for text in texts:
        for line in text.split("\n"):
            match = SAID.search(line)
            if match:
                merge(found, read(match[1]))
    return found


def merge(into: Shapes, new: Shapes) -> None:
    """Add what is said later."""
    into.said |= new.said
    into.multiples |= new.multiples
    into.even |= new.even


def read(text: str) -> Shapes:
    """The arguments that a line declares."""
    found, waiting = Shapes(), list[str]()
    whole, _, remark = text.partition(";")
    for multiple in DIVISIBLE.finditer(text):
        a, b = (multiple[1], multiple[2]) if multiple[1] else (multiple[3], multiple[4])
        found.multiples[a] = b
    for even in EVEN.finditer(text):
        found.even.add(even[1] or even[2])
    for part in _parts(whole.partition("->")[0].partition("→")[0]):
        if DIVISIBLE.search(part) and not SHAPE.search(part):
            continue
        match = ITEM.match(part)
        if not match:
            continue
        name, rest = match["name"], match["rest"].strip()
        if not rest:
            waiting.append(name)
            continue
        made = _said(name, rest)
        for other in (*waiting, name):
            found.said[other] = replace(made, name=other)
        waiting = []
    for name, said in found.said.items():
        if re.search(rf"halves of[\w ,]*\b{re.escape(name)}\b", remark):
            found.said[name] = replace(said, halves=True)
        if re.search(rf"\b{re.escape(name)}\b[\w ,]*(?:sums? to (?:1|one)|probabilit)", remark):
            found.said[name] = replace(said, sums_to_one=True)
    return found


def _parts(text: str) -> Iterator[str]:
    """The items between commas that stand in no parentheses."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _said(name: str, rest: str) -> Said:
    shapes = [s for s in SHAPE.finditer(rest) if _is_shape(s[1])]
    words = SHAPE.sub(" ", rest)
    kind = "float"
    if BOOLS.search(words):
        kind = "bool"
    elif INTEGERS.search(words) and not re.search(r"\bfloat", words):
        kind = "int"
    bounds = BOUNDS.search(rest)
    low, high = (float(bounds[2]), float(bounds[3])) if bounds else (None, None)
    if re.search(r"positive|>\s*0|nonnegative|>=\s*0", rest):
        low, high = 0.1, 1.9
    if bounds:
        shapes = [s for s in shapes if s.start() < bounds.start()]
    any_shape = bool(re.search(r"\bany\b(?! float| dtype)", words) or (re.search(r"\bany\b", words) and not shapes))
    like = re.search(r"(?:same (?:shape )?as|like|shape of)\s+(\w+)|\b(same) shape", words)
    is_tensor = bool(shapes or any_shape or like)
    dims = _dims(shapes[0][1]) if shapes else None
    return Said(
        name, dims, kind, is_tensor, any_shape and not shapes, (like[1] or "the first") if like else "",
        bool(BITS.search(words)), low, high, bool(re.search(r"sums? to (?:1|one)|probabilit|simplex", rest)),
        "halves" in words, tuple(s[1] for s in shapes[1:] if re.search(r"\bor\b", words)), "None" in rest,
    )  # fmt: skip


def _is_shape(text: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:[\w.*+/ -]+(?:,\s*[\w.*+/ -]+)*,?)?\s*", text)) and not re.search(
        r"[a-z]{3,} [a-z]{2,}|=", text
    )


def _dims(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def affordable(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape; UnusableError where no memory should hold it."""
    if (numbers := math.prod(shape)) > MOST:
        raise UnusableError(f"{name} {shape} has {numbers} numbers, expected at most {MOST}")
    return shape
