"""Where a slip of a backward pass may stand: the expressions from which a returned gradient is computed."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...explain.edits.expression import names_in
from ..said.find import Entry

SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)
Function = ast.FunctionDef


@dataclass(frozen=True)
class Place:
    """An expression in which a slip may stand."""

    statement: ast.stmt
    node: ast.expr
    where: str  # backward, forward, helper
    is_order: bool = False  # only the order of its parts is in question


def places(tree: ast.Module, entry: Entry, positions: Sequence[int]) -> list[Place]:
    """The expressions behind some of what is returned: of the backward pass, of its helpers, of what forward keeps."""
    found = list(_in_function(entry.backward, positions, "backward"))
    for helper in _helpers(tree, entry):
        found += _in_function(helper, (), "helper")
    for function in filter(None, (entry.forward, entry.setup)):
        found += [p for p in _in_function(function, (), "forward") if not isinstance(p.statement, ast.Return)]
    return found


def sliced(function: Function, positions: Sequence[int]) -> list[ast.stmt]:
    """The statements and headers of a function from which some of what it returns is computed."""
    statements = [n for n in ast.walk(function) if isinstance(n, SIMPLE)]
    headers = [n for n in ast.walk(function) if isinstance(n, (ast.If, ast.For, ast.While))]
    wanted: set[str] = set()
    taken: list[ast.stmt] = []
    for statement in statements:
        if isinstance(statement, ast.Return) and statement.value is not None:
            taken.append(statement)
            for part in returned_parts(statement, positions):
                wanted |= set(names_in(part))
    return _closed(statements, headers, taken, wanted)


def _closed(
    statements: Sequence[ast.stmt], headers: Sequence[ast.stmt], taken: list[ast.stmt], wanted: set[str]
) -> list[ast.stmt]:
    grown = True
    while grown:
        grown = False
        for statement in statements:
            if statement not in taken and changed_by(statement) & wanted:
                taken.append(statement)
                wanted |= set(names_in(statement))
                grown = True
        for header in headers:
            if header not in taken and any(s in taken for s in ast.walk(header)):
                taken.append(header)
                wanted |= set(names_in(header.iter if isinstance(header, ast.For) else header.test))  # type: ignore[attr-defined]
                if isinstance(header, ast.For):
                    wanted |= {n.id for n in ast.walk(header.target) if isinstance(n, ast.Name)}
                grown = True
    return sorted(taken, key=lambda s: s.lineno)


def behind(function: Function, statement: ast.stmt) -> list[ast.stmt]:
    """The statements from which one statement is computed, itself included."""
    statements = [n for n in ast.walk(function) if isinstance(n, SIMPLE)]
    headers = [n for n in ast.walk(function) if isinstance(n, (ast.If, ast.For, ast.While))]
    return _closed(statements, headers, [statement], set(names_in(statement)) | changed_by(statement))


def returned_parts(statement: ast.Return, positions: Sequence[int]) -> list[ast.expr]:
    """What a return statement returns at some positions; all where there are none."""
    value = statement.value
    if isinstance(value, ast.Dict):
        return list(value.values)
    if not isinstance(value, ast.Tuple):
        return [value] if value is not None else []
    chosen = [e for i, e in enumerate(value.elts) if i in positions]
    return chosen if positions and chosen else list(value.elts)


def changed_by(statement: ast.stmt) -> set[str]:
    """The variables that a statement gives a value, or writes into."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        targets = [statement.target]
    found: set[str] = set()
    for target in targets:
        found |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)} - set(_read_in(target))
    for call in ast.walk(statement):
        if isinstance(call, ast.NamedExpr):
            found.add(call.target.id)
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Attribute) and (call.func.attr.endswith("_") or call.func.attr == "append"):
            found |= set(_base(call.func.value))
        found |= {n for k in call.keywords if k.arg == "out" for n in names_in(k.value)}
    return found


def _read_in(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Subscript):
            yield from names_in(node.slice)


def _base(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _in_function(function: Function, positions: Sequence[int], where: str) -> Iterator[Place]:
    for statement in sliced(function, positions) if where == "backward" else _all(function):
        if isinstance(statement, (ast.If, ast.While)):
            yield Place(statement, statement.test, where)
        elif isinstance(statement, ast.For):
            yield Place(statement, statement.iter, where)
        elif isinstance(statement, ast.Return):
            for part in returned_parts(statement, positions):
                if not isinstance(part, ast.Constant):
                    yield Place(statement, part, where)
            if isinstance(statement.value, ast.Tuple):
                yield Place(statement, statement.value, where, is_order=True)
        else:
            yield from _expressions(statement, where)


def _all(function: Function) -> list[ast.stmt]:
    return [n for n in ast.walk(function) if isinstance(n, (*SIMPLE, ast.If, ast.For, ast.While))]


def _expressions(statement: ast.stmt, where: str) -> Iterator[Place]:
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return
    if isinstance(value, ast.Attribute) and value.attr == "saved_tensors":
        return
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "save_for_backward":
        for argument in value.args:
            yield Place(statement, argument, where)
        return
    if isinstance(value, ast.Tuple):
        for part in value.elts:
            yield Place(statement, part, where)
    elif value is not None and not isinstance(value, ast.Starred):
        yield Place(statement, value, where)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        if isinstance(target, ast.Subscript) and not any(isinstance(n, ast.Slice) for n in ast.walk(target.slice)):
            yield Place(statement, target.slice, where)


def _helpers(tree: ast.Module, entry: Entry) -> list[Function]:
    """The functions of the file that the backward pass calls."""
    known = {f.name: f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
    own = {f.name for f in (entry.forward, entry.backward, entry.setup) if f is not None}
    found: list[Function] = []
    waiting: list[ast.AST] = [entry.backward]
    while waiting:
        for node in ast.walk(waiting.pop()):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name in known and name not in own and known[name] not in found:
                found.append(known[name])
                waiting.append(known[name])
    return found
