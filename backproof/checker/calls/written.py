"""A unit's calls as source, with examples and labels of one world; or the parameter whose name says nothing."""

import ast
import re
from contextlib import suppress

from ..assume import free_names
from .needs import kind_of
from .units import GRADIENT, Call, Unit
from .worlds import HIDDEN, M, N, World

NUMBERS = {"rate": "0.1", "count": "3", "batch": str(M), "small": "0.1", "flag": "False", "seed": "0", "m": str(M)}
ACTIVATION = re.compile(r"(sigmoid|logistic|tanh|relu)\Z", re.IGNORECASE)
SLOPE = re.compile(r"(d_?(sigmoid|tanh|relu)|(sigmoid|logistic|tanh|relu)_?(prime|deriv\w*|grad\w*|back\w*))\Z", re.I)


class UnknownError(Exception):
    """A parameter whose name does not say what it stands for."""


def written(unit: Unit, world: World, tree: ast.Module) -> list[str]:
    """Return the calls of a unit, a line each; UnknownError for a parameter of which nothing is known."""
    is_layer = any(kind_of(name) == "upstream" for call in unit for name in call.needs)
    second = world.examples if is_layer else world.labels  # a layer of x and y has two inputs
    lines = ["import numpy as np", f"_X, _y = {world.examples}, {second}"]
    known: dict[str, str] = {}
    output = ""
    for name in sorted(free_names(tree) | _declared_global(tree)):
        with suppress(UnknownError):
            lines.append(f"{name} = {_argument(name, world, known, output, tree)}")
    for number, call in enumerate(unit):
        own = {name: name for name in call.needs if kind_of(name) == "weight"} if _is_stepped(call) else {}
        given = ", ".join(_argument(name, world, known | own, output, tree, is_layer) for name in call.needs)
        callee = f"_made.{call.callee}" if unit[0].is_constructor and number else call.callee
        result = "_made" if call.is_constructor else f"_r{number}"
        lines.append(f"{result} = {callee}({given})")
        kept = _kept(call, result)
        known |= kept
        for weight in own:  # f(w, X, y) -> cost, gradient: a step says of what it is the gradient
            gradient = next(source for name, source in kept.items() if GRADIENT.match(name))
            lines.insert(-1, f"{weight} = {_argument(weight, world, {}, '', tree)}")
            lines.append(f"{weight} = {weight} - 0.1 * {gradient}")
        if call.is_forward and kept:
            output = f"{result}[0]" if len(call.returns) > 1 else next(iter(kept.values()))
            known |= {"": f"{result}[{len(call.returns) - 1}]"} if len(call.returns) > 1 else {}
            if is_layer:
                lines.append(f"_dout = np.random.randn(*np.shape({output})); J = np.sum({output} * _dout)")
    return lines


def _is_stepped(call: Call) -> bool:
    """Whether a call takes one weight and returns its gradient under no name of its own."""
    weights = [name for name in call.needs if kind_of(name) == "weight"]
    return len(weights) == 1 and any(GRADIENT.match(name) for name in call.returns)


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
    return {name: f"{result}[{i}]" for i, name in reversed([*enumerate(call.returns)])} if call.returns else {}


def _argument(
    name: str, world: World, known: dict[str, str], output: str, tree: ast.Module, is_layer: bool = False
) -> str:
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
        "cache": known.get("", ""),
        "output": output or ("_X" if is_layer else "_y" if name.startswith("output") else ""),  # train(inputs, outputs)
        "mode": '{"mode": "train", "p": 0.5, "eps": 1e-5, "momentum": 0.9}',
        "upstream": "_dout" if output else "",
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
