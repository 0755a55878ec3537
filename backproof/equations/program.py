"""Run equations as a program: updates in their order, as often as their loop says."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.notes.reading.tree import Name
from parity_tests.witnesses import results_of
from reference_numpy.registry import Formula, formula_of
from shapes.arguments import unchecked
from shapes.language import Quantity

from .reading import Equation, Part
from .sample import Instance, alias
from .symbols import STEPS
from .world import Symbols, Values, evaluate, oriented, word_of

TIMES = ("iterations", "n_epochs")


def end_of(formula: Formula, parts: tuple[Part, ...], one: Instance) -> tuple[Symbols, dict[str, str]]:
    """Return all values after the last equation, and the equation that gave a word its value."""
    state, assigned = Symbols(one.given), dict[str, str]()
    for part in parts:
        costs = []
        for bound in _turns(part, one):
            state |= bound
            if part.is_loop or len(parts) == 1:
                _step(formula, state, one)
            for equation in part.equations:
                for word in _assign(equation, state, one):
                    assigned[word] = equation.text
            costs.append(float(np.sum(state.get("J", state.get("L", 0)))))
        if part.is_loop and "costs" in one.results:
            epochs = one.given.get("epochs", len(costs))
            state["costs"] = np.mean(np.reshape(costs, (epochs, -1)), axis=1)
            assigned["costs"] = assigned.get("J", assigned.get("L", ""))
    return state, assigned


def _turns(part: Part, one: Instance) -> Iterator[dict[str, Any]]:
    """Yield what each turn of a loop binds."""
    if part.loop == "for each example":
        for _ in range(one.given.get("epochs", 1)):
            for i in range(one.given["m"]):
                yield {"i": i, "x": one.given["X"][:, [i]], "y": one.given["Y"][:, [i]]}
    else:
        times = next((one.given[word] for word in TIMES if word in one.given), 1) if part.is_loop else 1
        yield from ({} for _ in range(times))


def _assign(equation: Equation, state: Symbols, one: Instance) -> Iterator[str]:
    """Give the left side its value, in every layer, and yield its words."""
    for l in equation.layers(one.layers):
        here = oriented(state, equation.trees)
        world = Values(layers=one.layers, general=l, symbols=here)
        word, value = word_of(equation.left, world), evaluate(equation.right, world, one.functions)
        if isinstance(equation.left, Name) and equation.left.example:  # one column of all
            word = re.sub(r"[a-z](?=\d*$)", lambda letter: letter.group().upper(), word)
            columns = np.array(state.get(word, np.zeros((np.size(value), one.given["m"]))))
            columns[:, [state["i"]]] = value
            value = columns
        signs = {"+=": 1, "-=": -1}
        state[word] = here[word] + signs[equation.relation] * value if equation.relation in signs else value
        yield word


def _step(formula: Formula, state: Symbols, one: Instance) -> None:
    """Add what the cost and the gradients of a training loop compute of its parameters at this moment."""
    caches: dict[str, Any] = {}
    for function in STEPS.get(formula.id, ()):
        step = formula_of(function)
        parameters = {name: state[name] for name in one.given.get("parameters", {})}
        known = {"dZ": state.get("dZ1")} | state | {"parameters": parameters} | caches
        given = {name: _full(known[name], quantity, one) for name, quantity in step.arguments.items() if name in known}
        state |= {name: value for name, value in given.items() if isinstance(state.get(name), int)}
        with unchecked():
            value = step.function(**given)
        parts = value if isinstance(value, tuple) else (value,)
        caches |= {name: part for name, part in zip(step.results, parts, strict=True) if name.startswith("cache")}
        found = Symbols(results_of(step, value))
        alias(found, one.layers)
        state |= {name: value for name, value in found.items() if name != "J"}


def _full(value: Any, quantity: Quantity, one: Instance) -> Any:
    """Return a value in its declared shape, where an equation such as C = 0 gave it as a number."""
    sizes = [one.sizes.get(dim, 1) for dim in quantity.dims or ()]
    return np.full(sizes, value, dtype=np.float64) if sizes and isinstance(value, int) else value
