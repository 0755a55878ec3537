"""A derivation made of two functions, forward and backward, as a script that the checker reads."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any


def script(forward: Callable[..., Any], backward: Callable[..., Any] | None, shapes: Mapping[str, str]) -> str:
    """The script: the declared inputs, the two functions and what they call in their module, the calls, the claims.

    Raises TypeError where a function or a shape is missing, OSError where a source cannot be read.
    """
    if backward is None:
        raise TypeError("check: backward is missing, expected the function of the derivatives")
    inputs = list(inspect.signature(forward).parameters)
    if missing := [name for name in inputs if name not in shapes]:
        raise TypeError(f"check: shapes lacks {', '.join(missing)}, expected a shape for each argument of forward")
    functions = list({f.__name__: f for f in (*_called(forward), *_called(backward), forward, backward)}.values())
    sources = [textwrap.dedent(inspect.getsource(f)) for f in functions]
    returns_cache = any(
        isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(forward))))
    )
    arguments = ", ".join(inputs)
    calls = [f"{'J, cache' if returns_cache else 'J'} = {forward.__name__}({arguments})"]
    calls += [f"given = {backward.__name__}({'cache' if returns_cache else arguments})", "grads = {}"]
    calls += ["for key in given:", '    grads[f"{key}"] = given[key]']
    declared = [f"{name}: {shapes[name]!r}" for name in inputs]
    return "\n".join(["import numpy as np", *declared, "", *sources, "", *calls, ""])


def _called(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The functions of the same module that a function names, those that they name before them."""
    module = inspect.getmodule(function)
    names = inspect.unwrap(function).__code__.co_names
    found = [getattr(module, name, None) for name in names]
    own = [f for f in found if inspect.isfunction(f) and f.__module__ == function.__module__ and f is not function]
    called: list[Callable[..., Any]] = []
    for f in own:
        called += [*_called(f), f]
    return called
