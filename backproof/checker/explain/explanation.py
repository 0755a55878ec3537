"""Explain the wrong claims of a file: where the slip stands, what it is, and what the right line is."""

import warnings
from dataclasses import dataclass, replace

from ..judge import Story, Verdict, judge, told
from ..mean.compare import Convention
from ..record.program import Program, UnusableError, lines_of, read, rows_of
from ..record.run import quiet
from ..redraw import program_samples
from ..samples import Sample, samples_of
from .case import Case, Change, applied, repairs
from .forward import differ, forward_slip, is_textbook, labels_slip
from .known import known
from .nearest import chains, in_chain, nearest
from .slips import Slip
from .suspects import Map, Suspect

UNEXPLAINED = 10.0  # what a claim without a fix costs
FRESH = 1009  # how far the seed of the last proof is from the first one
ROUNDS = 5


@dataclass
class Explanation:
    """What is known of a slip: its line, the claim that it makes wrong, what it is, and the whole right line."""

    line: int
    name: str
    slip: Slip | None = None
    fix: str | None = None
    verified: int = 0
    known: str = ""
    site: int = -1


@dataclass
class Account:
    """Explanations of a whole file, the script with their fixes, and how usual their slips are."""

    found: list[Explanation]
    source: str
    cost: float
    is_complete: bool  # with the fixes nothing is wrong


def explain(program: Program, story: Story, seed: int = 0) -> list[Explanation]:
    """One explanation for each wrong claim, each with its fix where one is proved on fresh samples.

    Where the derivatives may be told in two conventions, the one in which the slips are more usual is taken.
    """
    if not story.wrong:
        return []
    with quiet(program.folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        account = _best(program, story, seed, is_deep=False)
        account = _before_the_claims(program, story, account) or account
        if not account.is_complete and program.inputs:
            account = _best(program, story, seed, is_deep=True)
    rows = lines_of(account.source)
    for e in account.found:
        if e.slip is not None:
            e.fix, e.verified = rows[e.line - 1].strip(), len(story.samples)
        else:
            verdict = next((v for v in story.wrong if (v.site, v.name) == (e.site, e.name)), None)
            e.known = (verdict.note or known(program, story, verdict)) if verdict is not None else ""
            if verdict is not None and any(c.called_from for c in verdict.claims):
                function = program.instrumented.sites[verdict.site].function
                e.known = f"{function} is right in another call, and not in this one: {e.known}"
    return sorted(account.found, key=lambda e: e.line)


def _best(program: Program, story: Story, seed: int, is_deep: bool) -> Account:
    """The account in the convention in which the slips are the more usual ones."""
    account = _account(program, story, seed, is_deep)
    if account.is_complete or not story.is_exact:
        return account
    other = _account(program, _told_otherwise(program, story), seed, is_deep)
    return other if other.is_complete or other.cost < account.cost else account


def _before_the_claims(program: Program, story: Story, account: Account) -> Account | None:
    """The account by one slip of the forward part, where the claims do not explain themselves as simply."""
    if not program.inputs:
        return None
    slips = [e.slip for e in account.found if e.slip is not None]
    places = Map(program)
    is_odd = not account.is_complete or differ(slips) or any(s.count > 1 for s in slips)
    is_free = is_odd or any(is_textbook(v, places, program) for v in story.wrong)
    before = (labels_slip(program, story) if is_odd else None) or forward_slip(program, story, is_free)
    if before is None or before.node is None:
        return None
    case = Case(program, story)
    change = case.change(Suspect(before.statement, before.node), before.edit)
    found = Explanation(change.line(program.source), before.name, before.edit.slip)
    return Account([found], applied(program.source, [change]), change.cost, True)


def _told_otherwise(program: Program, story: Story) -> Story:
    """The same file, in the other convention."""
    convention: Convention = "summed" if story.convention == "own" else "own"
    return told(program, [Sample(s.draw, s.first, s.base_values) for s in story.samples], convention, story.is_exact)


def _account(program: Program, story: Story, seed: int, is_deep: bool) -> Account:
    account = Account([], program.source, 0.0, False)
    here: Story | None = story
    for _ in range(ROUNDS):
        if here is None or not here.wrong:
            break
        case = Case(_with(program, account.source), here)
        made = one_by_one(case, is_deep=False)
        if is_deep and all(change is None for _, change in made):
            made = one_by_one(case, is_deep=True)
        _add(account.found, [e for e, _ in made])
        changes = list({id(c): c for _, c in made if c is not None}.values())
        if not changes:
            break
        account.cost += sum(c.cost for c in changes)
        account.source = applied(account.source, changes)
        here = _judged_again(program, account.source, seed, story)
    account.is_complete = here is not None and not here.wrong
    _withdraw(account, program, here)
    account.cost += UNEXPLAINED * sum(e.slip is None for e in account.found)
    return account


def _add(found: list[Explanation], new: list[Explanation]) -> None:
    """Add explanations; one with a fix takes the place of one of the same claim that has none."""
    for e in new:
        before = next(
            (f for f in found if (f.site, f.name) == (e.site, e.name) and (f.slip is None or f.line == e.line)), None
        )
        if before is None:
            found.append(e)
        elif before.slip is None:
            found[found.index(before)] = e
        elif e.slip is not None:
            before.slip = replace(before.slip, more=e.slip)


def _withdraw(account: Account, program: Program, story: Story | None) -> None:
    """Take back the fixes of claims that are still wrong."""
    if story is None or not story.wrong:
        return
    rows, old = rows_of(account.source), rows_of(program.source)
    still = {(v.site, v.name) for v in story.wrong}
    for e in account.found:
        if (e.site, e.name) in still and len(rows) == len(old):
            e.slip, rows[e.line - 1] = None, old[e.line - 1]
    account.source = "".join(rows)


def _judged_again(program: Program, source: str, seed: int, story: Story) -> Story | None:
    """The verdicts on fresh samples of a script with fixes, which leave alone what was right before.

    What is wrong on one set of samples and right on another is left to rounding.
    """
    first = _judged(program, source, seed + FRESH, story.is_exact)
    if first is None or not first.wrong:
        return first
    known = (
        {(v.site, v.name) for v in story.verdicts if v.verdict == "right"}
        if first.convention == story.convention
        else set()
    )
    wrong = {(v.site, v.name) for v in first.wrong} - known
    second = _judged(program, source, seed + 2 * FRESH, story.is_exact) if wrong else None
    if second is not None:
        wrong &= {(v.site, v.name) for v in second.wrong}
    first.verdicts = [v for v in first.verdicts if v.verdict != "wrong" or (v.site, v.name) in wrong]
    return first


def _with(program: Program, source: str) -> Program:
    return program if source == program.source else read(source, program.name, program.folder)


def _judged(program: Program, source: str, seed: int, is_exact: bool) -> Story | None:
    try:
        fixed = _with(program, source)
        samples = samples_of(fixed, seed) if fixed.inputs else program_samples(fixed, seed)
        return judge(fixed, samples, is_exact)
    except UnusableError:
        return None


def one_by_one(case: Case, is_deep: bool) -> list[tuple[Explanation, Change | None]]:
    """Explain each wrong claim by a slip near to it; two of them where `is_deep`."""
    found: list[tuple[Explanation, Change | None]] = []
    sites: dict[int, list[Verdict]] = {}
    for verdict in sorted(case.story.wrong, key=lambda v: v.order):
        sites.setdefault(verdict.site, []).append(verdict)
    explained: set[int] = set()
    for group in chains(case, list(sites)):
        change = in_chain(case, group, sites)
        if change is not None:
            line = change.line(case.program.source)
            found += [(Explanation(line, v.name, change.slip, site=s), change) for s in group for v in sites[s]]
            explained |= set(group)
    for site, verdicts in sites.items():
        if site in explained:
            continue
        changes = nearest(case, case.goal(verdicts), is_deep)
        if not changes:
            found += [(Explanation(v.line, v.name, site=site), None) for v in verdicts]
            continue
        lines = [change.line(case.program.source) for change in changes]
        for change, line in zip(changes, lines, strict=True):
            found += [(Explanation(line, v.name, change.slip, site=site), change) for v in verdicts]
        if lines != [verdicts[0].line]:
            others = {s: vs for s, vs in sites.items() if s != site and s not in explained}
            explained |= {s for s, vs in others.items() if repairs(case, changes, case.goal(vs))}
    return [pair for pair in found if pair[0].site not in explained or pair[1] is not None]
