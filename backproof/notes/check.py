"""Check a page: read its statements, judge them by the checker, and say at each line what was found."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from backproof.checker.check import check_source
from backproof.checker.report import Finding, LineVerdict, Report, Unjudged

from .judged import numbers, units
from .judged.calculus import Above, Claim, base
from .judged.code_slips import slip_in
from .judged.doubts import doubt_of
from .judged.judging import judge
from .judged.own_slips import slip
from .judged.program import Derivation, derivation, local_claim
from .meaning.cause_tex import cause_in_tex
from .meaning.own_world import world_of
from .meaning.shapes import World
from .meaning.to_python import COSTS, to_python
from .meaning.to_tex import to_tex
from .pagewise.verdicts import judge_page
from .reading.code import to_source
from .reading.damage import names
from .reading.pages import Page, page
from .reading.reader import read
from .reading.statements import cut
from .reading.tree import Call, Derivative, Name, Number, Op, Tree
from .report import NotesReport, Statement
from .said import Read, statement_of

ALONE = 20  # statements of a page without a derivation of its own, which is part of a course too
COURSE_NOTES = 60  # statements; a longer page repeats itself, and each of its statements is judged alone
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
    last = ""
    for formula in found.formulas:
        statements = cut(formula.tex, last if formula.tex.lstrip(" &\n").startswith("=") else "")
        last = next((one.left for one in reversed(statements) if one.left), "") or formula.tex
        for statement in statements:
            if not statement.relation or not statement.right.strip():
                continue
            said, tree = statement_of(found, formula, statement)
            report.statements.append(said)
            reads.append(tree)
        if statements and reads and reads[-1] and found.goes_on(formula):
            report.statements[-1].reason, reads[-1] = "it goes on in code behind the formula", None
    has_cost = any(read and base(read[0]) in COSTS for read in reads)
    sides = [side for read in reads if read for side in (read[0], read[2])]
    is_general = any(name.layer == "l" for side in sides for name in names(side))
    if len(reads) + len(found.code) > (ALONE if is_general and not has_cost else COURSE_NOTES):
        if None in found.texts:
            _add_code(report, reads, found)
        _one_by_one(report, reads, seed)
    else:
        _as_one(report, reads, found, seed)
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


def _add_code(report: NotesReport, reads: list[Read | None], found: Page) -> None:
    """Put the statements of code among those of the text, by their lines."""
    both = list(zip(report.statements, reads, strict=True))
    text = str(found.texts[None])
    starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
    for line in found.code:
        source = to_source(line)
        at = text.find(line.value, starts[line.line - 1], starts[line.line])
        start, end = (at, at + len(line.value)) if at >= 0 else (starts[line.line - 1], starts[line.line])
        said = Statement(line.line, None, line.text, "read", source, reason=line.reason, start=start, end=end)
        if line.right is None:
            said.status = "not read"
        elif slip := slip_in(line):
            _put(said, slip)
        both.append((said, None if line.right is None or said.verdict else (line.left, line.relation, line.right)))
    both.sort(key=lambda one: one[0].line)
    report.statements[:], reads[:] = [said for said, _ in both], [read for _, read in both]


def _with_code(report: NotesReport, code: Report) -> None:
    """Add what the checker says of the code cells, where it can use them."""
    report.code = code
    if code.verdict == "unusable":
        return
    report.lines += code.lines
    report.unjudged += code.unjudged
    if code.verdict == "wrong" or report.verdict == "unusable":
        report.verdict = code.verdict


def _one_by_one(report: NotesReport, reads: list[Read | None], seed: int) -> None:
    """Judge each statement in the network of the course."""
    above, worked = Above(), numbers.Worked()
    for said, tree in zip(report.statements, reads, strict=True):
        if tree is None:
            continue
        left, relation, right = tree
        above.general_last = bool(re.search(r"[\[(]L[\])]", said.tex)) and "hat" not in said.tex
        above.one_is_general = "1-1" in said.tex
        claim = Claim(left, relation, right, said.line, said.tex, said.written, said.again or read)
        if re.search(r"u\s*=\s*b|[Jj]\(a, ?b, ?c\)", said.tex):
            above.graph_line = said.line
        if (body := _differentiated_body(right)) and numbers.is_slope(left):
            worked.body = body
            above.functions["f"] = ("a", body)
        has_graph = said.line - above.graph_line < 90
        verdict = numbers.judged(left, relation, right, worked, has_graph) or judge(claim, above, seed)
        if verdict.verdict == "wrong" and (doubt := doubt_of(left, right, said.reason, said.tex, verdict.cause)):
            verdict = units.Judged("unjudged", reason=doubt)
            said.reason = f"{said.reason}; {doubt}" if said.reason else doubt
        _put(said, verdict)
        if verdict.verdict == "wrong" and isinstance(left, Call) and left.function == Name("f", primes=1):
            body = to_python(right, World(layers=1, examples="1", own={"a": ()})).text
            if body in numbers.FAMILY:  # f itself, printed with a prime
                above.functions["f"] = ("a", body)
        if isinstance(left, Call) and isinstance(left.function, Name) and left.function.base in ("f", "g"):
            argument = left.arguments[0]
            if (
                not left.function.primes
                and isinstance(argument, Name)
                and argument.base in {n.base for n in names(right)}
            ):
                body = to_python(right, World(layers=1, examples="1", own={argument.base: ()})).text
                above.functions[left.function.base] = (argument.base, body)
                worked.body = body if left.function.base == "f" else worked.body
        if isinstance(left, Name) and isinstance(right, Number):
            above.numbers[left.base] = right.digits
    if len(report.statements):
        report.assumed = ["each statement is judged in the network of the course, with m examples or with one"]


def _differentiated_body(tree: Tree) -> str:
    """The source of what d/da a^2 differentiates."""
    if isinstance(tree, Derivative) and isinstance(tree.of, Op) and isinstance(tree.by, Name):
        return to_python(tree.of, World(layers=1, examples="1", own={tree.by.base: ()})).text
    return ""


def _put(said: Statement, verdict: units.Judged, spelling: dict[str, str] | None = None) -> None:
    if verdict.verdict == "unjudged":
        said.reason = said.reason or verdict.reason
        return
    said.status, said.verdict = "judged", verdict.verdict
    said.cause = re.sub(r"\bp_", "d", verdict.cause)
    if verdict.verdict == "wrong" and verdict.fix_tex:
        said.fix_tex = verdict.fix_tex
    elif verdict.verdict == "wrong" and verdict.fix:
        said.fix_tex = _latex(verdict.fix, said.tex, spelling or {})


def _latex(source: str, tex: str, spelling: dict[str, str]) -> str:
    layered = "()" if re.search(r"\^\{\(\d", tex) else "_" if re.search(r"[WAZ]_\{?\d", tex) else "[]"
    elementwise = next((sign for sign in (r"\odot", r"\circ", "*", r"\otimes", r"\times") if sign in tex), r"\odot")
    try:
        return to_tex(source, spelling, layered, elementwise)
    except (ValueError, SyntaxError, IndexError):
        return ""


def _by_values(report: NotesReport, reads: list[Read | None], text: str) -> dict[int, units.Judged]:
    """Judge a page by the values of its own formulas, where they make sense as a whole."""
    said = report.statements
    lefts = [re.split(r"=|\\leftarrow|\\equiv|:", one.tex)[0] for one in said]
    known, assumed = judge_page(reads, text, [one.again for one in said], [one.written for one in said], lefts)
    if any(verdict.verdict != "unjudged" for verdict in known.values()):
        report.assumed = assumed
        for number, verdict in known.items():
            _put(said[number], verdict)
    return known


def _left(report: NotesReport, reads: list[Read | None], known: Mapping[int, units.Judged]) -> bool:
    """Whether a claim was left that the page's own values cannot judge, and for no reason in itself."""
    return any(
        reads[number]
        and said.claims
        and not said.verdict
        and "one example" not in known.get(number, units.Judged("")).reason
        for number, said in enumerate(report.statements)
    )


def _as_one(report: NotesReport, reads: list[Read | None], found: Page, seed: int) -> None:
    """Judge a page with a forward part of its own as one derivation."""
    text = "\n".join(str(text) for text in found.texts.values())
    known = _by_values(report, reads, text)
    if any(verdict.verdict != "unjudged" for verdict in known.values()) and not _left(report, reads, known):
        return
    built: Derivation = derivation(reads, text)
    world = world_of(reads, text)
    for number in built.unjudged:
        tree = reads[number]
        if tree and (program := local_claim(tree, world, text)):
            verdict = units.judged(program, seed)
            verdict = units.judged(program, seed, explained=True) if verdict.verdict == "wrong" else verdict
            in_tex = partial(_latex, tex=report.statements[number].tex, spelling={})
            verdict = replace(verdict, cause=cause_in_tex(verdict.cause, in_tex))
            if not report.statements[number].verdict:
                _put(report.statements[number], verdict)
    said_by = check_source(built.source, "notes", seed)
    report.assumed = report.assumed or built.assumed
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
    fixes = {finding.line: finding.fix for finding in said_by.lines if finding.fix}
    judged = {number for number, said in enumerate(report.statements) if said.verdict}
    trusted = not any(
        finding.verdict == "wrong" and report.statements[built.at.get(finding.line, 0)].verdict == "right"
        for finding in said_by.lines
    )
    for finding in said_by.lines:
        number = built.at.get(finding.line, -1)
        if number < 0 or number in judged or (finding.verdict == "wrong" and not trusted):
            continue
        said = report.statements[number]
        fix = (finding.fix or "").partition(" = ")[2]
        if said.verdict != "wrong":
            tex, cause = slip(built, fixes, finding.line, said.written, found.macros) if fix else ("", "")
            in_tex = partial(_latex, tex=said.tex, spelling=spelling)
            cause = cause or cause_in_tex(finding.cause or finding.note, in_tex)
            _put(said, units.Judged(finding.verdict, cause, fix, fix_tex=tex), spelling)
    if said_by.verdict == "unusable" and said_by.message and not judged:
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
