"""What the loose names of a page mean: delta, dscores, g, a residual."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..reading.damage import names
from ..reading.tree import Derivative, Name, Tree
from .labelled import MismatchError, Value
from .model import DEFINES, Read
from .quantities import UnknownError
from .shapes import placed
from .statements import loose_key, verdict_on
from .truth import World, derivative, same


def set_meanings(world: World, held: Mapping[str, str]) -> None:
    """Give the loose names the values that they mean, those that are held for now first."""
    for draw in world.draws:
        draw.loose = dict(draw.plain)
        for key, by in {**world.meaning, **held}.items():
            if by:
                draw.loose[key] = derivative(draw, by)


def find_meanings(world: World, reads: Sequence[Read | None]) -> None:
    """Find what names outside the forward part mean: the derivative whose value they have, or that fits their uses."""
    made = world.made
    if not made.cost:
        return
    pending: dict[str, int] = {}
    for number, read in enumerate(reads):
        if read is None:
            continue
        for name in names(read[2]):  # a name of code, such as dscores, that the page does not define
            key = made.page.key(name)
            if re.match(r"d[a-z]{2}|delta|Delta", name.base) and name.kind != "d" and key not in made.shapes:
                pending.setdefault(key, -1)
        if read[1] not in DEFINES or not isinstance(read[0], Name):
            continue
        key = made.page.key(read[0])
        if read[0].kind == "d":
            if key in made.shapes:
                continue
            key = f"d{key}"
        if key in made.shapes or key in made.page.counts or key in made.numbers or pending.get(key, -1) >= 0:
            continue
        if isinstance(read[2], Derivative) and isinstance(read[2].by, Name):
            if made.page.key(read[2].by) in made.shapes:
                world.meaning[key] = made.page.key(read[2].by)
            continue
        pending[key] = number
    for key, number in pending.items():
        if key not in world.meaning:
            _mean(world, reads, key, number)


def _mean(world: World, reads: Sequence[Read | None], key: str, number: int) -> None:
    """What one loose name means: what it is equal to, unless something else makes more of its uses right."""
    made = world.made
    set_meanings(world, {})
    tried = [by for by in made.shapes if by != made.cost]
    read = reads[number] if number >= 0 else None
    values = _values(world, read[2], read[0] if isinstance(read[0], Name) else None) if read else None
    users = [
        at
        for at, other in enumerate(reads)
        if other and at != number and any(loose_key(made, name) == key for name in names(other[2]))
    ]

    def uses() -> int:
        return sum(verdict_on(world, reads, at, "").verdict == "right" for at in users)

    scores: dict[str, float] = {}
    for by in tried:
        truths = [derivative(draw, by) for draw in world.draws]
        for draw, truth in zip(world.draws, truths, strict=True):
            draw.loose[key] = truth
        fits = values is not None and all(same(t, v) for t, v in zip(truths, values, strict=True))
        scores[by] = uses() + 0.5 * fits
    plain = 0.0
    for draw in world.draws:
        draw.loose.pop(key, None)
    if values is not None:
        for draw, value in zip(world.draws, values, strict=True):
            draw.loose[key] = draw.plain[key] = value
        plain = uses()
    best = max(scores, key=lambda by: scores[by], default="")
    if best and scores[best] > plain and (number >= 0 or scores[best] >= 2):
        world.meaning[key] = best
        for draw in world.draws:
            draw.plain.pop(key, None)


def _values(world: World, tree: Tree, left: Name | None = None) -> list[Value] | None:
    try:
        values = [draw.of(tree) for draw in world.draws]
        return [placed(value, left, world.made.page) for value in values] if left is not None else values
    except (UnknownError, MismatchError, ValueError, KeyError, FloatingPointError, np.linalg.LinAlgError):
        return None
