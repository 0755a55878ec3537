"""The registry of formulas: each is declared once, where it is computed: equation, systems, source and shapes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from shapes.arguments import DECLARED, Constraint, Declaration, Library, with_check
from shapes.language import Quantity, parse, write
from shapes.names import parse_name

from .systems import SYSTEMS, TOPICS

Array = NDArray[Any]  # float32 or float64
Number = NDArray[Any] | float  # an array without dimensions, or a float
Layers = dict[str, Array]
P = ParamSpec("P")
R = TypeVar("R")

NUMPY = Library((np.ndarray, np.generic), "a NumPy array")


@dataclass(frozen=True, eq=False)
class Formula:
    """What is known of a public function; `function` is the function as written, without the argument check."""

    function: Callable[..., Any]
    latex: str
    systems: tuple[str, ...]
    source: str
    arguments: dict[str, Quantity]
    results: dict[str, Quantity]
    of: "Formula | None" = None
    same_as: "Formula | None" = None
    also: Constraint | None = None
    inner: dict[str, Quantity] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The module and the name, as in `blocks.linear_forward`."""
        return f"{self.topic}.{self.name}"

    @property
    def topic(self) -> str:
        """The module in which it is declared."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    @property
    def known(self) -> dict[str, Quantity]:
        """Every quantity whose shape the declaration gives, those of the differentiated formula included."""
        inherited = self.of.known if self.of else {}
        return inherited | self.inner | self.results | self.arguments


FORMULAS: dict[str, Formula] = {}
_OF_FUNCTION: dict[Callable[..., Any], Formula] = {}


def formula(
    latex: str, systems: str, source: str, shapes: str, also: Constraint | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a formula: LaTeX, systems of the notes it belongs to, source in the notes, shapes.

    `also` checks what shapes cannot express: it takes some of the arguments, by their names, and returns what is
    wrong with them, or None. After the results, `with` gives the shapes of what a cache holds.
    """
    arguments, _, rest = shapes.partition(" -> ")
    results, _, inner = rest.partition(" with ")
    return _declare(latex, systems, source, parse(arguments), parse(results), also=also, inner=parse(inner))


def gradient(
    of: Callable[..., Any], latex: str, systems: str, source: str, shapes: str, also: Constraint | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the derivatives of the formula `of`.

    A name dV has the shape of V. An argument dV, V a result of `of`, is the upstream gradient; a result dA_dZ is
    an element-wise derivative; any other result dV is the derivative of the cost by V.
    """
    forward = formula_of(of)
    arguments, _, results = shapes.partition(" -> ")
    given, claimed = (_inherit(parse(side), forward) for side in (arguments, results))
    return _declare(latex, systems, source, given, claimed, of=forward, also=also)


def same_as(
    of: Callable[..., Any], systems: str, source: str, latex: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare another form of the formula `of`, with explicit loops unless it has an equation of its own.

    It has the same arguments and the same results.
    """
    other = formula_of(of)
    latex = latex or other.latex
    return _declare(latex, systems, source, other.arguments, other.results, same_as=other, also=other.also)


def in_order() -> list[Formula]:
    """Return all formulas, module by module in the order of the notes."""
    return sorted(FORMULAS.values(), key=lambda declared: TOPICS.index(declared.topic))


def formula_of(function: Callable[..., Any]) -> Formula:
    """Return the declaration of a public function; LookupError for a function that has none."""
    try:
        return _OF_FUNCTION[function]
    except KeyError:
        raise LookupError(f"{function.__name__} is not declared as a formula") from None


def _inherit(quantities: dict[str, Quantity], forward: Formula) -> dict[str, Quantity]:
    """Give the formula's own names their shapes, and a derivative the shape of its quantity."""
    known = forward.known

    def shaped(quantity: Quantity) -> Quantity:
        if quantity != Quantity(quantity.name):
            return quantity
        differentiated = known.get(parse_name(quantity.name).shaped_like, quantity)
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
    also: Constraint | None = None,
    inner: dict[str, Quantity] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        declared = Formula(
            function, latex, tuple(systems.split()), source, arguments, results, of, same_as, also, inner or {}
        )
        _refuse_misdeclared(declared)
        declaration = DECLARED[declared.id] = Declaration(declared.known, also)
        checked = with_check(function, lambda: declaration, NUMPY)
        checked.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\n{describe(declared)}"
        FORMULAS[declared.id] = _OF_FUNCTION[checked] = declared
        return checked

    return decorate


def _refuse_misdeclared(declared: Formula) -> None:
    written, arguments = list(inspect.signature(declared.function).parameters), list(declared.arguments)
    if written != arguments:
        raise TypeError(f"{declared.id}: declared {arguments}, written {written}")
    if unknown := [system for system in declared.systems if system not in SYSTEMS]:
        raise ValueError(
            f"{declared.id}: there is no system {', '.join(unknown)}, expected some of {', '.join(SYSTEMS)}"
        )
    asked = list(inspect.signature(declared.also).parameters) if declared.also else []
    if foreign := [name for name in asked if name not in arguments]:
        raise TypeError(f"{declared.id}: `also` asks for {', '.join(foreign)}, expected some of {arguments}")
    if declared.id in FORMULAS:
        raise TypeError(f"{declared.id} is declared twice")


def shapes_text(formula: Formula) -> str:
    """Return the shapes of arguments and results, in the language of the declaration."""
    return f"{write(formula.arguments)} -> {write(formula.results)}"


def describe(formula: Formula) -> str:
    """Return the part of a docstring that the declaration knows."""
    lines = [
        f"Formula: {formula.latex}",
        f"Shapes:  {shapes_text(formula)}",
        f"Source:  {', '.join(formula.systems)}; {formula.source}",
        "Raises:  ValueError or TypeError for an argument that does not fit these shapes and domains.",
    ]
    return "\n".join(lines)
