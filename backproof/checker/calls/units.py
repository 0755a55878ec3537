"""The calls that a file leaves to its reader: what trains by itself, or the passes in their order."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..mean.names import is_cost, variables

TRAINS = re.compile(r"(fit|train|learn|sgd|optimi[sz]e|gradient_?descent|model|run)\w*|\w+_(model|train|fit)", re.I)
ORDER = (
    re.compile(r"init\w*|\w*_init\w*|make_\w*|create_\w*|build\w*", re.I),
    re.compile(r"\w*(forward|feed|propagate|fwd)\w*|__call__|hypothesis|activate", re.I),
    re.compile(r"\w*(cost|loss|objective|error)\w*", re.I),
    re.compile(r"\w*(back|grad|deriv|bwd)\w*", re.I),
    re.compile(r"\w*(update|step|optim|descend|apply)\w*", re.I),
)
FORWARD, BACKWARD = 1, 3
MANY = 2  # pairs of passes are layers, each for itself
GRADIENT = re.compile(r"(grads?|gradients?|d)\Z", re.IGNORECASE)
ASIDE = re.compile(
    r"\w*(predict|accuracy|score|plot|save|load|print|test|evaluat|numeric|check|show|draw|visuali|summary|normal|reset"
    r"|one_?hot|accura|main|get_data|dataset|confusion)\w*|_\w+|(sigmoid|relu|tanh|softmax)(_?(prime|deriv\w*|grad\w*))?",
    re.I,
)


@dataclass(frozen=True)
class Call:
    """One call: what is called, the parameters that must be given, the names of what it returns."""

    callee: str
    needs: tuple[str, ...]
    returns: tuple[str, ...]
    is_forward: bool = False
    is_constructor: bool = False


Unit = tuple[Call, ...]  # calls that belong together
Alternatives = list[list[Unit]]  # the first of which something is found is enough


def units(tree: ast.Module) -> list[Alternatives]:
    """What can be called of a file, in order: of each class, and of the functions together."""
    found = []
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in classes.values():
        methods = _methods(node, classes)
        start = methods.pop("__init__", None)
        made = Call(node.name, _needs(start, True) if start else (), (), is_constructor=True)
        outer = _outer(list(methods.values()))
        ways = [way for way in (_that_train(outer), _passes(outer)) if way]
        found.append([[(made, *(_call(m, True) for m in way))] for way in ways])
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    outer = _outer(functions)
    together = [[_unit(way)] for way in (_that_train(outer), _passes(outer)) if way]
    pairs = [_unit([f, g]) for f, g in _pairs(functions)]
    several = [*pairs, *(_unit([f]) for f in outer if _has_both(f))]
    found.append([*together, several] if len(pairs) < MANY else [several, *together])
    return [[way for way in ways if way] for ways in found]


def _unit(functions: Sequence[ast.FunctionDef]) -> Unit:
    return tuple(_call(f, False) for f in functions)


def _pairs(functions: Sequence[ast.FunctionDef]) -> Iterator[tuple[ast.FunctionDef, ast.FunctionDef]]:
    """The functions of a forward and a backward pass that share the rest of their names."""
    by_name = {f.name: f for f in functions}
    for name, function in by_name.items():
        for forward, backward in (("forward", "backward"), ("fwd", "bwd")):
            other = name.replace(forward, backward)
            if other != name and other in by_name:
                yield function, by_name[other]


def _has_both(function: ast.FunctionDef) -> bool:
    """Whether a function returns a cost and what is derived from it."""
    names = _returned(function, False)
    return any(is_cost(name) for name in names) and any(variables(name) or GRADIENT.match(name) for name in names)


def _methods(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> dict[str, ast.FunctionDef]:
    """The methods of a class, those that it inherits from classes of the file included."""
    found: dict[str, ast.FunctionDef] = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id != node.name:
            found |= _methods(classes[base.id], classes)
    return found | {m.name: m for m in node.body if isinstance(m, ast.FunctionDef) and not _is_property(m)}


def _is_property(method: ast.FunctionDef) -> bool:
    return any(getattr(d, "id", "") in ("property", "staticmethod", "classmethod") for d in method.decorator_list)


def _outer(functions: Sequence[ast.FunctionDef]) -> list[ast.FunctionDef]:
    """The functions that are there to be called: those that no other one calls."""
    called = {name for f in functions for name in _called(f) if name != f.name}
    return [f for f in functions if f.name not in called and not ASIDE.fullmatch(f.name)]


def _that_train(functions: Sequence[ast.FunctionDef]) -> list[ast.FunctionDef]:
    return [f for f in functions if TRAINS.fullmatch(f.name) and not ORDER[0].match(f.name)][:1]


def _passes(functions: Sequence[ast.FunctionDef]) -> list[ast.FunctionDef]:
    """The passes in their order, if one of them goes backward."""
    ranked = [(rank, f) for f in functions for rank in _ranks(f.name)]
    is_whole = any(rank == BACKWARD for rank, _ in ranked)
    return [f for _, f in sorted(ranked, key=lambda one: one[0])] if is_whole else []


def _ranks(name: str) -> Iterator[int]:
    found = [rank for rank, pattern in enumerate(ORDER) if pattern.fullmatch(name)]
    yield from found[-1:]


def _called(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _call(function: ast.FunctionDef, is_method: bool) -> Call:
    is_forward = FORWARD in _ranks(function.name)
    return Call(function.name, _needs(function, is_method), _returned(function, is_forward and is_method), is_forward)


def _needs(function: ast.FunctionDef, is_method: bool) -> tuple[str, ...]:
    given = [*function.args.posonlyargs, *function.args.args]
    needed = given[is_method : len(given) - len(function.args.defaults)]
    return tuple(a.arg for a in needed)


def _returned(function: ast.FunctionDef, may_keep: bool) -> tuple[str, ...]:
    """The names of what a function returns; of a pass that returns nothing the attribute that it sets last."""
    returns = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    if returns:
        last = returns[-1]
        parts = last.elts if isinstance(last, ast.Tuple) else [last]
        return tuple(p.id if isinstance(p, ast.Name) else getattr(p, "attr", function.name) for p in parts)
    kept = [
        t.attr
        for n in ast.walk(function)
        if isinstance(n, ast.Assign)
        for t in n.targets
        if isinstance(t, ast.Attribute) and getattr(t.value, "id", "") == "self"
    ]
    return (f".{kept[-1]}",) if kept and may_keep else ()
