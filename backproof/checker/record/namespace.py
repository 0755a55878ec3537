"""What a script finds when it imports: NumPy with recorded arrays, its own random numbers, no windows, no files.

Only what makes arrays is replaced; everything else is NumPy's own and meets recorded arrays through NumPy's protocols.
"""

import builtins
import math
import random
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from .arrays import Traced, plain
from .functions.general import array_of
from .functions.matrix import Matrix_, as_matrix
from .leaves import Absent, Leaves, import_or_absent

QUIET = {"matplotlib", "pylab", "seaborn", "plotly", "cv2", "tkinter", "IPython", "tqdm", "torchvision", "wandb"}
GENERATORS = {
    "default_rng": np.random.default_rng,
    "Generator": np.random.default_rng,
    "RandomState": np.random.RandomState,
}
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
            return lambda *_, **__: RandomModule(leaves, GENERATORS[name](leaves.random.randint(2**31)))
        if name == "mtrand":
            return self
        function = getattr(generator, name, None) or getattr(leaves.random, name, None) or getattr(np.random, name)
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
            here |= {"float": float, "int": int, "object": object}  # names of older versions
            here |= {"ascontiguousarray": self._asarray, "asfarray": self._asarray, "copy": self._array}
            here |= {"random": RandomModule(leaves), "vectorize": Vectorized, "matrix": Matrix_, "mat": as_matrix}
            here |= {"asmatrix": as_matrix, "linalg": NumPyModule(leaves, np.linalg), "set_printoptions": _nothing}
            here |= {
                **dict.fromkeys(("float64", "float32", "float16", "single", "half", "double"), _Cast(np.float64)),
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
            if name in ("empty", "empty_like"):
                made = np.zeros_like(made)  # so that a run can be repeated
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


class _Cast:
    """np.float64 as a function and as a dtype, for the narrower ones too: a formula is judged in double precision."""

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


def _with_modules(module: ModuleType, modules: Mapping[str, Any]) -> ModuleType:
    """A module for `from module import *`, which must not put NumPy itself in the place of ours."""
    ours = {id(sys.modules[name]): own for name, own in modules.items() if name in sys.modules}
    copy = ModuleType(module.__name__)
    vars(copy).update({name: ours.get(id(value), value) for name, value in vars(module).items()})
    return copy


def builtins_for(leaves: Leaves, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The built-in names of a script."""
    modules: dict[str, Any] = {"numpy": NumPyModule(leaves), "math": MathModule("math")}
    for draws in (random, np.random):  # the modules themselves, of which other libraries draw
        draws.seed(leaves.random.randint(2**31))

    def importing(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        top, *rest = name.split(".")
        if top in modules and not level:
            module = modules[top]
            for part in rest if fromlist else ():
                module = getattr(module, part)
            return module
        if top in QUIET or (top == "pandas" and leaves.columns):
            return Absent(top)
        found = import_or_absent(name, globals, locals, fromlist, level)
        return _with_modules(found, modules) if "*" in (fromlist or ()) else found

    def no_input(*_: Any) -> str:
        raise EOFError("the script asks for input, and there is nobody to answer")

    def number(value: float) -> Any:
        return leaves.new("number", np.float64(value))

    return {**vars(builtins), "__import__": importing, "input": no_input, "__number__": number, **extra}
