"""Worked numbers: a = 2.001 with f(a) = 6.003, slopes at a point, the graph J = 3(a + bc), plain arithmetic."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..meaning.shapes import World
from ..meaning.to_python import to_python
from ..meaning.written import MeaningError
from ..reading.damage import names
from ..reading.tree import Call, Derivative, Name, Number, Op, Tree
from . import units, values
from .calculus import base

SLOPES = {"3 * a": "3", "a ** 2": "2a", "a ** 3": "3a^2", "np.log(a)": r"\frac{1}{a}"}  # of the course's warm-up
FAMILY = tuple(SLOPES)
GRAPH = {"a": 5.0, "b": 3.0, "c": 2.0}
NUDGE = 1e-3
TINY = 1e-30
RIGHT = units.Judged("right")


@dataclass
class Worked:
    """What the numbers above a statement say: the points that wait for their values, and the function by its values."""

    points: list[float] = field(default_factory=list)
    point: float | None = None
    seen: set[float] = field(default_factory=set)
    body: str = ""
    taken: bool = False

    def given(self, value: float) -> None:
        """Note a point at which values follow."""
        if self.taken:
            self.points, self.taken = [], False
        self.points.append(value)
        self.seen.add(value)
        self.point = value

    def value(self, said: float, unit: float) -> units.Judged | None:
        """Judge f(a) = number at the point that waits for it; a whole point may tell which function is meant."""
        if not self.points:
            return None
        self.taken = True
        bodies = [body for body in (self.body, *FAMILY) if body]
        at = next((at for at in self.points if any(abs(_at(b, at) - said) <= unit for b in bodies)), self.points[0])
        self.points = self.points[self.points.index(at) + 1 :] or [at]
        self.point = at
        fits = [body for body in bodies if abs(_at(body, at) - said) <= unit]
        if fits:
            self.body = fits[0] if at == int(at) or not self.body else self.body
        if not self.body or (not fits and at == int(at)):
            return None
        right = _at(self.body, at)
        if abs(right - said) <= unit:
            return RIGHT
        return units.Judged("wrong", f"f({at:g}) = {right:.9g}", fix_tex=f"{right:.9g}")

    def slope(self, said: float, point: float | None = None) -> units.Judged | None:
        """Judge f'(a) = number at one of the points, or at this one."""
        if not self.body:
            return None
        points = {point} if point is not None else self.seen if "3 *" not in self.body else {1.0}
        slopes = {at: _slope(self.body, at) for at in points}
        if any(math.isclose(slope, said, rel_tol=1e-9) for slope in slopes.values()):
            return RIGHT
        if len(slopes) == 1:
            (right,) = slopes.values()
            return units.Judged("wrong", f"the slope is {right:g}", fix_tex=f"{right:g}")
        return None


def number(tree: Tree) -> float | None:
    """The value of a formula without names; None where it has names or no value."""
    if isinstance(tree, Name) and tree.base in ("infty", "BigNum"):
        return math.inf
    if any(name.base not in ("e", "infty", "BigNum") for name in names(tree)):
        return None
    try:
        text = to_python(tree, World()).text
        return float(values.evaluated(text, {"np": np}))
    except (NameError, TypeError, SyntaxError, ZeroDivisionError, ValueError, KeyError):
        return None
    except Exception:
        return None


def unit_of(tree: Tree, relation: str) -> float:
    """Half a unit of the last digit that is printed; almost nothing where the number is no printed decimal."""
    while isinstance(tree, Op) and tree.kind == "neg":
        tree = tree.kids[0]
    if isinstance(tree, Number):
        decimals = len(tree.digits.partition(".")[2])
        return 0.5000001 * 10**-decimals if decimals or relation == r"\approx" else 1e-9
    return 1e-9


def judged(left: Tree, relation: str, right: Tree, worked: Worked, has_graph: bool) -> units.Judged | None:
    """The verdict on a statement about numbers; None where it is none."""
    said = number(right)
    if said is not None:
        told = number(left)
        if told is not None:
            holds = abs(told - said) <= unit_of(right, relation)
            return RIGHT if holds else units.Judged("wrong", f"it is {told:.9g}", fix_tex=f"{told:.9g}")
        if is_limit(left) and said in (0.0, 1.0):
            return RIGHT
        if is_slope(left):
            return worked.slope(said)
        if isinstance(left, Call) and isinstance(left.function, Name) and left.function.base == "f":
            return (
                worked.value(said, unit_of(right, relation))
                if not left.function.primes
                else worked.slope(said, number(left.arguments[0]))
            )
        if isinstance(left, Name) and left == Name("slope"):
            if not worked.body and not worked.seen:
                return None
            return worked.slope(said)
    if said is None and not names(left) and not names(right):
        return _of_arrays(left, right)
    is_prime = isinstance(left, Call) and left.function == Name("f", primes=1)
    if is_prime and said is None and (body := scalar_of(right)) in SLOPES:
        worked.body = body
        return units.Judged("wrong", "this is the function itself", fix_tex=SLOPES[body])
    if is_slope(left) and is_slope(right):
        return RIGHT
    if is_slope(left) and isinstance(right, Derivative) and (body := body_of(right)):
        worked.body = worked.body or body
        return RIGHT if _is_same(body, worked.body) else None
    if has_graph and said != 0 and (verdict := _in_graph(left, right, said)):
        return verdict
    if said is not None and left in (Name("a"), Name("x")):
        worked.given(said)
        return units.Judged("right", reason="it is given")
    return None


def scalar_of(tree: Tree) -> str:
    """The source of a formula of a alone; empty where it is none."""
    if names(tree) != [Name("a")]:
        return ""
    return to_python(tree, World(layers=1, examples="1", own={"a": ()})).text


def _of_arrays(left: Tree, right: Tree) -> units.Judged | None:
    """The verdict on matrices of numbers; None where they have no value."""
    try:
        sources = [to_python(side, World()).text for side in (left, right)]
        one, other = (values.evaluated(source, {"np": np}) for source in sources)
    except ValueError as error:
        return units.Judged("wrong", f"the shapes do not fit: {error}") if "shapes" in str(error) else None
    except (MeaningError, NameError, TypeError, SyntaxError, KeyError):
        return None
    return RIGHT if values.equal(one, other) else units.Judged("wrong", "it has another value")


def body_of(tree: Tree) -> str:
    """The source of what d/da a^2 differentiates; empty where that is no formula of its variable."""
    if isinstance(tree, Derivative) and isinstance(tree.of, (Op, Call)) and isinstance(tree.by, Name):
        return to_python(tree.of, World(layers=1, examples="1", own={tree.by.base: ()})).text
    return ""


def _is_same(one: str, other: str) -> bool:
    return all(math.isclose(_slope(one, at), _slope(other, at), rel_tol=1e-9) for at in (0.7, 1.9))


def is_limit(left: Tree) -> bool:
    """Whether it is sigma(z), which has limits."""
    return isinstance(left, Call) and isinstance(left.function, Name) and left.function.base == "sigma"


def is_slope(left: Tree) -> bool:
    """Whether it is the derivative of f by its variable."""
    if not isinstance(left, Derivative):
        return False
    of = left.of.function if isinstance(left.of, Call) else left.of
    return isinstance(of, Name) and of.base == "f"


def _function(body: str) -> Callable[[complex], complex]:
    return lambda a: values.evaluated(body, {"np": np, "a": a})


def _at(body: str, at: float) -> float:
    return float(_function(body)(at).real)


def _slope(body: str, at: float) -> float:
    return float(np.imag(_function(body)(at + 1j * TINY)) / TINY)


def graph_values(a: complex, b: complex, c: complex, **fixed: complex) -> dict[str, complex]:
    """The values of the computation graph; a value that is fixed is no longer computed."""
    u = fixed.get("u", b * c)
    v = fixed.get("v", a + u)
    return {"a": a, "b": b, "c": c, "u": u, "v": v, "J": 3 * v}


def graph_slope(of: str, by: str, at: dict[str, float]) -> float:
    """The derivative of one value of the graph by another."""
    if of == by:
        return 1.0
    held = graph_values(**at)
    moved = {**at, **({by: held[by] + 1j * TINY})}
    return float(np.imag(graph_values(**moved)[of]) / TINY)


def _in_graph(left: Tree, right: Tree, said: float | None) -> units.Judged | None:
    """A claim about a, b, c, u, v and J alone."""
    used = [*names(left), *names(right)]
    letters = set("abcuvJ")
    plain = all(n.base in letters and not (n.layer or n.example or n.parts) for n in used)
    if not plain or not used:
        return None
    points = [{"a": 1.7, "b": -2.3, "c": 0.6}, {"a": -0.4, "b": 1.9, "c": 3.1}]
    if said is None and names(right):
        pairs = [(_graph_value(left, at), _graph_value(right, at)) for at in points]
        if any(one is None or other is None for one, other in pairs):
            return None
        holds = all(math.isclose(one, other, rel_tol=1e-9) for one, other in pairs)  # type: ignore[arg-type]
        right_tex = _graph_fix(left)
        cause = f"{base(left)} is {right_tex} here" if right_tex else "it has another value"
        return RIGHT if holds else units.Judged("wrong", cause, fix_tex=right_tex)
    if said is None:
        return None
    known = _graph_value(left, GRAPH)
    if known is None:
        return None
    nudged = [known]
    if isinstance(left, (Name, Call)) and not getattr(left, "kind", ""):
        for name in "abc":
            moved = {**GRAPH, name: GRAPH[name] + NUDGE}
            value = _graph_value(left, moved)
            nudged.append(value if value is not None else known)
        nudged.append(known + (3 if base(left) == "J" else 1) * NUDGE)
    if any(math.isclose(value, said, rel_tol=1e-9) for value in nudged):
        return RIGHT
    if isinstance(left, Name) and left.base in "abc" and not left.kind:
        return None  # it is given, whatever it is
    return units.Judged("wrong", f"it is {known:g}", fix_tex=f"{known:g}")


def _graph_value(tree: Tree, at: dict[str, float]) -> float | None:
    if isinstance(tree, Name):
        if tree.kind == "d":
            return graph_slope("J", tree.base, at)
        return float(graph_values(**at)[tree.base].real)
    if isinstance(tree, Call) and isinstance(tree.function, Name):
        return _graph_value(Name(tree.function.base), at)
    if isinstance(tree, Derivative):
        of = tree.of.function if isinstance(tree.of, Call) else tree.of
        if isinstance(of, Name) and isinstance(tree.by, Name):
            return graph_slope(of.base, tree.by.base, at)
        return None
    if isinstance(tree, Number):
        return float(tree.digits)
    if isinstance(tree, Op):
        kids = [_graph_value(kid, at) for kid in tree.kids]
        if any(kid is None for kid in kids):
            return None
        first, second = kids[0], kids[-1]
        assert first is not None
        assert second is not None
        with np.errstate(all="ignore"):
            table: dict[str, Callable[[], float]] = {
                "add": lambda: first + second,
                "sub": lambda: first - second,
                "mul": lambda: first * second,
                "div": lambda: float(np.float64(first) / second),
                "neg": lambda: -first,
            }
        return table[tree.kind]() if tree.kind in table else None
    return None


def _graph_fix(left: Tree) -> str:
    return {"u": "b c", "v": "a + u", "J": "3 (a + b c)"}.get("" if getattr(left, "kind", "") else base(left), "")
