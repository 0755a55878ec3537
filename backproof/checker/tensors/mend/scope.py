"""What is in scope of an expression of a torch program, for the rules that edit it."""

import ast
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ...explain.edits.scope import Scope
from ..record.exact import mapped

SIZE = re.compile(r"[\w.]+\.shape\[-?\d\]|[\w.]+\.size\(-?\d\)|[\w.]+\.numel\(\)|len\([\w.]+\)")
WRITING = re.compile(r"[a-z\d]_\(|\bout=")


class TensorScope(Scope):
    """The values in scope; tensors are shown as arrays, and texts are evaluated by torch."""

    library, alias = "torch", "torch"

    def value(self, text: str) -> Any:
        """The value of an expression; None where it has none."""
        if text not in self._known:
            self._known[text] = shown(evaluated(text.strip(), self.values))
        return self._known[text]

    @cached_property
    def named(self) -> dict[str, Any]:
        """Variables, attributes and entries that the program names, with numbers or tensors in them."""
        found = {n: shown(v) for n, v in self.values.items() if not n.startswith("__")}
        found = {n: v for n, v in found.items() if v is not None and n not in self.sizes}
        for text in self.places:
            value = self.value(text)
            if value is not None and text not in found:
                found[text] = value
        return {n: v for n, v in found.items() if n not in self.unused}

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """Those that are no whole numbers: what a formula is made of."""
        return {n: v for n, v in self.named.items() if isinstance(v, (np.ndarray, float)) and not _is_bool(v)}

    @cached_property
    def masks(self) -> dict[str, Any]:
        """Tensors of truth values."""
        return {n: v for n, v in self.named.items() if _is_bool(v) and np.ndim(v)}

    @cached_property
    def places(self) -> list[str]:
        """Attributes of the context, and what the program indexes."""
        found = dict.fromkeys(super().places)
        for name, value in self.values.items():
            if type(value).__name__ == "Context":
                found |= dict.fromkeys(f"{name}.{a}" for a in vars(value) if not a.startswith("_"))
        return list(found)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Sizes by their names: whole numbers that are the length of an axis, and sizes that are asked for."""
        tensors = [v for v in self.values.values() if isinstance(v, torch.Tensor)]
        lengths = {n for t in tensors for n in t.shape if n > 1} | {t.numel() for t in tensors}
        found = {n: v for n, v in self.values.items() if type(v) is int and (v in lengths or n in self.declared)}
        texts = {ast.unparse(n) for n in ast.walk(self.tree) if isinstance(n, (ast.Subscript, ast.Call))}
        texts = {t for t in texts if SIZE.fullmatch(t)}
        bases = {re.split(r"\.shape|\.size|\.numel", t)[0] for t in texts if not t.startswith("len")}
        for base in bases:
            dims = np.ndim(self.value(base)) if self.value(base) is not None else 0
            texts |= {f"{base}.shape[{i}]" for i in range(dims)}
            texts |= {f"{base}.shape[-1]", f"{base}.numel()"} if dims > 1 else set()
        for text in sorted(texts, key=lambda t: (t not in self.source, t)):
            value = evaluated(text, self.values)
            if isinstance(value, int):
                found.setdefault(text, value)
        return found

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Single numbers that are no sizes: lam, tau, ctx.beta."""
        return {
            n: float(v)
            for n, v in self.named.items()
            if (isinstance(v, float) or (type(v) is int and "." in n)) and re.fullmatch(r"[\w.]+", n)
        }

    @cached_property
    def conditions(self) -> list[str]:
        """The comparisons that the program makes, and its masks."""
        texts = {self.source_of(n): None for n in ast.walk(self.tree) if isinstance(n, ast.Compare)}
        found = [t for t in texts if isinstance(self.value(t), np.ndarray)]
        return [*found, *self.masks]


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, np.ndarray) and value.dtype.kind == "b")


def shown(value: Any) -> Any:
    """A number, or a tensor as an array; None for anything else."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy() if not value.is_complex() else None
    return value if isinstance(value, (int, float, np.ndarray)) else None


def evaluated(text: Any, scope: Mapping[str, Any]) -> Any:
    """The value of a text or a compiled expression, with nothing in scope changed; None where it has none."""
    is_writing = isinstance(text, str) and WRITING.search(text)
    try:
        return eval(text, copied(scope) if is_writing else dict(scope))
    except Exception:  # a candidate may be anything
        return None


def copied(scope: Mapping[str, Any]) -> dict[str, Any]:
    """A scope with copies of its tensors; what shares memory shares it in the copy, too."""
    known: dict[int, torch.Tensor] = {}

    def clone(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            whole = torch.empty(0, dtype=tensor.dtype, device=tensor.device).set_(storage)
            known[storage.data_ptr()] = whole.clone()
        base = known[storage.data_ptr()]
        return base.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())

    with torch.no_grad():
        made = {}
        for name, value in scope.items():
            if name.startswith("__") or callable(value):
                made[name] = value
            elif type(value).__name__ == "Context":
                twin = value.copy()
                twin.__dict__.update({k: mapped(v, clone) for k, v in vars(value).items()})
                made[name] = twin
            else:
                made[name] = mapped(value, clone)
        return made


def mark(value: Any) -> Any:
    """What is the same for the same value."""
    if isinstance(value, torch.Tensor):
        return (tuple(value.shape), str(value.dtype), value.detach().cpu().contiguous().numpy().tobytes())
    if isinstance(value, (tuple, list)):
        return tuple(mark(v) for v in value)
    return repr(value)
