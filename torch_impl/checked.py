"""The argument check of a torch function: what is declared at its counterpart in NumPy, and nothing of the formula.

Shapes and ranges are declared once, at the NumPy function of the same module and name. That module is looked up by
name when a check first needs the declaration, so importing torch_impl does not import it.
"""

import inspect
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

import torch

from shapes.arguments import DECLARED, Declaration, Library, with_check

P = ParamSpec("P")
R = TypeVar("R")
Parameters = dict[str, torch.Tensor]


def _tensor(value: float, beside: Any) -> torch.Tensor:
    """Make a number a tensor, since it may be differentiated, with dtype and device of the tensor beside it."""
    if beside is None:
        return torch.tensor(value, dtype=torch.float64)
    return torch.tensor(value, dtype=beside.dtype, device=beside.device)


TORCH = Library((torch.Tensor,), "a tensor", _tensor)


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check the arguments as they are declared; ValueError or TypeError when one does not fit."""
    topic, name = function.__module__.rpartition(".")[2], function.__name__

    @cache
    def declaration() -> Declaration:
        if f"{topic}.{name}" not in DECLARED:
            import_module(f"reference_numpy.{topic}")
        if f"{topic}.{name}" not in DECLARED:
            raise LookupError(
                f"torch_impl/{topic}.py marks {name} as checked, and reference_numpy/{topic}.py declares no formula of "
                "that name; its declaration says what is checked"
            )
        return DECLARED[f"{topic}.{name}"]

    wrapped = with_check(function, declaration, TORCH)
    wrapped.__doc__ = (
        f"{inspect.cleandoc(function.__doc__ or '')}\n\nShapes:  as declared at reference_numpy.{topic}.{name}."
    )
    return wrapped
