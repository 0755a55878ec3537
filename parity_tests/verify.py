"""Prove formulas: draw samples, ask the witnesses, judge the hand-written values, name the odd one out."""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from reference_numpy.registry import FORMULAS, Formula
from shapes.arguments import unchecked
from shapes.names import in_layer, last_layer, parse_name

from .cases import CASES, Case
from .compare import Comparison, Verdict, compare, worst
from .mistakes import MISTAKES
from .planted import Mistake
from .truth import Truth, gradients_for, is_data, loop_forms, truths, upstream_of
from .witnesses import Named, arguments_of, results_of

WITNESSES = ("torch", "numpy", "complex")
LIMIT = 4  # reasons shown of one formula


@dataclass
class Result:
    """The verdict on one formula: worst error over all samples, tensors and witnesses."""

    id: str
    topic: str
    witnesses: tuple[str, ...] = ()
    worst_error_u: float = 0.0
    verdict: Verdict = Verdict.AGREES
    reasons: list[str] = field(default_factory=list)

    def add(self, comparison: Comparison, who: str, context: str) -> None:
        """Take one comparison into account; the first reason to disagree is kept first."""
        self.worst_error_u = max(self.worst_error_u, comparison.error_u)
        self.verdict = worst((self.verdict, comparison.verdict))
        if comparison.verdict is not Verdict.AGREES:
            self.reasons.append(f"against {who}, {context}: {comparison.reason}")

    def explain(self, limit: int = LIMIT) -> str:
        """Return the verdict and the first reasons for it, a line each."""
        more = len(self.reasons) - limit
        return "\n  ".join(
            [f"{self.id}: {self.verdict}", *self.reasons[:limit], *([f"and {more} more"] if more > 0 else [])]
        )


def judge_gradient(gradient: Formula, function: Callable[..., Any], truth: Truth) -> Iterator[tuple[str, Comparison]]:
    """Compare what `function`, in the place of a declared gradient, returns with every witness of one sample."""
    given = {upstream_of(gradient): np.asarray(truth.cotangent, dtype=truth.dtype)[()]}
    arguments = copy.deepcopy(
        {name: (truth.pool | given)[name] for name in gradient.arguments if name in truth.pool or name in given}
    )
    before = copy.deepcopy(arguments)
    with unchecked():
        claims = results_of(gradient, function(**arguments))
    for text, value in claims.items():
        name = parse_name(text)
        if not name.is_derivative:
            yield "the forward", compare(text, truth.pool[text], value, truth.dtype)
            continue
        claim, by = truth.cotangent * value if name.of else value, name.quantity
        oracles = [oracle for oracle in truth.oracles if by in oracle.derivatives]
        if not oracles:
            yield "no witness", _disagreement(text, f"{text}: no quantity {by} leads to the cost")
        for oracle in oracles:
            expected = truth.expected(oracle, by)
            yield oracle.witness, compare(text, expected, claim, truth.dtype, truth.noise_u.get(by, 0.0))
        yield from _dtype(text, value, truth.dtype)
    yield from _missing(gradient, claims, truth)
    yield from _side_effects(before, arguments, claims)


def _disagreement(name: str, reason: str) -> Comparison:
    return Comparison(name, Verdict.DISAGREES, np.inf, reason)


def _missing(gradient: Formula, claims: Named, truth: Truth) -> Iterator[tuple[str, Comparison]]:
    """Yield the entries that a dictionary of gradients must have, in every layer, and does not."""
    L = last_layer(truth.sample.arguments.get("parameters", {}))
    for declared in gradient.results["grads"].layered if "grads" in gradient.results else ():
        quantity = parse_name(declared).quantity
        layers = [in_layer(declared, l) for l in range(1, L if quantity == "A" else L + 1)]
        for name in [declared] if quantity in truth.pool else layers:
            if name not in claims:
                yield "torch", _disagreement(name, f"{name} is missing")


def _side_effects(before: Named, after: Named, results: Named) -> Iterator[tuple[str, Comparison]]:
    """Yield the arguments that the function changed, and the results that share memory with another value."""
    given, kept = arguments_of(after), arguments_of(before)
    for name in given | kept:
        if name not in given or name not in kept or not np.array_equal(given[name], kept[name]):
            yield "purity", _disagreement(name, f"{name} was changed by the function")
    claims = {name: V for name, V in results.items() if parse_name(name).is_derivative and isinstance(V, np.ndarray)}
    for i, (name, V) in enumerate(claims.items()):
        others = {**given, **dict(list(claims.items())[i + 1 :])}
        for other, W in others.items():
            if isinstance(W, np.ndarray) and V.size and np.shares_memory(V, W):
                reason = f"{name} shares its memory with {other}: changing one would change the other"
                yield "purity", _disagreement(name, reason)


def _dtype(name: str, value: Any, dtype: str) -> Iterator[tuple[str, Comparison]]:
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != dtype:
        yield "dtype", _disagreement(name, f"{name} has dtype {value.dtype}, expected {dtype}")


def judge_value(formula: Formula, function: Callable[..., Any], truth: Truth) -> Iterator[tuple[str, Comparison]]:
    """Compare the results of `function`, in the place of a forward formula, with those of the torch counterpart."""
    arguments = copy.deepcopy(truth.sample.arguments)
    with unchecked():
        results = results_of(formula, function(**arguments))
    expected = truth.oracles[0].results
    if results.keys() != expected.keys():
        yield "torch", _disagreement(formula.id, f"results {sorted(results)}, expected {sorted(expected)}")
        return
    for name, got in results.items():
        yield "torch", compare(name, expected[name], got, truth.dtype)
        if np.asarray(expected[name]).dtype == truth.dtype:
            yield from _dtype(name, got, truth.dtype)
    data = {k: v for k, v in truth.sample.arguments.items() if is_data(v)}
    yield from _side_effects(data, {k: arguments[k] for k in data}, {})


def verify_case(case: Case, seed: int = 0, dtype: str = "float64", device: str = "cpu") -> list[Result]:
    """Return the verdicts on a forward formula, its loop forms and its gradients."""
    evaluated, failure = evaluate(case, seed, dtype, device)
    return judge_case(case, evaluated) if failure is None else [failure]


def evaluate(
    case: Case, seed: int = 0, dtype: str = "float64", device: str = "cpu"
) -> tuple[list[Truth], Result | None]:
    """Return the samples of a case with the results of the witnesses, or the verdict on what cannot even be run."""
    refused = Result(case.formula.id, case.formula.topic, (), np.inf, Verdict.DISAGREES)
    if not case.variants:
        refused.reasons.append("has no row in CASES of parity_tests/cases.py, so that nothing is proved of it")
        return [], refused
    try:
        return list(truths(case, seed, dtype, device)), None
    except Exception as error:  # whatever a broken formula raises, the report must name the formula
        first_line = str(error).splitlines()[0] if str(error) else ""
        refused.reasons.append(f"cannot be run: {type(error).__name__}: {first_line}")
        return [], refused


def judge_case(case: Case, evaluated: list[Truth]) -> list[Result]:
    """Return the verdicts from samples on which the witnesses have been asked."""
    formula = case.formula
    forms = [(f, judge_value) for f in (formula, *loop_forms(formula))]
    rows = [(f, partial(judge, f, f.function)) for f, judge in forms]
    rows += [(g, partial(judge_gradient, g, g.function)) for g in gradients_for(formula)]
    results = []
    for row, judge in rows:
        result = Result(row.id, row.topic)
        verdicts: dict[str, Verdict] = {}
        for truth in evaluated:
            for who, comparison in _guarded(judge, row.name, truth):
                result.add(comparison, who, truth.context)
                disagreed = verdicts.get(who) is Verdict.DISAGREES
                verdicts[who] = Verdict.DISAGREES if disagreed else comparison.verdict
        result.witnesses = tuple(who for who in WITNESSES if who in verdicts)
        if result.verdict is Verdict.DISAGREES:
            result.reasons.insert(0, _odd_one_out(row, verdicts))
        results.append(result)
    return results


def _guarded(
    judge: Callable[[Truth], Iterator[tuple[str, Comparison]]], name: str, truth: Truth
) -> Iterator[tuple[str, Comparison]]:
    """Yield what a judge yields; a function that raises, whatever it is, disagrees with every witness."""
    try:
        yield from judge(truth)
    except Exception as error:
        reason = f"raised {type(error).__name__}: {error}"
        yield from ((oracle.witness, _disagreement(name, reason)) for oracle in truth.oracles)


def _odd_one_out(formula: Formula, verdicts: dict[str, Verdict]) -> str:
    against = [who for who, verdict in verdicts.items() if verdict is Verdict.DISAGREES]
    if formula.of is None:
        return f"{formula.id} and its torch counterpart compute different things"
    agreeing = [who for who in WITNESSES if verdicts.get(who) is Verdict.AGREES]
    if len(against) == 1 and against[0] in WITNESSES and agreeing:
        party = "torch counterpart" if against == ["torch"] else f"witness {against[0]!r}"
        others = " and ".join(agreeing)
        return f"the {party} of {formula.of.id} is the odd one out: {others} agree with {formula.id}"
    return f"{formula.id} is the odd one out: it disagrees with {', '.join(against)}"


def planted(case: Case) -> list[Mistake]:
    """Return the planted mistakes that stand in for the formula of a case, or for one of its gradients."""
    return [m for m in MISTAKES if m.of is case.formula or m.of.of is case.formula]


def rejects(mistake: Mistake, evaluated: list[Truth]) -> bool:
    """Return whether the judge rejects a planted mistake on the proof samples; what cannot even run is rejected."""
    judge = judge_value if mistake.of.of is None else judge_gradient
    proof = [truth for truth in evaluated if truth.sample.kind == "proof"]
    try:
        comparisons = (c for truth in proof for _, c in judge(mistake.of, mistake.function, truth))
        return any(comparison.verdict is Verdict.DISAGREES for comparison in comparisons)
    except Exception:  # it stands for a formula that cannot even be run
        return True


def select(topics: Iterable[str]) -> list[Case]:
    """Return the cases of the topics: a module, a system S1..S25, the id or name of a formula; all where none is given.

    A formula without a row in CASES is among them, without variants. ValueError for a topic that nothing belongs to.
    """
    forward = [f for f in FORMULAS.values() if f.of is None and f.same_as is None]
    with_row = {case.formula for case in CASES}
    cases = [*CASES, *(Case(formula, ()) for formula in forward if formula not in with_row)]
    wanted = list(topics)
    chosen = []
    for topic in wanted:
        found = [case for case in cases if topic in _labels(case.formula)]
        if not found:
            raise ValueError(f"there is no formula, topic or system {topic!r}")
        chosen += [case for case in found if case not in chosen]
    return chosen if wanted else cases


def _labels(formula: Formula) -> set[str]:
    family = [formula, *loop_forms(formula), *gradients_for(formula)]
    return {label for f in family for label in (f.id, f.name, f.topic, *f.systems)}
