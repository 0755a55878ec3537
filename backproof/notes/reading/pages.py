"""Find the formulas of a page, each with its line: Markdown, LaTeX, the text and code cells of a notebook."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from backproof.checker.notebook import sources

from .code import CodeStatement, statements
from .habits import Habits, habits, respelt
from .products import refuse_long

FENCE = re.compile(r"^```(?!math)[^\n]*\n(.*?)^```", re.S | re.M)
MATH = re.compile(
    r"```math\n(?P<fence>.*?)```|\$`(?P<tick>[^`\n]+)`\$|(?<!\\)\$\$(?P<display>.*?)(?<!\\)\$\$"
    r"|\\begin\{(?P<kind>(?:align|equation|gather|multline|eqnarray)\*?)\}(?P<environment>.*?)\\end\{(?P=kind)\}"
    r"|\\\[(?P<square>.*?)\\\]|\\\((?P<round>.*?)\\\)|(?<![\\$])\$(?P<inline>[^$\n]+?)(?<!\\)\$"
    r"|(?<![\w$\\])(?P<assigned>[A-Za-z]\w{0,3} := (?:(?!\*\*|\sand\s)[^.,;$\n]){3,60})",
    re.S,
)
ENVIRONMENTS = ("align", "equation", "gather", "multline", "eqnarray")
SHOWN = re.compile(r"```math|\$`")
SKIPPED = re.compile(
    r"```math\n.*?```|\$`[^`\n]+`\$|~~.*?~~"
    r"|^(```|~~~)(?!math).*?^\1[ \t]*$|(?<!\$)`[^`\n]+`(?!\$)|<!--.*?-->|\A---\n.*?\n---\n",
    re.S | re.M,
)
PAIRS = [
    (re.compile(opening, re.M), re.compile(closing, re.M))
    for opening, closing in (
        ("<!--", "-->"),
        (r"\\\[", r"\\\]"),
        (r"\\\(", r"\\\)"),
        *((rf"\\begin\{{{kind}\*?\}}", rf"\\end\{{{kind}\*?\}}") for kind in ENVIRONMENTS),
        (r"^```(?!math)", r"^```[ \t]*$"),
        ("^~~~", r"^~~~[ \t]*$"),
    )
]
MACRO = re.compile(
    r"\\(?:re)?newcommand\*?\s*\{?(\\[a-zA-Z]+)\}?\s*(?:\[(\d)\])?\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
)
PLAIN = re.compile(r"^[ \t>*-]*(?P<plain>[^\s=`#|][^=`\n]{0,24}\s(?:=|:=|\+=)\s[^`\n]+?)[ \t]*$", re.M)
REMARK = re.compile(r"\\(?:tag|label)\*?\s*\{[^{}]*\}|\\(?:tiny|small|large|Large|LARGE|huge|normalsize)(?![a-zA-Z])")
WORD = re.compile(r"[A-Za-z]{4,}")
LONG = 40  # formulas
KNOWN_WORDS = {"tanh", "softmax", "sigmoid", "ReLU", "relu", "alpha", "keepdims", "True", "axis", "zeros", "ones"}


@dataclass(frozen=True)
class Formula:
    """A formula as it stands: where it begins, its text, the place of the text in its source."""

    tex: str
    line: int
    start: int
    cell: int | None = None


@dataclass
class Page:
    """The texts that a file holds, one for a page, one for each text cell of a notebook, and its formulas."""

    texts: dict[int | None, str] = field(default_factory=dict)
    formulas: list[Formula] = field(default_factory=list)
    macros: dict[str, tuple[int, str]] = field(default_factory=dict)
    habits: Habits = ()
    prose: str = ""
    code: list[CodeStatement] = field(default_factory=list)

    def line_of(self, formula: Formula, offset: int) -> int:
        """The line of a place within a formula."""
        return formula.line + formula.tex.count("\n", 0, offset)

    def goes_on(self, formula: Formula) -> bool:
        """Whether code follows a formula in its line without a word between, as part of it."""
        after = self.texts[formula.cell][formula.start + len(formula.tex) :]
        return bool(re.match(r"(?:\$|\\\)) ?`[^`\n]+`", after))

    def spelt(self, tex: str) -> str:
        """The formula with the macros of the page written out, in the page's own plain spelling."""
        return respelt(expanded(tex, self.macros), self.habits)

    @cached_property
    def subscripts_are_layers(self) -> bool:
        """Whether W_1 is the W of layer 1."""
        text = "".join(formula.tex for formula in self.formulas)
        return bool(re.search(r"W_\{?\d", text)) and "^{[" not in text

    @cached_property
    def scanned_layers(self) -> list[int]:
        """Lines at which (1-1) stands, which tells that a scan has made a 1 of the layer l."""
        return [formula.line for formula in self.formulas if "(1-1)" in formula.tex]

    @property
    def is_course(self) -> bool:
        """Whether it is long enough for a course, as scanned notes are."""
        return len(self.formulas) > LONG


def page(source: str, name: str) -> Page:
    """Return the formulas of a file, by what its name says it is."""
    found = Page()
    if name.endswith(".ipynb"):
        for number, text in sources(source, "markdown"):
            _add(found, text, number)
    else:
        _add(found, source, None)
        for fence in FENCE.finditer(source):
            found.code += statements(fence.group(1), source.count("\n", 0, fence.start(1)) + 1)
    found.habits = habits([formula.tex for formula in found.formulas])
    return found


def _add(found: Page, text: str, cell: int | None) -> None:
    found.texts[cell] = text
    found.macros |= {name: (int(count or 0), body) for name, count, body in MACRO.findall(text)}
    closed = _closed(text)
    clean = SKIPPED.sub(lambda match: match.group() if SHOWN.match(match.group()) else _blank(match), closed)
    clean = MACRO.sub(_blank, clean)
    clean = REMARK.sub(lambda match: " " * len(match.group()), clean)
    clean = re.sub(r"\\mathrel\s*\{\s*([-+:])\s*\}", lambda match: match.group(1).rjust(len(match.group())), clean)
    matches = list(MATH.finditer(clean))
    line, seen = 1, 0
    pattern: Iterator[re.Match[str]] = iter(matches)
    if not matches:
        pattern = (match for match in PLAIN.finditer(clean) if _is_formula(match.group("plain")))
    for match in pattern:
        group = match.lastgroup if match.lastgroup != "kind" else "environment"
        if match.groupdict().get("environment") is not None:
            group = "environment"
        start = match.start(group or 0)
        line += text.count("\n", seen, start)
        seen = start
        if (tex := match.group(group or 0)).strip():
            found.formulas.append(Formula(tex, line, start, cell))
    found.prose += MATH.sub(" ", closed)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _closed(text: str) -> str:
    """Return the text without what opens and is never closed: each would be followed to the end of the page."""
    for opening, closing in PAIRS:
        end = max((match.end() for match in closing.finditer(text)), default=0)
        text = text[:end] + opening.sub(_blank, text[end:])
    return text


def _is_formula(text: str) -> bool:
    """Whether a line without dollars is a formula and no sentence."""
    return not [word for word in WORD.findall(text) if word not in KNOWN_WORDS]


def expanded(tex: str, macros: dict[str, tuple[int, str]]) -> str:
    """The formula with the macros of the page written out; raises UnreadError where it becomes too long."""
    for _ in range(4):
        for name, (count, body) in macros.items():
            if name not in tex:
                continue
            refuse_long(tex)
            refuse_long(body)
            arguments = r"\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}" * count

            def put(match: re.Match[str], body: str = body) -> str:
                for at, argument in enumerate(match.groups(), start=1):
                    body = body.replace(f"#{at}", argument)
                    refuse_long(body)
                return body

            tex = re.sub(re.escape(name) + r"(?![a-zA-Z])" + arguments, put, tex)
    return tex
