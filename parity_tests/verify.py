"""Prove formulas: draw samples, hear the witnesses, judge the hand-written values, name the odd one out."""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from reference_numpy.registry import Formula
from shapes.arguments import unchecked
from shapes.names import last_layer

from .cases import CASES, Case
from .compare import Comparison, Verdict, compare
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
    verdict: Verdict = "agrees"
    reasons: list[str] = field(default_factory=list)

    def add(self, comparison: Comparison, who: str, context: str) -> None:
        """Take one comparison into account; the first reason to disagree is kept first."""
        if comparison.verdict == "agrees":
            self.worst_error_u = max(self.worst_error_u, comparison.error_u)
            return
        if self.verdict != "disagrees":
            self.verdict = comparison.verdict
        self.worst_error_u = max(self.worst_error_u, comparison.error_u)
        self.reasons.append(f"against {who}, {context}: {comparison.reason}")

    def explain(self, limit: int = LIMIT) -> str:
        """Return the verdict and the first reasons for it, a line each."""
        more = len(self.reasons) - limit
        return "\n  ".join(
            [f"{self.id}: {self.verdict}", *self.reasons[:limit], *([f"and {more} more"] if more > 0 else [])]
        )


def judge_gradient(gradient: Formula, function: Callable[..., Any], truth: Truth) -> Iterator[tuple[str, Comparison]]:
    """Compare what `function`, in the place of a declared gradient, returns with every witness of one sample."""
    given = {upstream_of(gradient): np.asarray(truth.U, dtype=truth.dtype)[()]}
    arguments = copy.deepcopy(
        {name: (truth.pool | given)[name] for name in gradient.arguments if name in truth.pool or name in given}
    )
    before = copy.deepcopy(arguments)
    with unchecked():
        claims = results_of(gradient, function(**arguments))
    for name in claims:
        claim = claims[name]
        if "_d" in name:
            target, claim = name.partition("_d")[2], truth.U * claim
        elif name[0] == "d":
            target = name[1:]
        else:
            yield "the forward", compare(name, truth.pool[name], claim, truth.dtype)
            continue
        spoke = [t for t in truth.testimonies if target in t.derivatives]
        if not spoke:
            yield "no witness", Comparison(name, "disagrees", np.inf, f"{name}: no quantity {target} leads to the cost")
        for testimony in spoke:
            expected = truth.expected(testimony, target)
            yield testimony.who, compare(name, expected, claim, truth.dtype, truth.noise_u.get(target, 0.0))
        yield from _dtype(name, claims[name], truth.dtype)
    yield from _missing(gradient, claims, truth)
    yield from _side_effects(before, arguments, claims)


def _missing(gradient: Formula, claims: Named, truth: Truth) -> Iterator[tuple[str, Comparison]]:
    """A dictionary of gradients must have every entry that it declares, those of a family for every layer."""
    L = last_layer(truth.sample.arguments.get("parameters", {}))
    for declared in gradient.results["grads"].layered if "grads" in gradient.results else ():
        last = L - 1 if declared == "dA" else L
        layers = [f"{declared}{l}" for l in range(1, last + 1)]
        for name in [declared] if declared[1:] in truth.pool else layers:
            if name not in claims:
                yield "torch", Comparison(name, "disagrees", np.inf, f"{name} is missing")


def _side_effects(before: Named, after: Named, results: Named) -> Iterator[tuple[str, Comparison]]:
    """A pure function leaves its arguments as they were, and returns nothing that shares memory with another."""
    given, kept = arguments_of(after), arguments_of(before)
    for name in given | kept:
        if name not in given or name not in kept or not np.array_equal(given[name], kept[name]):
            yield "purity", Comparison(name, "disagrees", np.inf, f"{name} was changed by the function")
    claims = {name: V for name, V in results.items() if name[0] == "d" and isinstance(V, np.ndarray)}
    for i, (name, V) in enumerate(claims.items()):
        others = {**given, **dict(list(claims.items())[i + 1 :])}
        for other, W in others.items():
            if isinstance(W, np.ndarray) and V.size and np.shares_memory(V, W):
                reason = f"{name} shares its memory with {other}: changing one would change the other"
                yield "purity", Comparison(name, "disagrees", np.inf, reason)


def _dtype(name: str, value: Any, dtype: str) -> Iterator[tuple[str, Comparison]]:
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != dtype:
        yield "dtype", Comparison(name, "disagrees", np.inf, f"{name} has dtype {value.dtype}, expected {dtype}")


def judge_value(formula: Formula, function: Callable[..., Any], truth: Truth) -> Iterator[tuple[str, Comparison]]:
    """Compare the results of `function`, in the place of a forward formula, with those of the torch twin."""
    arguments = copy.deepcopy(truth.sample.arguments)
    with unchecked():
        value = results_of(formula, function(**arguments))
    said = truth.testimonies[0].results
    if value.keys() != said.keys():
        yield "torch", Comparison(formula.id, "disagrees", np.inf, f"results {sorted(value)}, expected {sorted(said)}")
        return
    for name, got in value.items():
        yield "torch", compare(name, said[name], got, truth.dtype)
        if np.asarray(said[name]).dtype == truth.dtype:
            yield from _dtype(name, got, truth.dtype)
    data = {k: v for k, v in truth.sample.arguments.items() if is_data(v)}
    yield from _side_effects(data, {k: arguments[k] for k in data}, {})


def verify_case(case: Case, seed: int = 0, dtype: str = "float64", device: str = "cpu") -> list[Result]:
    """Verdicts on a forward formula, its loop forms and its gradients."""
    heard, failure = hear(case, seed, dtype, device)
    return judge_case(case, heard) if failure is None else [failure]


def hear(case: Case, seed: int = 0, dtype: str = "float64", device: str = "cpu") -> tuple[list[Truth], Result | None]:
    """The samples of a case with their witnesses, or the verdict on a formula that cannot even be run."""
    try:
        return list(truths(case, seed, dtype, device)), None
    except Exception as error:  # whatever a broken formula raises, the report must name the formula
        said = f"cannot be run: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return [], Result(case.formula.id, case.formula.topic, (), np.inf, "disagrees", [said])


def judge_case(case: Case, heard: list[Truth]) -> list[Result]:
    """Verdicts from samples whose witnesses have been heard."""
    formula = case.formula
    forms = [(f, judge_value) for f in (formula, *loop_forms(formula))]
    rows = [(f, partial(judge, f, f.function)) for f, judge in forms]
    rows += [(g, partial(judge_gradient, g, g.function)) for g in gradients_for(formula)]
    results = []
    for row, judge in rows:
        result = Result(row.id, row.topic)
        seen: dict[str, Verdict] = {}
        for truth in heard:
            for who, comparison in _guarded(judge, row.name, truth):
                result.add(comparison, who, truth.context)
                seen[who] = comparison.verdict if seen.get(who) != "disagrees" else "disagrees"
        result.witnesses = tuple(who for who in WITNESSES if who in seen)
        if result.verdict == "disagrees":
            result.reasons.insert(0, _odd_one_out(row, seen))
        results.append(result)
    return results


def _guarded(
    judge: Callable[[Truth], Iterator[tuple[str, Comparison]]], name: str, truth: Truth
) -> Iterator[tuple[str, Comparison]]:
    """What a judge says; a function that raises, whatever it is, disagrees with every witness."""
    try:
        yield from judge(truth)
    except Exception as error:
        reason = f"raised {type(error).__name__}: {error}"
        yield from ((t.who, Comparison(name, "disagrees", np.inf, reason)) for t in truth.testimonies)


def _odd_one_out(formula: Formula, seen: dict[str, Verdict]) -> str:
    against = [who for who, verdict in seen.items() if verdict == "disagrees"]
    if formula.of is None:
        return f"{formula.id} and its torch twin compute different things"
    agreeing = [who for who in WITNESSES if seen.get(who) == "agrees"]
    if len(against) == 1 and against[0] in WITNESSES and agreeing:
        party = "torch twin" if against == ["torch"] else f"witness {against[0]!r}"
        others = " and ".join(agreeing)
        return f"the {party} of {formula.of.id} is the odd one out: {others} agree with {formula.id}"
    return f"{formula.id} is the odd one out: it disagrees with {', '.join(against)}"


def planted(case: Case) -> list[Mistake]:
    """The planted mistakes that stand in for the formula of a case, or for one of its gradients."""
    return [m for m in MISTAKES if m.of is case.formula or m.of.of is case.formula]


def rejects(mistake: Mistake, heard: list[Truth]) -> bool:
    """Whether the judge rejects a planted mistake on the proof samples; what cannot even run is rejected."""
    judge = judge_value if mistake.of.of is None else judge_gradient
    proof = [truth for truth in heard if truth.sample.kind == "proof"]
    try:
        return any(c.verdict == "disagrees" for truth in proof for _, c in judge(mistake.of, mistake.function, truth))
    except Exception:  # it stands for a formula that cannot even be run
        return True


def select(topics: Iterable[str]) -> list[Case]:
    """The cases of the given topics: a module, a system S1..S25, or the id or name of a formula; all when none given.

    ValueError for a topic that nothing belongs to.
    """
    wanted = list(topics)
    chosen = []
    for topic in wanted:
        found = [c for c in CASES if topic in _labels(c.formula)]
        if not found:
            raise ValueError(f"there is no formula, topic or system {topic!r}")
        chosen += [c for c in found if c not in chosen]
    return chosen if wanted else list(CASES)


def _labels(formula: Formula) -> set[str]:
    family = [formula, *loop_forms(formula), *gradients_for(formula)]
    return {label for f in family for label in (f.id, f.name, f.topic, *f.systems)}
