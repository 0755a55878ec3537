"""Compute in float64 whatever precision a program asks for: the verdict is on formulas, not on rounding."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

LOW = {torch.float32, torch.float16, torch.bfloat16}
TO_LOW = {torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16}
LOW_CLASSES = {"torch.FloatTensor", "torch.HalfTensor", "torch.BFloat16Tensor", "torch.cuda.FloatTensor",
               "torch.cuda.HalfTensor", "torch.cuda.BFloat16Tensor"}  # fmt: skip


class Exact(TorchFunctionMode):
    """Every floating dtype that is asked for becomes float64."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function of torch in float64."""
        return called(func, args, kwargs or {})


def called(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a function of torch gives in float64."""
    if func in TO_LOW:
        return args[0].to(torch.float64, copy=True)
    result = func(*raised(args), **raised(kwargs))
    if isinstance(result, torch.Tensor) and result.dtype in LOW and result.numel() and _is_new(result, args):
        return result.to(torch.float64)
    return result


def _is_new(result: torch.Tensor, args: Any) -> bool:
    return not any(result is a for a in args)


def raised(value: Any) -> Any:
    """Arguments with float64 in the place of each lower precision."""
    if isinstance(value, torch.dtype):
        return torch.float64 if value in LOW else value
    if type(value) is str and value in LOW_CLASSES:
        return "torch.DoubleTensor"
    if type(value) is tuple:
        return tuple(raised(v) for v in value)
    if type(value) is dict:
        return {k: raised(v) for k, v in value.items()}
    return value


@contextmanager
def in_float64(device: str = "cpu") -> Iterator[None]:
    """Make float64 the dtype of what is created."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def tensors_in(value: Any, depth: int = 0) -> Iterator[torch.Tensor]:
    """The tensors in nested tuples, lists and dictionaries."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)) and depth < 4 and not isinstance(value, torch.Size):
        for part in value:
            yield from tensors_in(part, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for part in value.values():
            yield from tensors_in(part, depth + 1)


def mapped(value: Any, change: Callable[[Any], Any], kind: type = torch.Tensor) -> Any:
    """The same nested value with each tensor, or each part of another kind, changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        parts = [mapped(v, change, kind) for v in value]
        return parts if isinstance(value, list) else type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        return {k: mapped(v, change, kind) for k, v in value.items()}
    return value
