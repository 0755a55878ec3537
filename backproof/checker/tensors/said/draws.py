"""Values for what a function is given: sizes by letters, tensors of these sizes, numbers by what they are called.

Sizes are distinct; other draws have a size of 1, or one that is no multiple of 8 and larger than a block. Where a
function refuses what is drawn, another style is tried: even sizes, positive values, other whole numbers.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from .shapes import Said, Shapes, affordable

PRIMES, EVENS, FOURS = (3, 5, 7, 2, 11, 13, 17, 19), (4, 6, 2, 10, 14, 8, 22, 26), (4, 8, 12, 16, 20, 24)
ANY = ((4, 5), (2, 3, 4), (6,), (3, 2, 2, 2))
MORE = ((), (2,), (2, 3), (1,))  # what stands for `...` beside the dimension before it
LARGE = 37
SEVERAL = 3  # tensors that stand for *args
SCALES = (1.0, 0.8, 2.5, 0.6, 1.0, 0.25, 0.08, 5.0, 1.5, 0.02)
DIMS = re.compile(r"(?:dim|axis)\w*\Z")
INTS = {
    "stride": (1, 2, 3), "padding": (1, 0, 2), "pad": (1, 0, 2), "dilation": (1, 2), "groups": (1,), "k": (2, 3, 1),
    "padding_idx": (1, 0, 2), "ignore_index": (1, 0, -100), "chunk": (2, 3, 1), "block": (2, 3, 4),
}  # fmt: skip
OTHER_INTS = (2, 3, 1, 4, 0)
FLOATS = (
    (r"eps\w*|epsilon", (1e-3, 1e-5, 1e-4, 1e-6)),
    (r"p|prob\w*|\w*drop\w*|rate", (0.3, 0.5, 0.2, 0.4)),
    (r"lo|low\w*|\w*min|a_min|lower", (-0.7, -0.4, -0.9, -0.5)),
    (r"hi|high\w*|\w*max|a_max|upper", (0.8, 0.5, 1.1, 0.6)),
    (r"smooth\w*|\w*smoothing|label_smooth\w*|momentum|decay|mix\w*|q|quantile", (0.2, 0.1, 0.35, 0.15)),
    (r"slope|negative_slope|leak\w*", (0.2, 0.1, 0.3, 0.05)),
    (r"m|margin|delta|threshold|bound|clip\w*|limit", (1.3, 0.7, 2.1, 0.5)),
    (r"temp\w*|tau|T", (1.7, 0.6, 2.5, 1.3)),
    (r".*", (0.7, 1.3, 0.4, 2.1)),
)


@dataclass(frozen=True)
class Style:
    """How a draw is made: which sizes, only positive values or not, and which of the usual whole numbers."""

    pool: tuple[int, ...] = PRIMES
    positive: bool = False
    ints: int = 0


def styles() -> Iterator[Style]:
    """The ways to draw, the usual one first."""
    for ints in range(6):
        for positive, pool in product((False, True), (PRIMES, EVENS, FOURS)):
            yield Style(pool, positive, ints)


@dataclass(frozen=True)
class Parameter:
    """One argument of a function: its name, and whether it has a default or takes all others."""

    name: str
    has_default: bool = False
    default: Any = None
    is_rest: bool = False


def parameters_of(function: ast.FunctionDef, skipped: int) -> list[Parameter]:
    """The arguments of a function, without its first ones."""
    a = function.args
    names = [x.arg for x in (*a.posonlyargs, *a.args)]
    defaults: list[ast.expr | None] = [None] * (len(names) - len(a.defaults)) + list(a.defaults)
    found = []
    for name, default in list(zip(names, defaults, strict=True))[skipped:]:
        value = None
        if default is not None:
            try:
                value = ast.literal_eval(default)
            except ValueError:
                value = ...
        found.append(Parameter(name, default is not None, value))
    if a.vararg is not None:
        found.append(Parameter(a.vararg.arg, is_rest=True))
    return found


@dataclass
class Given:
    """One draw: the arguments by name in their order, and the sizes by letter."""

    values: dict[str, Any]
    sizes: dict[str, int]
    number: int
    style: Style
    rounding: Any = None  # a dtype to which derivatives by the outputs are rounded


def drawn(parameters: Sequence[Parameter], shapes: Shapes, seed: int, number: int, style: Style) -> Given:
    """The draw of a number."""
    rng = np.random.default_rng((seed, number, style.ints))
    said = {p.name: _said_of(p, parameters, shapes) for p in _named(parameters, shapes)}
    sizes = _sizes(said, shapes, number, style, rng)
    shaped: dict[str, tuple[int, ...]] = {}
    values: dict[str, Any] = {}
    tensors = {n: s for n, s in said.items() if s is not None and s.is_tensor}
    for name, item in tensors.items():
        shaped[name] = affordable(name, _shape(item, sizes, number, shaped))
    for name, item in ((n, s) for n, s in said.items() if s is not None):  # of the others the default holds
        if item.optional and (number % 4 == 3 or (item.kind == "int" and number % 2)):
            values[name] = None
        elif item.kind == "fixed":
            values[name] = item.fixed
        elif item.is_tensor:
            values[name] = _tensor(item, shaped[name], tensors, shaped, sizes, style, number, rng)
        else:
            values[name] = _number(item, shaped, sizes, style, number, shapes)
    return Given(values, sizes, number, style)


def _named(parameters: Sequence[Parameter], shapes: Shapes) -> Iterator[Parameter]:
    """The arguments one by one; in the place of *args what is said and has no argument of its own."""
    own = {p.name for p in parameters}
    for p in parameters:
        if not p.is_rest:
            yield p
            continue
        others = [n for n in shapes.said if n not in own]
        yield from (Parameter(n) for n in others or (f"{p.name}_{i}" for i in range(SEVERAL)))


def _said_of(p: Parameter, parameters: Sequence[Parameter], shapes: Shapes) -> Said | None:
    """What is said of an argument; of one of *args what is said of them all."""
    rest = next((q.name for q in parameters if q.is_rest), "")
    of_all = shapes.said.get(rest) if rest and p.name.startswith(f"{rest}_") else None
    return shapes.said.get(p.name) or (replace(of_all, name=p.name) if of_all is not None else _guessed(p))


def _guessed(p: Parameter) -> Said | None:
    """What an argument of which nothing is said may be."""
    if p.has_default:
        return None
    if DIMS.match(p.name) or p.name in INTS:
        return Said(p.name, kind="int", is_tensor=False)
    if any(re.fullmatch(pattern, p.name) for pattern, _ in FLOATS[:-1]) and len(p.name) > 1:
        return Said(p.name, is_tensor=False)
    if re.match(r"mask|keep\b", p.name):
        return Said(p.name, kind="bool", like="the first")
    return Said(p.name, any_shape=True, like="the first")


def _letters(dims: Sequence[str]) -> list[str]:
    return [w for dim in dims for w in re.findall(r"[^\W\d]\w*", dim)]


def _sizes(
    said: Mapping[str, Said | None], shapes: Shapes, number: int, style: Style, rng: np.random.Generator
) -> dict[str, int]:
    letters = dict.fromkeys(
        w for s in said.values() if s is not None for d in (s.dims, *map(_split, s.other)) for w in _letters(d or ())
    )
    pool = list(style.pool[: max(len(letters), 4)])
    sizes = dict(zip(letters, rng.permutation(pool + [*style.pool[len(pool) :]][: len(letters)]).tolist()))  # noqa: B905
    sizes |= {w: style.pool[i % len(style.pool)] for i, w in enumerate(letters) if w not in sizes}
    names = list(letters)
    if number == 3 and names and style.pool == PRIMES:
        sizes[names[int(rng.integers(len(names)))]] = 1
    if number == 4 and names:
        sizes[names[-1]] = LARGE if style.pool == PRIMES else 36
    halved = {_letters(s.dims[-1:])[0] for s in said.values() if s is not None and s.halves and s.dims}
    for letter in (shapes.even | halved) & set(sizes):
        sizes[letter] += sizes[letter] % 2
    for big, small in shapes.multiples.items():
        if big in sizes:
            by = sizes.get(small, int(small) if small.isdigit() else 2)
            if small in sizes and by > 4:
                by = sizes[small] = 2 + number % 2
            sizes[big] = by * (2 + (number + 1) % 2)
    return sizes


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _shape(item: Said, sizes: Mapping[str, int], number: int, before: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    if item.like:
        same = before.get(item.like) or next(iter(before.values()), None)
        return same or ANY[number % len(ANY)]
    if item.any_shape or item.dims is None:
        return ANY[number % len(ANY)]
    dims = item.dims if not item.other or number % 2 == 0 else _split(item.other[0])
    shape: list[int] = []
    for dim in dims:
        if dim.strip("*") in ("...", ""):
            shape += (4, *MORE[number % len(MORE)])
        else:
            shape.append(max(_size(dim, sizes), 1))
    return tuple(shape)


def _size(dim: str, sizes: Mapping[str, int]) -> int:
    """A size as it is written: D, 3H, H * hd, I + H, H/2."""
    text = re.sub(r"(\d)\s*([^\W\d])", r"\1*\2", dim).replace("/", "//").replace("////", "//")
    try:
        return int(eval(text, {"__builtins__": {}}, dict(sizes)))
    except Exception:  # words that are no size
        return 4


def _tensor(
    item: Said,
    shape: tuple[int, ...],
    tensors: Mapping[str, Said],
    shaped: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int],
    style: Style,
    number: int,
    rng: np.random.Generator,
) -> Any:
    if item.kind == "bool":
        return _mask(shape, rng)
    if item.kind == "int":
        return rng.integers(0, _bound(item, tensors, shaped, sizes), shape)
    if item.bits:
        return rng.integers(0, 2, shape).astype(float)
    if item.sums_to_one and shape:
        value = rng.random(shape) + 0.2
        return value / value.sum(-1, keepdims=True)
    if item.low is not None and item.high is not None:
        return rng.uniform(item.low, min(item.high, item.low + 10), shape)
    value = rng.standard_normal(shape) * SCALES[number % len(SCALES)]
    if style.positive:
        value = rng.uniform(0.1, 0.9, shape)
    if item.halves and shape and shape[-1] % 2 == 0:
        value[..., shape[-1] // 2 :] = value[..., : shape[-1] // 2]
    return value


def _mask(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Truth values, of both kinds in every row: what is masked away entirely has no derivative of its own."""
    mask = rng.random(shape) < 0.6
    for axis in [a for a, n in enumerate(shape) if n > 1]:
        lines = np.moveaxis(mask, axis, -1)
        lines[~lines.any(-1), 0] = True
        lines[lines.all(-1), -1] = False
    mask.reshape(-1)[:1] = True
    return mask


def _bound(
    item: Said, tensors: Mapping[str, Said], shaped: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]
) -> int:
    """Below what an index must be: a size that is none of its own; of several the least."""
    own = set(_letters(item.dims or ()))
    others = [
        size
        for name, other in tensors.items()
        if name != item.name and other.kind == "float"
        for dim, size in zip(other.dims or (), shaped[name], strict=False)
        if "..." not in dim and not set(_letters((dim,))) <= own
    ]
    if not others:
        others = [n for name, shape in shaped.items() if name != item.name for n in shape]
    return max(min(others, default=4), 1)


def _number(
    item: Said,
    shaped: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int],
    style: Style,
    number: int,
    shapes: Shapes,
) -> Any:
    if item.kind == "bool":
        return number % 2 == 0
    first = next(iter(shaped.values()), (4, 5))
    if item.kind == "int":
        if DIMS.match(item.name) and item.name not in sizes:
            return ((0, -1, 1, 0)[(number + style.ints) % 4]) if len(first) > 1 else (0, -1)[number % 2]
        if (letter := _letter_of(item.name, sizes, shapes)) is not None:
            return sizes[letter]
        usual = next((v for n, v in INTS.items() if n == item.name or (item.name.startswith(n) and len(n) > 1)), None)
        options = usual or OTHER_INTS
        return options[(number + style.ints) % len(options)]
    if item.low is not None and item.high is not None:
        return item.low + (min(item.high, item.low + 2) - item.low) * (0.4, 0.6, 0.3, 0.7)[number % 4]
    return next(v for pattern, v in FLOATS if re.fullmatch(pattern, item.name, re.IGNORECASE))[number % 4]


def _letter_of(name: str, sizes: Mapping[str, int], shapes: Shapes) -> str | None:
    """The letter that a whole number stands for: n_head for the H of H * hd, num_groups for G."""
    if name in sizes:
        return name
    short = re.sub(r"\A(?:n|num|number_of|n_)_?", "", name)
    found = [w for w in sizes if short and w.lower() in (short.lower(), short[:1].lower())]
    products = {w for s in shapes.said.values() for d in s.dims or () if re.search(r"[*+]", d) for w in _letters((d,))}
    return next((w for w in found if w in products), found[0] if found and short != name else None)
