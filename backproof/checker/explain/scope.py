"""What is in scope of a line: its values by the text that names them, and the derivatives g'(Z) found among them."""

import re
from collections.abc import Iterator, Mapping
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray


def slopes(scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Expressions of g'(Z) for every pair Z, A = g(Z) of values in scope, and what they are.

    The pairs are found by their values, whatever they are called.
    """
    found = []
    values = {text: V for text, V in entries(scope).items() if isinstance(V, (np.ndarray, np.floating))}
    arrays = {text: V for text, V in values.items() if V.dtype.kind == "f"}
    for (z, Z), (a, A) in permutations(arrays.items(), 2):
        if np.shape(Z) == np.shape(A):
            found += [(text, f"g'({z})") for text in _slopes_of(z, np.asarray(Z), a, np.asarray(A))]
    return found


def _slopes_of(z: str, Z: Any, a: str, A: Any) -> Iterator[str]:
    with np.errstate(all="ignore"):
        if np.allclose(A, 1 / (1 + np.exp(-Z)), rtol=1e-12, atol=0):
            yield f"{a} * (1 - {a})"
        if np.allclose(A, np.tanh(Z), rtol=1e-12, atol=0):
            yield f"1 - {a}**2"
        if np.allclose(A, np.log1p(np.exp(Z)), rtol=1e-12, atol=0):
            yield f"1 / (1 + np.exp(-{z}))"
        below, above = Z < 0, Z > 0
        if below.any() and above.any() and np.array_equal(A[above], Z[above]):
            leaks = A[below] / Z[below]
            if np.allclose(leaks, leaks[0], rtol=1e-12, atol=0) and abs(leaks[0]) < 1:
                yield f"np.where({z} > 0, 1, {leaks[0]:g})" if leaks[0] else f"({z} > 0)"


def entries(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Everything in scope by the text that names it: variables, and entries of dictionaries and lists.

    Where a key ends with the number that a variable l holds, or its neighbour, it is written with that variable.
    """
    found = {name: V for name, V in scope.items() if not isinstance(V, (dict, list))}
    counters = [n for n, V in scope.items() if isinstance(V, int) and not isinstance(V, bool) and len(n) == 1]
    for name, container in scope.items():
        keys = container if isinstance(container, dict) else ()
        for key in (k for k in keys if isinstance(k, str)):
            match = re.fullmatch(r"([A-Za-z_]+)(\d+)", key)
            texts = [f'{name}["{key}"]']
            for l, step in product(counters if match else (), (0, 1, -1)):
                if match and scope[l] + step == int(match[2]):
                    texts = [f'{name}[f"{match[1]}{{{_stepped(l, step)}}}"]']
                    break
            found |= dict.fromkeys(texts, container[key])
        if isinstance(container, list):
            steps = [(l, d) for l, d in product(counters, (0, 1, -1)) if 0 <= scope[l] + d < len(container)]
            found |= {f"{name}[{_stepped(l, d)}]": container[scope[l] + d] for l, d in steps}
    return found


def _stepped(l: str, step: int) -> str:
    return {0: l, 1: f"{l} + 1", -1: f"{l} - 1"}[step]


def is_number(value: Any) -> bool:
    """Whether a value is one number."""
    return isinstance(value, (int, float, np.floating)) and not isinstance(value, bool)


def is_share(V: NDArray[Any]) -> bool:
    """Whether all values are in [0, 1], as those of labels and probabilities are."""
    return V.dtype.kind == "f" and bool(np.all((V >= 0) & (V <= 1)))


def chains(name: str, scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The derivative by `name` as a product of another one and a value in scope, nearest first, and what it is."""
    names = [n for n, V in scope.items() if isinstance(V, (np.ndarray, np.floating, float))]
    later = names[names.index(name) + 1 :] if name in names else names
    for u, v in product(later, names):
        if f"d{u}" in names and not v.startswith("d"):
            yield f"d{u} * {v}", f"the chain rule through {u} gives d{u} * {v}"


def dimensions(value: Any) -> int:
    """Of an array; 0 for anything else."""
    return value.ndim if isinstance(value, np.ndarray) else 0
