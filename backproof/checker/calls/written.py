"""A unit's calls as source, with examples and labels of one world; or the parameter whose name says nothing."""

import ast
import re
from contextlib import suppress

from ..assume import free_names
from .needs import kind_of
from .units import Call, Unit
from .worlds import HIDDEN, M, N, World

NUMBERS = {"rate": "0.1", "count": "3", "batch": str(M), "small": "0.1", "flag": "False", "seed": "0", "m": str(M)}
ACTIVATION = re.compile(r"(sigmoid|logistic|tanh|relu)\Z", re.IGNORECASE)
SLOPE = re.compile(r"(d_?(sigmoid|tanh|relu)|(sigmoid|logistic|tanh|relu)_?(prime|deriv\w*|grad\w*|back\w*))\Z", re.I)


class UnknownError(Exception):
    """A parameter whose name does not say what it stands for."""


def written(unit: Unit, world: World, tree: ast.Module) -> list[str]:
    """Return the calls of a unit, a line each; UnknownError for a parameter of which nothing is known."""
    is_layer = any(kind_of(name) == "upstream" for call in unit.calls for name in call.needs)
    second = world.examples if is_layer else world.labels  # a layer of x and y has two inputs
    lines = ["import numpy as np", f"_X, _y = {world.examples}, {second}"]
    known: dict[str, str] = {}
    output = ""
    for name in sorted(free_names(tree) | _declared_global(tree)):
        with suppress(UnknownError):
            lines.append(f"{name} = {_argument(name, world, known, output, tree)}")
    for number, call in enumerate(unit.calls):
        given = ", ".join(_argument(name, world, known, output, tree) for name in call.needs)
        callee = f"_made.{call.callee}" if unit.calls[0].is_constructor and number else call.callee
        result = "_made" if call.is_constructor else f"_r{number}"
        lines.append(f"{result} = {callee}({given})")
        kept = _kept(call, result)
        known |= kept
        if call.is_forward and kept:
            output = next(iter(kept.values()))
    return lines


def shown(lines: list[str]) -> str:
    """Return the calls for a reader: without what is not used, and by names that a person would give."""
    text = "; ".join(lines).replace("np.random.", "")
    for unused in re.findall(r"\b(_r\d+) = ", text):
        if text.count(unused) == 1:
            text = text.replace(f"{unused} = ", "")
    if text.count("_y") == 1:
        text = re.sub(r"_X, _y = (.*?\)), [^;]*;", r"_X = \1;", text)
    return re.sub(r"\b_(\w+)", r"\1", text)


def _declared_global(tree: ast.Module) -> set[str]:
    """The names that functions declare global, and the file itself gives no value."""
    top = {n.id for s in tree.body for n in ast.walk(s) if isinstance(s, ast.Assign) and isinstance(n, ast.Name)}
    return {name for n in ast.walk(tree) if isinstance(n, ast.Global) for name in n.names} - top


def _kept(call: Call, result: str) -> dict[str, str]:
    """The names of what a call returns, with the source for each."""
    if call.returns and call.returns[0].startswith("."):
        return {call.returns[0][1:]: f"_made{call.returns[0]}"}
    if len(call.returns) == 1:
        return {call.returns[0]: result}
    return {name: f"{result}[{i}]" for i, name in enumerate(call.returns)}


def _argument(name: str, world: World, known: dict[str, str], output: str, tree: ast.Module) -> str:
    if name in known:
        return known[name]
    kind = kind_of(name)
    layer = int(name[-1]) if name[-1] in "12" else 0
    sources = {
        "examples": "_X",
        "labels": "_y",
        "pairs": f"[({world.examples}, {world.labels}) for _ in range({M})]",
        "sizes": f"[{N}, {HIDDEN}, {world.outputs}]",
        "n_in": str(N),
        "hidden_sizes": f"[{HIDDEN}]",
        "n_hidden": str(HIDDEN),
        "n_out": str(world.outputs),
        "activation": _function(ACTIVATION, tree) or '"sigmoid"',
        "slope": _function(SLOPE, tree),
        "output": output or ("_y" if name.startswith("output") else ""),  # train(inputs, outputs)
        "upstream": f"np.random.randn(*np.shape({output}))" if output else "",
        "weight": world.weight(layer),
        "bias": world.bias(layer),
        "per_feature": world.of_units(N),
    }
    source = NUMBERS.get(kind) or sources.get(kind, "")
    if not source:
        raise UnknownError(name)
    return source


def _function(pattern: re.Pattern[str], tree: ast.Module) -> str:
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return next((name for name in names if pattern.match(name)), "")
