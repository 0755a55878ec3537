"""A formula is declared once, where it is computed: its equation, system, source and shapes."""

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from numpy.typing import NDArray

from ._shapes import Door, Quantity, parse

Array = NDArray[Any]  # float32 or float64
Number = NDArray[Any] | float  # an array without dimensions, or a float
Layers = dict[str, Array]
Complaint = Callable[[dict[str, Any]], str | None]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Formula:
    """What is known of a public function; `function` is the function as written, without the check at the door."""

    function: Callable[..., Any]
    latex: str
    systems: tuple[str, ...]
    source: str
    arguments: dict[str, Quantity]
    results: dict[str, Quantity]
    of: "Formula | None" = None
    same_as: "Formula | None" = None
    also: Complaint | None = None
    inner: dict[str, Quantity] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.topic}.{self.name}"

    @property
    def topic(self) -> str:
        return self.function.__module__.rpartition(".")[2]

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def known(self) -> dict[str, Quantity]:
        """Every quantity whose shape the declaration gives, those of the differentiated formula included."""
        inherited = self.of.known if self.of else {}
        return inherited | self.inner | self.results | self.arguments


FORMULAS: dict[str, Formula] = {}
_OF_FUNCTION: dict[Callable[..., Any], Formula] = {}


class _Inside(threading.local):
    """Whether a public function is running in this thread: arguments are checked at the outermost door only."""

    now = False


INSIDE = _Inside()


@contextmanager
def without_door() -> Iterator[None]:
    """Let values pass unchecked: complex numbers, traced arrays, the inner loop of a training."""
    before = INSIDE.now
    INSIDE.now = True
    try:
        yield
    finally:
        INSIDE.now = before


def formula(
    latex: str, systems: str, source: str, shapes: str, also: Complaint | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a formula: LaTeX, systems of the notes it belongs to, source in the notes, shapes.

    `also` is a check at the door that shapes cannot express: it is given the arguments and returns a complaint.
    After the results, `with` gives the shapes of what a cache holds.
    """
    arguments, _, rest = shapes.partition(" -> ")
    results, _, inner = rest.partition(" with ")
    return _declare(latex, systems, source, parse(arguments), parse(results), also=also, inner=parse(inner))


def gradient(
    of: Callable[..., Any], latex: str, systems: str, source: str, shapes: str, also: Complaint | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the derivatives of the formula `of`.

    A name dV has the shape of V. An argument dV, V a result of `of`, is the upstream gradient; a result dA_dZ is
    an element-wise derivative; any other result dV is the derivative of the cost by V.
    """
    forward = formula_of(of)
    arguments, _, results = shapes.partition(" -> ")
    given, claimed = (_inherit(parse(side), forward) for side in (arguments, results))
    return _declare(latex, systems, source, given, claimed, of=forward, also=also)


def same_as(of: Callable[..., Any], systems: str, source: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare another form, with explicit loops, of the formula `of`: same arguments, same results."""
    twin = formula_of(of)
    return _declare(twin.latex, systems, source, twin.arguments, twin.results, same_as=twin)


def formula_of(function: Callable[..., Any]) -> Formula:
    """The declaration of a public function; LookupError for a function that has none."""
    try:
        return _OF_FUNCTION[function]
    except KeyError:
        raise LookupError(f"{function.__name__} is not declared as a formula") from None


def _inherit(quantities: dict[str, Quantity], forward: Formula) -> dict[str, Quantity]:
    """The formula's own names keep their shapes; dV takes the shape of V, dA_dZ that of A."""
    known = forward.known

    def shaped(quantity: Quantity) -> Quantity:
        if quantity != Quantity(quantity.name):
            return quantity
        differentiated = known.get(quantity.name.removeprefix("d").partition("_d")[0], quantity)
        return known.get(quantity.name, Quantity(quantity.name, differentiated.dims))

    return {name: shaped(quantity) for name, quantity in quantities.items()}


def _declare(
    latex: str,
    systems: str,
    source: str,
    arguments: dict[str, Quantity],
    results: dict[str, Quantity],
    of: Formula | None = None,
    same_as: Formula | None = None,
    also: Complaint | None = None,
    inner: dict[str, Quantity] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        declared = Formula(
            function, latex, tuple(systems.split()), source, arguments, results, of, same_as, also, inner or {}
        )
        if list(signature.parameters) != list(arguments):
            raise TypeError(f"{declared.id}: declared {list(arguments)}, written {list(signature.parameters)}")
        if declared.id in FORMULAS:
            raise TypeError(f"{declared.id} is declared twice")

        @functools.wraps(function)
        def at_the_door(*args: P.args, **kwargs: P.kwargs) -> R:
            if INSIDE.now:
                return function(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            Door(function.__name__, declared.known).check(bound.arguments)
            if also is not None and (complaint := also(bound.arguments)):
                raise ValueError(f"{function.__name__}: {complaint}")
            INSIDE.now = True
            try:
                return function(*args, **kwargs)
            except KeyError as error:
                raise ValueError(f"{function.__name__}: an entry {error} is missing from a dictionary") from error
            finally:
                INSIDE.now = False

        at_the_door.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\n{describe(declared)}"
        FORMULAS[declared.id] = _OF_FUNCTION[at_the_door] = declared
        return at_the_door

    return decorate


def shapes_text(formula: Formula) -> str:
    """Shapes of arguments and results, in the language of the declaration."""

    def side(quantities: dict[str, Quantity]) -> str:
        return ", ".join(
            q.name
            + (f" ({', '.join(q.dims)}{',' * (len(q.dims) == 1 and q.dims != ('...',))})" if q.dims is not None else "")
            + (f" {{{', '.join(q.families)}}}" if q.families else "")
            + (f" in {q.domain.text}" if q.domain else "")
            for q in quantities.values()
        )

    return f"{side(formula.arguments)} -> {side(formula.results)}"


def describe(formula: Formula) -> str:
    """The part of a docstring that the declaration knows."""
    lines = [
        f"Formula: {formula.latex}",
        f"Shapes:  {shapes_text(formula)}",
        f"Source:  {', '.join(formula.systems)}; {formula.source}",
        "Raises:  ValueError or TypeError for an argument that does not fit these shapes and domains.",
    ]
    return "\n".join(lines)
