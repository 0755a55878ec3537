"""Whether two sides of a statement have one value in the network of the course, on several random draws."""

import re
import warnings
from functools import cache
from typing import Any

import numpy as np

DECLARED = re.compile(r'^(\w+): "([^"]*?)(?: in (\{0, 1\}|\(0, 1\)))?"$')
EQUALITY = re.compile(r"^J = np\.sum\(T \* \((?P<left>.*)\)\)\ndT = (?P<right>.*)\n\Z", re.M)
OTHER_SHAPE = "its shape is another"
DRAWS = 3
THRESHOLD = 1e-9  # of the norm; a wrong formula differs by 1e-3 and more
SIZES = {"n_0": (3, 5, 4), "n_1": (4, 6, 7), "n_2": (7, 4, 3), "n_3": (2, 8, 5), "m": (5, 7, 8), "k": (6, 3, 6)}


class NoValueError(Exception):
    """A side that has no value: why."""


def is_equality(program: str) -> bool:
    """Whether a program claims that two sides are equal."""
    return bool(EQUALITY.search(program))


@cache
def same(program: str) -> tuple[bool, str]:
    """Whether both sides of the equality have one value; the reason where shapes do not fit."""
    match = EQUALITY.search(program)
    assert match
    try:
        pairs = [_both(program[: match.start()], match["left"], match["right"], draw) for draw in range(DRAWS)]
    except ValueError as error:
        return False, f"the shapes do not fit: {error}"
    except (NameError, AttributeError, TypeError, KeyError, IndexError, SyntaxError, ZeroDivisionError) as error:
        raise NoValueError(str(error)) from None
    if any(np.size(left) * np.size(right) > 1 and np.shape(left) != np.shape(right) for left, right in pairs):
        return False, OTHER_SHAPE
    return all(equal(left, right) for left, right in pairs), ""


def equal(left: Any, right: Any) -> bool:
    """Whether two values agree in shape, numbers being as good as 1 x 1, and in norm."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if left.size == right.size == 1:
        left, right = left.reshape(()), right.reshape(())
    if left.shape != right.shape:
        return False
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise NoValueError("it has no finite value")
    return bool(np.linalg.norm(left - right) <= THRESHOLD * max(np.linalg.norm(left), np.linalg.norm(right)))


def _both(before: str, left: str, right: str, draw: int) -> tuple[Any, Any]:
    space = drawn(before, draw)
    return evaluated(left, space), evaluated(right, space)


def evaluated(source: str, space: dict[str, Any]) -> Any:
    """The value of an expression."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return eval(source, space)


@cache
def _ran(before: str, draw: int) -> dict[str, Any]:
    rng = np.random.default_rng(draw + 11)
    space: dict[str, Any] = {
        "np": np,
        "derivative": _derivative,
        **{name: sizes[draw] for name, sizes in SIZES.items()},
    }
    lines = []
    for line in before.splitlines():
        if match := DECLARED.match(line):
            name, shape, values = match.groups()
            sizes = tuple(int(word) if word.isdigit() else space[word] for word in re.findall(r"\w+", shape))
            value = rng.uniform(0.1, 0.9, sizes) if values else rng.normal(size=sizes)
            space[name] = value if sizes else float(value)
        else:
            lines.append(line)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        exec("\n".join(lines), space)
    return space


def _derivative(function: Any) -> Any:
    """The derivative of a function of each element, by a complex step."""
    return lambda z: np.imag(function(np.asarray(z) + 1e-30j)) / 1e-30


def drawn(before: str, draw: int) -> dict[str, Any]:
    """The values of a program of declarations and definitions, on one draw."""
    return dict(_ran(before, draw))
