"""Check a page: read its statements, judge them by the checker, and say at each line what was found."""

import re
from dataclasses import replace
from functools import partial

from backproof.checker.check import check_source
from backproof.checker.report import Finding, LineVerdict, Unjudged

from .besides import Both, with_besides
from .code_cells import add_code, without_cost
from .judged import numbers, units
from .judged.calculus import Above, Claim, base
from .judged.code_slips import slip_in
from .judged.counts import judged_count
from .judged.doubts import UNDER_A_BRACE, doubt_of
from .judged.judging import judge
from .judged.lefts import leak_of
from .judged.own_slips import slip
from .judged.program import Derivation, derivation, local_claim
from .meaning.cause_tex import cause_in_tex
from .meaning.own_world import world_of
from .meaning.shapes import World
from .meaning.to_python import COSTS, to_python
from .meaning.to_tex import to_tex
from .own_values import by_values, is_left
from .reading.code import read_code, to_source
from .reading.damage import names
from .reading.pages import Page, page
from .reading.reader import read
from .reading.statements import braces, cut, states
from .reading.tree import Call, Name, Number
from .report import NotesReport, Statement
from .said import line_with, statement_of

LONGEST_FORMULA = 20_000  # characters
MOST = 3000  # statements of a page
ALONE = 20  # statements of a page without a derivation of its own, which is part of a course too
COURSE_NOTES = 60  # statements; a longer page repeats itself, and each of its statements is judged alone
NO_FORMULAS = "there are no formulas; expected some between dollars, as in $dz = a - y$"
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
    if len(found.formulas) > MOST or len(equations := _equations(found)) > MOST:
        return NotesReport(name, "unusable", f"there are more than {MOST} statements; give the page in parts")
    reads = [read for _, read in equations]
    has_cost = any(read and base(read[0]) in COSTS for read in reads)
    sides = [side for read in reads if read for side in (read[0], read[2])]
    is_general = any(name.layer == "l" for side in sides for name in names(side))
    if len(reads) + len(found.code) > (ALONE if is_general and not has_cost else COURSE_NOTES):
        _one_by_one(report, equations, found, seed)
    else:
        _as_one(report, equations, found, seed)
        is_part = len(reads) > ALONE or (is_general and not has_cost)
        if is_part and not any(said.status == "judged" for said, _ in equations):
            report.message = ""
            _one_by_one(report, equations, found, seed)
    for said in report.statements:
        if said.verdict == "wrong" and said.fix_tex:
            said.fix_tex = said.fix_tex.strip()
    _fill(report, found)
    if not report.statements:
        report.message, report.assumed = NO_FORMULAS, []
    if name.endswith(".ipynb"):
        code = check_source(source, name, seed)
        add_code(report, without_cost(code) if has_cost else code)
    return report


def _equations(found: Page) -> list[Both]:
    """Every equation of a page, with its sides where they could be read."""
    equations: list[Both] = []
    last = ""
    for formula in found.formulas:
        if len(equations) > MOST:
            break
        if len(formula.tex) > LONGEST_FORMULA:
            reason = f"it is longer than {LONGEST_FORMULA} characters"
            begun = f"{formula.tex[:80]} ..."
            equations.append((Statement(formula.line, formula.cell, begun, "not read", reason=reason), None))
            continue
        statements = cut(formula.tex, last if formula.tex.lstrip(" &\n").startswith("=") else "")
        last = next((one.left for one in reversed(statements) if one.left), "") or formula.tex
        found_here = [statement_of(found, formula, one) for one in statements if states(one)]
        for one in braces(formula.tex):
            said, sides = statement_of(found, formula, one)
            said.reason = f"{said.reason}; {UNDER_A_BRACE}" if said.reason else UNDER_A_BRACE
            found_here.append((said, sides))
        if found_here and found.goes_on(formula):
            found_here[-1][0].reason = "it goes on in code behind the formula"
            found_here[-1] = (found_here[-1][0], None)
        equations += found_here
    return equations


def _with_statements_of_code(both: list[Both], found: Page) -> list[Both]:
    """Return the statements with those of code among them, by their lines."""
    if None not in found.texts:
        return both
    both = list(both)
    text = str(found.texts[None])
    starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
    for line in found.code:
        source = to_source(line)
        at = text.find(line.value, starts[line.line - 1], starts[line.line])
        start, end = (at, at + len(line.value)) if at >= 0 else (starts[line.line - 1], starts[line.line])
        said = Statement(line.line, None, line.text, "read", source, reason=line.reason, start=start, end=end)
        said.written, said.is_code = line.value, True
        if line.right is None:
            said.reason = f"no formula of the course: {line.reason}"
        elif slip := slip_in(line):
            _put(said, slip)
        both.append((said, None if line.right is None or said.verdict else (line.left, line.relation, line.right)))
    return sorted(both, key=lambda one: one[0].line)


def _one_by_one(report: NotesReport, equations: list[Both], found: Page, seed: int) -> None:
    """Judge each statement in the network of the course."""
    both = _with_statements_of_code(with_besides(equations, found, is_course=True), found)
    report.statements = [said for said, _ in both]
    above, worked = Above(), numbers.Worked()
    for said, tree in both:
        if tree is None:
            continue
        left, relation, right = tree
        above.general_last = bool(re.search(r"[\[(]L[\])]", said.tex)) and "hat" not in said.tex
        above.one_is_general = "1-1" in said.tex
        again = read_code if said.is_code else said.again or read
        claim = Claim(left, relation, right, said.line, said.tex, said.written, said.is_code, again)
        if re.search(r"u\s*=\s*b|[Jj]\(a, ?b, ?c\)", said.tex):
            above.graph_line = said.line
        if numbers.is_slope(left) and not numbers.is_slope(right) and (body := numbers.body_of(right)):
            above.functions["f"] = ("a", body)
        has_graph = said.line - above.graph_line < 90
        verdict = (
            judged_count(left, right, above.counts)
            or numbers.judged(left, relation, right, worked, has_graph)
            or judge(claim, above, seed)
        )
        if verdict.verdict == "wrong" and (doubt := doubt_of(left, right, said.reason, said.tex, verdict.cause)):
            verdict = units.Judged("unjudged", reason=doubt)
            said.reason = f"{said.reason}; {doubt}" if said.reason else doubt
        _put(said, verdict)
        if verdict.verdict == "right" and (leak := leak_of(right)):
            above.leaks.setdefault(leak, said.line)
            others = [f"line {line} has {slope}" for slope, line in above.leaks.items() if slope != leak]
            said.note = f"for the same slope {', '.join(others)}" if others else ""
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


def _put(said: Statement, verdict: units.Judged, spelling: dict[str, str] | None = None) -> None:
    if verdict.verdict == "unjudged":
        said.reason = said.reason or verdict.reason
        return
    said.status, said.verdict = "judged", verdict.verdict
    said.cause = re.sub(r"\bp_", "d", verdict.cause)
    if verdict.verdict == "wrong" and verdict.fix_tex:
        said.fix_tex = verdict.fix_tex
    elif verdict.verdict == "wrong" and verdict.fix:
        in_tex = partial(_latex, tex=said.tex, spelling=spelling or {})
        said.fix_tex, said.cause = in_tex(verdict.fix), cause_in_tex(said.cause, in_tex)


def _latex(source: str, *, tex: str, spelling: dict[str, str]) -> str:
    layered = "()" if re.search(r"\^\{\(\d", tex) else "_" if re.search(r"[WAZ]_\{?\d", tex) else "[]"
    elementwise = next((sign for sign in (r"\odot", r"\circ", "*", r"\otimes", r"\times") if sign in tex), r"\odot")
    try:
        return to_tex(source, spelling, layered, elementwise)
    except (ValueError, SyntaxError, IndexError):
        return ""


def _as_one(report: NotesReport, equations: list[Both], found: Page, seed: int) -> None:
    """Judge a page with a forward part of its own as one derivation."""
    both = with_besides(equations, found, is_course=False)
    report.statements, reads = [said for said, _ in both], [read for _, read in both]
    text = "\n".join(str(text) for text in found.texts.values())
    known, report.assumed = by_values(both, text)
    for number, verdict in known.items():
        _put(report.statements[number], verdict)
    if known and not is_left(both, known):
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
            fix = line_with(found, said) if said.fix_tex else None
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
