"""The names of quantities, as the notes write them; they are read here and nowhere else.

W2, A_prev, theta   a quantity: of layer 2, or of no layer
dW2, dY_hat         the derivative of the cost by it
dA_dZ               the element-wise derivative of A by Z
vW1                 the velocity of W1
"""

import re
from collections.abc import Iterable, Sized
from functools import cache
from typing import Literal, NamedTuple

Kind = Literal["value", "derivative", "velocity"]

_SYMBOL = r"(?:theta|[A-Za-z]L?)(?:_[a-z0-9]+)?"
_LAYERED = r"[A-Za-z]\d+"
_SLOPE = re.compile(rf"d(?P<of>{_SYMBOL})_d(?P<by>{_SYMBOL})")
_DERIVATIVE = re.compile(rf"d(?P<by>{_LAYERED}|{_SYMBOL})")
_VELOCITY = re.compile(r"v(?P<of>[Wb]\d*)")
_WITH_LAYER = re.compile(r"(?P<symbol>[A-Za-z])(?P<layer>\d+)")


class Name(NamedTuple):
    """A name in its parts; the symbol of a derivative is that by which is differentiated."""

    kind: Kind
    symbol: str
    layer: int | None = None
    of: str = ""  # A in dA_dZ

    @property
    def quantity(self) -> str:
        """The name of the quantity itself: W2 of W2, dW2 and vW2, Z of dA_dZ."""
        return self.symbol if self.layer is None else f"{self.symbol}{self.layer}"

    @property
    def shaped_like(self) -> str:
        """The name of the quantity that has the same shape: A of dA_dZ, else the quantity itself."""
        return self.of or self.quantity

    @property
    def is_derivative(self) -> bool:
        """Whether it is a derivative, of the cost or of another quantity."""
        return self.kind == "derivative"

    @property
    def is_weight(self) -> bool:
        """Whether it is W of some layer, which L2 regularisation shrinks; a bias b is left alone."""
        return self.kind == "value" and self.symbol == "W"

    @property
    def is_per_example(self) -> bool:
        """Whether the quantity has a column for each example, by its symbol: Z, A, Y."""
        return self.symbol[0] in "ZAY"

    @property
    def dims(self) -> tuple[str, str] | None:
        """Sizes of a quantity of a layer, by the notation of the notes; None where the name does not tell."""
        columns = {"W": f"n_{(self.layer or 0) - 1}", "b": "1", "Z": "m", "A": "m"}.get(self.symbol)
        return None if self.layer is None or columns is None else (f"n_{self.layer}", columns)

    def __str__(self) -> str:
        if self.of:
            return f"d{self.of}_d{self.quantity}"
        return {"value": "", "derivative": "d", "velocity": "v"}[self.kind] + self.quantity


@cache
def parse_name(text: str) -> Name:
    """Read a name; a word outside the notation, such as `parameters`, is a value and its own symbol."""
    if slope := _SLOPE.fullmatch(text):
        return Name("derivative", slope["by"], None, slope["of"])
    if derivative := _DERIVATIVE.fullmatch(text):
        return Name("derivative", *_parts(derivative["by"]))
    if velocity := _VELOCITY.fullmatch(text):
        return Name("velocity", *_parts(velocity["of"]))
    return Name("value", *_parts(text))


def _parts(text: str) -> tuple[str, int | None]:
    match = _WITH_LAYER.fullmatch(text)
    return (match["symbol"], int(match["layer"])) if match else (text, None)


def depth(parameters: Sized) -> int:
    """Return the number of layers L of the parameters {"W1", "b1", ..., "WL", "bL"}."""
    return len(parameters) // 2


def in_layer(symbol: str, l: int) -> str:
    """Return the name that a symbol has in layer l: W2 for W and 2; A_prev is A of the layer before, A1."""
    return f"{symbol.removesuffix('_prev')}{l - 1}" if symbol.endswith("_prev") else f"{symbol}{l}"


def last_layer(names: Iterable[str]) -> int:
    """Return the largest layer that any of the names has; 0 where none has one."""
    return max((parse_name(name).layer or 0 for name in names if parse_name(name).dims), default=0)
