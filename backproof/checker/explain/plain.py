"""Run a script on plain NumPy: fast, with right values where claims are wrong, and with an expression left open.

What is recorded is only what is asked for. The sites have the numbers that they have in a recorded run.
"""

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any

import numpy as np

from ..program import Program, drawn
from ..record.instrument import Instrumented, Site, instrument
from ..record.namespace import Leaves, builtins_for
from ..samples import Sample

Key = tuple[int, int, str]  # site, turn, name
TOLERANCE = 1e-8
Span = tuple[int, int, int, int]


class Stop(BaseException):
    """The run has shown enough."""


class PlainLeaves(Leaves):
    """The arrays that a script makes from nothing, without a tape."""

    def new(self, function: str, value: Any) -> Any:
        """An array that a script has made, or what is to stand in its place."""
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or isinstance(value, np.str_):
            return value
        number, self.count = self.count, self.count + 1
        if number in self.values and np.shape(self.values[number]) == array.shape:
            return np.asarray(self.values[number], dtype=array.dtype)
        return value


def span_of(node: ast.expr) -> Span:
    """Where a node stands in the script."""
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def opened(
    source: str, name: str, nodes: Sequence[ast.expr] = (), guarded: frozenset[int] = frozenset()
) -> Instrumented:
    """The script with hooks, and with `__hole__` in the place of some of its expressions."""
    return instrument(source, name, guarded, _Open(nodes).open if nodes else None)


class _Open(ast.NodeTransformer):
    def __init__(self, nodes: Sequence[ast.expr]) -> None:
        self.waiting = {(span_of(node), type(node)): number for number, node in enumerate(nodes)}

    def open(self, tree: ast.Module) -> ast.Module:
        """The tree with the holes in it."""
        return self.visit(tree)  # type: ignore[no-any-return]

    def visit(self, node: ast.AST) -> Any:
        """Replace the expressions themselves, which the hooks stand around."""
        is_hook = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("__")
        if not self.waiting or not isinstance(node, ast.expr) or is_hook or not hasattr(node, "lineno"):
            return self.generic_visit(node)
        number = self.waiting.pop((span_of(node), type(node)), None)
        if number is None:
            return self.generic_visit(node)
        nothing = ast.arguments([], [], None, [], [], None, [])
        scope = ast.Call(ast.Name("locals", ast.Load()), [], [])
        arguments: list[ast.expr] = [ast.Constant(number), scope, ast.Lambda(nothing, node)]
        return ast.copy_location(ast.Call(ast.Name("__hole__", ast.Load()), arguments, []), node)


Hole = Callable[[int, dict[str, Any], Callable[[], Any]], Any]


@dataclass
class Bench:
    """One sample of a program, ready to be run many times."""

    program: Program
    sample: Sample
    calls: int = 0  # of hooks in the unedited run: an edited one that calls many times more does not end
    known: dict[frozenset[Key], dict[Key, Any]] = field(default_factory=dict)

    @cached_property
    def given(self) -> tuple[dict[str, int], dict[str, Any]]:
        """Sizes and inputs."""
        sizes, values = drawn(self.program, self.sample.draw)
        return sizes, {n: np.array(v, dtype=float)[()] for n, v in values.items()}

    @cached_property
    def most(self) -> dict[int, int]:
        """How often each site produces a value in the first turn of a program's training loop."""
        if self.program.inputs:
            return {}
        counts: dict[int, int] = {}
        for event in self.sample.first.events:
            counts[event.site.number] = max(counts.get(event.site.number, 0), event.turn + 1)
        return counts

    @property
    def right(self) -> Mapping[Key, Any]:
        """The right values of all wrong claims."""
        return self.sample.right_values

    def truths(self, site: int, name: str) -> dict[Key, Any]:
        """The right values of one claim in its turns."""
        found = {key: value for key, value in self.right.items() if key[0] == site and key[2] == name}
        if not found and site in self.sample.guarded:
            found[site, 0, name] = self.sample.guarded[site][0]
        return found

    def standing(self, keys: frozenset[Key]) -> dict[Key, Any]:
        """The values of some claims as the script computes them, with right values before them."""
        if keys not in self.known:
            found: dict[Key, Any] = {}
            code = opened(self.program.source, self.program.name, (), frozenset(self.sample.guarded))
            try:
                self.run(
                    code, noted=frozenset(k[0] for k in keys), note=lambda key, value: found.update({key: kept(value)})
                )
            except Exception:  # an error that the recorded run has, too
                pass
            self.known[keys] = {key: value for key, value in found.items() if key in keys and is_value(value)}
        return self.known[keys]

    def run(
        self,
        code: Instrumented,
        hole: Hole | None = None,
        free: frozenset[int] = frozenset(),
        noted: frozenset[int] = frozenset(),
        note: Callable[[Key, Any], None] | None = None,
    ) -> None:
        """Run the script; wrong claims get their right values, but at sites that are free; some are noted before."""
        base = self.sample.base_values
        wanted = ({key[0] for key in self.right} - free) | noted | {key[0] for key in base}
        sizes, given = self.given
        scope: dict[str, Any] = {"__name__": "__main__", "__file__": self.program.name, **sizes}
        hooks = _Hooks(
            code.sites,
            wanted,
            {**base, **self.right},
            base,
            free,
            noted,
            note,
            self.most,
            20 * self.calls + 2000 if self.calls else 0,
        )
        guarded = self.sample.guarded

        def guard(number: int, value: Callable[[], Any]) -> Any:
            try:
                return value()
            except Exception:
                return np.array(guarded[number][0])

        leaves = PlainLeaves(self.sample.draw.seed, self.sample.draw.leaf_values)
        extra = {**hooks.table(), "__guarded__": guard}
        if hole is not None:
            extra["__hole__"] = lambda n, local, value: hole(n, local if local is scope else {**scope, **local}, value)
        scope["__builtins__"] = builtins_for(leaves, extra)
        scope |= {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in given.items()}
        with np.errstate(all="ignore"):
            try:
                exec(code.code, scope)
            except Stop:
                pass
            except (SystemExit, Exception) as error:
                if isinstance(error, SystemExit) and not error.code:
                    error = None  # type: ignore[assignment]
                if error is not None:
                    raise
            finally:
                self.calls = self.calls or hooks.calls
                hooks.rest()


@dataclass
class _Hooks:
    sites: list[Site]
    wanted: set[int]
    right: Mapping[Key, Any]
    base: Mapping[Key, Any]
    free: frozenset[int]
    noted: frozenset[int]
    note: Callable[[Key, Any], None] | None
    most: Mapping[int, int]
    limit: int
    calls: int = 0
    turns: dict[int, int] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def table(self) -> dict[str, Any]:
        """The functions that the instrumented script calls."""
        return {
            "__take__": self.take, "__item__": self.item, "__attr__": self.attribute, "__wrote__": self.wrote,
            "__entered__": self.entered, "__float__": float,
        }  # fmt: skip

    def rest(self) -> None:
        """Leave the values alone from now on: functions of the script are called again where candidates are tried."""
        self.wanted, self.most, self.limit, self.note = set(), {}, 0, None

    def is_wanted(self, number: int) -> bool:
        self.calls += 1
        if self.limit and self.calls > self.limit:
            raise Stop
        if self.most:
            self.times[number] = self.times.get(number, 0) + 1
            if self.times[number] > 3 * self.most.get(number, 0) + 8:
                raise Stop
        return number in self.wanted

    def seen(self, number: int, value: Any, name: str, turn: int | None = None, depth: int = 0) -> Any:
        """What is to be used in the place of a value."""
        if turn is None:
            turn = self.turns.get(number, 0)
            self.turns[number] = turn + 1
        if isinstance(value, (list, tuple, dict)) and depth < 3 and len(value) <= 300:
            return self.parts(number, value, name, turn, depth)
        if number in self.noted and self.note is not None:
            self.note((number, turn, name), value)
        if number in self.free:
            return self.base.get((number, turn, name), value)
        return self.right.get((number, turn, name), value)

    def parts(self, number: int, value: Any, name: str, turn: int, depth: int) -> Any:
        changed = {}
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            inner = key if isinstance(value, dict) and isinstance(key, str) else f"{name}[{key}]"
            new = self.seen(number, part, inner, turn, depth + 1)
            if new is not part:
                changed[key] = new
        if not changed:
            return value
        if isinstance(value, tuple):
            filled = [changed.get(i, v) for i, v in enumerate(value)]
            return type(value)(*filled) if hasattr(value, "_fields") else tuple(filled)
        for key, new in changed.items():
            value[key] = new
        return value

    def take(self, number: int, value: Any, grown: Any = None) -> Any:
        if not self.is_wanted(number):
            return value
        site, name = self.sites[number], self.sites[number].name
        if site.kind == "entry" and not name:
            index = len(grown) if isinstance(grown, list) else site.index
            name = f"{_last(site.container)}[{index}]" if index >= 0 else f"{_last(site.container)}[]"
        new = self.seen(number, value, name)
        return value if new is value else self.put(site, value, new)

    def put(self, site: Site, value: Any, new: Any) -> Any:
        """The right value, in the memory of the wrong one where the statement wrote into it."""
        if site.kind in ("augment", "item") and isinstance(value, np.ndarray) and value.ndim:
            value[...] = new
            return value
        if isinstance(new, np.ndarray):
            is_same = np.shape(np.squeeze(new)) == np.shape(np.squeeze(value))
            return np.reshape(new, np.shape(value)).copy() if is_same else new.copy()
        return new

    def item(self, number: int, base: Any, key: Any) -> None:
        if not self.is_wanted(number):
            return
        site = self.sites[number]
        if isinstance(base, np.ndarray):
            new = self.seen(number, base, _last(site.container))
            if new is not base:
                base[...] = new
            return
        if not isinstance(base, (dict, list)) or isinstance(key, slice):
            return
        key = key.item() if isinstance(key, np.ndarray) else key
        at = len(base) + key if isinstance(base, list) and isinstance(key, int) and key < 0 else key
        name = key if isinstance(key, str) else f"{_last(site.container)}[{at}]"
        new = self.seen(number, base[key], name)
        if new is not base[key]:
            base[key] = self.put(site, base[key], new)

    def attribute(self, number: int, base: Any, name: str) -> None:
        if self.is_wanted(number):
            value = getattr(base, name)
            new = self.seen(number, value, name)
            if new is not value:
                setattr(base, name, self.put(self.sites[number], value, new))

    def wrote(self, number: int, value: Any) -> None:
        if self.is_wanted(number) and isinstance(value, np.ndarray):
            new = self.seen(number, value, self.sites[number].name)
            if new is not value:
                value[...] = new

    def entered(self, number: int, arguments: dict[str, Any]) -> None:
        if self.is_wanted(number):
            for name, value in arguments.items():
                self.seen(number, value, name)


def _last(container: str) -> str:
    return container.rpartition(".")[2] if container.isidentifier() or "." in container else container


def snapshot(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The values in scope as they are now, whatever is written into them later."""
    return {n: kept(v) for n, v in scope.items() if not n.startswith("__") or n == "__builtins__"}


def kept(value: Any, depth: int = 0) -> Any:
    """A copy of a value, with its parts."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if depth < 3 and isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(kept(v, depth + 1) for v in value)
    if depth < 3 and isinstance(value, dict):
        return {k: kept(v, depth + 1) for k, v in value.items()} if type(value) is dict else value
    if depth < 1 and hasattr(value, "__dict__") and not callable(value) and type(value).__module__ == "__main__":
        twin = copy.copy(value)
        twin.__dict__.update({k: kept(v, depth + 1) for k, v in vars(value).items()})
        return twin
    return value


def evaluated(code: CodeType, scope: dict[str, Any]) -> Any:
    """The value of a candidate; None where it has none."""
    try:
        return eval(code, scope)
    except Exception:  # a candidate may be anything
        return None


def is_value(value: Any) -> bool:
    """Whether something is a number or an array of numbers."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiub"
    return isinstance(value, (int, float, np.generic)) and not isinstance(value, complex)


def agrees(value: Any, truth: Any) -> bool:
    """Whether a value is the right one, but for rounding."""
    if not is_value(value):
        return False
    value, truth = np.asarray(value), np.asarray(truth)
    if value.shape != truth.shape and not value.size == truth.size == 1:
        return False
    size = float(np.max(np.abs(truth), initial=0.0))
    off = np.max(np.abs(value.reshape(truth.shape) - truth), initial=0.0)
    return bool(off <= TOLERANCE * size + 1e-12)
