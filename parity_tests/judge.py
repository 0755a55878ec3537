"""The judges of a function that stands for a declared formula: of its values, of its derivatives, of its manners.

A judge yields comparisons with whom they are made: a witness, the reference's own forward (`reference`), or, where a
function fails by itself, what it fails (`declaration`, `dtype`, `purity`, `run`).
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reference_numpy.registry import Formula
from shapes.arguments import unchecked
from shapes.names import in_layer, last_layer, parse_name

from .compare import Comparison, Verdict, compare
from .truth import Truth, is_data, upstream_of
from .witnesses import Named, arguments_of, results_of

Compared = Iterator[tuple[str, Comparison]]
Judge = Callable[[Formula, Callable[..., Any], Truth], Compared]


def judge_of(formula: Formula) -> Judge:
    """Return the judge of a formula, guarded: a function that raises, whatever it is, fails by itself."""
    judge = judge_value if formula.of is None else judge_gradient

    def guarded(formula: Formula, function: Callable[..., Any], truth: Truth) -> Compared:
        try:
            yield from judge(formula, function, truth)
        except Exception as error:
            yield "run", _disagreement(formula.name, f"raised {type(error).__name__}: {error}")

    return guarded


def judge_gradient(gradient: Formula, function: Callable[..., Any], truth: Truth) -> Compared:
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
            yield "reference", compare(text, truth.pool[text], value, truth.dtype)
            yield "torch", compare(text, truth.oracles[0].results[text], value, truth.dtype)
            continue
        claim, by = truth.cotangent * value if name.of else value, name.quantity
        oracles = [oracle for oracle in truth.oracles if by in oracle.derivatives]
        if not oracles:
            yield "declaration", _disagreement(text, f"{text}: no quantity {by} leads to the cost")
        for oracle in oracles:
            expected = truth.expected(oracle, by)
            yield oracle.witness, compare(text, expected, claim, truth.dtype, truth.noise_u.get(by, 0.0))
        yield from _dtype(text, value, truth.dtype)
    yield from _missing(gradient, claims, truth)
    yield from _side_effects(before, arguments, claims)


def _disagreement(name: str, reason: str) -> Comparison:
    return Comparison(name, Verdict.DISAGREES, np.inf, reason)


def _missing(gradient: Formula, claims: Named, truth: Truth) -> Compared:
    """Yield the entries that a dictionary of gradients must have, in every layer, and does not."""
    L = last_layer(truth.sample.arguments.get("parameters", {}))
    for declared in gradient.results["grads"].layered if "grads" in gradient.results else ():
        quantity = parse_name(declared).quantity
        layers = [in_layer(declared, l) for l in range(1, L if quantity in ("A", "a") else L + 1)]
        for name in [declared] if quantity in truth.pool else layers:
            if name not in claims:
                yield "declaration", _disagreement(name, f"{name} is missing")


def _side_effects(before: Named, after: Named, results: Named) -> Compared:
    """Yield the arguments that the function changed, and the results that share memory with another value."""
    given, kept = arguments_of(after), arguments_of(before)
    for name in given | kept:
        if name not in given or name not in kept or not _same(given[name], kept[name]):
            yield "purity", _disagreement(name, f"{name} was changed by the function")
    claims = {name: V for name, V in results.items() if parse_name(name).is_derivative and isinstance(V, np.ndarray)}
    for i, (name, V) in enumerate(claims.items()):
        others = {**given, **dict(list(claims.items())[i + 1 :])}
        for other, W in others.items():
            if isinstance(W, np.ndarray) and V.size and np.shares_memory(V, W):
                reason = f"{name} shares its memory with {other}: changing one would change the other"
                yield "purity", _disagreement(name, reason)


def _same(one: Any, other: Any) -> bool:
    return one == other if isinstance(one, tuple) else bool(np.array_equal(one, other))


def _dtype(name: str, value: Any, dtype: str) -> Compared:
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != dtype:
        yield "dtype", _disagreement(name, f"{name} has dtype {value.dtype}, expected {dtype}")


def judge_value(formula: Formula, function: Callable[..., Any], truth: Truth) -> Compared:
    """Compare the results of `function`, in the place of a forward formula, with those of the torch counterpart.

    Another form of a formula is compared with the formula itself as well.
    """
    arguments = copy.deepcopy(truth.sample.arguments)
    with unchecked():
        results = results_of(formula, function(**arguments))
    expected = truth.oracles[0].results
    modules = [oracle for oracle in truth.oracles if oracle.witness == "module"]
    if results.keys() != expected.keys():
        yield "declaration", _disagreement(formula.id, f"results {sorted(results)}, expected {sorted(expected)}")
        return
    for name, got in results.items():
        yield "torch", compare(name, expected[name], got, truth.dtype)
        if formula.same_as is not None:
            yield "reference", compare(name, truth.pool[name], got, truth.dtype)
        yield from (
            ("module", compare(name, oracle.results[name], got, truth.dtype))
            for oracle in modules
            if name in oracle.results
        )
        if np.asarray(expected[name]).dtype == truth.dtype:
            yield from _dtype(name, got, truth.dtype)
    data = {k: v for k, v in truth.sample.arguments.items() if is_data(v)}
    yield from _side_effects(data, {k: arguments[k] for k in data}, {})
