"""Prove the equation of a declaration: on every sample, each side has the same value, and each result has an equation.

An equation is judged with right values on its right side, as a claim is. One with updates, v := beta v + dV, is run
from the first to the last, as often as its loop says, and its end is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backproof.notes.meaning.python_names import indices
from backproof.notes.meaning.shapes import AskError
from backproof.notes.meaning.written import MeaningError
from backproof.notes.reading.damage import names
from backproof.notes.reading.products import UnreadError
from backproof.notes.reading.tree import Call, Name, Tree
from parity_tests.cases import Case
from parity_tests.compare import Comparison, Verdict, compare, worst
from parity_tests.verify import proved_by
from reference_numpy.registry import Formula

from .program import end_of
from .reading import Equation, Part, cases_in, parts_of
from .sample import Instance, forward_runs, instance
from .symbols import LEFT
from .world import Symbols, UnknownError, Values, evaluate, oriented, word_of

CANNOT = (UnreadError, MeaningError, AskError)


@dataclass
class Proved:
    """The verdict on the equation of one formula: the worst error over all samples, and what is wrong."""

    id: str
    verdict: Verdict
    worst_error_u: float
    reasons: list[str]


def prove(formula: Formula, instances: list[Instance], latex: str = "") -> Proved:
    """Judge the equation of a formula, or another in its place, on some samples."""
    told: dict[str, None] = {}
    comparisons: list[Comparison] = []
    for one in instances:
        for equation, comparison in judge(formula, latex or formula.latex, one):
            comparisons.append(comparison)
            if comparison.verdict is not Verdict.AGREES:
                told.setdefault(f"{equation}: {comparison.reason}")
    verdict = worst(comparison.verdict for comparison in comparisons)
    return Proved(formula.id, verdict, max((c.error_u for c in comparisons), default=np.inf), list(told))


def is_refused(formula: Formula, instances: list[Instance], latex: str) -> bool:
    """Return whether an equation in the place of the declared one is refused on some sample."""
    compared = (comparison for one in instances for _, comparison in judge(formula, latex, one))
    return any(comparison.verdict is not Verdict.AGREES for comparison in compared)


def prove_equations(case: Case, seed: int = 0) -> Iterator[tuple[Formula, Proved]]:
    """Yield the formulas that a case proves, each with the verdict on its equation."""
    runs = list(forward_runs(case, seed))
    for formula in proved_by(case):
        try:
            instances = [instance(formula, *run) for run in runs]
        except Exception as error:  # it is refused for that by itself
            said = f"{formula.id} raised {type(error).__name__}: {error}"
            yield formula, Proved(formula.id, Verdict.INCONCLUSIVE, np.inf, [said])
        else:
            yield formula, prove(formula, instances)


def instances_of(case: Case, seed: int = 0) -> dict[Formula, list[Instance]]:
    """Return the samples of the formulas that a case proves."""
    runs = list(forward_runs(case, seed))
    return {formula: [instance(formula, *run) for run in runs] for formula in proved_by(case)}


def judge(formula: Formula, latex: str, one: Instance) -> Iterator[tuple[str, Comparison]]:
    """Yield each equation of a declaration with how its sides compare, then the results that have none."""
    try:
        parts = parts_of(latex)
    except UnreadError as error:
        yield latex, _wrong(formula.name, str(error))
        return
    is_run = any(part.loop for part in parts) or any(e.relation == ":=" for part in parts for e in part.equations)
    judged = run(formula, parts, one) if is_run else hold(formula, parts[0], one)
    claimed: set[str] = set()
    for equation, its, comparison in judged:
        claimed |= its
        yield equation, comparison
    for name in one.claims:
        is_handed_on = name in one.given and np.array_equal(one.claims[name], one.given[name])
        if name in one.results and name not in claimed and not is_handed_on:
            yield latex, _wrong(name, f"{name} has no equation")


def _wrong(name: str, reason: str) -> Comparison:
    return Comparison(name, Verdict.DISAGREES, np.inf, reason)


Judged = Iterator[tuple[str, set[str], Comparison]]


def hold(formula: Formula, part: Part, one: Instance) -> Judged:
    """Judge equations that hold at once; one whose left side has no value yet defines it."""
    known = Symbols(one.given | {k: v for k, v in one.results.items() if k not in one.given})
    waiting = [(equation, where) for equation in part.equations for where in _places(equation, one, known)]
    told = set()
    while waiting:
        later = []
        for equation, where in waiting:
            try:
                found = list(_side_by_side(formula, equation, where, one, known))
            except UnknownError as error:
                later.append((equation, where, str(error)))
                continue
            except CANNOT as error:
                found = [(equation.text, set(), _wrong(formula.name, str(error)))]
            except Exception as error:
                found = [(equation.text, set(), _wrong(formula.name, f"{type(error).__name__}: {error}"))]
            told.add(equation.text)
            yield from found
        if len(later) == len(waiting):
            for equation, _, word in later:
                if equation.text not in told:
                    yield equation.text, set(), _wrong(formula.name, f"nothing says what {word} is")
            return
        waiting = [(equation, where) for equation, where, _ in later]


def _places(equation: Equation, one: Instance, known: Symbols) -> list[dict[str, Any]]:
    """Return the layers of a general equation, or the shards r or batches k of one of each; else one place."""
    index = equation.left.parts[0] if isinstance(equation.left, Name) and len(equation.left.parts) == 1 else ""
    if f"all_{index}" in known:
        return [{index: element} for element in known[f"all_{index}"]]
    layers = equation.layers(one.layers)
    if equation.first or not equation.is_general:
        return [{"l": l} for l in layers]
    words = {l: word_of(equation.left, Values(layers=one.layers, general=l)) for l in layers}
    claimed = [l for l, word in words.items() if one.results.find(word)]
    return [{"l": l} for l in claimed or layers]


def _side_by_side(formula: Formula, equation: Equation, where: dict[str, Any], one: Instance, known: Symbols) -> Judged:
    """Evaluate both sides of an equation in one place, and compare them."""
    here = oriented(Symbols(known | {k: v for k, v in where.items() if k != "l"}), equation.trees)
    world = Values(layers=one.layers, general=where.get("l", 1), symbols=here)
    free = any(name.example == "i" for name in names(equation.left))
    value = _each(equation.right, world, one) if free else evaluate(equation.right, world, one.functions)
    for cases in cases_in(equation.right):
        yield equation.text, set(), _cover(formula, cases.kids, world, one)
    left = equation.text.partition(f" {equation.relation} ")[0].strip()
    word = LEFT.get(formula.id, {}).get(left, "").format(where.get("k", 1) - 1) or word_of(equation.left, world)
    target = one.results.find(word) if word else None
    if "r" in where and not target:
        known[word] = np.vstack([known.get(word, np.zeros((0, 1))), np.reshape(value, (1, 1))])
    elif target is not None:
        want = one.results[target]
        same = {name for name, other in one.results.items() if other is want}
        name = next((name for name in one.claims if name in same), target)
        yield equation.text, same, compare(name, want, fitted(value, want, equation.left))
    elif word and (found := known.find(word)):
        yield equation.text, set(), compare(word, known[found], fitted(value, known[found], equation.left))
    elif word:
        known[word] = value
    else:
        want = _each(equation.left, world, one) if free else evaluate(equation.left, world, one.functions)
        same = set()
        for result in one.results.values() if isinstance(equation.left, Call) else ():
            if compare("", result, fitted(want, result, equation.left)).verdict is Verdict.AGREES:
                same |= {name for name, other in one.results.items() if other is result}
        yield equation.text, same, compare("left side", want, fitted(value, want, equation.left))


def _each(tree: Tree, world: Values, one: Instance) -> Any:
    """Return the values of a tree for each example i, side by side."""
    columns = []
    for i in range(int(world.symbols.of("m"))):
        here = replace(world, symbols=Symbols(world.symbols | {"i": i}))
        columns.append(np.reshape(evaluate(tree, here, one.functions), (-1, 1)))
    return np.hstack(columns)


def _cover(formula: Formula, kids: tuple[Tree, ...], world: Values, one: Instance) -> Comparison:
    """Judge whether exactly one case of some holds, everywhere."""
    conditions = [evaluate(kid, world, one.functions) for kid in kids[1::2]]
    times = sum(np.asarray(condition, dtype=int) for condition in conditions)
    is_covered = np.all(times <= 1) if len(kids) % 2 else np.all(times == 1)
    return (
        Comparison(formula.name, Verdict.AGREES, 0.0)
        if is_covered
        else _wrong(formula.name, "its cases leave some out, or overlap")
    )


def fitted(value: Any, want: Any, left: Tree) -> Any:
    """Return a value in the shape that is wanted, where an equation means it so.

    A number stands for all entries; a vector is a column, or a row where its index says so; what is indexed by i and j
    stands for each entry.
    """
    value, want = np.asarray(value, dtype=np.float64), np.asarray(want)
    running = len(indices(left)) if isinstance(left, Name) else 0
    entries = running + (isinstance(left, Name) and bool(left.example))
    if value.ndim == 0 or (entries == 2 and running and want.ndim == 2):
        try:
            return np.broadcast_to(value, want.shape)
        except ValueError:
            return value
    if value.ndim == 2 and want.ndim < 2 and value.size == want.size and (value.shape[1] == 1 or running == 1):
        return value.reshape(want.shape)
    return value


def run(formula: Formula, parts: tuple[Part, ...], one: Instance) -> Judged:
    """Run equations as a program, and judge where it ends."""
    text = " ".join(equation.text for part in parts for equation in part.equations)
    try:
        state, assigned = end_of(formula, parts, one)
    except UnknownError as error:
        yield text, set(), _wrong(formula.name, f"nothing says what {error} is")
        return
    except Exception as error:
        yield text, set(), _wrong(formula.name, f"{type(error).__name__}: {error}")
        return
    by_left = LEFT.get(formula.id, {})
    for word, text in assigned.items():
        target = one.results.find(by_left.get(word, word))
        if target is not None:
            want = one.results[target]
            same = {name for name, other in one.results.items() if other is want}
            name = next((name for name in one.claims if name in same), target)
            yield text, same, compare(name, want, fitted(state[word], want, Name(word)))
