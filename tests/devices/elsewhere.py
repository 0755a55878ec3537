"""A device that is not the CPU and needs no hardware: its tensors hold numbers that the CPU computes on their behalf.

Within `Elsewhere()` a tensor on it behaves as one on CUDA does: it meets tensors of the CPU only where they have no
dimensions, NumPy does not see it, and to read a number waits for the device, which is counted.
"""

from types import TracebackType
from typing import Any, Self

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "elsewhere"
aten = torch.ops.aten
READS = {aten._local_scalar_dense.default, aten.equal.default, aten.nonzero.default}
MIXES = {aten.copy_.default, aten.index.Tensor}  # what may be given tensors of two devices

_setup_privateuseone_for_python_backend(NAME)


class There(torch.Tensor):
    """A tensor on the device."""

    numbers: torch.Tensor

    @staticmethod
    def __new__(cls, numbers: torch.Tensor) -> "There":
        there = torch.Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=torch.device(NAME, 0),
        )
        there.numbers = numbers
        return there

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise RuntimeError(f"{func}: the device is open within Elsewhere() only")


class Elsewhere(TorchDispatchMode):
    """The device at work; `waits` are the operations that had to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self.sent = 0  # copies from the CPU
        self._made = _MadeThere()

    def __enter__(self) -> Self:
        self._made.__enter__()
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._made.__exit__(kind, error, trace)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        given = any(isinstance(t, There) for t in tensors)
        there = given
        if kwargs.get("device") is not None:
            there = torch.device(kwargs["device"]).type == NAME
            kwargs["device"] = torch.device("cpu") if there else kwargs["device"]
        elif given and func not in MIXES and any(t.dim() for t in tensors if not isinstance(t, There)):
            raise RuntimeError(f"{func}: expected all tensors on one device, found {NAME} and cpu")
        fetched = func in READS and given
        moved = given is not there and tensors and not (kwargs.get("non_blocking") and self._made.is_pinned(tensors[0]))
        self.sent += bool(there and not given and tensors)
        if fetched or moved:
            self.waits.append(str(func))
        of = {id(t.numbers): t for t in tensors if isinstance(t, There)}
        result = func(*tree_map(_numbers, args), **tree_map(_numbers, kwargs))

        def placed(value: Any) -> Any:
            if not isinstance(value, torch.Tensor) or not there:
                return value
            return of.get(id(value)) if id(value) in of else There(value)

        return args[0] if func is aten.copy_.default else tree_map(placed, result)


class _MadeThere(TorchFunctionMode):
    """What reaches the device before any operation does: a tensor made of Python numbers, or turned into them."""

    def __init__(self) -> None:
        super().__init__()
        self._pinned: list[torch.Tensor] = []

    def is_pinned(self, tensor: torch.Tensor) -> bool:
        return any(tensor is pinned for pinned in self._pinned)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and torch.device(kwargs.get("device") or "cpu").type == NAME:
            del kwargs["device"]
            return func(*args, **kwargs).to(NAME)
        if func is torch.Tensor.tolist and isinstance(args[0], There):
            return args[0].cpu().tolist()
        if func is torch.Tensor.pin_memory:
            self._pinned.append(args[0].clone())
            return self._pinned[-1]
        return func(*args, **kwargs)


def _numbers(value: Any) -> Any:
    return value.numbers if isinstance(value, There) else value
