"""Where a slip may stand: the expressions from which a wrong claim was computed, the nearest first."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..judge import Story
from ..mean.sense import Sense
from ..record.instrument import Site
from ..record.program import Program
from ..record.tape import Node
from .edits.expression import names_in
from .trial.plain import span_of

SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)
Header = ast.For | ast.While | ast.If


@dataclass(frozen=True)
class Suspect:
    """An expression in which a slip may stand, and its statement."""

    statement: ast.stmt
    node: ast.expr
    is_own: bool = False
    is_header: bool = False


@dataclass
class Map:
    """The statements of a program by line, and what each node stands in."""

    program: Program

    def __post_init__(self) -> None:
        tree = self.program.tree
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.statements = [n for n in ast.walk(tree) if isinstance(n, SIMPLE)]

    def at(self, line: int) -> list[ast.stmt]:
        """The simple statements of a line."""
        return [s for s in self.statements if s.lineno <= line <= (s.end_lineno or s.lineno)]

    def node(self, like: ast.AST) -> Any:
        """The node of the unaltered tree that stands where another one does."""
        for node in ast.walk(self.program.tree):
            if type(node) is type(like) and hasattr(node, "lineno") and span_of(node) == span_of(like):  # type: ignore[arg-type]
                return node
        return None

    def statement_of(self, site: Site) -> ast.stmt | None:
        """The statement of a site."""
        if isinstance(site.statement, ast.Expr) and isinstance(site.statement.value, ast.NamedExpr):
            node = self.node(site.statement.value)
            while node is not None and not isinstance(node, ast.stmt):
                node = self.parents.get(node)
            return node
        return next((n for n in self.statements if span_of(n) == span_of(site.statement)), None)  # type: ignore[arg-type]

    def headers(self, statement: ast.AST) -> Iterator[Header]:
        """The loops and branches around a statement, within its function, from the inside."""
        node = self.parents.get(statement)
        while node is not None and not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.Module)):
            if isinstance(node, (ast.For, ast.While, ast.If)):
                yield node
            node = self.parents.get(node)

    def function(self, node: ast.AST) -> ast.AST:
        """The function around a node, or the module."""
        here = self.parents.get(node)
        while here is not None and not isinstance(here, (ast.FunctionDef, ast.Module)):
            here = self.parents.get(here)
        return here or self.program.tree


def expressions(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement: values, entries of displays, arguments that are stored, indices of targets."""
    found: list[ast.expr] = []
    value = getattr(statement, "value", None)
    if value is not None and not (isinstance(statement, ast.Expr) and _parts(value) == [value]):
        found += _parts(value)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        if isinstance(target, ast.Subscript):
            found += [target.slice] if not isinstance(target.slice, (ast.Slice, ast.Tuple)) else _indices(target.slice)
    walrus = [n.value for n in ast.walk(statement) if isinstance(n, ast.NamedExpr)]
    return walrus or [e for e in found if not isinstance(e, ast.Starred)]


def _indices(node: ast.expr) -> list[ast.expr]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    bounds = [b for p in parts for b in ((p.lower, p.upper) if isinstance(p, ast.Slice) else (p,)) if b is not None]
    return [b for b in bounds if isinstance(b, ast.expr)]


def _parts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.Dict):
        return [p for v in value.values for p in _parts(v)]
    if isinstance(value, (ast.Tuple, ast.List)):
        return (
            [value, *(p for v in value.elts for p in _parts(v))]
            if isinstance(value, ast.List)
            else [p for v in value.elts for p in _parts(v)]
        )
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        if name in ("append", "insert", "setdefault", "update", "dict"):
            return [p for a in (*value.args, *(k.value for k in value.keywords)) for p in _parts(a)]
        if name == "at":
            return [*value.args[1:]]
    return [value]


def own(places: Map, site: Site) -> list[Suspect]:
    """The expressions of the claim's own statement, that of its value first."""
    statement = places.statement_of(site)
    if statement is None:
        return []
    mine = places.node(site.expression) if site.expression is not None else None
    found = expressions(statement)
    if mine is not None and any(mine is e for e in found):
        found = [mine]
    elif isinstance(mine, (ast.Dict, ast.List, ast.Tuple)):
        found = _parts(mine)
    if isinstance(statement, (ast.AugAssign, ast.Assign)):
        target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
        if isinstance(target, ast.Subscript):
            found += [e for e in expressions(statement) if e not in found and e is not statement.value]
    return [Suspect(statement, e, True) for e in found]


def behind(places: Map, site: Site, sense: Sense, story: Story) -> list[Suspect]:
    """The other statements from which the claim was computed since the last right claims, the nearest first."""
    here = places.statement_of(site)
    claimed = {(v.site, v.name) for v in story.verdicts if v.verdict != "unjudged"}
    stops = {e.node for e in sense.events if (e.site.number, e.name) in claimed and e.site.number != site.number}
    events = [e for e in sense.events if e.site.number == site.number and e.node is not None]
    lines = _lines([e.node for e in events if e.node is not None], stops, sense)
    statements: list[ast.stmt] = []
    for line in lines:
        statements += [s for s in places.at(line) if s is not here and s not in statements]
    around = dict.fromkeys(h for s in (here, *statements) if s is not None for h in places.headers(s))
    defining = _defining(places, [*([here] if here is not None else []), *statements, *around], sense)
    statements = [*statements, *around, *(s for s in defining if s not in statements and s is not here)]
    found = []
    for statement in statements:
        if isinstance(statement, ast.For):
            found.append(Suspect(statement, statement.iter, is_header=True))
        elif isinstance(statement, (ast.While, ast.If)):
            found.append(Suspect(statement, statement.test, is_header=True))
        else:
            found += [Suspect(statement, e) for e in expressions(statement)]
    return found


def _lines(nodes: list[Node], stops: set[Node | None], sense: Sense) -> list[int]:
    """The lines in which values were computed that lead to a node, up to right claims and the forward part.

    Those come first that ran last; those that only make zeros, or whose values are derivatives, come at the end.
    """
    seen: set[Node] = set(nodes)
    waiting = list(nodes)
    latest: dict[int, tuple[bool, int]] = {}
    while waiting:
        node = waiting.pop()
        is_start = node.op == "leaf" or _is_right(node, sense)
        latest[node.line] = max(latest.get(node.line, (False, -1)), (not is_start, node.number))
        for parent in node.parents:
            if parent not in seen and parent not in stops and parent not in sense.forward and parent.op != "given":
                seen.add(parent)
                waiting.append(parent)
    return sorted(latest, key=lambda line: latest[line], reverse=True)


def _is_right(node: Node, sense: Sense) -> bool:
    """Whether a statement gave a variable this value, and it is a multiple of a derivative."""
    events = sense.owners.get(node)
    return events is not None and any(True for _ in sense.multiples_among(events[0].value))


def _defining(places: Map, statements: list[ast.stmt], sense: Sense) -> list[ast.stmt]:
    """The statements that give the variables that are read there their values, as masks and counts, with no node."""
    forward = {e.site.line for e in sense.events if e.node in sense.forward}
    found: list[ast.stmt] = []
    for statement in statements:
        names = set(names_in(statement))
        for other in places.statements:
            stored = {n.id for n in ast.walk(other) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            same = places.function(other) is places.function(statement)
            if names & stored and same and other.lineno not in forward and other.lineno > _first(sense):
                found.append(other)
    return found


def _first(sense: Sense) -> int:
    return sense.cost_event.line if sense.cost_event is not None else 0
