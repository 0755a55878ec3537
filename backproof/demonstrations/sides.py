"""The two implementations as demonstrations take them: functions of NumPy arrays, by the id of their formula."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from parity_tests.witnesses import counterpart_of, to_torch
from reference_numpy.registry import FORMULAS

from .seen import Implementation


def by_hand(formula_id: str) -> Callable[..., Any]:
    """Return the function that is written by hand, without the argument check, which takes longer than small sums."""
    return FORMULAS[formula_id].function


def with_torch(formula_id: str) -> Callable[..., Any]:
    """Return the torch counterpart; of the derivative of an activation, what autograd makes of the activation."""
    formula = FORMULAS[formula_id]
    if formula.of is not None:
        return _slope(counterpart_of(formula.of))
    function = formula.function if formula.same_as is not None else counterpart_of(formula)  # a loop is one for both

    def call(*arguments: Any, **options: Any) -> Any:
        result = function(*map(to_torch, arguments), **{name: to_torch(value) for name, value in options.items()})
        return to_numpy(result)

    return call


def _slope(function: Callable[..., Any]) -> Callable[..., Any]:
    def slope(Z: Any) -> Any:
        leaf = to_torch(Z).requires_grad_()
        return to_numpy(torch.autograd.grad(function(leaf).sum(), leaf)[0])

    return slope


def to_numpy(value: Any) -> Any:
    """Return tensors as arrays, those in tuples and dictionaries too."""
    if isinstance(value, Mapping):
        return {name: to_numpy(entry) for name, entry in value.items()}
    if isinstance(value, tuple):
        return tuple(map(to_numpy, value))
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


SIDES: Mapping[str, Implementation] = {"by hand": by_hand, "torch": with_torch}
