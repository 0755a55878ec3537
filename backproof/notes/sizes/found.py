"""Statements about shapes: X in R^(n_x x m), b.shape = (n, 1), w -> (n, n), a matrix of zeros, np.zeros(2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..reading.pages import Formula, Page
from ..reading.statements import Statement, cut

TUPLE = re.compile(
    r"^\s*[(\[]?\s*\(?([^(),]*(?:\([^()]*\)[^(),]*)?)(?:,|\\times|×)([^(),]*(?:\([^()]*\)[^(),]*)?)\)?\s*[)\]]?\s*$"
)
REAL = re.compile(r"\\mathbb\s*\{?R\}?\s*(?:\^\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w+)))?\s*$", re.S)
SHAPE_OF = re.compile(r"\s*(?:\.\s*(?:\\text\s*\{\s*)?shape\s*\}?|\\text\s*\{\s*\.?\s*shape\s*\}|\\cdot\s*s)\s*$")
NAME = r"(?:\\(?:vec|underline|mathbf)\s*\{)?\s*\\?[A-Za-z]+(?:_[a-z])?(?:\^(?:\{[^{}]*\}|\w))?\}?"
IN = re.compile(rf"({NAME})\s*\\in\s*(\\mathbb\s*\{{?R\}}?(?:\s*\^\s*(?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|\w))?)")
REMARK = re.compile(r"(\\?[A-Za-z]+(?:\^\{[^{}]*\})?)_\{\((\w+),\s*(\w+)\)\}")
ARROW = re.compile(rf"^\s*({NAME})\s*(?:\\rightarrow|\\to|\\\\)\s*(\(.*\))\s*$", re.S)
MATRIX = re.compile(
    r"^\s*\\begin\{[bp]matrix\}(?P<body>.*?)\\end\{[bp]matrix\}\s*(?:_\{\((?P<below>[^{}]*)\)\})?", re.S
)
LAST_ROW = re.compile(r"\\\\\s*\((?P<pair>[^()]*)\)\s*$")
NUMPY = re.compile(
    r"^\s*np\.(?:random\.)?(?P<word>zeros|ones|randn?)\s*\((?P<sizes>[\d,\s()]*)\)\s*(?:\*\s*[\d.]+)?\s*$"
)


@dataclass(frozen=True)
class Said:
    """The shape that a page gives to a quantity, where, and how: sizes as the page writes them."""

    name: str
    sizes: tuple[str, ...]
    tex: str
    formula: Formula
    at: int
    entries: str = ""  # the array that stands on the right, as NumPy
    right: str = ""  # what stands on the right


def shapes(found: Page, formula: Formula, after: Formula | None) -> Iterator[Said]:
    """Return every shape that a formula gives, with the formula after it, in their order."""
    yield from _in(formula)
    name = re.fullmatch(rf"\s*({NAME})\s*", formula.tex)
    between = found.texts[formula.cell][formula.start + len(formula.tex) : after.start] if after else "x"
    if name and after and not between.strip("$ \n\r") and (sizes := pair(after.tex)):
        yield Said(name.group(1), sizes, f"{formula.tex} {after.tex}", formula, 0)


def _in(formula: Formula) -> Iterator[Said]:
    for match in IN.finditer(formula.tex):
        sizes = pair(match.group(2))
        if sizes is not None:
            at = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Said(match.group(1), sizes, match.group().strip(), formula, at)
    for match in REMARK.finditer(formula.tex):
        yield Said(match.group(1), match.groups()[1:], match.group(), formula, match.start())
    if (arrow := ARROW.match(formula.tex)) and (sizes := pair(arrow.group(2))):
        yield Said(arrow.group(1), sizes, formula.tex, formula, arrow.start(1))
    statements = cut(formula.tex)
    for one in statements:
        if said := of_statement(formula, one):
            yield from _links(said, one, statements)
            yield said


def _links(said: Said, one: Statement, statements: list[Statement]) -> Iterator[Said]:
    """What stands between a name and the shape at the end of a chain has this shape too, as in z = a = (n, 1)."""
    for other in statements:
        name = SHAPE_OF.sub("", other.right).strip()
        if not said.entries and other.offset == one.offset and other.start < one.start and re.fullmatch(NAME, name):
            place = other.start + len(other.right) - len(other.right.lstrip())
            tex = f"{other.left} {other.relation} {other.right.strip()}"
            yield Said(name, said.sizes, tex, said.formula, place, right=other.right.strip())


def of_statement(formula: Formula, one: Statement) -> Said | None:
    """The shape that an equation gives to its left side; None where it gives none."""
    if one.relation not in ("=", ":=") or not one.left.strip():
        return None
    left = re.sub(r"\\underline\s*\{", "", SHAPE_OF.sub("", one.left)).strip()
    if not re.fullmatch(NAME, left) and not re.fullmatch(r"\\vec\{\w\}", left):
        return None
    right = one.right.strip().rstrip("}") if one.right.count("}") > one.right.count("{") else one.right.strip()
    place = one.start + len(one.right) - len(one.right.lstrip())
    tex = f"{one.left} {one.relation} {one.right.strip()}"
    if match := NUMPY.match(right):
        sizes = tuple(re.findall(r"\d+", match["sizes"]))
        return Said(left, sizes, tex, formula, place, right, right) if sizes else None
    if match := MATRIX.match(right):
        return _matrix(match, Said(left, (), tex, formula, place, right=right))
    sizes_said = pair(right)
    return Said(left, sizes_said, tex, formula, place, right=right) if sizes_said is not None else None


def _matrix(match: re.Match[str], said: Said) -> Said | None:
    """A matrix with its shape below it or in its last row, or written out in numbers."""
    below = match["below"] or ((last := LAST_ROW.search(match["body"])) and last["pair"])
    if below and (sizes := pair(f"({below})")):
        return replace(said, sizes=sizes, right="")
    rows = [row.split("&") for row in match["body"].strip().removesuffix(r"\\").split(r"\\")]
    entries = [[entry.strip() for entry in row] for row in rows]
    flat = [entry for row in entries for entry in row]
    if all(re.fullmatch(r"-?\d+(?:\.\d+)?", entry) for entry in flat) and len({len(row) for row in entries}) == 1:
        source = "[" + ", ".join("[" + ", ".join(row) + "]" for row in entries) + "]"
        return replace(said, sizes=(str(len(rows)), str(len(rows[0]))), entries=f"np.array({source})")
    if len(rows[0]) == 1 and all(re.fullmatch(r"\d+|\\vdots", entry) for entry in flat):
        return replace(said, sizes=("n_x", "1"))
    return None


def pair(text: str) -> tuple[str, ...] | None:
    """The sizes of (a, b) or of R^{a x b}; R^n is a column, R a number."""
    text = re.sub(r"\\(?:left|right|,|;|quad)", "", text).strip(" .;$")
    if real := REAL.match(text):
        inside = (real.group(1) or real.group(2) or "").strip()
        if not inside:
            return ()
        text = inside if re.search(r"\\times|,|×", inside) else f"{inside}, 1"
    elif not re.match(r"^[(\[].*[)\]]$", text, re.S):
        return None
    match = TUPLE.match(text)
    sizes = tuple(size(word) for word in match.groups()) if match else ("",)
    return sizes if all(sizes) else None


def size(text: str) -> str:
    """One size: 1, m, n_x, n[l-1]; empty where it is none."""
    text = re.sub(r"\s|\\,|\}$", "", text).strip("{}")
    if match := re.fullmatch(r"n\^\{?[\[(]([\w+-]+)[\])]\}?(?:_\w)?", text):
        return f"n[{match.group(1)}]"
    if match := re.fullmatch(r"n_\{?(\w)\}?", text):
        return f"n_{match.group(1)}"
    return text if re.fullmatch(r"\d+|[A-Za-z]", text) else ""
