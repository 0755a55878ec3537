"""A cause that the checker tells in Python, told in the LaTeX of the page."""

import re
from collections.abc import Callable

TEMPLATES = (
    re.compile(r"(operands in the wrong order: )(.+)( where )(.+)( belongs)"),
    re.compile(r"(the sum runs .*: )(.+)( where )(.+)( belongs)"),
    re.compile(r"()(.+)( where )(.+)( belongs)"),
    re.compile(r"(the term )(.+)( is missing)"),
    re.compile(r"()(.+)( is missing at )(.+)()"),
    re.compile(r"()(.+)( is missing)"),
    re.compile(r"()(.+)( too many)"),
)


def cause_in_tex(cause: str, in_tex: Callable[[str], str]) -> str:
    """Return the cause with each of its formulas in LaTeX; a part that is no formula stays as it is."""
    return "; ".join(_part(part, in_tex) for part in cause.split("; "))


def _part(part: str, in_tex: Callable[[str], str]) -> str:
    for template in TEMPLATES:
        if match := template.fullmatch(part):
            pieces = list(match.groups())
            pieces[1::2] = [in_tex(piece) or piece for piece in pieces[1::2]]
            return "".join(pieces)
    return part
