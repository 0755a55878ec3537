"""Check a page: read its statements, judge them by the checker, and say at each line what was found."""

import re

from backproof.checker.check import check_source
from backproof.checker.report import Finding, LineVerdict, Report, Unjudged

from .judged import units
from .judged.calculus import Above, Claim
from .judged.judging import judge
from .judged.program import Derivation, derivation, local_claim
from .meaning.own_world import world_of
from .meaning.shapes import AskError, World
from .meaning.to_python import MeaningError, to_python
from .meaning.to_tex import to_tex
from .reading.damage import names, repaired
from .reading.pages import Formula, Page, expanded, page
from .reading.products import UnreadError
from .reading.reader import read
from .reading.statements import Statement as Cut
from .reading.statements import cut
from .reading.tree import Call, Derivative, Name, Number, Op, Tree
from .report import NotesReport, Statement

ALONE = 20  # statements of a page without a derivation of its own, which is part of a course too
COURSE_NOTES = 60  # statements; a longer page repeats itself, and each of its statements is judged alone
Read = tuple[Tree, str, Tree]
NOTES = (".md", ".markdown", ".tex", ".ipynb", ".txt")


def is_notes(name: str, source: str) -> bool:
    """Whether a file is a page and no program; a notebook is one when its text holds statements."""
    if name.endswith(".ipynb"):
        try:
            return any(one.relation for formula in page(source, name).formulas for one in cut(formula.tex))
        except ValueError:
            return False
    return name.endswith(NOTES)


def check_notes(source: str, name: str, seed: int = 0) -> NotesReport:
    """Read and judge the formulas of a page."""
    found = page(source, name)
    report = NotesReport(name, source=source.splitlines(), texts=found.texts)
    reads: list[Read | None] = []
    for formula in found.formulas:
        for statement in cut(formula.tex):
            if not statement.relation:
                continue
            said, tree = _read(found, formula, statement)
            report.statements.append(said)
            reads.append(tree)
    if len(reads) > COURSE_NOTES:
        _one_by_one(report, reads, seed)
    else:
        _as_one(report, reads, "\n".join(str(text) for text in found.texts.values()), seed)
    if len(reads) > ALONE and not any(said.status == "judged" for said in report.statements):
        report.message = ""
        _one_by_one(report, reads, seed)
    for said in report.statements:
        if said.verdict == "wrong" and said.fix_tex:
            said.fix_tex = said.fix_tex.strip()
    _fill(report, found)
    if name.endswith(".ipynb"):
        _with_code(report, check_source(source, name, seed))
    return report


def _with_code(report: NotesReport, code: Report) -> None:
    """Add what the checker says of the code cells, where it can use them."""
    if code.verdict == "unusable":
        return
    report.lines += code.lines
    report.unjudged += code.unjudged
    if code.verdict == "wrong" or report.verdict == "unusable":
        report.verdict = code.verdict


def _read(found: Page, formula: Formula, statement: Cut) -> tuple[Statement, Read | None]:
    text = f"{statement.left} {statement.relation} {statement.right}"
    text = re.sub(r"\\(?:begin|end)\{(?:aligned|align|split)\*?\}", "", text).strip()
    place = re.search(r"[^\s&]", formula.tex[statement.start :])
    line = found.line_of(formula, statement.start + (place.start() if place else 0))
    right = statement.right
    length = len(right.rstrip(" .\n\t"))
    start = statement.start + len(right) - len(right.lstrip())
    said = Statement(
        line, formula.cell, text, "read", start=formula.start + start, end=formula.start + statement.start + length
    )
    try:
        left = read(expanded(statement.left, found.macros))
        value = read(expanded(right.rstrip(" ."), found.macros))
    except (UnreadError, RecursionError) as error:
        said.status, said.reason = "not read", str(error)
        return said, None
    is_update = (
        (any(name.kind == "d" for name in names(value)) or "partial" in right)
        and "alpha" in statement.right
        and "-" in statement.right
    )
    left, first = repaired(left, frozenset(), is_update)
    value, second = repaired(value, frozenset(), is_update)
    said.reason = "; ".join([*first, *second])
    relation = statement.relation
    said.claims = isinstance(left, Derivative) or (isinstance(left, Name) and left.kind == "d")
    left, relation = _division(left, relation, value)
    layered = _subscripts_are_layers(found)
    left, value = (_layered(side) if layered else side for side in (left, value))
    try:
        said.python = _source(left, relation, value)
    except (MeaningError, AskError, KeyError, ValueError) as error:
        said.reason = str(error)
    return said, (left, relation, value)


def _division(left: Tree, relation: str, value: Tree) -> tuple[Tree, str]:
    """|V| = m is what a scan makes of V /= m."""
    if value == Name("m") and isinstance(left, Op) and left.kind == "absolute":
        return left.kids[0], "/="
    if value == Name("m") and isinstance(left, Name) and (left.base == "J" or left.kind == "d"):
        return left, "/="
    return left, relation


def _subscripts_are_layers(found: Page) -> bool:
    text = "".join(formula.tex for formula in found.formulas)
    return bool(re.search(r"W_\{?\d", text)) and "^{[" not in text


def _layered(tree: Tree) -> Tree:
    from .reading.damage import mapped

    def change(name: Name) -> Name:
        if name.base in ("W", "b", "Z", "A", "z", "a", "h") and len(name.parts) == 1 and name.parts[0].isdigit():
            return Name(name.base, name.kind, name.parts[0], name.example, (), name.primes)
        return name

    return mapped(tree, change)


def _source(left: Tree, relation: str, value: Tree) -> str:
    """The reading as one line of NumPy."""
    layers = [name.layer for side in (left, value) for name in names(side) if name.layer]
    depth = max([int(layer) for layer in layers if layer.isdigit()], default=0)
    is_general = any(not layer.isdigit() for layer in layers)
    world = World(
        layers=4 if is_general or depth > 2 else max(depth, 2 if layers else 1), general=2, last_is_general=is_general
    )
    right = to_python(value, world)
    if isinstance(left, Call) and isinstance(left.function, Name) and left.function.base not in ("J",):
        arguments = ", ".join(to_python(argument, world).text for argument in left.arguments)
        word = to_python(left, world).text.partition("(")[0]
        return f"{word} = lambda {arguments}: {right.text}"
    target = left.function if isinstance(left, Call) and isinstance(left.function, Name) else left
    sign = {":=": "=", r"\leftarrow": "=", r"\approx": "≈"}.get(relation, relation)
    return f"{to_python(target, world).text} {sign} {right.text}"


def _one_by_one(report: NotesReport, reads: list[Read | None], seed: int) -> None:
    """Judge each statement in the network of the course."""
    above = Above()
    for said, tree in zip(report.statements, reads, strict=True):
        if tree is None:
            continue
        left, relation, right = tree
        above.general_last = bool(re.search(r"[\[(]L[\])]", said.tex)) and "hat" not in said.tex
        above.one_is_general = "1-1" in said.tex
        claim = Claim(left, relation, right, said.line, said.tex)
        if re.search(r"u\s*=\s*b", said.tex):
            above.graph_line = said.line
        verdict = judge(claim, above, seed)
        _put(said, verdict)
        if isinstance(left, Call) and isinstance(left.function, Name) and left.function.base in ("f", "g"):
            argument = left.arguments[0]
            if (
                not left.function.primes
                and isinstance(argument, Name)
                and argument.base in {n.base for n in names(right)}
            ):
                body = to_python(right, World(layers=1, examples="1", own={argument.base: ()})).text
                above.functions[left.function.base] = (argument.base, body)
        if isinstance(left, Name) and isinstance(right, Number):
            above.numbers[left.base] = right.digits
    if len(report.statements):
        report.assumed = ["each statement is judged in the network of the course, with m examples or with one"]


def _put(said: Statement, verdict: units.Judged, spelling: dict[str, str] | None = None) -> None:
    if verdict.verdict == "unjudged":
        said.reason = said.reason or verdict.reason
        return
    said.status, said.verdict = "judged", verdict.verdict
    said.cause = re.sub(r"\bp_", "d", verdict.cause)
    if verdict.verdict == "wrong" and verdict.fix:
        said.fix_tex = _latex(verdict.fix, said.tex, spelling or {})


def _latex(source: str, tex: str, spelling: dict[str, str]) -> str:
    layered = "()" if re.search(r"\^\{\(\d", tex) else "_" if re.search(r"[WAZ]_\{?\d", tex) else "[]"
    elementwise = next((sign for sign in (r"\odot", r"\circ", "*", r"\otimes", r"\times") if sign in tex), r"\odot")
    try:
        return to_tex(source, spelling, layered, elementwise)
    except (ValueError, SyntaxError, IndexError):
        return ""


def _as_one(report: NotesReport, reads: list[Read | None], text: str, seed: int) -> None:
    """Judge a page with a forward part of its own as one derivation."""
    built: Derivation = derivation(reads, text)
    world = world_of(reads, text)
    for number in built.unjudged:
        tree = reads[number]
        if tree and (program := local_claim(tree, world, text)):
            verdict = units.judged(program, seed)
            verdict = units.judged(program, seed, explained=True) if verdict.verdict == "wrong" else verdict
            _put(report.statements[number], verdict)
    said_by = check_source(built.source, "notes", seed)
    report.assumed = built.assumed
    spelling = {
        built.lines[line - 1].partition(" = ")[0]: report.statements[number]
        .tex.partition(" = ")[0]
        .replace("&", "")
        .strip()
        for line, number in built.at.items()
        if number >= 0 and built.lines[line - 1].startswith("d")
    }
    report.story = said_by.story
    for number, reason in built.unjudged.items():
        report.statements[number].reason = report.statements[number].reason or reason
    for finding in said_by.lines:
        number = built.at.get(finding.line, -1)
        if number < 0:
            continue
        said = report.statements[number]
        fix = (finding.fix or "").partition(" = ")[2]
        if said.verdict != "wrong":
            _put(said, units.Judged(finding.verdict, finding.cause or finding.note, fix), spelling)
    if said_by.verdict == "unusable" and said_by.message:
        report.message = said_by.message
    for left in said_by.unjudged:
        number = built.at.get(left.line, -1)
        if number >= 0 and not report.statements[number].verdict:
            report.statements[number].reason = left.reason


def _fill(report: NotesReport, found: Page) -> None:
    """Put the statements into the findings that every report has."""
    for said in report.statements:
        if said.status == "judged":
            fix = _line_with(found, said) if said.fix_tex else None
            verdict: LineVerdict = "wrong" if said.verdict == "wrong" else "right"
            report.lines.append(Finding(said.line, said.tex, verdict, None, said.cause or None, fix, cell=said.cell))
        elif said.status == "not read" or said.claims:
            report.unjudged.append(Unjudged(said.line, said.tex, said.reason or "it is not reached", said.cell))
    wrong = any(said.verdict == "wrong" for said in report.statements)
    judged = any(said.status == "judged" for said in report.statements)
    report.verdict = (
        "wrong" if wrong else "right" if judged and not report.unjudged else "unjudged" if judged else "unusable"
    )
    if report.verdict == "unusable" and not report.message:
        report.message = "no formula of this page could be judged"


def _line_with(found: Page, said: Statement) -> str | None:
    """The whole line of the page with the right formula in the place of the wrong one."""
    text = found.texts[said.cell]
    fixed = text[: said.start] + said.fix_tex + text[said.end :]
    if "\n" in text[said.start : said.end]:
        return None
    return fixed.splitlines()[said.line - 1].strip()
