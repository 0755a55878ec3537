"""The slip nearest to a wrong claim: in its own line, in the statements that make it, in the lines behind it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..judge import Verdict
from .case import Case, Change, repairs
from .slips import Edit, Kind, Slip
from .suspects import Suspect, behind, own
from .trial.couples import Couples
from .trial.goal import Goal
from .trial.search import Search

COUPLES, COUPLES_TRIED = 6, 4000


def chains(case: Case, sites: Sequence[int]) -> Iterator[list[int]]:
    """The wrong sites that give one variable its values, one after the other."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number in sites:
        site = case.site(number)
        groups.setdefault((site.function, site.name or site.container), []).append(number)
    yield from (group for group in groups.values() if len(group) > 1)


def in_chain(case: Case, group: Sequence[int], sites: dict[int, list[Verdict]]) -> Change | None:
    """One slip in the statements that make a variable's last value."""
    goal = case.goal(sites[group[-1]])
    free = frozenset().union(*(case.goal(sites[s]).free for s in group))
    goal = replace(goal, free=free, kept=frozenset())
    suspects = [s for number in group for s in own(case.map, case.site(number))]
    return next(_assignments(case, suspects, goal), None)


def nearest(case: Case, goal: Goal, is_deep: bool) -> list[Change]:
    """The most usual slip that explains a claim: of its own line, then of the lines that it is computed from.

    Where `is_deep`, two slips: in its own line, or in two of those lines.
    """
    if not any(goal.truths):
        return []  # what is right is not known
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
            if repairs(case, [change], replace(goal, in_the_end=True)):
                yield change
