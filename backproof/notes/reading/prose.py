"""What is claimed in words around formulas: a slope at a point, what a layer takes and gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .tree import Call, Name, Number, Tree

SLOPE = re.compile(
    r"slope[^$.]*(?:\$\s*(?P<of>[fg])\([a-z]\)\s*\$)?\s*at\s*\$(?P<tex>\s*(?P<by>[a-z])\s*=\s*(?P<point>[\d.]+)\s*"
    r"(?:=\s*(?P<inside>[\d.]*\d)\s*)?\$(?:\s*is\s*(?:also\s*)?(?P<after>\d+(?:\.\d+)?))?)"
)
PASS = re.compile(
    r"[Ii]nput:?\s*\$(?P<one>(?:\\underline\{)?(?P<d>d?)[aA]\}?\^\{?[\[(](?P<given>[^\])]*)[\])]\}?)\$?[;,]?\s*"
    r"[Oo]utput:?\s*\$(?P<two>(?:\\underline\{)?(?P=d)[aA]\}?\^\{?[\[(](?P<out>[^\])]*)[\])]\}?)"
)
LAYERS = {"l": 2, "L": 2, "l-1": 1, "L-1": 1}


@dataclass(frozen=True)
class Slope:
    """f'(2) = 3, said in words, with the place of its point."""

    tex: str
    start: int
    end: int
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Layer:
    """What a layer takes and gives: its input, its output, as LaTeX and as NumPy, and whether the order is right."""

    tex: str
    start: int
    python: str
    is_right: bool
    exchanged: str


def slopes(text: str) -> Iterator[Slope]:
    """Return each slope at a point that a text gives."""
    for match in SLOPE.finditer(text):
        value = match["inside"] or match["after"]
        if value:
            function = Name(match["of"] or "f", primes=1)
            start, end = match.span("tex")
            tex = match["tex"].replace("$", "").strip()
            yield Slope(tex, start, end, Call(function, (Number(match["point"]),)), Number(value))


def layers(text: str) -> Iterator[Layer]:
    """Return what a text says that a layer takes and gives."""
    for match in PASS.finditer(text):
        try:
            given, out = (LAYERS[match[word].replace(" ", "")] for word in ("given", "out"))
        except KeyError:
            continue
        layer = max(given, out)
        if match["d"]:
            python = f"da{out} = W{layer}.T @ (da{given} * g{layer}_prime(z{layer}))"
        else:
            python = f"a{out} = g{layer}(W{layer} @ a{given} + b{layer})"
        is_right = given - out == (1 if match["d"] else -1)
        one, two = match["one"], match["two"]
        tex = match.group()
        exchanged = tex.replace(one, "\0").replace(two, one).replace("\0", two)
        yield Layer(tex, match.start(), python, is_right, exchanged)
