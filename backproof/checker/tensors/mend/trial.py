"""Running a backward pass with an expression left open, or with another text, without recording."""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ..backward import Module, Pass, Returned, executed
from ..context import Context, backward, forward, seed
from ..record.exact import Exact, mapped, tensors_in
from ..record.recorder import value_of
from ..said.arguments import by_argument, summed
from ..said.find import Entry, entries, pair_of
from ..verdicts import Judged, is_right
from .scope import copied

LOWERED = re.compile(r"float32|float16|bfloat16|\.half\(|\.float\(|\.type\(|autocast")
MAX_TURNS = 6
NOISE = 1e-13  # of a wrong value that is not noise itself
Hole = Callable[[dict[str, Any], Callable[[], Any]], Any]


class _Open(ast.NodeTransformer):
    def __init__(self, node: ast.expr) -> None:
        self.span = _span(node), type(node)

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and (_span(node), type(node)) == self.span:
            self.span = (), type(node)
            nothing = ast.arguments([], [], None, [], [], None, [])
            call = ast.Call(ast.Name("__hole__", ast.Load()), [_call("locals"), ast.Lambda(nothing, node)], [])
            return ast.copy_location(call, node)
        return self.generic_visit(node)


def _call(name: str) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [], [])


def _span(node: ast.expr) -> tuple[Any, ...]:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def with_hole(module: Module, node: ast.expr) -> Any:
    """The file with `__hole__` in the place of an expression."""
    tree = _Open(node).visit(ast.parse(module.source, module.name))
    return compile(ast.fix_missing_locations(tree), module.name, "exec")


@dataclass
class Bench:
    """The draws of a backward pass, ready to be run many times."""

    judged: Judged
    runs: int = 0
    kept: dict[int, tuple[Any, list[Any], list[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_low = LOWERED.search(self.judged.module.source) is not None

    def mode(self) -> Any:
        """What makes everything float64."""
        return Exact() if self.is_low else nullcontext()

    def scope(self, code: Any, hole: Hole | None = None) -> dict[str, Any]:
        """The names of a file after it was executed."""
        scope: dict[str, Any] = {"__hole__": lambda local, value: hole({**scope, **local}, value) if hole else value()}
        executed(self.judged.module, code, scope)
        return scope

    def given(self, number: int) -> tuple[list[Any], list[Any], list[bool]]:
        """The arguments and the derivatives by the outputs of a draw, as tensors."""
        one, device = self.judged.passes[number], self.judged.module.device
        values = [torch.tensor(v, device=device) if isinstance(v, np.ndarray) else v for v in one.values]
        upstream = [torch.tensor(u, device=device) if isinstance(u, np.ndarray) else u for u in one.upstream]
        needs = [isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in one.values]
        return values, upstream, needs

    def through(self, entry: Entry, scope: Mapping[str, Any], number: int, needs: Sequence[bool] | None = None) -> Any:
        """What forward and backward give on a draw: the outputs, and what is returned."""
        values, upstream, usual = self.given(number)
        seed(number)
        with self.mode():
            made, kept = forward(entry, scope, values, needs or usual)
            return list(tensors_in(made)), backward(entry, scope, kept, _placed(made, upstream))

    def after_forward(self, number: int, code: Any) -> tuple[Any, list[Any]]:
        """A fresh copy of what forward keeps on a draw, and the derivatives by the outputs."""
        if number not in self.kept:
            values, upstream, needs = self.given(number)
            seed(number)
            scope = self.scope(code)
            with self.mode():
                made, kept = forward(self.judged.entry, scope, values, needs)
            self.kept[number] = kept, _placed(made, upstream), [scope]
        kept, upstream, _ = self.kept[number]
        if isinstance(kept, Context):
            return kept.copy(), mapped(upstream, torch.clone)
        both = copied({"kept": kept, "upstream": upstream})
        return both["kept"], both["upstream"]

    def right_ones(self, grads: Any, number: int) -> set[str]:
        """The arguments that get a right gradient, or none by design."""
        one = self.judged.passes[number]
        found = arrays_of(self.judged.entry, grads, one)
        right: set[str] = set()
        for r in one.returned_or_expected if found is not None else ():
            assert found is not None
            value = found.get(r.V)
            if value is None:
                if r.value is None and (not one.error or r.V in self.judged.none):
                    right.add(r.V)
                continue
            if value.shape != r.truth.shape and self.judged.entry.is_function:
                value = summed(torch.from_numpy(np.ascontiguousarray(value)), r.truth.shape).numpy()
            if is_right(value, r.truth) or _is_as_near(value, r):
                right.add(r.V)
        return right


def _is_as_near(value: Any, r: Returned) -> bool:
    """Whether a value is right but for rounding: as near the truth as one that counted as that, or as noise is."""
    if r.value is None or np.shape(value) != np.shape(r.truth) or np.shape(r.value) != np.shape(r.truth):
        return False
    off, before = float(np.linalg.norm(value - r.truth)), float(np.linalg.norm(r.value - r.truth))
    return off <= NOISE * before if r.is_off else off <= 2 * before


def _placed(made: Any, upstream: list[Any]) -> list[Any]:
    """The derivatives by the outputs, None by what is no tensor."""
    shown = list(made) if isinstance(made, (tuple, list)) else [made]
    waiting = list(upstream)
    return [waiting.pop(0) if isinstance(o, torch.Tensor) else None for o in shown]


def arrays_of(entry: Entry, grads: Any, one: Pass) -> dict[str, Any] | None:
    """What is returned for each argument, as arrays; None where there is a wrong number of them."""
    try:
        pairs = by_argument(entry, grads, list(one.given.values), [r.V for r in one.returned_or_expected])
    except ValueError:
        return None
    found: dict[str, Any] = {}
    for name, value in pairs:
        is_number = isinstance(value, (int, float))
        found[name] = value_of(value) if isinstance(value, torch.Tensor) else np.asarray(value) if is_number else None
    return found


def same_outputs(outputs: Sequence[torch.Tensor], one: Pass) -> bool:
    """Whether a forward pass computes what it computed before."""
    if len(outputs) != len(one.outputs):
        return False
    values = [value_of(o) for o in outputs]
    return all(
        v.shape == o.shape and np.allclose(v, o, rtol=1e-12, atol=0, equal_nan=True)
        for v, o in zip(values, one.outputs, strict=True)
    )


def entry_again(source: str, entry: Entry) -> Entry | None:
    """The same entry in another text of the file."""
    try:
        tree = ast.parse(source)
        if not entry.is_function:
            return pair_of(tree, source, entry.forward_name, entry.backward_name)
        found = entries(tree, source)
    except (SyntaxError, KeyError):
        return None
    return next((e for e in found if e.name == entry.name), None)
