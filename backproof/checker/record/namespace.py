"""What a script finds when it imports: NumPy with arrays that are recorded, its own random numbers, no windows, no files.

Only what makes arrays is replaced; everything else is NumPy's own and meets recorded arrays through NumPy's protocols.
"""  # noqa: E501

import builtins
import importlib
import math
import random
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from . import arrays
from .arrays import Traced, leaf, plain, traced
from .functions import array_of
from .tape import Node

QUIET = {"matplotlib", "pylab", "seaborn", "plotly", "cv2", "tkinter", "IPython", "tqdm", "torchvision", "wandb"}
GENERATORS = {"default_rng", "RandomState", "Generator"}
MAKING = {
    "zeros",
    "ones",
    "empty",
    "full",
    "eye",
    "identity",
    "arange",
    "linspace",
    "logspace",
    "tri",
    "tile",
    "meshgrid",
    "loadtxt",
    "genfromtxt",
    "fromfunction",
    "load",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "diag",
    "vstack",
    "hstack",
    "stack",
    "concatenate",
    "column_stack",
    "repeat",
    "outer",
    "broadcast_to",
    "fromiter",
    "indices",
    "reshape",
}
FILES = {"loadtxt", "genfromtxt", "load"}
TABLE_ROWS = 20


class Leaves:
    """The arrays that a script makes from nothing, in the order in which it makes them; some may be drawn anew."""

    def __init__(self, seed: int, values: Mapping[int, Any], columns: int = 0) -> None:
        self.count = 0
        self.columns = columns  # of a table that is not there; 0: files are read
        self.values = values
        self.made: list[tuple[int, str, Node]] = []
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
        number, self.count = self.count, self.count + 1
        if number in self.values and np.shape(self.values[number]) == array.shape:
            array = np.asarray(self.values[number])
        if array.ndim == 0:
            made = traced(array, arrays.TAPE.node("leaf", np.array(array), (), None))
        else:
            made = np.ascontiguousarray(array).view(Traced)
            leaf(made)  # type: ignore[arg-type]
        self.made.append((made._buffer.node.line, function, made._buffer.node))
        return made

    def table(self) -> Any:
        """A table in the place of a file that is not there: whole numbers from 0 to 9, all of them in each column."""
        digits = np.arange(TABLE_ROWS)[:, None] % 10
        columns = [self.random.permutation(digits[:, 0]) for _ in range(self.columns)]
        return self.new("table", np.stack(columns, axis=1))


class Matrix(Traced):
    """np.matrix: `*` is the matrix product, and everything has two dimensions."""

    __array_priority__ = 20.0

    def __mul__(self, other: Any) -> Any:
        return np.multiply(self, other) if np.ndim(other) == 0 else as_matrix(np.matmul(self, as_matrix(other)))

    def __rmul__(self, other: Any) -> Any:
        return np.multiply(other, self) if np.ndim(other) == 0 else as_matrix(np.matmul(as_matrix(other), self))

    def __pow__(self, power: Any) -> Any:  # type: ignore[override]
        return as_matrix(np.linalg.matrix_power(self, power))

    def __getitem__(self, key: Any) -> Any:
        chosen = super().__getitem__(key)
        if isinstance(chosen, Traced) and chosen.ndim == 1:
            column = (
                isinstance(key, tuple)
                and len(key) == 2
                and np.ndim(plain(key[1])) == 0
                and not isinstance(key[1], slice)
            )
            return chosen.reshape(-1, 1) if column else chosen.reshape(1, -1)
        return chosen

    @property
    def A(self) -> Any:
        """The same as an ordinary array."""
        return np.array(self).view(Traced) if False else as_kind(self, Traced)

    @property
    def I(self) -> Any:  # noqa: E743
        """The inverse."""
        return np.linalg.inv(self)


def as_kind(value: Any, kind: type) -> Any:
    """The same array, of another class."""
    array = value if isinstance(value, Traced) else array_of(value)
    made = array.view(kind)  # type: ignore[var-annotated]
    made._buffer = array._buffer  # type: ignore[union-attr]
    return made


def as_matrix(value: Any) -> Any:
    """An array with two dimensions as a matrix."""
    array = value if isinstance(value, Traced) else array_of(value)
    return as_kind(array if array.ndim == 2 else array.reshape(1, -1), Matrix)


class RandomModule(ModuleType):
    """numpy.random with numbers of this run's seed; seeding is accepted and has no effect."""

    def __init__(self, leaves: Leaves, generator: Any = None) -> None:
        super().__init__("numpy.random")
        self.__dict__["_leaves"] = leaves
        self.__dict__["_generator"] = generator or leaves.random

    def __getattr__(self, name: str) -> Any:
        leaves, generator = self._leaves, self._generator
        if name == "seed":
            return lambda *_, **__: None
        if name in GENERATORS:
            return lambda *_, **__: RandomModule(leaves, np.random.default_rng(leaves.random.randint(2**31)))
        if name == "mtrand":
            return self
        function = getattr(generator, name, None) or getattr(np.random, name)
        if name in ("shuffle", "permutation", "get_state", "set_state"):
            return lambda *args, **kwargs: _shuffled(function, name, args, kwargs)
        if not callable(function):
            return function
        return lambda *args, **kwargs: _drawn(leaves, name, function, plain(list(args)), plain(kwargs))


def _drawn(leaves: Leaves, name: str, function: Any, args: Any, kwargs: Any) -> Any:
    value = function(*args, **kwargs)
    return (
        value if np.asarray(value).dtype.kind in "iu" and np.ndim(value) == 0 else leaves.new(f"random.{name}", value)
    )


def _shuffled(function: Any, name: str, args: Any, kwargs: Any) -> Any:
    if name == "permutation" and isinstance(args[0], Traced):
        return args[0][function(len(args[0]))]
    if name == "shuffle" and isinstance(args[0], Traced):
        args[0][...] = args[0][np.asarray(np.random.RandomState(0).permutation(len(args[0])))]
        return None
    return function(*args, **kwargs)


class NumPyModule(ModuleType):
    """numpy, with arrays that are recorded."""

    def __init__(self, leaves: Leaves, module: ModuleType = np) -> None:
        super().__init__(module.__name__)
        here = {"_leaves": leaves, "_module": module, "_cache": {}}
        if module is np:
            here |= {"array": self._array, "asarray": self._asarray, "asanyarray": self._asarray, "float_": float}
            here |= {"ascontiguousarray": self._asarray, "asfarray": self._asarray, "copy": self._array}
            here |= {"random": RandomModule(leaves), "vectorize": Vectorized, "matrix": Matrix_, "mat": as_matrix}
            here |= {"asmatrix": as_matrix, "linalg": NumPyModule(leaves, np.linalg), "set_printoptions": _nothing}
            here |= {
                "float64": _Cast(np.float64),
                "c_": Joined(-1),
                "r_": Joined(0),
                "bmat": lambda rows: as_matrix(np.block(rows)),
            }
        self.__dict__.update(here)

    def __getattr__(self, name: str) -> Any:
        if name in ("__path__", "__file__", "__spec__", "__loader__"):
            raise AttributeError(name)
        function = getattr(self._module, name)
        if not callable(function) or isinstance(function, (type, np.ufunc)):
            return function

        def making(*args: Any, **kwargs: Any) -> Any:
            if self._leaves.columns and name in FILES:
                return self._leaves.table()
            made = function(*_unwrapped(args), **kwargs)
            is_array = isinstance(made, np.ndarray) and made.ndim and made.dtype.kind in "fiu"
            return self._leaves.new(name, made) if is_array and (name in MAKING or made.dtype.kind == "f") else made

        return making

    def _array(self, value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(dtype, _Cast):
            dtype = dtype.kind
        if isinstance(value, Absent) and self._leaves.columns:
            return self._leaves.table()
        if not isinstance(value, Traced) and not _holds_traced(value):
            made = np.array(value, dtype, *args, **kwargs)
            return self._leaves.new("array", made)
        kwargs.pop("copy", None)
        least = kwargs.pop("ndmin", 0)
        made = array_of(value, dtype)
        return made if made.ndim >= least else made.reshape((1,) * (least - made.ndim) + made.shape)

    def _asarray(self, value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(dtype, _Cast):
            dtype = dtype.kind
        if isinstance(value, Traced):
            return value if dtype is None or value.dtype == dtype else value.astype(dtype)
        return self._array(value, dtype)


def _unwrapped(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        tuple(int(n) if isinstance(n, Traced) and n.ndim == 0 else n for n in a) if isinstance(a, tuple) else a
        for a in args
    )


def _holds_traced(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(isinstance(v, Traced) or _holds_traced(v) for v in value)
    return False


def _nothing(*_: Any, **__: Any) -> None:
    return None


class _Cast(type(np.float64) if False else object):  # type: ignore[misc]
    """np.float64 as a function and as a dtype."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.dtype = np.dtype(kind)

    def __call__(self, value: Any = 0.0) -> Any:
        if isinstance(value, Traced):
            return value.astype(self.kind)
        return self.kind(value)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, self.kind)


class Joined:
    """np.c_ and np.r_ of arrays."""

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if not any(isinstance(part, Traced) for part in parts) or any(isinstance(p, (slice, str)) for p in parts):
            return (np.c_ if self.axis else np.r_)[plain(key)]
        arrays = [np.atleast_1d(part) for part in parts]
        if self.axis:
            arrays = [a[:, None] if a.ndim == 1 else a for a in arrays]
        return np.concatenate(arrays, axis=self.axis)


class Vectorized:
    """np.vectorize as the loop that it is."""

    def __init__(self, pyfunc: Callable[..., Any], *_: Any, **__: Any) -> None:
        self.pyfunc = pyfunc

    def __call__(self, *args: Any) -> Any:  # noqa: D102
        arrays = np.broadcast_arrays(*(a if isinstance(a, Traced) else np.asarray(a) for a in args))
        shape = np.shape(arrays[0])
        values = [self.pyfunc(*(a[index] for a in arrays)) for index in np.ndindex(*shape)]
        return np.reshape(array_of(values), shape)


def Matrix_(value: Any, dtype: Any = None, copy: bool = True) -> Any:
    """np.matrix(...)."""
    return as_matrix(array_of(value) if not isinstance(value, Traced) else value.copy())


class MathModule(ModuleType):
    """math, of recorded numbers too."""

    NAMES: Mapping[str, str] = {
        "pow": "power",
        "fabs": "absolute",
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
    }

    def __getattr__(self, name: str) -> Any:
        function = getattr(math, name)
        twin = getattr(np, self.NAMES.get(name, name), None)
        if not callable(function):
            return function

        def of(*args: Any) -> Any:
            if (
                not any(isinstance(a, Traced) for a in args)
                or twin is None
                or name in ("ceil", "floor", "isclose", "prod")
            ):
                return function(*plain(list(args)))
            if name == "log" and len(args) == 2:
                return np.log(args[0]) / np.log(args[1])
            return twin(*args)

        return of


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

    def __iter__(self) -> Any:
        return iter((Absent(self.__name__), Absent(self.__name__)))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        return None


def builtins_for(leaves: Leaves, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The built-in names of a script."""
    modules: dict[str, Any] = {"numpy": NumPyModule(leaves), "math": MathModule("math")}
    random.seed(leaves.random.randint(2**31))

    def importing(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        top, *rest = name.split(".")
        if top in modules and not level:
            module = modules[top]
            for part in rest if fromlist else ():
                module = getattr(module, part)
            return module
        if top in QUIET or (top == "pandas" and leaves.columns):
            return Absent(top)
        try:
            return builtins.__import__(name, globals, locals, fromlist, level)
        except ImportError:
            if level or importlib.util.find_spec(top) is not None:  # type: ignore[attr-defined]
                raise
            return Absent(top)

    def no_input(*_: Any) -> str:
        raise EOFError("the script asks for input, and there is nobody to answer")

    def number(value: float) -> Any:
        return leaves.new("number", np.float64(value))

    return {**vars(builtins), "__import__": importing, "input": no_input, "__number__": number, **extra}


def loaded_modules() -> set[str]:
    """The modules that are loaded, so that those of a script can be dropped after it ran."""
    return set(sys.modules)
