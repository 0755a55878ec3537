"""Small edits of a formula as it is typed: the slips that people make, each with its cause in LaTeX."""

import re
from collections.abc import Iterator

INDEX = re.compile(r"([\[(])(l|L|\d)(?:([-+])1)?([\])])")
SLOPE_OF_LAYER = (
    r"(?:\\sigma|g)\^\s*\{\s*[\[(](?P<layer>\d)[\])]\s*(?:'|\\prime)\s*\}\s*"
    r"\(\s*[A-Za-z]\^\s*\{\s*[\[(](?P=layer)[\])]\s*\}\s*\)"
)
LETTER = r"(?:\\hat\s*\{?\w\}?|\\mathbf\s*\{?\w\}?|\\?[A-Za-z]+)"
SCRIPT = r"(?:\^\{[^{}]*\}|\^\w|_\{[^{}]*\}|_\w)*"
FACTOR = re.compile(
    rf"(?<![A-Za-z\\{{}}])(?:d\s*)?(\\hat\s*\{{?\w\}}?|\\mathbf\s*\{{\w\}}|[A-Z]|[a-z](?![a-z])){SCRIPT}(?!\w|\()"
)
OPERATORS = (("+", r"\odot "), (r"\cdot", "+"), ("*", "+"), ("-", "+"), ("+", "-"), (r"\odot", ""), (r"\times", "+"))


def edits(tex: str) -> Iterator[tuple[str, str]]:
    """Formulas that differ from this one by one slip, each with what the slip is."""
    seen = {tex}
    for changed, cause in _edits(tex):
        if changed not in seen:
            seen.add(changed)
            yield changed, cause


def _edits(tex: str) -> Iterator[tuple[str, str]]:
    yield from _primes(tex)
    yield from _signs(tex)
    yield from _means(tex)
    yield from _transposes(tex)
    yield from _powers(tex)
    yield from _indices(tex)
    yield from _operators(tex)
    yield from _orders(tex)
    yield from _dropped(tex)


def _primes(tex: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(\\sigma|g|f)(\^\s*\{([^{}']*)\}|\^\w)?(?=\s*\()", tex):
        base, index = match.group(1), match.group(3) or ""
        primed = f"{base}^{{{index}\\prime}}" if index else f"{base}'"
        if "prime" not in match.group() and "'" not in tex[match.end() - 1 : match.end() + 1]:
            yield _put(tex, match, primed), f"the prime is missing: {primed} where {match.group()} stands"
    for match in re.finditer(SLOPE_OF_LAYER, tex):
        for by in (-1, 1):
            other = str(int(match["layer"]) + by)
            moved = re.sub(r"(?<=[\[(])\d(?=[\])])", other, match.group())
            yield _put(tex, match, moved), f"the slope of another layer: {moved} where {match.group()} stands"
    for match in re.finditer(r"(?:\\prime|')", tex):
        yield _put(tex, match, ""), "a prime too many"


def _signs(tex: str) -> Iterator[tuple[str, str]]:
    bare = tex.strip()
    if bare.startswith("-"):
        yield tex.replace("-", "", 1), "wrong sign: the minus is too many"
    else:
        yield tex.replace(bare, f"-{bare}", 1), "wrong sign: the minus is missing"
    for match in re.finditer(r"(exp\s*\(|e\^\{|\\exp\s*\()(?!-)", tex):
        yield _put(tex, match, f"{match.group()}-"), "the minus in the exponent is missing"
    for match in re.finditer(r"(?<=[\w})\]])\s*(\+|-)", tex):
        if re.match(r"\s*1\s*[\])]", tex[match.end() :]):
            continue  # within an index
        other = "-" if match.group(1) == "+" else "+"
        yield _put(tex, match, f" {other}"), f"wrong sign: {other} where {match.group(1)} stands"


def _means(tex: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"\\[td]?frac\s*(?:\{(\d)\}|(\d))\s*(?:\{(\w+)\}|(\w))", tex):
        below = match.group(3) or match.group(4)
        for other in ("m", "N", "n", "2m"):
            if other != below:
                changed = rf"\frac{{1}}{{{other}}}"
                yield _put(tex, match, changed), f"{changed} where {match.group()} stands"
        yield _put(tex, match, ""), f"{match.group()} is too many"
    for match in re.finditer(r"\\[td]?frac\s*\{(\\lambda)\}\s*\{2\s*m\}", tex):
        changed = r"\frac{\lambda}{m}"
        yield _put(tex, match, changed), f"the 2 of the penalty cancels: {changed} where {match.group()} stands"
    for count in ("m", "N"):
        yield rf"\frac{{1}}{{{count}}} {tex.strip()}", rf"\frac{{1}}{{{count}}} is missing"
    for match in re.finditer(r"/\s*(m|N|n)\b", tex):
        yield _put(tex, match, ""), f"{match.group()} is too many"
    for at in _terms(tex):
        for count in ("m", "N"):
            mean = rf"\frac{{1}}{{{count}}}"
            yield f"{tex[:at]} {mean} {tex[at:].lstrip()}", f"{mean} is missing before {tex[at:].strip()}"


def _terms(tex: str) -> Iterator[int]:
    """Where each term after the first begins, outside of brackets."""
    depth = 0
    for at, sign in enumerate(tex):
        depth += (sign in "([{") - (sign in ")]}")
        if not depth and sign in "+-" and tex[:at].strip():
            yield at + 1


def _transposes(tex: str) -> Iterator[tuple[str, str]]:
    for match in FACTOR.finditer(tex):
        factor = match.group()
        if re.search(r"\^(?:\{[^{}]*(?:T|\\top)\}|T|\\top)", factor):
            plain = re.sub(r"\^(?:T|\\top|\{T\}|\{\\top\})|(?:T|\\top)(?=\})", "", factor)
            yield _put(tex, match, plain), f"{factor} where {plain} belongs: no transpose"
        else:
            index = re.search(r"\^\{([^{}]*)\}", factor)
            turned = factor.replace(index.group(), f"^{{{index.group(1)}T}}") if index else f"{factor}^T"
            yield _put(tex, match, turned), f"the transpose is missing: {turned} where {factor} stands"
    for match in re.finditer(r"\([^()]*\)(?!\s*\^)", tex):
        yield _put(tex, match, f"{match.group()}^T"), f"the transpose is missing: {match.group()}^T"


def _powers(tex: str) -> Iterator[tuple[str, str]]:
    for match in FACTOR.finditer(tex):
        factor = match.group()
        if not re.search(r"[T^]|^d", factor) or re.search(r"\^\{[\[(]\w+[\])]\}$", factor):
            squared = f"({factor.strip()})^2" if "^" in factor else f"{factor.strip()}^2"
            yield _put(tex, match, squared), f"the square is missing: {squared} where {factor.strip()} stands"
    for match in re.finditer(r"\^\{(-?)(\d)/(\d)\}", tex):
        sign, above, below = match.groups()
        for other in (int(above) + int(below), int(above) - int(below)):
            power = f"^{{{sign}{other}/{below}}}"
            yield _put(tex, match, power), f"wrong power: {power} where {match.group()} stands"


def _indices(tex: str) -> Iterator[tuple[str, str]]:
    for match in INDEX.finditer(tex):
        open_, base, _, close = match.groups()
        if base.isdigit():
            others = [str(int(base) + by) for by in (-1, 1) if int(base) + by >= 0]
        else:
            others = [base, f"{base}-1", f"{base}+1"]
        for other in others:
            changed = f"{open_}{other}{close}"
            if changed != match.group():
                yield _put(tex, match, changed), f"wrong index: {changed} where {match.group()} stands"


def _operators(tex: str) -> Iterator[tuple[str, str]]:
    for old, new in OPERATORS:
        for match in re.finditer(re.escape(old) + r"(?![a-zA-Z])", tex):
            yield _put(tex, match, f" {new}"), f"{new.strip() or 'a product'} where {old} stands"


def _orders(tex: str) -> Iterator[tuple[str, str]]:
    inside = r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
    part = rf"(?:\\[td]?frac\s*{inside}\s*{inside}|\([^()]*\)|{LETTER}{SCRIPT})"
    for match in re.finditer(rf"({part})\s*(\\cdot\s*|\\times\s*|)({part})", tex):
        first, sign, second = match.groups()
        yield _put(tex, match, f"{second} {sign}{first}"), f"wrong order: {second} stands before {first}"


def _dropped(tex: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(?:\\cdot|\\times|\\odot|\*|\\quad|\s)\s*(\([^()]*(?:\([^()]*\)[^()]*)*\))", tex):
        yield _put(tex, match, ""), f"{match.group(1)} is too many"


def _put(tex: str, match: re.Match[str], text: str) -> str:
    return tex[: match.start()] + text + tex[match.end() :]
