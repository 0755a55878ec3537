"""Explain the wrong claims of a file: where the slip stands, what it is, and what the right line is."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..judge import Story, Verdict, judge, told
from ..mean.claims import Convention, multiples_of
from ..mean.sense import Sense
from ..program import Program, UnusableError, quiet, read
from ..record.tape import Node
from ..redraw import program_samples
from ..samples import Sample, samples_of
from .expression import segment
from .forward import differ, forward_slip, is_textbook, labels_slip
from .known import known
from .plain import Bench, Key, opened
from .search import Budget, Couples, Goal, Search, runs_right
from .slips import Edit, Kind, Slip
from .suspects import Map, Suspect, behind, own

UNEXPLAINED = 10.0  # what a claim without a fix costs
FRESH = 1009  # how far the seed of the last proof is from the first one
ROUNDS = 5
COUPLES, COUPLES_TRIED = 6, 4000


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


@dataclass(frozen=True)
class Change:
    """An edit of the script, and the claims that it makes right."""

    start: int
    end: int
    text: str
    slip: Slip
    cost: float

    def line(self, source: str) -> int:
        """The physical line of what changes."""
        old, new = source[self.start : self.end], self.text
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        same = min(same, max(len(old) - 1, 0))
        return source.count("\n", 0, self.start + same) + 1


@dataclass
class Case:
    """A file with its verdicts, in the course of being explained."""

    program: Program
    story: Story
    benches: list[Bench] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.map = Map(self.program)
        self.benches = self.benches or [Bench(self.program, s) for s in self.story.samples]
        self.offsets = [0]
        for line in self.program.source.splitlines(keepends=True):
            self.offsets.append(self.offsets[-1] + len(line))
        self.rows = self.program.source.splitlines(keepends=True)
        self.budget = Budget()

    def offset(self, line: int, column: int) -> int:
        """Where a place of the tree is in the text."""
        row = self.rows[line - 1]
        return self.offsets[line - 1] + (
            column if row.isascii() else len(row.encode()[:column].decode(errors="replace"))
        )

    def goal(self, verdicts: Sequence[Verdict]) -> Goal:
        """What must become right: the claims of one site."""
        site = verdicts[0].site
        statement = self.site(site).statement
        free = {s.number for s in self.program.instrumented.sites if s.statement is statement} | {site}
        truths = []
        for bench in self.benches:
            found: dict[Key, object] = {}
            for verdict in verdicts:
                found |= bench.truths(site, verdict.name)
            truths.append(found)
        event = self.benches[0].sample.first.cost_event
        final = {
            v.name for v in self.story.verdicts if any(c.of_parameter for c in v.claims)
        }  # nothing is made from them
        unused = frozenset({v.name for v in verdicts} | final | ({event.name} if event is not None else set()))
        return Goal(site, frozenset(free), truths, self.scales(verdicts, truths), unused, self.kept)

    @cached_property
    def sense(self) -> Sense:
        """The first sample with right values in the place of wrong ones."""
        return self.benches[0].sample.again(self.program)

    @cached_property
    def kept(self) -> frozenset[Key]:
        """The claims that are right."""
        right = [c.event for v in self.story.verdicts if v.verdict == "right" for c in v.claims]
        return frozenset((e.site.number, e.turn, e.name) for e in right)

    def scales(self, verdicts: Sequence[Verdict], truths: Sequence[dict[Key, object]]) -> list[list[float]]:
        """The numbers by which right values may be multiplied: an input per example is free in its convention."""
        by_truth = {id(c.truth): c for v in verdicts for c in v.claims}
        claims = [next((by_truth[id(t)] for t in found.values() if id(t) in by_truth), None) for found in truths]
        known = [c for c in claims if c is not None and c.target is not None]
        if (
            not self.story.is_exact
            or self.story.convention == "own"
            or not known
            or any(c.target.parents for c in known)
        ):  # type: ignore[union-attr]
            return [[1.0] * len(truths)]
        options = []
        for claim, bench in zip(claims, self.benches, strict=True):
            shaped = multiples_of(Node("leaf", claim.truth), bench.sample.first) if claim is not None else []
            options.append([1.0, *(c for c in shaped[:1] if c > 1)])
        if any(len(o) < 2 for o, c in zip(options, claims, strict=True) if c is not None):
            return [[1 / c.multiple if c is not None else 1.0 for c in claims]]
        return [
            [o[min(i, len(o) - 1)] / (c.multiple if c else 1.0) for o, c in zip(options, claims, strict=True)]
            for i in (0, 1)
        ]

    def site(self, number: int):  # type: ignore[no-untyped-def]
        """A site by its number."""
        return self.program.instrumented.sites[number]

    def search(self, suspect: Suspect, goal: Goal) -> Search:
        """The search in one expression."""
        text = segment(self.program.source, suspect.node)
        goal = replace(goal, in_the_end=suspect.is_header)
        return Search(
            self.program.source, self.program.name, suspect.node, text, self.benches, goal, self.budget, suspect.is_own
        )

    def change(self, suspect: Suspect, edit: Edit) -> Change:
        """An edit of an expression as one of the script."""
        start = self.offset(suspect.node.lineno, suspect.node.col_offset)
        return Change(start + edit.start, start + edit.end, edit.text, edit.slip, edit.cost)


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
    rows = account.source.splitlines()
    for e in account.found:
        if e.slip is not None:
            e.fix, e.verified = rows[e.line - 1].strip(), len(story.samples)
        else:
            verdict = next((v for v in story.wrong if (v.site, v.name) == (e.site, e.name)), None)
            e.known = known(program, story, verdict) if verdict is not None else ""
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
    rows, old = account.source.splitlines(keepends=True), program.source.splitlines(keepends=True)
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


def applied(source: str, changes: Sequence[Change]) -> str:
    """The script after some changes; of two that overlap the first."""
    done: list[Change] = []
    for change in changes:
        if all(change.end <= c.start or c.end <= change.start for c in done):
            done.append(change)
    for change in sorted(done, key=lambda c: -c.start):
        source = source[: change.start] + change.text + source[change.end :]
    return source


def one_by_one(case: Case, is_deep: bool) -> list[tuple[Explanation, Change | None]]:
    """Explain each wrong claim by a slip near to it; two of them where `is_deep`."""
    found: list[tuple[Explanation, Change | None]] = []
    sites: dict[int, list[Verdict]] = {}
    for verdict in sorted(case.story.wrong, key=lambda v: v.order):
        sites.setdefault(verdict.site, []).append(verdict)
    explained: set[int] = set()
    for group in _chains(case, list(sites)):
        change = _in_chain(case, group, sites)
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
            explained |= {s for s, vs in others.items() if _repair(case, changes, case.goal(vs))}
    return [pair for pair in found if pair[0].site not in explained or pair[1] is not None]


def _chains(case: Case, sites: Sequence[int]) -> Iterator[list[int]]:
    """The wrong sites that give one variable its values, one after the other."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number in sites:
        site = case.site(number)
        groups.setdefault((site.function, site.name or site.container), []).append(number)
    yield from (group for group in groups.values() if len(group) > 1)


def _in_chain(case: Case, group: Sequence[int], sites: dict[int, list[Verdict]]) -> Change | None:
    """One slip in the statements that make a variable's last value."""
    goal = case.goal(sites[group[-1]])
    free = frozenset().union(*(case.goal(sites[s]).free for s in group))
    goal = replace(goal, free=free, kept=frozenset())
    suspects = [s for number in group for s in own(case.map, case.site(number))]
    return next(_assignments(case, suspects, goal), None)


def _repair(case: Case, changes: Sequence[Change], goal: Goal) -> bool:
    """Whether changes make another claim right, too."""
    source = applied(case.program.source, changes)
    try:
        code = opened(source, case.program.name)
    except SyntaxError:
        return False
    return any(
        all(runs_right(bench, code, goal, n, scale=scale[n]) for n, bench in enumerate(case.benches))
        for scale in goal.scales
    )


def nearest(case: Case, goal: Goal, is_deep: bool) -> list[Change]:
    """The most usual slip that explains a claim: of its own line, then of the lines that it is computed from.

    Where `is_deep`, two slips: in its own line, or in two of those lines.
    """
    site = case.site(goal.site)
    mine = [(s, case.search(s, goal)) for s in own(case.map, site)]
    others = [(s, case.search(s, goal)) for s in behind(case.map, site, case.sense, case.story)]
    rescales = any(_rescales(suspect, site.name) for suspect, _ in mine)
    usual = 1.0 if rescales else 1.55
    grows = any(isinstance(s.statement, ast.AugAssign) or _is_in_loop(case, s) for s, _ in mine)
    signs = lambda searches: _assignments(case, [s for s, _ in searches], goal)  # noqa: E731
    stages = (
        lambda: signs(mine) if grows else (),
        lambda: _edited(case, mine, 0.0, usual, sizes_too=True),
        lambda: signs(others if grows else [*mine, *others]),
        lambda: _edited(case, others, 0.0, 1.5),
        lambda: _edited(case, mine, usual, 9.0),
        lambda: _edited(case, others, 1.5, 2.4),
        lambda: _combined(case, mine),
    )
    if is_deep:
        pair = next(_paired(case, mine), None)
        return [pair] if pair is not None else list(next(_coupled(case, [*mine, *others]), ()))
    return [change for change in [next((change for stage in stages for change in stage()), None)] if change is not None]


Searches = Sequence[tuple[Suspect, Search]]


def _is_in_loop(case: Case, suspect: Suspect) -> bool:
    return any(not isinstance(h, ast.If) for h in case.map.headers(suspect.statement))


def _rescales(suspect: Suspect, name: str) -> bool:
    """Whether a statement only scales what its variable holds: dw = dw / m, dw /= m."""
    if isinstance(suspect.statement, ast.AugAssign):
        return isinstance(suspect.statement.op, (ast.Div, ast.Mult))
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(suspect.node)) and bool(name)


def _edited(case: Case, searches: Searches, low: float, high: float, sizes_too: bool = False) -> Iterator[Change]:
    """One edit, of a cost within bounds, or of a size."""
    for suspect, search in searches:
        sizes = search.scope.sizes if sizes_too and search.scope is not None else {}
        is_grown = isinstance(suspect.statement, ast.AugAssign) and isinstance(suspect.statement.op, (ast.Add, ast.Sub))
        chosen = [e for e in search.singles if not (is_grown and e.slip.kind is Kind.SIGN and e.start == 0)]
        chosen = [e for e in chosen if low <= e.cost < high or (e.cost < 1.55 and any(n in sizes for n in _named(e)))]
        for edit in search.all(chosen):
            yield case.change(suspect, _as_range(suspect, edit, search.text))


def _named(edit: Edit) -> list[str]:
    return [part.removeprefix("1 / ") for part in edit.slip.parts]


def _combined(case: Case, searches: Searches) -> Iterator[Change]:
    """What the chain rule says, and pairs with a factor or a term."""
    for suspect, search in searches:
        for edit in search.all(search.combined if not _rescales(suspect, case.site(search.goal.site).name) else ()):
            yield case.change(suspect, edit)


def _paired(case: Case, searches: Searches) -> Iterator[Change]:
    """Two edits."""
    for suspect, search in searches:
        if search.capture(0) and search.direct[0] is not None:
            for edit in search.all(search.pairs()):
                yield case.change(suspect, edit)


def _coupled(case: Case, searches: Searches) -> Iterator[tuple[Change, Change]]:
    """One edit in each of two lines."""
    near = [(suspect, search) for suspect, search in searches if search.scope is not None][:COUPLES]
    suspects = {id(search): suspect for suspect, search in near}
    for one, first, other, second in Couples([search for _, search in near]).right(COUPLES_TRIED):
        here, there = suspects[id(one)], suspects[id(other)]
        yield (
            case.change(here, _as_range(here, first, one.text)),
            case.change(there, _as_range(there, second, other.text)),
        )


def _as_range(suspect: Suspect, edit: Edit, text: str) -> Edit:
    return replace(edit, slip=Slip(Kind.RANGE, (text, edit.apply(text)))) if suspect.is_header else edit


def _assignments(case: Case, suspects: Sequence[Suspect], goal: Goal) -> Iterator[Change]:
    """Another sign of assignment: += for = or for -=, = for +=."""
    for statement in dict.fromkeys(s.statement for s in suspects):
        if not isinstance(statement, (ast.Assign, ast.AugAssign)) or isinstance(statement.value, (ast.Tuple, ast.Dict)):
            continue
        target = statement.targets[-1] if isinstance(statement, ast.Assign) else statement.target
        start = case.offset(target.end_lineno or 0, target.end_col_offset or 0)
        end = case.offset(statement.value.lineno, statement.value.col_offset)
        between = case.program.source[start:end]
        written = between.strip().rstrip("(").strip()
        for other in ("+=", "-=", "=", "/=", "*="):
            if other == written or "\n" in between:
                continue
            change = Change(start, end, between.replace(written, other), Slip(Kind.ASSIGNMENT, (written, other)), 1.1)
            if _repair(case, [change], replace(goal, in_the_end=True)):
                yield change
