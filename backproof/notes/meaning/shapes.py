"""The shapes of the quantities of a course, with a size of its own for each dimension, and which product fits them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..reading.tree import Name

Shape = tuple[str, ...]
PER_EXAMPLE = {"a", "z", "y", "yhat", "A", "Z", "Y", "Yhat", "x", "X", "H", "S"}


class AskError(Exception):
    """A product whose sign and shapes allow two meanings."""


@dataclass(frozen=True)
class World:
    """What a formula speaks of: a logistic unit or a network of some layers, of one example or of m.

    `own` are shapes that the page itself gives; `general` is the layer that stands for l.
    """

    layers: int = 1
    examples: str = "m"
    general: int = 1
    last_is_general: bool = False
    one_is_general: bool = False
    rows: bool = False
    outputs: str = "1"
    has_matrix: bool = False
    is_own: bool = False
    hidden: str = ""  # the activation of the hidden layers, where it is a certain one
    said: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Shape] = field(default_factory=dict)

    def layer(self, text: str) -> int:
        """The number of the layer that an index means."""
        text = text.replace(" ", "")
        if text == "1" and self.one_is_general:
            return self.general
        if text.isdigit():
            return int(text)
        if text == "G":
            return 1
        if text in ("l", "j"):
            return self.general
        if text in ("l-1", "l+1", "1-1", "1+1"):
            return self.general + (1 if "+" in text else -1)
        last = self.general if self.last_is_general else self.layers
        if text in ("L", "q", "H", "n"):
            return last
        if text in ("L-1", "L+1"):
            return last + (1 if "+" in text else -1)
        raise KeyError(text)

    def size(self, layer: int) -> str:
        """The number of units of a layer."""
        return self.outputs if layer == self.layers else f"n_{layer}"

    def shape(self, name: Name) -> Shape:
        """The shape of a quantity: what the page gives, else what the course has."""
        key = plain(name)
        if key in self.own:
            return self.own[key]
        shape = self._of_course(name)
        shape = shape[::-1] if self.rows and name.base != "odotone" and not self.is_column(name) else shape
        return tuple(self.sizes.get(size, size) for size in shape)

    def is_column(self, name: Name) -> bool:
        """Whether a bias is a column even where examples are rows, since the page transposes it."""
        return name.base == "b" and "b^T" in self.said

    def _of_course(self, name: Name) -> Shape:
        base = name.base.replace("_hat", "hat")
        column = "1" if name.example else self.examples
        if name.primes and base in ("g", "f", "sigma"):
            return ()
        if base in ("w", "W"):
            return self._weights(name)
        if base in ("b", "B"):
            return (
                ()
                if (not name.layer and self.layers == 1 and not self.has_matrix) or name.parts
                else (self._units(name), "1")
            )
        if base in PER_EXAMPLE and not name.parts:
            if base in ("x", "X"):
                return ("n_0", column)
            if base in ("y", "Y", "yhat", "Yhat"):
                return (self.size(self.layers), column)
            return (self._units(name), column)
        if base in PER_EXAMPLE and base not in ("x", "X"):
            return ("1", column)
        if base == "odotone":
            return (name.parts[0] if name.parts else self.examples, "1")
        return ()

    def _units(self, name: Name) -> str:
        return self.size(self.layer(name.layer) if name.layer else self.layers)

    def _weights(self, name: Name) -> Shape:
        if not name.layer and self.layers == 1 and self.has_matrix:
            return (self.outputs, "n_0")
        if not name.layer and self.layers == 1:
            return () if name.parts else ("n_0", "1")
        layer = self.layer(name.layer) if name.layer else self.layers
        return (f"n_{layer - 1}", "1") if name.parts else (self.size(layer), self.size(layer - 1))


def plain(name: Name) -> str:
    """The key of a name among the shapes that a page gives."""
    return name.base + name.layer + "".join(f"_{part}" for part in name.parts)


def product(left: Shape, right: Shape, sign: str) -> tuple[str, Shape]:
    """Return `*` or `@`, whichever is meant, and the shape of the product."""
    if not left or not right:
        return "*", left or right
    if ({left, right} & {("1", "1")} and sign not in ("cdot", "")) or left == right == ("1", "1"):
        return "*", right if left == ("1", "1") else left
    same, inner = broadcast(left, right), left[-1:] == right[:1] and len(left) == len(right) == 2
    if sign in ("odot", "circ") or (sign == "*" and same) or (same and not inner):
        return "*", same or left
    if inner and (left != right or sign in ("", "cdot", "@")):
        return "@", (left[0], right[1])
    if inner and same:
        raise AskError(f"\\{sign} between two {left[0]} x {left[1]} may mean either product")
    if ("1", "1") in (left, right):
        return "*", right if left == ("1", "1") else left
    if sign in ("times", "otimes") and left[-1:] == right[-1:] != ("1",):
        return "*", left
    return ("@", (left[0], right[-1])) if sign in ("", "cdot", "otimes", "times", "@") else ("*", left)


def broadcast(left: Shape, right: Shape) -> Shape | None:
    """The shape of a sum or an element-wise product; None where they do not go together."""
    if not left or not right or left == right:
        return left or right
    if len(left) == len(right) == 2:
        pairs = list(zip(left, right, strict=True))
        if all(a == b or "1" in (a, b) for a, b in pairs):
            whole = tuple(b if a == "1" else a for a, b in pairs)
            return whole if whole in (left, right) else None
    return None
