"""Judge a page in the understanding of it in which most of it is right."""

import itertools
import re
from collections.abc import Callable, Sequence

from ..judged.units import Judged
from ..meaning.to_python import COSTS
from ..reading.damage import names
from ..reading.edits import edits
from ..reading.products import UnreadError
from ..reading.tree import Derivative, Name, Tree
from .labelled import MismatchError
from .layers import at_layer, general
from .meanings import find_meanings, set_meanings
from .model import Read, model
from .quantities import UnknownError
from .repairs import repairs
from .shapes import declare
from .statements import verdict_on
from .truth import World, assumed, derivative, draws_of, same

UNSAID = "what the running gradient is the derivative by is not said here"
TRIES = 2500  # of formulas near a wrong one
NO_SENSE = (UnknownError, MismatchError, RecursionError, ValueError, KeyError, IndexError, TypeError)
Again = Callable[[str], Tree]


def judge_page(
    reads: Sequence[Read | None],
    text: str,
    again: Sequence[Again | None],
    written: Sequence[str],
    lefts: Sequence[str],
) -> tuple[dict[int, Judged], list[str]]:
    """Return the verdicts on the statements of a page and what was assumed; none where it makes no sense as a whole."""
    spread, owners, last = general(reads)
    best: World | None = None
    for rows in (False, True):
        for mean in (0, 1, 2):
            try:
                world = _world(spread, text, rows, mean)
                _judge(world, spread)
            except NO_SENSE:
                continue
            if best is None or world.score() > best.score():
                best = world
    if best is None:
        return {}, []
    if cost := _cost_slip(best, spread, text, owners, again, written):
        return cost, assumed(best)
    if not best.makes_sense():
        return {}, []
    found: dict[int, Judged] = {}
    for at, verdict in sorted(best.verdicts.items()):
        owner, layer = owners[at]
        if verdict.verdict == "wrong" and (owner not in found or found[owner].verdict != "wrong"):
            found[owner] = _explained(
                best, spread, at, again[owner], written[owner], layer, last, [*written, *lefts], lefts[owner]
            )
        elif owner not in found or found[owner].verdict == "unjudged":
            found[owner] = verdict
    return found, assumed(best)


def _world(reads: Sequence[Read | None], text: str, rows: bool, mean: int) -> World:
    """An understanding of a page, with nothing judged yet."""
    made = model(reads, text, rows)
    declare(made, text)
    return World(made, draws_of(made), mean)


def _cost_slip(
    best: World,
    reads: Sequence[Read | None],
    text: str,
    owners: Sequence[tuple[int, int]],
    again: Sequence[Again | None],
    written: Sequence[str],
) -> dict[int, Judged]:
    """Where a cost of logarithms is not positive, and a sign in it makes all claims right, the slip is there."""
    made = best.made
    if best.count("wrong") == 0 or ("log" not in text and r"\ln" not in text) or not made.cost:
        return {}
    if _is_positive(best):
        return {}
    for at, key in made.defined_by.items():
        read, sayer = reads[at], again[owners[at][0]]
        if read is None or sayer is None or key.split("_")[0] not in COSTS:
            continue
        for tex, cause in itertools.chain(edits(written[owners[at][0]]), repairs(written[owners[at][0]], [])):
            if "sign" not in cause:
                continue
            try:
                other = list(reads)
                other[at] = (read[0], read[1], sayer(tex))
                for mean in (0, 1, 2):
                    world = _world(other, text, made.page.rows, mean)
                    _judge(world, other)
                    if world.count("wrong") == 0 and _is_positive(world):
                        verdicts = {owners[number][0]: verdict for number, verdict in world.verdicts.items()}
                        return {**verdicts, owners[at][0]: Judged("wrong", cause, fix_tex=tex.strip())}
            except (UnreadError, *NO_SENSE):
                continue
    return {}


def _is_positive(world: World) -> bool:
    """Whether the cost is above zero in all draws."""
    return all(draw.values[world.made.cost].data.real.min() > 0 for draw in world.draws)


def _judge(world: World, reads: Sequence[Read | None]) -> None:
    """Judge the statements in their order."""
    for draw in world.draws:
        draw.truth.scale = world.mean  # type: ignore[union-attr]
    find_meanings(world, reads)
    held: dict[str, str] = {}
    line: tuple[str, str] | None = None
    for number, read in enumerate(reads):
        if read is None:
            continue
        left, relation, right = read
        key = world.made.page.key(left) if isinstance(left, Name) and left.kind != "d" else ""
        if relation == r"\leftarrow" and key and isinstance(right, Derivative) and isinstance(right.by, Name):
            line = (key, world.made.page.key(right.by))
            continue
        if relation == r"\leftarrow" and key in held:
            held[key] = _moved_on(world, held, key, right)
            world.verdicts[number] = Judged("right") if held[key] else Judged("unjudged", reason=UNSAID)
            if not held[key]:
                del held[key]
            continue
        if line and key == line[0] and relation == "=":
            set_meanings(world, held)
            world.contexts[number] = (line[1], dict(held))
            world.verdicts[number] = verdict_on(world, reads, number, target=line[1])
            held[line[0]] = line[1]
            line = None
            continue
        set_meanings(world, held)
        world.contexts[number] = (held.get(key, ""), dict(held))
        verdict = verdict_on(world, reads, number, held.get(key, ""))
        if verdict.verdict != "unjudged" or verdict.reason:
            world.verdicts[number] = verdict


def _moved_on(world: World, held: dict[str, str], key: str, right: Tree) -> str:
    """The quantity that a running gradient is the derivative by after a step; empty where it is by none."""
    set_meanings(world, held)
    values = [draw.of(right) for draw in world.draws]
    for by in world.made.shapes:
        truths = [derivative(draw, by) for draw in world.draws]
        if by != world.made.cost and all(same(*pair) for pair in zip(truths, values, strict=True)):
            return by
    return ""


def _explained(
    world: World,
    reads: Sequence[Read | None],
    at: int,
    again: Again | None,
    written: str,
    layer: int,
    last: int,
    page: Sequence[str],
    typed: str,
) -> Judged:
    """The wrong verdict with its cause and the right formula, where one slip explains it."""
    read = reads[at]
    assert read is not None
    verdict = world.verdicts[at]
    if again is None or verdict.fix_tex:
        return verdict
    target, held = world.contexts.get(at, ("", {}))
    set_meanings(world, held)
    other = list(reads)
    counts = [
        count
        for count in ("m", "N", "n")
        if not any(re.search(rf"(?<![a-zA-Z\\]){count}(?![a-zA-Z])", one) for one in page)
    ]
    foreign = counts if len(counts) < 3 else []
    by = re.search(r"\\partial\s*((?:[^{}]|\{[^{}]*\})+?)\s*\}\s*$|\\nabla_\{?((?:[^{} ]|\{[^{}]*\})+)\}?", typed)
    near = repairs(written, page, (by.group(1) or by.group(2)) if by else "")
    for tex, cause in itertools.islice(itertools.chain(edits(written), near), TRIES):
        if any(f"{{{count}}}" in tex for count in foreign):
            continue
        try:
            tree = at_layer(again(tex), layer, last)
            other[at] = (read[0], read[1], tree)
            circular = read[0] in names(tree) and read[0] not in names(read[2])
            if not circular and verdict_on(world, other, at, target).verdict == "right":
                return Judged("wrong", cause, fix_tex=tex.strip())
        except (UnreadError, RecursionError, AttributeError):
            continue
    return verdict
