"""What a person asks of a check of torch code besides the file: one class of it, its shapes, a device, a reference."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """Which backward pass (all where `only` is empty), its shapes, the device, and "file.py:function" for the truth."""

    only: str = ""
    shapes: str = ""
    device: str = "cpu"
    reference: str = ""
    pair: tuple[str, str] | None = None  # the names of a forward and a backward function
    inputs: Any = None  # arguments by their names, of which the shapes are taken
