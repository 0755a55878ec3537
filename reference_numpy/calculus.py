"""Calculus warm-up: a derivative is height over width, and four functions whose slopes the notes compute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .registry import Array, formula, gradient

Function = Callable[[Array], Array]


@formula(
    r"\mathrm{slope} = \frac{\mathrm{height}}{\varepsilon}, \quad \mathrm{height} = f(a + \varepsilon) - f(a)",
    "S2",
    "Notes A, p. 9; Slides, Derivatives",
    "f, a (), nudge () in (0, 1) -> df ()",
)
def slope(f: Function, a: Array, nudge: float = 0.001) -> Array:
    """Slope of f at a, read off a small nudge to the right; exact for a straight line only."""
    height = f(a + nudge) - f(a)
    return height / nudge


@formula(r"f(a) = 3a", "S2", "Notes A, p. 9; Slides, Derivatives", "a (...) -> f (...)")
def triple(a: Array) -> Array:
    """The straight line whose slope is 3 everywhere."""
    return 3 * a


@gradient(triple, r"f'(a) = 3", "S2", "Notes A, p. 9", "a -> df_da")
def triple_prime(a: Array) -> Array:
    """Slope of 3a."""
    return np.full_like(a, 3)


@formula(r"f(a) = a^2", "S2", "Notes A, p. 10; Slides, More derivatives examples", "a (...) -> f (...)")
def square(a: Array) -> Array:
    """The parabola whose slope depends on where you stand."""
    return a**2


@gradient(square, r"f'(a) = 2a", "S2", "Notes A, p. 10", "a -> df_da")
def square_prime(a: Array) -> Array:
    """Slope of a squared."""
    return 2 * a


@formula(r"f(a) = a^3", "S2", "Notes A, p. 10; Slides, More derivatives examples", "a (...) -> f (...)")
def cube(a: Array) -> Array:
    """The cubic; at a = 2 its slope is 12."""
    return a**3


@gradient(cube, r"f'(a) = 3a^2", "S2", "Notes A, p. 10; Slides, More derivatives examples", "a -> df_da")
def cube_prime(a: Array) -> Array:
    """Slope of a cubed."""
    return 3 * a**2


@formula(r"f(a) = \ln a", "S2", "Notes A, p. 10; Slides, More derivatives examples", "a (...) in (0, inf) -> f (...)")
def natural_log(a: Array) -> Array:
    """The natural logarithm, for a > 0."""
    return np.log(a)


@gradient(natural_log, r"f'(a) = 1 / a", "S2", "Notes A, p. 10", "a -> df_da")
def natural_log_prime(a: Array) -> Array:
    """Slope of ln a; at a = 2 it is 1/2."""
    return 1 / a
