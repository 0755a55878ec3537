"""Derivatives of a function of one variable, and the computation graph J = 3(a + bc), as programs for the checker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..meaning.shapes import World
from ..meaning.to_python import to_python
from ..meaning.written import MeaningError
from ..reading.damage import names
from ..reading.reader import read
from ..reading.tree import Call, Derivative, Name, Op, Tree
from . import units

GRAPH = ("u = b * c", "v = a + u", "J = 3 * v")


GRAPH_VALUES = {"a": 5, "b": 3, "c": 2}


@dataclass
class Above:
    """What stands above a statement: functions by their last definition, numbers, whether u = bc is in sight."""

    functions: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: variable, body
    numbers: dict[str, str] = field(default_factory=dict)
    leaks: dict[str, int] = field(default_factory=dict)  # slopes of leaky ReLU, with their lines
    counts: dict[Name, str] = field(default_factory=dict)
    graph_line: int = -1000
    general_last: bool = False
    one_is_general: bool = False


@dataclass(frozen=True)
class Claim:
    """A statement with both sides read."""

    left: Tree
    relation: str
    right: Tree
    line: int
    tex: str
    written: str = ""  # the right side as it is typed
    is_code: bool = False
    again: Callable[[str], Tree] = read  # reads another right side in its place


def base(tree: Tree) -> str:
    """Return the letter of a name or of a called function."""
    if isinstance(tree, Call) and isinstance(tree.function, Name):
        return tree.function.base
    return tree.base if isinstance(tree, Name) else ""


def in_calculus(claim: Claim, above: Above) -> Iterator[list[str]]:
    """Derivatives of a function of one variable, and the computation graph J = 3(a + bc)."""
    left, right = claim.left, claim.right
    function, variable = differentiated(left)
    if isinstance(right, Derivative) and not function:
        return
    if function and variable:
        body = above.functions.get(function, ("", ""))[1] or course_function(function)
        if body and not isinstance(right, Derivative):
            yield [slope(claim, function, variable, body, above)]
            return
    if isinstance(left, Derivative) and isinstance(left.of, (Op, Call)) and isinstance(left.by, Name):
        World(layers=1, examples="1", own={left.by.base: ()})
        of, by = scalar(left.of), left.by.base
        if not isinstance(right, Derivative):
            yield [units.local(of, by, scalar(right), functions(above), "()")]
            return
    if claim.line - above.graph_line < 90 and is_graph(claim):
        yield [graph(claim)]


def course_function(function: str) -> str:
    """Return what a function is in the course where the page defines none."""
    return {"f": "3 * a", "a": "sigma(z)", "sigma": "sigma(z)", "g": "sigma(z)"}.get(function, "")


def scalar(tree: Tree) -> str:
    """The source of a formula in which every name is a number."""
    own = {name.base: () for name in names(tree)}
    return to_python(tree, World(layers=1, examples="1", own=own)).text


def differentiated(left: Tree) -> tuple[str, str]:
    """The function and the variable of f'(a), df/da or d/dz g(z)."""
    if isinstance(left, Call) and isinstance(left.function, Name) and left.function.primes and not left.function.layer:
        argument = left.arguments[0]
        return left.function.base, argument.base if isinstance(argument, Name) else ""
    if isinstance(left, Derivative) and isinstance(left.by, Name) and not left.by.layer:
        of = left.of
        if isinstance(of, Call) and isinstance(of.function, Name) and of.function.base in ("f", "g", "sigma", "r"):
            return "sigma" if of.function.base == "r" else of.function.base, left.by.base
        if isinstance(of, Name) and of.base in "aA" and left.by.base in "zZ" and not of.layer and of != left.by:
            return "a", left.by.base
        if isinstance(of, Name) and of.base == "f":
            return "f", left.by.base
    return "", ""


def functions(above: Above) -> list[str]:
    """Return the functions that stand above, as source."""
    return [f"def {name}({variable}):\n    return {body}" for name, (variable, body) in above.functions.items()]


def slope(claim: Claim, function: str, variable: str, body: str, above: Above) -> str:
    """The program that claims a derivative of a function of one variable."""
    written = above.functions.get(function, (variable, ""))[0] or variable
    if function not in above.functions and variable != "a":
        written = "z"
    right = scalar(claim.right)
    used = {name.base for name in names(claim.right)}
    shape = "()"
    number = above.numbers.get(variable)
    if number and variable not in used:
        shape = f"() in {{{number}, {number}}}"
    definitions = [f"def f_({written}):\n    return {body}", f"value = f_({variable})"]
    if function in ("g", "a", "sigma") and variable in "zZ":
        definitions += ["g = f_", f"a = A = f_({variable})"]
        right = right.replace("g_prime", "sigma_prime")
    return units.local("value", variable, right, definitions, shape)


def is_graph(claim: Claim) -> bool:
    """Whether a claim speaks of a, b, c, u, v and J alone."""
    used = [*names(claim.left), *names(claim.right)]
    plain = all(not name.layer and not name.example and not name.parts for name in used)
    return plain and {name.base for name in used} <= {"a", "b", "c", "u", "v", "J", "d"}


def graph(claim: Claim) -> str:
    """Return the program of a claim about the computation graph."""
    values = [f'{name}: "() in {{{value}, {value}}}"' for name, value in GRAPH_VALUES.items()]
    free = [f'{name}: "()"' for name in GRAPH_VALUES]
    right = scalar(claim.right)
    used = {name.base for name in names(claim.right)}
    declared = free if used else values
    head = ["import numpy as np", *declared]
    by = claim.left.by if isinstance(claim.left, Derivative) else claim.left
    if not isinstance(by, Name):
        by = Name(base(by))
    if isinstance(claim.left, Derivative) or by.kind == "d":
        of = claim.left.of if isinstance(claim.left, Derivative) else Name("J")
        top = base(of)
        graph = [line for line in GRAPH if not (top != "J" and line.startswith("J"))]
        cost = [] if top == "J" else [f"J = {top}"]
        return "\n".join([*head, *graph, *cost, f"d{by.base} = {right}", ""])
    values_of = {"u": "b * c", "v": "a + b * c", "J": "3 * (a + b * c)"}
    if by.base not in values_of and used:
        raise MeaningError("a given number stands on the left")
    if by.base not in values_of:
        return "\n".join([*head, 'T: "()"', f"J = T * {GRAPH_VALUES.get(by.base, 0)}", f"dT = {right}", ""])
    graph = [line for line in GRAPH[:-1] if not line.startswith(by.base)]
    if by.base == "u":
        graph = []
    return "\n".join([*head, 'T: "()"', *graph, f"J = T * ({values_of[by.base]})", f"dT = {right}", ""])
