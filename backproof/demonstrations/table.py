"""All demonstrations, each at the systems of the notes that it is about."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from .networks import collapse, symmetry, xor
from .regression import any_start, convexity, loops, saturation
from .seen import Seen


class Demonstration(NamedTuple):
    """A demonstration: the systems it is about, where it stands in the notes, and what runs it."""

    systems: tuple[str, ...]
    source: str
    run: Callable[..., Seen]

    @property
    def claim(self) -> str:
        """What it shows, in the words of its docstring."""
        return " ".join((self.run.__doc__ or self.run.__name__).split())


DEMONSTRATIONS: Mapping[str, Demonstration] = MappingProxyType(
    {
        "convexity": Demonstration(("S8",), "Notes C, Loss function; Notes C, Gradient descent", convexity),
        "one_call": Demonstration(("S5", "S10"), "Notes A, p. 13-14; Notes C, Vectorization", loops),
        "saturation": Demonstration(
            ("S12",), "Notes A, p. 7 and p. 23-25; Lee 2019, initialize_parameters and ReLU", saturation
        ),
        "collapse": Demonstration(("S15",), "Notes A, p. 25", collapse),
        "symmetry": Demonstration(("S16",), "Notes A, p. 31-32; Lee 2019, initialize_parameters", symmetry),
        "xor": Demonstration(("S20",), "Notes A, p. 37; Notes B, Usage", xor),
        "any_start": Demonstration(("S21",), "Notes C, Gradient descent", any_start),
    }
)
