"""The proof of this project for a formula of one's own: its values and its derivatives against torch's autograd."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from shapes.language import Quantity, parse

from .compare import Comparison, compare, worst
from .sampling import values

SAMPLES = 5
SIZES = (5, 7, 3, 11, 13, 17, 19)


@dataclass(frozen=True)
class Proof:
    """One comparison for each value and each derivative on each sample, and the verdict over all."""

    rows: tuple[Comparison, ...]

    @property
    def agrees(self) -> bool:
        """Whether every value and every derivative agrees."""
        return worst(row.verdict for row in self.rows).exit_status == 0

    def __str__(self) -> str:
        """Return a line for each thing that was compared, the worst sample of each."""
        largest: dict[str, Comparison] = {}
        for row in self.rows:
            if row.name not in largest or row.error_u > largest[row.name].error_u:
                largest[row.name] = row
        return "\n".join(f"{r.name:12} {r.verdict}  {r.error_u:.1f} u  {r.reason}".rstrip() for r in largest.values())


def prove(
    forward: Callable[..., Any],
    gradient: Callable[..., Any],
    counterpart: Callable[..., Any],
    *,
    shapes: str,
    seed: int = 0,
) -> Proof:
    """Prove that a formula and its derivatives, by hand in NumPy, agree with torch.

    `shapes` declares arguments and one result, as "w (n_x,), x (n_x,), y () in (0, 1) -> z ()"; `counterpart` takes torch
    tensors of the same names. `gradient` asks by name for what it needs, of the arguments, the result, and the upstream
    derivative (dz for a result z); it returns {"dw": ..., ...}, the derivatives of the sum of dz * z.

    Raises TypeError where a function asks for a name that is not declared, ValueError for shapes that cannot be read.
    """  # noqa: E501
    before, _, after = shapes.partition(" -> ")
    arguments, result = parse(before), next(iter(parse(after).values()))
    rng = np.random.default_rng(seed)
    rows: list[Comparison] = []
    for _ in range(SAMPLES):
        sizes = _sizes(arguments, result, rng)
        given = {name: values(quantity, sizes, rng) for name, quantity in arguments.items()}
        rows += _compared(forward, gradient, counterpart, given, result, rng)
    return Proof(tuple(rows))


def _sizes(arguments: Mapping[str, Quantity], result: Quantity, rng: np.random.Generator) -> dict[str, int]:
    named = [dim for q in (*arguments.values(), result) for dim in q.dims or () if dim.isidentifier()]
    names = list(dict.fromkeys(named))
    return dict(zip(names, rng.permutation(SIZES[: max(len(names), 3)]).tolist(), strict=False))


def _compared(
    forward: Callable[..., Any],
    gradient: Callable[..., Any],
    counterpart: Callable[..., Any],
    given: Mapping[str, Any],
    result: Quantity,
    rng: np.random.Generator,
) -> list[Comparison]:
    value = _called(forward, given)
    tensors = {
        n: torch.tensor(np.asarray(v, dtype=float), dtype=torch.float64, requires_grad=True) for n, v in given.items()
    }
    expected = _called(counterpart, tensors)
    rows = [compare(result.name, expected.detach().numpy(), value)]
    upstream = rng.standard_normal(np.shape(value))[()]
    claims = _called(gradient, {**given, result.name: value, f"d{result.name}": upstream})
    (expected * torch.as_tensor(upstream)).sum().backward()
    for name, claim in claims.items():
        tensor = tensors.get(name.removeprefix("d"))
        if tensor is None or tensor.grad is None:
            raise TypeError(f"{name} is no derivative by an argument that leads to {result.name}")
        rows.append(compare(name, tensor.grad.numpy(), claim))
    return rows


def _called(function: Callable[..., Any], known: Mapping[str, Any]) -> Any:
    names = inspect.signature(function).parameters
    missing = [name for name in names if name not in known]
    if missing:
        raise TypeError(f"{function.__name__} asks for {missing[0]}; known are {', '.join(known)}")
    return function(**{name: known[name] for name in names})
