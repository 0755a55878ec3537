"""Cut a formula into statements: rows, remarks, and each link of a chain of equalities."""

import itertools
import re
from dataclasses import dataclass

OPEN, CLOSE = "([{", ")]}"
TOKEN = re.compile(
    r"\\begin\s*\{[a-z]*matrix\*?\}|\\end\s*\{[a-z]*matrix\*?\}|\\(?:begin|end)\s*\{(?:cases|array)\}(?:\{[^}]*\})?"
    r"|\\(?:begin|end)\s*\{[a-zA-Z*]+\}|\\[a-zA-Z]+\*?|\\.|.",
    re.S,
)
CODE_WORD = re.compile(
    r"\s*(?:np|shape|sum|dot|axis|keepdims|softmax|sigmoid|ReLU|relu|tanh|exp|log|KL|True|max|tr|[A-Za-z]\s*\})"
)
FACTOR = re.compile(
    r"\s*\([^(),=]*[-+][^(),=]*\^[^(),=]*(?:\([^()]*\)[^(),=]*)?\)"
)  # a bracket after a space is a factor
TITLE = re.compile(r"\\(?:text|mbox)\s*\{\s*(?:slope|cost|loss|LOG LOSS|LOSS|COST|Cost|Loss)\s*\}\s*=")
ARROWED = r"\\(?:rightarrow|to)\s*$"
CHANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)[\s.]*")  # what a value becomes, after an arrow
CUTS = {
    r"\\",
    r"\quad",
    r"\qquad",
    r"\Rightarrow",
    r"\implies",
    r"\iff",
    r"\Leftrightarrow",
    r"\therefore",
    r"\rightarrow",
    r"\to",
    r"\rightsquigarrow",
    r"\xrightarrow",
    "⇒",
    r"\in",
    ",",
    ";",
}
REMARKS = (r"\text", r"\mbox", r"\textrm", r"\textnormal")
RELATIONS = {"=", r"\approx", r"\leftarrow", "←", "≈", r"\coloneqq", r"\gets", r"\triangleq", r"\equiv"}
BEFORE_EQUALS = {":": ":=", "+": "+=", "-": "-=", "/": "/=", "*": "*="}
LISTED = re.compile(
    r"\\begin\{array\}(?:\{\w+\})?(?:(?!\\end\{array\}|\\begin).)*=(?:(?!\\begin).)*?\\end\{array\}", re.S
)
REMARK_WITHIN = re.compile(
    r"(?:\\(?:down|up)arrow\s*)?\\text\s*\{[^{}]* [^{}]*\}(?=\s*[-+*])"
)  # followed by an operator
WRAPPER = re.compile(r"^\s*\\(?:underline|boxed|fbox|mathbf|color\{\w+\})\s*\{(.*)\}\s*$", re.S)


@dataclass(frozen=True)
class Statement:
    """`left relation right`, each with its place in the formula; no relation: a formula that states nothing."""

    left: str
    relation: str
    right: str
    start: int  # of the right side
    end: int
    offset: int  # of the whole


def tokens(tex: str) -> list[tuple[str, int, int]]:
    """Each sign with its place and the depth of brackets around it."""
    found, depth, inside = [], 0, 0
    for match in TOKEN.finditer(tex):
        sign = match.group()
        if sign.startswith((r"\begin", r"\end")):
            held = "matrix" in sign or "cases" in sign or "array" in sign
            if held:
                depth += 1 if sign.startswith(r"\begin") else -1
            found.append((sign if held else " ", match.start(), depth))
            continue
        if sign in CLOSE or sign in (r"\}", r"\rangle"):
            depth = max(depth - 1, inside)
        found.append((sign, match.start(), depth))
        if sign in OPEN or sign in (r"\{", r"\langle"):
            depth += 1
    return found


def cut(tex: str, last: str = "") -> list[Statement]:
    """Return the statements of a formula, in their order; `last` is the left side that a display "= ..." continues."""
    statements: list[Statement] = []
    tex = LISTED.sub(lambda match: re.sub(r"\\(?:begin|end)\{array\}(?:\{\w+\})?", _blank, match.group()), tex)
    tex = REMARK_WITHIN.sub(_blank, tex)
    tex = re.sub(r"\\mathrel\{(.)\}", lambda match: match.group(1).rjust(len(match.group())), tex)
    for piece, offset in _pieces(tex):
        found = _links(piece, offset)
        if (change := CHANGE.fullmatch(piece)) and statements and re.search(ARROWED, tex[:offset]):
            last_one = statements[-1]
            if re.fullmatch(r"\s*-?[\d.]+\s*", last_one.right):
                at = offset + change.start(1)
                found = [Statement("", "=", change.group(1), at, offset + change.end(1), offset)]
                last = last_one.left
        for at, statement in enumerate(found):
            left = statement.left
            if at == 0 and not left.strip() and statement.relation:
                left = last
            elif at > 0:
                left = (found[0].left.strip() and found[0].left) or last
            statements.append(
                Statement(left.strip(), statement.relation, statement.right, statement.start, statement.end, offset)
            )
        if found and found[0].left.strip():
            last = found[0].left
    return statements


def braces(tex: str) -> list[Statement]:
    """What a name below a brace stands for, as z does in \\underbrace{w^T x + b}_z."""
    found = []
    for match in re.finditer(r"\\underbrace\s*(?=\{)", tex):
        end = _closing(tex, match.end())
        label = re.match(r"\s*_\s*(?:\{\s*([a-zA-Z])\s*\}|([a-zA-Z]))", tex[end:])
        inside = tex[match.end() + 1 : end - 1]
        if label and len(inside) > 1:
            name = label.group(1) or label.group(2)
            found.append(Statement(name, "=", inside, match.end() + 1, end - 1, match.start()))
    return found


def states(one: Statement) -> bool:
    """Whether it states something: a relation with a side on its right that is no text alone."""
    right = re.sub(r"\\#|\\(?:text|mbox)\s*\{[^{}]*\}", "", one.right).strip(" .\n")
    is_arrow = one.relation in (r"\leftarrow", r"\equiv")
    return bool(one.relation and right and not one.right.lstrip().startswith(r"\#") and (one.left or not is_arrow))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _pieces(tex: str) -> list[tuple[str, int]]:
    """The parts between rows, arrows, commas and remarks, with their offsets."""
    if (wrapped := WRAPPER.match(tex)) and _balanced(wrapped.group(1)):
        return [(piece, at + wrapped.start(1)) for piece, at in _pieces(wrapped.group(1))]
    cuts = [(0, 0)]
    found = tokens(tex)
    for sign, place, depth in found:
        if depth == 0 and sign in (r"\quad", r"\qquad") and FACTOR.match(tex, place + len(sign)) and "=" in tex[:place]:
            continue
        if depth == 0 and sign in CUTS and (sign != r"\in" or "=" in tex[cuts[-1][1] : place]):
            cuts.append((place, place + len(sign)))
        elif depth == 0 and sign == ":" and tex[place + 1 : place + 2] != "=" and "=" in tex[:place]:
            cuts.append((place, place + 1))
        elif depth == 0 and sign in REMARKS and TITLE.match(tex, place):
            continue
        elif depth == 0 and sign in REMARKS and not CODE_WORD.match(tex, tex.find("{", place) + 1):
            end = _closing(tex, tex.find("{", place))
            cuts.append((place, end))
        elif depth == 0 and sign == "&" and _is_column(tex, place):
            cuts.append((place, place + 1))
    cuts.append((len(tex), len(tex)))
    parts = []
    for (_, start), (end, _) in itertools.pairwise(cuts):
        part = tex[start:end]
        if (wrapped := WRAPPER.match(part)) and _balanced(wrapped.group(1)) and start + end:
            parts += [(piece, start + wrapped.start(1) + at) for piece, at in _pieces(wrapped.group(1))]
        elif part.strip(" \n\t&"):
            parts.append((part, start))
    return parts


def _is_column(tex: str, place: int) -> bool:
    """Whether this & begins a new equation of a row, and does not stand before a relation."""
    after = tex[place + 1 :].lstrip()
    if re.match(r"=|:=|\+=|-=|\\approx|\\leftarrow|\\gets|\\quad|\+|-|\\cdot|\\times", after):
        return False
    row = re.split(r"\\\\", tex[:place])[-1]
    return "=" in row


def _balanced(tex: str) -> bool:
    depth = 0
    for sign in TOKEN.findall(tex):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _closing(tex: str, at: int) -> int:
    depth = 0
    for place in range(at, len(tex)):
        depth += (tex[place] == "{") - (tex[place] == "}")
        if depth == 0:
            return place + 1
    return len(tex)


def _links(piece: str, offset: int) -> list[Statement]:
    sides: list[tuple[str, int, int]] = []
    relations: list[str] = []
    start, skip = 0, -1
    for sign, place, depth in tokens(piece):
        if place < skip or depth or sign not in RELATIONS:
            continue
        if piece[place : place + 2] == "==":
            skip = place + 2
            continue
        end, relation = place, sign
        before = piece[start:place].rstrip()
        if sign == "=" and before and before[-1] in BEFORE_EQUALS and not before.endswith("\\"):
            relation = BEFORE_EQUALS[before[-1]]
            end = start + len(before) - 1
        if sign == "=" and before[-1:] in "<>!" and before:
            continue
        sides.append((piece[start:end], start, end))
        relations.append(relation if relation != "←" else r"\leftarrow")
        start = place + len(sign)
    sides.append((piece[start:], start, len(piece)))
    if not relations:
        return [Statement(piece, "", "", offset, offset + len(piece), offset)]
    return [
        Statement(_flat(sides[0][0]), relation, _flat(right), offset + begin, offset + end, offset)
        for relation, (right, begin, end) in zip(relations, sides[1:], strict=True)
    ]


def _flat(side: str) -> str:
    """A side of an equation without its alignment."""
    return side if "cases" in side or "matrix" in side or "array" in side else side.replace("&", " ")
