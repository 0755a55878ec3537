"""Prove formulas: draw samples, ask the witnesses, judge the hand-written values, name the odd one out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from reference_numpy.registry import FORMULAS, Formula
from reference_numpy.systems import TOPICS

from .blame import Compared, Result, name_the_odd_one_out
from .cases import CASES, Case
from .compare import Verdict
from .generic import by_syntax
from .judge import judge_of
from .mistakes import MISTAKES
from .planted import Mistake
from .truth import CannotRun, Truth, gradients_for, loop_forms, pool_of_counterpart, truths

WITNESSES = ("torch", "module", "numpy", "complex")


def verify_case(case: Case, seed: int = 0, dtype: str = "float64", device: str = "cpu") -> list[Result]:
    """Return the verdicts on a forward formula, its loop forms and its gradients."""
    evaluated, refused = evaluate(case, seed, dtype, device)
    return refused or judge_case(case, evaluated)


def evaluate(
    case: Case, seed: int = 0, dtype: str = "float64", device: str = "cpu"
) -> tuple[list[Truth], list[Result]]:
    """Return the samples of a case with the results of the witnesses, or the verdicts where it cannot even be run."""
    if not case.variants:
        return [], _refused(case, "has no row in CASES of parity_tests/cases.py, so that nothing is proved of it")
    try:
        return list(truths(case, seed, dtype, device)), []
    except CannotRun as error:  # whatever a broken formula raises, the report must name the formula
        return [], _refused(case, str(error))


def _refused(case: Case, reason: str) -> list[Result]:
    """Return the verdicts on a formula that is not proved, and on all that can be proved with it alone."""
    formula = case.formula
    first = Result(formula.id, formula.topic, (), np.inf, Verdict.DISAGREES, [reason])
    left = [
        Result(f.id, f.topic, (), np.inf, Verdict.INCONCLUSIVE, [f"{formula.id} {reason}"])
        for f in (*loop_forms(formula), *gradients_for(formula))
    ]
    return [first, *left]


def judge_case(case: Case, evaluated: list[Truth]) -> list[Result]:
    """Return the verdicts from samples on which the witnesses have been asked; who is wrong is named."""
    formula = case.formula
    others = [*loop_forms(formula), *gradients_for(formula)]
    forward = _judged(formula, evaluated)
    results = [_judged(row, evaluated) for row in others]
    if forward.verdict is Verdict.DISAGREES:  # whoever is right agrees with the others when it starts from its values
        theirs = [replace(truth, pool=pool_of_counterpart(truth), oracles=truth.oracles[:1]) for truth in evaluated]
        for result, row in zip(results, others, strict=True):
            if row.of is not None:
                result.compared = _by_side(result.compared, _judged(row, theirs).compared)
    callers = {row.id for row in others if formula.name in row.function.__code__.co_names}
    return name_the_odd_one_out(forward, results, callers)


def _judged(row: Formula, evaluated: list[Truth]) -> Result:
    result = Result(row.id, row.topic)
    judge = judge_of(row)
    for i, truth in enumerate(evaluated):
        for who, comparison in judge(row, row.function, truth):
            result.add(i, who, comparison, truth.context)
    asked = {who for _, who, _ in result.compared}
    result.witnesses = tuple(who for who in WITNESSES if who in asked)
    return result


def _by_side(ours: list[Compared], theirs: list[Compared]) -> list[Compared]:
    """Return the comparisons with torch from those that start from its values, and all others from the reference's."""
    return [c for c in ours if c[1] != "torch"] + [c for c in theirs if c[1] == "torch"]


def proved_by(case: Case) -> list[Formula]:
    """Return the formula of a case, its loop forms and its gradients."""
    return [case.formula, *loop_forms(case.formula), *gradients_for(case.formula)]


def planted(formula: Formula, evaluated: Sequence[Truth]) -> list[Mistake]:
    """Return the mistakes that are planted in a formula: its own, or those that its syntax allows."""
    return [m for m in MISTAKES if m.of is formula] or by_syntax(formula, evaluated)


def rejects(mistake: Mistake, evaluated: list[Truth]) -> bool:
    """Return whether the judge rejects a planted mistake on the proof samples; what cannot even run is rejected."""
    try:
        wrong = mistake.function
    except Exception:  # it stands for a formula that has no source of its own, and is judged by itself
        return True
    judge = judge_of(mistake.of)
    proof = [truth for truth in evaluated if truth.sample.kind == "proof"]
    comparisons = (c for truth in proof for _, c in judge(mistake.of, wrong, truth))
    return any(comparison.verdict is Verdict.DISAGREES for comparison in comparisons)


def select(topics: Iterable[str]) -> list[Case]:
    """Return the cases of the topics: a module, a system S1..S25, the id or name of a formula; all where none is given.

    A formula without a row in CASES is among them, without variants. ValueError for a topic that nothing belongs to.
    """
    forward = [f for f in FORMULAS.values() if f.of is None and f.same_as is None]
    with_row = {case.formula for case in CASES}
    rows = [*CASES, *(Case(formula, ()) for formula in forward if formula not in with_row)]
    cases = sorted(rows, key=lambda case: TOPICS.index(case.formula.topic))  # in the order of the notes
    wanted = list(topics)
    chosen = []
    for topic in wanted:
        found = [case for case in cases if topic in _labels(case.formula)]
        if not found:
            raise ValueError(f"there is no formula, topic or system {topic!r}")
        chosen += [case for case in found if case not in chosen]
    return chosen if wanted else cases


def _labels(formula: Formula) -> set[str]:
    return {label for f in proved_by(Case(formula, ())) for label in (f.id, f.name, f.topic, *f.systems)}
