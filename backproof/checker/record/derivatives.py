"""Derivatives of NumPy's elementwise functions, and of any other function by what it does to unit vectors.

Elementwise functions have a row in PARTIALS. A function that is linear in an argument is evaluated on unit vectors; an
analytic one by the complex step, which is exact to rounding; anything else by five-point differences.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = Any
FIRST_WINS, SECOND_WINS = "first", "second"
H, COMPLEX_H = 1e-3, 1e-30


class Ties:
    """Which operand counts as the larger where two are equal; `met` tells whether that ever mattered."""

    winner = SECOND_WINS
    met = False


def _larger(x: Array, y: Array, sign: int) -> tuple[Array, Array]:
    """Derivatives of max(x, y), for `sign` 1, or of min(x, y), for -1, by both operands."""
    tie = np.equal(x, y)
    if np.any(tie):
        Ties.met = True
    first = np.where(tie, float(Ties.winner == FIRST_WINS), np.sign(x - y) * sign > 0).astype(float)
    return first, 1.0 - first


def _power_by_base(x: Array, p: Array) -> Array:
    return p * np.power(x, np.where(np.equal(p, 0), 1.0, p - 1))


def _power_by_exponent(x: Array, p: Array, y: Array) -> Array:
    return y * np.log(np.where(x > 0, x, 1.0))


def _flat(x: Array) -> Array:
    return np.zeros_like(x, dtype=float)


PARTIALS: Mapping[str, Callable[..., tuple[Array, ...]]] = {
    # name: (arguments, result) -> the derivative by each argument
    "add": lambda x, y, r: (1.0, 1.0),
    "subtract": lambda x, y, r: (1.0, -1.0),
    "multiply": lambda x, y, r: (y, x),
    "divide": lambda x, y, r: (1 / y, -r / y),
    "power": lambda x, y, r: (_power_by_base(x, y), _power_by_exponent(x, y, r)),
    "float_power": lambda x, y, r: (_power_by_base(x, y), _power_by_exponent(x, y, r)),
    "remainder": lambda x, y, r: (1.0, -np.floor_divide(x, y)),
    "fmod": lambda x, y, r: (1.0, -np.trunc(x / y)),
    "maximum": lambda x, y, r: _larger(x, y, 1),
    "fmax": lambda x, y, r: _larger(x, y, 1),
    "minimum": lambda x, y, r: _larger(x, y, -1),
    "fmin": lambda x, y, r: _larger(x, y, -1),
    "logaddexp": lambda x, y, r: (np.exp(x - r), np.exp(y - r)),
    "logaddexp2": lambda x, y, r: (np.exp2(x - r), np.exp2(y - r)),
    "arctan2": lambda x, y, r: (y / (x * x + y * y), -x / (x * x + y * y)),
    "hypot": lambda x, y, r: (x / r, y / r),
    "copysign": lambda x, y, r: (np.sign(x) * np.sign(r), 0.0),
    "ldexp": lambda x, y, r: (np.exp2(y), 0.0),
    "heaviside": lambda x, y, r: (0.0, np.equal(x, 0)),
    "floor_divide": lambda x, y, r: (0.0, 0.0),
    "negative": lambda x, r: (-1.0,),
    "positive": lambda x, r: (1.0,),
    "absolute": lambda x, r: (_slope_of_abs(x),),
    "fabs": lambda x, r: (_slope_of_abs(x),),
    "sign": lambda x, r: (_flat(x),),
    "rint": lambda x, r: (_flat(x),),
    "floor": lambda x, r: (_flat(x),),
    "ceil": lambda x, r: (_flat(x),),
    "trunc": lambda x, r: (_flat(x),),
    "exp": lambda x, r: (r,),
    "exp2": lambda x, r: (r * np.log(2),),
    "expm1": lambda x, r: (r + 1,),
    "log": lambda x, r: (1 / x,),
    "log2": lambda x, r: (1 / (x * np.log(2)),),
    "log10": lambda x, r: (1 / (x * np.log(10)),),
    "log1p": lambda x, r: (1 / (1 + x),),
    "sqrt": lambda x, r: (0.5 / r,),
    "cbrt": lambda x, r: (1 / (3 * r * r),),
    "square": lambda x, r: (2 * x,),
    "reciprocal": lambda x, r: (-r * r,),
    "sin": lambda x, r: (np.cos(x),),
    "cos": lambda x, r: (-np.sin(x),),
    "tan": lambda x, r: (1 + r * r,),
    "arcsin": lambda x, r: (1 / np.sqrt(1 - x * x),),
    "arccos": lambda x, r: (-1 / np.sqrt(1 - x * x),),
    "arctan": lambda x, r: (1 / (1 + x * x),),
    "sinh": lambda x, r: (np.cosh(x),),
    "cosh": lambda x, r: (np.sinh(x),),
    "tanh": lambda x, r: (1 - r * r,),
    "arcsinh": lambda x, r: (1 / np.sqrt(x * x + 1),),
    "arccosh": lambda x, r: (1 / np.sqrt(x * x - 1),),
    "arctanh": lambda x, r: (1 / (1 - x * x),),
    "deg2rad": lambda x, r: (np.pi / 180,),
    "radians": lambda x, r: (np.pi / 180,),
    "rad2deg": lambda x, r: (180 / np.pi,),
    "degrees": lambda x, r: (180 / np.pi,),
    "conjugate": lambda x, r: (1.0,),
}
COMPARISONS = {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"}
CHOICES = {"maximum", "minimum", "fmax", "fmin", "absolute", "fabs", "sign"}


def _slope_of_abs(x: Array) -> Array:
    tie = np.equal(x, 0)
    if np.any(tie):
        Ties.met = True
    return np.where(tie, 1.0 if Ties.winner == FIRST_WINS else 0.0, np.sign(x))


def fitted(gradient: Array, shape: tuple[int, ...]) -> Array:
    """The gradient by an argument that was broadcast: summed over what broadcasting repeated."""
    gradient = np.asarray(gradient)
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, size in enumerate(shape) if size == 1 and gradient.shape[i + extra] != 1
    )
    return np.sum(gradient, axis=axes, keepdims=True).reshape(shape)


def elementwise_slope(function: Callable[..., Array], arguments: list[Array], by: int) -> Array:
    """The derivative of an elementwise function without a row in PARTIALS, by five-point differences."""

    def moved(step: float) -> Array:
        return function(*(a + step if i == by else a for i, a in enumerate(arguments)))

    return (8 * (moved(H) - moved(-H)) - (moved(2 * H) - moved(-2 * H))) / (12 * H)


def pulled_back(function: Callable[[Array], Array], at: Array, gradient: Array, linear: bool, analytic: bool) -> Array:
    """The gradient by the argument of any function of one array, from the gradient by its result."""
    at = np.asarray(at, dtype=float)
    out = np.zeros(at.size)
    flat = at.reshape(-1)
    for k in range(at.size):
        unit = np.zeros(at.size)
        unit[k] = 1.0
        out[k] = np.sum(gradient * _along(function, flat, unit, at.shape, linear, analytic))
    return out.reshape(at.shape)


def _along(
    function: Callable[[Array], Array],
    flat: Array,
    unit: Array,
    shape: tuple[int, ...],
    linear: bool,
    analytic: bool,
) -> Array:
    if linear:
        return np.asarray(function(unit.reshape(shape)))
    if analytic:
        return np.imag(function((flat + 1j * COMPLEX_H * unit).reshape(shape))) / COMPLEX_H

    def moved(step: float) -> Array:
        return np.asarray(function((flat + step * unit).reshape(shape)))

    return (8 * (moved(H) - moved(-H)) - (moved(2 * H) - moved(-2 * H))) / (12 * H)
