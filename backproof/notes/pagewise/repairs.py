"""Right formulas near a wrong one, in its own LaTeX: a factor put in, left out, turned, moved, taken for another."""

import itertools
import re
from collections.abc import Iterator, Sequence

BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
SCRIPTS = rf"(?:\s*[\^_]\s*(?:{BRACES}|\\[a-zA-Z]+|\w)|'+)*"
FRACTION = rf"\\[td]?frac\s*{BRACES}\s*{BRACES}"
GREEK = "delta|Delta|theta|sigma|phi|lambda|alpha|eta|gamma|beta|mu|epsilon"
WRAPPED = rf"\\(?:hat|mathbf|boldsymbol|bm|bar|tilde|mathcal)\s*(?:{BRACES}|\w)"
QUANTITY = rf"(?:\{{{FRACTION}\}}|{FRACTION}|{WRAPPED}|{BRACES}|\\(?:{GREEK})(?![a-zA-Z])|d?[A-Za-z](?![a-z]))"
FACTOR = re.compile(rf"(?<![\\a-zA-Z_^{{])({QUANTITY}{SCRIPTS})")
BRACKET = re.compile(r"(?:\\left\s*)?\((?:[^()]|\([^()]*\))*?(?:\\right\s*)?\)")
TRANSPOSE = re.compile(
    r"\^\s*(?:\{\s*(?:T|\\top|\\intercal)\s*\}|T(?![a-zA-Z])|\\top(?![a-zA-Z]))|(?:T|\\top)(?=\s*\})"
)
SLOPE = re.compile(r"(?:\\(?:sigma|phi)|[fgh])'\s*(?:\\left)?\([^()]*\)")
INDEX_PAIR = re.compile(r"_\{\s*([a-z])\s*([a-z])\s*\}")
LAYER = re.compile(r"\^(?:\{\s*([lL])\s*([-+]\s*1)?\s*\}|([lL])(?![a-zA-Z]))")
NUMBERED = re.compile(r"(?<=[_^])(?:\{\s*([\[(]?)(\d)([\])]?)(?=[^\d])|(\d))")
CONSTANTS = ("2", r"\frac{1}{2}", r"\frac{1}{m}", r"\frac{1}{N}", r"\frac{2}{m}", r"\frac{2}{N}", "m", "N")


def repairs(tex: str, page: Sequence[str], by: str = "") -> Iterator[tuple[str, str]]:
    """Formulas one slip away from this one, with what the slip is; `page` lists formulas whose factors may be meant."""
    seen = {re.sub(r"\s", "", tex)}
    for changed, cause in _all(tex.strip(), page, by):
        if (bare := re.sub(r"\s", "", changed)) not in seen:
            seen.add(bare)
            yield changed, cause


def _all(tex: str, page: Sequence[str], by: str) -> Iterator[tuple[str, str]]:
    found = list(FACTOR.finditer(tex))
    yield from _signs(tex)
    yield from _layers(tex)
    for match in INDEX_PAIR.finditer(tex):
        first, second = match.groups()
        turned = f"_{{{second}{first}}}"
        yield _put(tex, match, turned), f"the indices are turned round: {turned} where {match.group()} stands"
    for match in found:
        yield from _turned(tex, match)
    for one, other in itertools.pairwise(found):
        between = tex[one.end() : other.start()]
        if not re.search(r"[-+=(){}]", between):
            moved = f"{tex[: one.start()]}{other.group()}{between or ' '}{one.group()}{tex[other.end() :]}"
            yield moved, f"wrong order: {other.group()} stands before {one.group()}"
    for match in [*found, *BRACKET.finditer(tex)]:
        start, end = match.span()
        before = re.sub(r"(?:\\[odot]{4}|\\circ|\\cdot|\\times|\*|\\,)\s*$", "", tex[:start])
        yield before + tex[end:], f"{match.group().strip()} is too many"
        if before == tex[:start]:
            after = re.sub(r"^\s*(?:\\odot|\\circ|\\cdot|\\times|\*|\\,)", "", tex[end:])
            yield tex[:start] + after, f"{match.group().strip()} is too many"
    for match in re.finditer(r"(?<![\w.^_{])(\d)(?![\w.])\s*", tex):
        yield _put(tex, match, ""), f"{match.group(1)} is too many"
    for match in re.finditer(r"\\frac\s*\{(\\lambda|\\alpha)\}\s*\{\w+\}", tex):
        yield _put(tex, match, match.group(1)), f"{match.group(1)} belongs where {match.group()} stands"
    for match in re.finditer(r"(?<!\{)\\lambda(?![a-zA-Z}])", tex):
        for count in ("m", "N", "2"):
            divided = rf"\frac{{\lambda}}{{{count}}}"
            yield _put(tex, match, divided), f"{divided} where \\lambda stands"
    for constant in CONSTANTS:
        yield f"{constant} {_whole(tex)}", f"the factor {constant} is missing"
    for weight in (r"\lambda", r"\frac{\lambda}{m}", r"\frac{\lambda}{N}", r"2 \lambda") if by else ():
        yield f"{tex} + {weight} {by}", f"the term {weight} {by} is missing"
    factors = _factors(page)
    for match in found:
        for meant in factors:
            if meant != match.group().strip():
                yield _put(tex, match, meant), f"{match.group().strip()} where {meant} belongs"
    for match in re.finditer(r"(\\(?:sigma|phi|psi)|[fgh])(?=\s*(?:\\left\s*)?\()", tex):
        primed = f"{match.group()}'"
        yield _put(tex, match, primed), f"the prime is missing: {primed} where {match.group()} stands"
    brackets = [one.group() for formula in page for one in BRACKET.finditer(formula) if len(one.group()) < 40]
    slopes = [one.group() for formula in page for one in SLOPE.finditer(formula)]
    for factor in dict.fromkeys([*slopes, *factors, *brackets]):
        for sign in (" ", r" \odot "):
            yield f"{_whole(tex)}{sign}{factor}", f"the factor {factor} is missing"
    for match in BRACKET.finditer(tex):
        for function in (r"\sigma", "g", "f"):
            inner = match.group()
            for part in FACTOR.finditer(inner):
                yield _put(tex, match, _put(inner, part, f"{function}({part.group()})")), f"{function} is missing"
            if term := re.match(r"((?:\\left\s*)?\(\s*)([^()+-]+?)(\s*[-+].*)", inner, re.S):
                changed = f"{term.group(1)}{function}({term.group(2)}){term.group(3)}"
                yield _put(tex, match, changed), f"{function} is missing around {term.group(2).strip()}"
    for match in found:
        for factor in factors:
            for sign in (" ", r" \odot "):
                yield _put(tex, match, f"{match.group()}{sign}{factor} "), f"the factor {factor} is missing"


def _signs(tex: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(?<=[(\s{\[])([-+])(?=\s*[\\\w({])|(?<=\s)([-+])(?=\s)", tex):
        sign = match.group(1) or match.group(2)
        if tex[: match.start()].strip().endswith(("(", r"\left(", "{")) or not tex[: match.start()].strip():
            if sign == "-":
                yield _put(tex, match, ""), "wrong sign: the minus is too many"
            continue
        meant = "-" if sign == "+" else "+"
        yield _put(tex, match, meant), f"wrong sign: {meant} where {sign} stands"
    for match in re.finditer(r"(?:\\left\s*)?\(\s*(?![-+])", tex):
        yield _put(tex, match, f"{match.group()}-"), "wrong sign: the minus is missing"
    if not tex.startswith("-"):
        yield f"-{_whole(tex)}", "wrong sign: the minus is missing"
    for match in re.finditer(r"(?<=[}\w)])\s*\\leftarrow", tex):
        yield tex[: match.start()], ""


def _layers(tex: str) -> Iterator[tuple[str, str]]:
    for match in LAYER.finditer(tex):
        letter = match.group(1) or match.group(3)
        for other in (letter, f"{letter}-1", f"{letter}+1"):
            changed = f"^{{{other}}}"
            yield _put(tex, match, changed), f"wrong layer: {changed} where {match.group()} stands"
    for match in NUMBERED.finditer(tex):
        digit = match.group(2) or match.group(4)
        for other in (int(digit) - 1, int(digit) + 1):
            if other >= 0:
                text = match.group().replace(digit, str(other))
                yield _put(tex, match, text), f"wrong index: {other} where {digit} stands"


def _turned(tex: str, match: re.Match[str]) -> Iterator[tuple[str, str]]:
    factor = match.group().strip()
    if TRANSPOSE.search(factor):
        plain = TRANSPOSE.sub("", factor, count=1)
        yield _put(tex, match, plain), f"{factor} where {plain} belongs: no transpose"
        return
    sign = r"^\top" if r"\top" in tex or r"\mathbf" in tex else "^T"
    turned = f"{{{factor}}}{sign}" if "^" in factor or factor.startswith("\\frac") else f"{factor}{sign}"
    yield _put(tex, match, f"{turned} "), f"the transpose is missing: {turned} where {factor} stands"


def _whole(tex: str) -> str:
    """The formula as one factor."""
    depth = 0
    for at, sign in enumerate(tex):
        depth += (sign in "([{") - (sign in ")]}")
        if not depth and sign in "+-" and at:
            return f"({tex})"
    return tex


def _factors(page: Sequence[str]) -> list[str]:
    """Every factor that the page writes, the shorter first."""
    found = {match.group().strip() for formula in page for match in FACTOR.finditer(formula)}
    rates = re.compile(r"\{.*\}|\\(?:lambda|alpha|eta|mathcal).*")
    kept = [one for one in found if len(one) < 40 and not rates.fullmatch(one)]
    return sorted(kept, key=lambda one: (len(one), one))[:60]


def _put(tex: str, match: re.Match[str], text: str) -> str:
    return tex[: match.start()] + text + tex[match.end() :]
