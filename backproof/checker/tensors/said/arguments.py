"""For which argument of the forward pass each returned gradient is: by position, by key, or by its name."""

import ast
import re
from collections.abc import Sequence
from typing import Any

import torch

from .find import Entry


def by_argument(entry: Entry, grads: Any, names: Sequence[str], floats: Sequence[str]) -> list[tuple[str, Any]]:
    """What is returned for each argument. Raises ValueError for a wrong number of gradients."""
    if isinstance(grads, dict):
        found = {re.sub(r"\A(?:d|grad|g)_?|_?grad\Z", "", str(key)): value for key, value in grads.items()}
        return [(n, v) for n, v in {**found, **grads}.items() if n in floats]
    parts = list(grads) if isinstance(grads, (tuple, list)) else [grads]
    if entry.is_function:
        if len(parts) < len(names) or any(p is not None for p in parts[len(names) :]):
            raise ValueError(
                f"{len(parts)} gradients are returned, expected {len(names)}: one for each argument of forward"
            )
        return list(zip(names, parts, strict=False))
    return list(zip(_named(entry, len(parts), list(names), list(floats)), parts, strict=False))


def summed(value: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """What torch makes of a gradient that is larger than the argument: it is summed to its shape, where that can be."""
    try:
        return value.sum_to_size(shape)
    except RuntimeError:
        return value


def _named(entry: Entry, count: int, names: list[str], floats: list[str]) -> list[str]:
    """For which arguments the parts are that a plain function returns: by their names, else by their order."""
    told_names = entry.returned if len(entry.returned) == count else ()
    if not told_names:
        returns = [n.value for n in ast.walk(entry.backward) if isinstance(n, ast.Return) and n.value is not None]
        last = returns[-1] if returns else None
        elements = last.elts if isinstance(last, ast.Tuple) else [last]
        told_names = tuple(e.id if isinstance(e, ast.Name) else "" for e in elements)
    found = [_argument_of(n, names) for n in told_names]
    if len(found) == count and all(found) and len(set(found)) == count:
        return found
    return names if count == len(names) else floats


def _argument_of(name: str, names: Sequence[str]) -> str:
    for pattern in (r"\Ad_?", r"\Agrad_", r"\Ag_?", r"_grad\Z", r"_bar\Z"):
        short = re.sub(pattern, "", name)
        if short != name and short in names:
            return short
    return ""
