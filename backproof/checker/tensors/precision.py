"""The same backward pass in lower precision: no worse than twice the plain formula, or told what it loses.

The truth is in float64, of arguments and upstream derivatives that are already rounded. The plain formula is autograd
through the body of forward in the same precision. The verdict on the formula does not depend on any of this.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..record.run import quiet
from .backward import RefusedError, run_pass
from .context import backward, forward, seed
from .mend.trial import Bench, arrays_of
from .record.exact import tensors_in
from .record.recorder import value_of
from .verdicts import Judged

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
WORSE = 2.0
SAME = 50.0  # units by which a forward pass may be off
USUAL = (0, 1, 2)  # the draws that are looked at


def precision(judged: Judged) -> list[str]:
    """One line for what a backward pass loses in each precision; one for those in which it loses nothing."""
    bench = Bench(judged)
    fine, told = list[str](), list[str]()
    for name, dtype in DTYPES.items():
        with quiet(judged.module.folder):
            found = [_lost(judged, bench, number, dtype) for number in USUAL if number < len(judged.passes)]
        tried = [f for f in found if f is not None]
        lost = next((f for f in tried if f), "")
        if lost:
            told.append(f"{judged.entry.name} in {name}: {lost}")
        elif tried:
            fine.append(name)
    if fine:
        told.insert(0, f"{judged.entry.name} in {', '.join(fine)}: rounding as in the plain formula")
    return told


def _lost(judged: Judged, bench: Bench, number: int, dtype: Any) -> str | None:
    """What is lost on one draw: nothing, or where, by how much; None where it cannot be told."""
    one = judged.passes[number]
    values = {n: _rounded(v, dtype) for n, v in one.given.values.items()}
    try:
        exact = run_pass(judged.module, judged.entry, replace(one.given, values=values, rounding=dtype))
    except RefusedError:
        return None
    if exact.error or not exact.returned:
        return None
    scope = bench.scope(compile(judged.module.source, judged.module.name, "exec"))
    device = judged.module.device
    arguments = [_low(v, dtype, device) for v in values.values()]
    upstream = [_low(u, dtype, device) for u in exact.upstream]
    plain = _plain(judged, scope, arguments, upstream)
    if plain is None:
        return None
    try:
        seed(number)
        made, kept = forward(judged.entry, scope, arguments, [isinstance(v, np.ndarray) for v in values.values()])
        if not _is_same(list(tensors_in(made)), exact.outputs, torch.finfo(dtype).eps):
            return None  # it draws random numbers, or cannot be told from its own rounding
        given = [u.to(o.dtype) for u, o in zip(upstream, tensors_in(made), strict=False)]
        mine = arrays_of(judged.entry, backward(judged.entry, scope, kept, given), exact)
    except Exception as problem:
        return f"backward raises {type(problem).__name__}: {str(problem).partition(chr(10))[0]}"
    for r in exact.returned:
        other = plain.get(r.V)
        if r.value is None or other is None or mine is None or mine.get(r.V) is None or not np.any(r.truth):
            continue
        message = _compared(r.V, mine[r.V], other, r.truth, torch.finfo(dtype).eps)
        if message:
            return message
    return ""


def _is_same(outputs: Sequence[Any], exact: Sequence[Any], unit: float) -> bool:
    """Whether forward gives in one precision what it gives in float64, roughly."""
    pairs = [(value_of(o), e) for o, e in zip(outputs, exact, strict=False) if o.is_floating_point()]
    return all(
        o.shape == e.shape and np.linalg.norm(o - e) <= SAME * unit * np.linalg.norm(e) for o, e in pairs if np.any(e)
    )


def _compared(V: str, mine: Any, plain: Any, truth: Any, unit: float) -> str:
    if not np.isfinite(plain).all():
        return ""  # the plain formula overflows, too
    if not np.isfinite(mine).all():
        return f"the gradient of {V} overflows, that of the plain formula does not"
    if mine.shape != truth.shape:
        return ""
    size = float(np.linalg.norm(truth))
    own, usual = (float(np.linalg.norm(v - truth)) / size for v in (mine, plain))
    if own <= WORSE * max(usual, unit):
        return ""
    of_plain = f"that of the plain formula by {usual:.1e}"
    return f"the gradient of {V} is off by {own:.1e}, {of_plain}: it computes in less precision"


def _plain(judged: Judged, scope: Any, arguments: Sequence[Any], upstream: Sequence[Any]) -> dict[str, Any] | None:
    """The gradients by autograd through the body of forward, in the precision of the arguments."""
    leaves = {
        n: a.clone().requires_grad_()
        for n, a in zip(judged.passes[0].given.values, arguments, strict=True)
        if isinstance(a, torch.Tensor) and a.is_floating_point()
    }
    given = [leaves.get(n, a) for n, a in zip(judged.passes[0].given.values, arguments, strict=True)]
    used = [g * 1 if isinstance(g, torch.Tensor) and g.requires_grad else g for g in given]  # it may be written into
    try:
        with torch.enable_grad():
            made, _ = forward(judged.entry, scope, used, [True] * len(used))
        pairs = [(o, u.to(o.dtype)) for o, u in zip(tensors_in(made), upstream, strict=False) if o.requires_grad]
        if not pairs:
            return None
        outputs, ups = zip(*pairs, strict=True)
        found = torch.autograd.grad(outputs, list(leaves.values()), ups, allow_unused=True)
    except Exception:  # what cannot be computed in this precision is no finding
        return None
    return {n: value_of(g) for n, g in zip(leaves, found, strict=True) if g is not None}


def _rounded(value: Any, dtype: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    return np.asarray(torch.tensor(value).to(dtype).double().numpy())


def _low(value: Any, dtype: Any, device: str) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    tensor = torch.tensor(value, device=device)
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
