"""Arithmetic of shapes: (m, n) + (1, n) gives (m, n), (n, k) times (k, 1) gives (n, 1)."""

import re
from collections.abc import Iterator

import numpy as np

from ..reading.pages import Page
from ..report import Statement
from .found import pair

GIVES = re.compile(r"\\rightsquigarrow|\\leadsto|\\rightarrow")
OPERAND = re.compile(
    r"\\begin\{[bp]matrix\}(?P<matrix>[^&\\]*?)\\end\{[bp]matrix\}|(?P<pair>\((?:[^()]|\([^()]*\))*\))|(?P<number>(?<![a-zA-Z\\])R(?![a-zA-Z]))"
)
SIZES = {"m": 5, "n": 3, "1": 1, "n_x": 7, "k": 4}


def broadcasts(found: Page) -> Iterator[Statement]:
    """Return each statement of a page on what comes out of two shapes."""
    first = ""
    for formula in found.formulas:
        halves = GIVES.split(re.sub(r"\\xrightarrow\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", r" + ", formula.tex))
        if len(halves) != 2 or "=" in formula.tex:
            continue
        operands, result = _operands(halves[0]), _operands(halves[1])
        if len(operands) == 1 and first and re.match(r"\s*(?:\\\\)?\s*\+", halves[0]):
            operands = [first, *operands]
        if len(operands) != 2 or len(result) != 1:
            continue
        first = operands[0]
        is_product = bool(re.search(r"\)\s*\\(?:times|cdot)\s*\(", halves[0]))
        source = f"({_array(operands[0])} {'@' if is_product else '+'} {_array(operands[1])}).shape == {result[0]}"
        said = Statement(formula.line, formula.cell, formula.tex, "read", source, start=formula.start)
        said.end = said.start + len(formula.tex)
        known = re.findall(r"n\[[^\]]*\]|\w+", "".join([*operands, *result]))
        sizes = SIZES | {word: 11 + at for at, word in enumerate(dict.fromkeys(known)) if word.startswith("n[")}
        if all(word in sizes or word == "R" for word in known):
            said.status = "judged"
            said.verdict = "right" if _holds(operands, result[0], is_product, sizes) else "wrong"
            said.cause = "" if said.verdict == "right" else "these shapes give another"
        else:
            said.reason = "its sizes are not known"
        yield said


def _operands(text: str) -> list[str]:
    """The shapes in a text as (a, b), and R for a number."""
    found = []
    for match in OPERAND.finditer(text):
        sizes = pair(match["pair"] or f"({match['matrix']})") if not match["number"] else ()
        if sizes is not None:
            found.append(f"({', '.join(sizes)})" if sizes else "R")
    return found


def _array(operand: str) -> str:
    return "3.0" if operand == "R" else f"np.zeros({operand})"


def _holds(operands: list[str], result: str, is_product: bool, sizes: dict[str, int]) -> bool:
    one, other, given = (tuple(sizes[word] for word in _words(shape)) for shape in (*operands, result))
    if is_product:
        return one[-1:] == other[:1] and (one[0], other[-1]) == given
    try:
        return np.broadcast_shapes(one, other) == given
    except ValueError:
        return False


def _words(shape: str) -> list[str]:
    return [] if shape == "R" else [word.strip() for word in shape[1:-1].split(",")]
