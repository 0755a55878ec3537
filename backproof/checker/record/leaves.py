"""The arrays that a script makes from nothing, and what stands for a table or a module that is not there."""

import builtins
import importlib.util
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from . import tape
from .arrays import Traced, leaf, traced
from .tape import Node, line_in

TABLE_ROWS = 20
LeafKey = tuple[int, str, int]


class Leaves:
    """The arrays that a script makes from nothing, in the order in which it makes them; some may be drawn anew."""

    def __init__(self, filename: str, seed: int, values: Mapping[LeafKey, Any], columns: int = 0) -> None:
        self.filename = filename
        self.counts: dict[tuple[int, str], int] = {}
        self.columns = columns  # of a table that is not there; 0: files are read
        self.values = values
        self.made: list[tuple[LeafKey, Node]] = []
        self.random = np.random.RandomState(seed)

    def new(self, function: str, value: Any) -> Any:
        """An array that a script has made, or what is to stand in its place."""
        if not isinstance(value, (np.ndarray, np.floating, float, np.integer)) or isinstance(value, np.str_):
            return value
        if isinstance(value, Traced):
            return value
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            return value
        if array.dtype.kind == "f":
            array = array.astype(float, copy=False)
        key = self.key(function)
        array = self.drawn_anew(key, array)
        if array.ndim == 0:
            made = traced(array, tape.TAPE.node("leaf", np.array(array), (), None))
        else:
            made = np.ascontiguousarray(array).view(Traced)
            leaf(made)  # type: ignore[arg-type]
        self.made.append((key, made._buffer.node))
        return made

    def key(self, function: str) -> LeafKey:
        """What an array is known by in other runs of the script: its line, the function, and how often it was called."""  # noqa: E501
        place = line_in(self.filename), function
        count = self.counts[place] = self.counts.get(place, -1) + 1
        return *place, count

    def drawn_anew(self, key: LeafKey, array: Any) -> Any:
        """What is to stand in the place of an array."""
        other = self.values.get(key)
        return np.asarray(other) if other is not None and np.shape(other) == array.shape else array

    def table(self) -> Any:
        """A table in the place of a file that is not there: whole numbers from 0 to 9, all of them in each column."""
        digits = np.arange(TABLE_ROWS)[:, None] % 10
        columns = [self.random.permutation(digits[:, 0]) for _ in range(self.columns)]
        return self.new("table", np.stack(columns, axis=1))


class Absent(ModuleType):
    """A module that is not wanted or not there: whatever is taken from it can be called, indexed and ignored."""

    def __init__(self, name: str = "absent", *_: Any, **__: Any) -> None:
        super().__init__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        iterable = self.__name__ in ("tqdm", "trange")
        return (
            (range(args[0]) if self.__name__ == "trange" else args[0]) if iterable and args else Absent(self.__name__)
        )

    def __getitem__(self, key: Any) -> Any:
        return Absent(self.__name__)

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter((Absent(self.__name__), Absent(self.__name__)))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        return None


def import_or_absent(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """Import as Python does; a package that is not installed is absent."""
    try:
        return builtins.__import__(name, globals, locals, fromlist, level)
    except ImportError:
        top = name.partition(".")[0]
        if level or importlib.util.find_spec(top) is not None:
            raise
        return Absent(top)
