"""Run equations as a program: updates in their order, as often as their loop says."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.witnesses import results_of
from reference_numpy.registry import Formula, formula_of
from shapes.arguments import unchecked

from .reading import Equation, Part
from .sample import Instance, alias
from .symbols import STEPS
from .world import Symbols, Values, evaluate, oriented, word_of

UPDATES = {"+=": lambda old, new: old + new, "-=": lambda old, new: old - new}
TIMES = ("iterations", "n_epochs")


def end_of(formula: Formula, parts: tuple[Part, ...], one: Instance) -> tuple[Symbols, set[str]]:
    """Return all values after the last equation, and the words that equations gave a value."""
    state, assigned = Symbols(one.given), set[str]()
    for part in parts:
        costs = []
        for bound in _turns(part.loop, one):
            state |= bound
            if part is parts[-1] or part.loop:
                _step(formula, state, one)
            for equation in part.equations:
                assigned |= set(_assign(equation, state, one))
            costs.append(float(np.sum(state.get("J", state.get("L", np.nan)))))
        if part.loop and "costs" in one.results:
            epochs = one.given.get("epochs", len(costs))
            state["costs"] = np.mean(np.reshape(costs, (epochs, -1)), axis=1)
            assigned.add("costs")
    return state, assigned


def _turns(loop: str, one: Instance) -> Iterator[dict[str, Any]]:
    """Yield what each turn of a loop binds."""
    if loop == "for each example":
        for _ in range(one.given.get("epochs", 1)):
            for i in range(one.given["m"]):
                yield {"x": one.given["X"][:, [i]], "y": one.given["Y"][:, [i]]}
        return
    times = next((one.given[word] for word in TIMES if word in one.given), 1) if loop and loop != "then" else 1
    yield from ({} for _ in range(times))


def _assign(equation: Equation, state: Symbols, one: Instance) -> Iterator[str]:
    """Give the left side its value, in every layer, and yield its words."""
    for l in equation.layers(one.layers):
        here = oriented(state, equation.trees)
        world = Values(layers=one.layers, general=l, symbols=here)
        word, value = word_of(equation.left, world), evaluate(equation.right, world, one.functions)
        state[word] = UPDATES.get(equation.relation, lambda old, new: new)(here.get(word), value)
        yield word


def _step(formula: Formula, state: Symbols, one: Instance) -> None:
    """Add what the cost and the gradients of a training loop compute of its parameters at this moment."""
    caches: dict[str, Any] = {}
    for function in STEPS.get(formula.id, ()):
        step = formula_of(function)
        words = inspect.signature(step.function).parameters
        parameters = {name: state[name] for name in one.given.get("parameters", {})}
        known = state | {"parameters": parameters} | caches
        with unchecked():
            value = step.function(**{name: known[name] for name in words if name in known})
        parts = value if isinstance(value, tuple) else (value,)
        caches |= {name: part for name, part in zip(step.results, parts, strict=True) if name.startswith("cache")}
        found = Symbols(results_of(step, value))
        alias(found, one.layers)
        state |= {name: value for name, value in found.items() if name not in ("J", "costs")}
