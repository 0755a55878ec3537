"""Whether the shape that a page gives to a quantity is the one that it has in the network of the course."""

from dataclasses import dataclass, field

from ..meaning.shapes import World
from ..reading.tree import Name
from .units import Judged

COUNTS = {"n_x": "n_0", "n": "n_0", "N": "m", "m": "m", "1": "1"}


@dataclass
class Sizes:
    """The numbers that the page gives for its sizes."""

    known: dict[str, str] = field(default_factory=dict)

    def note(self, symbol: str, number: str) -> None:
        """Note that a size is this number."""
        self.known[symbol] = number


def judged(name: Name, pair: tuple[str, str], sizes: Sizes) -> Judged:
    """Right where one of the course's networks gives this shape; wrong where each gives another."""
    if pair == ("", ""):
        return Judged("right") if name.base == "b" else Judged("unjudged", reason="a number")
    seen: list[str] = []
    for world in _worlds(name):
        try:
            shape = tuple(world.shape(name))
            said = tuple(_count(size, world) for size in pair)
        except KeyError:
            continue
        shapes = [shape, (shape[0], "1")] if len(shape) == 2 and name.base.islower() else [shape]
        if said in shapes or (name.base in "yY" and said == ("1", "m")):
            return Judged("right")
        if all(word and not word.isdigit() or word == "1" for word in said):
            seen.append(" x ".join(shape))
        elif clash := _clash(said, shape, sizes):
            return Judged("wrong", clash)
    if not seen:
        return Judged("unjudged", reason="its sizes are not known")
    return Judged("wrong", f"its shape is {seen[0].replace('n_0', 'n_x')}")


def _clash(said: tuple[str, ...], shape: tuple[str, ...], sizes: Sizes) -> str:
    """Where a number stands for a size that has another number on the page."""
    for word, size in zip(said, shape, strict=False):
        known = sizes.known.get(size, "1" if size == "1" else "")
        if word.isdigit() and known and word != known:
            return f"its shape is {' x '.join(sizes.known.get(one, one) for one in shape)}"
    return ""


def _worlds(name: Name) -> list[World]:
    if not name.layer:
        return [World(layers=1), World(layers=1, examples="1")]
    if name.layer.isdigit():
        return [World(layers=max(2, int(name.layer))), World(layers=4)]
    return [World(layers=4, general=2, last_is_general=True)]


def _count(size: str, world: World) -> str:
    """A size of the page in the words of the world."""
    if size.startswith("n["):
        layer = world.layer(size[2:-1])
        return world.size(layer) if layer else "n_0"
    return COUNTS.get(size, size)
