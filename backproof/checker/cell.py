"""One cell of a notebook, judged with the variables of the notebook as its inputs."""

import ast
import builtins
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .check import check_source
from .record.program import lines_of
from .report import Report

MOST = 10_000  # entries of a table that is written out


def check_cell(cell: str, names: Mapping[str, Any], seed: int = 0) -> Report:
    """Check a cell. What it reads and does not define comes from `names`: arrays by their shapes, the rest as it is."""
    before = "\n".join(_given(cell, names))
    first = before.count("\n") + 1 if before else 0
    report = check_source(f"{before}\n{cell}" if before else cell, "cell", seed)
    for finding in report.lines:
        finding.line -= first
    for left in report.unjudged:
        left.line -= first
    report.lines = [f for f in report.lines if f.line > 0]
    report.unjudged = [u for u in report.unjudged if u.line > 0]
    report.source = lines_of(cell)
    return report


def _given(cell: str, names: Mapping[str, Any]) -> Iterator[str]:
    """Statements that define what a cell reads."""
    waiting, seen = [cell], set(dir(builtins))
    imports, functions, values = [], list[str](), []
    while waiting:
        for name in sorted(_free(waiting.pop()) - seen):
            seen.add(name)
            value = names.get(name)
            if isinstance(value, types.ModuleType):
                imports.append(f"import {value.__name__} as {name}" if "." not in name else f"import {value.__name__}")
            elif inspect.isroutine(value) or inspect.isclass(value):
                text = _text(value, name)
                functions.insert(0, text)
                waiting.append(text)
            elif name in names:
                values.append(_value(name, value))
    needs = ["import numpy as np"] * any("np." in v for v in values) + ["import torch"] * any(
        "torch." in v for v in values
    )
    yield from dict.fromkeys([*needs, *imports])
    yield from functions
    yield from filter(None, values)


def _free(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    stored = {n.id for s in tree.body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    made = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    first = {n: _first_use(tree, n) for n in stored}
    own = {n for n, is_read in first.items() if not is_read}
    arguments = {a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in (*n.args, *n.kwonlyargs)}
    return loaded - own - made - arguments


def _first_use(tree: ast.Module, name: str) -> bool:
    """Whether a name is read before it is given a value: W -= lr * dW."""
    for statement in tree.body:
        nodes = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id == name]
        if nodes:
            is_grown = isinstance(statement, ast.AugAssign) and any(isinstance(n.ctx, ast.Store) for n in nodes)
            return is_grown or any(isinstance(n.ctx, ast.Load) for n in nodes)
    return False


def _text(value: Any, name: str) -> str:
    try:
        module = inspect.getmodule(value)
        if module is not None and getattr(module, "__file__", None) and module.__name__ != "__main__":
            return f"from {module.__name__} import {value.__name__} as {name}"
        return inspect.cleandoc("\n" + inspect.getsource(value)) if inspect.isclass(value) else inspect.getsource(value)
    except (OSError, TypeError):
        return ""


def _value(name: str, value: Any) -> str:
    """A statement that gives a variable what it has; of an array of real numbers only its shape."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return f'{name}: "{", ".join(map(str, value.shape))}"'
    if isinstance(value, np.ndarray) and value.size <= MOST:
        return f"{name} = np.array({value.tolist()!r})"
    if type(value).__module__ == "torch" and hasattr(value, "detach"):
        if value.is_floating_point():
            return f"{name} = torch.randn({tuple(value.shape)!r}, requires_grad=True)"
        return f"{name} = torch.tensor({value.tolist()!r})" if value.numel() <= MOST else ""
    if isinstance(value, (bool, int, float, str, type(None))) or (
        isinstance(value, (list, tuple)) and all(isinstance(v, (int, float, str)) for v in value)
    ):
        return f"{name} = {value!r}"
    return ""
