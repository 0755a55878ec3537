"""The shapes of a function's arguments, read off a call in its own file."""

from collections.abc import Mapping
from typing import Any

import torch

from ...record.run import quiet
from ..backward import Module, executed
from ..record.exact import in_float64
from .find import Entry
from .shapes import Said, Shapes


class Called(BaseException):
    """The call has been seen."""


def from_call(module: Module, entry: Entry, names: list[str]) -> Shapes | None:
    """The arguments of the first call in the file, their sizes as letters; None where there is no call."""
    if entry.name not in module.source.replace(f"class {entry.name}", "").replace(f"def {entry.name}", ""):
        return None
    seen: list[tuple[Any, ...]] = []

    def watched(*values: Any) -> Any:
        seen.append(values)
        raise Called

    kept = vars(torch.autograd.Function)["apply"]

    def apply(cls: type, *values: Any) -> Any:
        return watched(*values) if cls.__name__ == entry.name else kept.__func__(cls, *values)

    scope: dict[str, Any] = {}
    code = compile(module.source, module.name, "exec")
    with quiet(module.folder), in_float64():
        setattr(torch.autograd.Function, "apply", classmethod(apply))  # noqa: B010
        try:
            executed(module, code, scope, "__main__")
        except (Called, Exception, SystemExit):  # it may do anything else on the way
            pass
        finally:
            setattr(torch.autograd.Function, "apply", kept)  # noqa: B010
    return of_values(dict(zip(names, seen[0], strict=False))) if seen else None


def of_values(values: Mapping[str, Any]) -> Shapes:
    """What arguments say of their shapes: sizes that are the same get the same letter."""
    found = Shapes()
    for name, value in values.items():
        if isinstance(value, torch.Tensor):
            kind = "bool" if value.dtype == torch.bool else "float" if value.is_floating_point() else "int"
            bits = kind == "float" and value.numel() > 1 and bool(((value == 0) | (value == 1)).all())
            dims = tuple("1" if n == 1 else f"n{n}" for n in value.shape)
            found.said[name] = Said(name, dims, kind, bits=bits)
        else:
            found.said[name] = Said(name, is_tensor=False, kind="fixed", fixed=value)
    return found
