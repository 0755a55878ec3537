"""Run a script on plain NumPy: fast, with right values where claims are wrong, and with an expression left open.

What is recorded is only what is asked for. The sites have the numbers that they have in a recorded run.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ...record.draw import drawn
from ...record.instrument import Instrumented, instrument
from ...record.leaves import Leaves
from ...record.namespace import builtins_for
from ...record.program import Program
from ...samples import Sample
from .hooks import Hooks, Key, Stop
from .values import is_value, kept

Span = tuple[int, int, int, int]


class PlainLeaves(Leaves):
    """The arrays that a script makes from nothing, without a tape."""

    def new(self, function: str, value: Any) -> Any:
        """An array that a script has made, or what is to stand in its place."""
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or isinstance(value, np.str_):
            return value
        anew = self.drawn_anew(self.key(function), array) if self.values else array
        return value if anew is array else anew.copy()


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
        return self.visit(tree)

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
            with suppress(Exception):  # the recorded run raises it, too
                self.run(
                    code, noted=frozenset(k[0] for k in keys), note=lambda k, value: found.update({k: kept(value)})
                )
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
        scope["__package__"] = self.program.package
        hooks = Hooks(
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

        leaves = PlainLeaves(self.program.name, self.sample.draw.seed, self.sample.draw.leaf_values)
        extra = {**hooks.table(), "__guarded__": guard}
        if hole is not None:
            extra["__hole__"] = lambda n, local, value: hole(n, local if local is scope else {**scope, **local}, value)
        scope["__builtins__"] = builtins_for(leaves, extra)
        scope.setdefault("np", np)
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
