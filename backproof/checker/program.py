"""A script that is to be checked: its text, what it declares, and its runs."""

import ast
import io
import linecache
import math
import os
import random
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.sampling import values
from shapes.language import Quantity
from shapes.language import parse as parse_shape

from .record.arrays import Traced, leaf, recording
from .record.hooks import hooks
from .record.instrument import Instrumented, instrument, parse
from .record.ledger import Event, Ledger, Replace, fresh
from .record.namespace import Leaves, builtins_for
from .record.tape import Node

ONE_HOT = re.compile(r"\s+one.hot$")
SIZES = (5, 7, 3, 11, 13, 17, 19, 23, 29, 31, 37, 41)  # no 2, which is also a factor of its own
MAX_SIZE, MAX_ENTRIES = 1000, 1_000_000


class UnusableError(ValueError):
    """A script that cannot be checked: where, what was found, and what was expected."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


class StopRun(BaseException):
    """The run has shown enough."""


@dataclass
class Program:
    """A script, the inputs that it declares by bare annotations, and which of them are one-hot."""

    source: str
    name: str
    folder: str = ""
    package: str = ""  # for the relative imports of a module
    inputs: dict[str, Quantity] = field(default_factory=dict)
    one_hot: frozenset[str] = frozenset()
    is_assumed: bool = False  # the inputs are those of the notation, not declared
    runner: Any = None  # what runs it, where its arrays are not NumPy's

    @cached_property
    def instrumented(self) -> Instrumented:
        """The script with its hooks."""
        return instrument(self.source, self.name)

    def instrumented_with(self, guarded: frozenset[int]) -> Instrumented:
        """The script with its hooks, and with a guard around the values of some sites, which raise."""
        if not guarded:
            return self.instrumented
        if guarded not in self._guarded:
            self._guarded[guarded] = instrument(self.source, self.name, guarded)
        return self._guarded[guarded]

    @cached_property
    def _guarded(self) -> dict[frozenset[int], Instrumented]:
        return {}

    @cached_property
    def lines(self) -> list[str]:
        """The script, line by line."""
        return self.source.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The script's syntax tree."""
        return parse(self.source, self.name)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of sizes in the declarations."""
        dims = [dim for q in self.inputs.values() for dim in q.dims or ()]
        return tuple(dict.fromkeys(dim for dim in dims if dim.isidentifier()))


@dataclass
class Run:
    """What one run left: its ledger and tape, what was drawn for it, and the error that ended it."""

    ledger: Ledger
    nodes: list[Node]
    sides: dict[tuple[int, str, int], set[bool]]
    inputs: dict[str, Node]
    values: dict[str, Any]
    sizes: dict[str, int]
    leaves: list[tuple[int, str, Node]]
    raised: Mapping[int, str] = field(default_factory=dict)  # sites that raise, with the error
    error: str = ""
    error_line: int = 0
    stopped: bool = False

    @property
    def events(self) -> list[Event]:
        """The events of the ledger."""
        return self.ledger.events


def read(source: str, name: str, folder: str = "", package: str = "") -> Program:
    """A program from its text; UnusableError for what is not Python or declares an input unreadably."""
    try:
        tree = parse(source, name)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        message = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise UnusableError(f"this is no Python: {message}", line) from None
    program = Program(source, name, folder, package)
    for statement in tree.body:
        quantity, is_one_hot = _declared(statement)
        if quantity is not None:
            program.inputs[quantity.name] = quantity
            if is_one_hot:
                program.one_hot |= {quantity.name}
    return program


def _declared(statement: ast.stmt) -> tuple[Quantity | None, bool]:
    """The input that a bare annotation declares, by the shape language of the reference."""
    if not isinstance(statement, ast.AnnAssign) or statement.value is not None:
        return None, False
    target, note = statement.target, statement.annotation
    if not isinstance(note, ast.Constant) or not isinstance(note.value, str):
        if isinstance(target, ast.Name) and isinstance(note, (ast.Name, ast.Attribute, ast.Subscript)):
            return None, False
        raise UnusableError('an input is declared as X: "n_x, m", with its sizes in quotes', statement.lineno)
    if not isinstance(target, ast.Name):
        raise UnusableError('an input is declared as X: "n_x, m", with its sizes in quotes', statement.lineno)
    text = re.sub(r"\s*>\s*0$", " in (0, inf)", ONE_HOT.sub(" in {0, 1}", note.value))
    shape, _, domain = text.partition(" in ")
    inside = shape.strip().strip("()").strip()
    if not re.fullmatch(r"((\d+|[^\W\d]\w*)(\s*,\s*(\d+|[^\W\d]\w*))*\s*,?)?", inside):
        raise UnusableError(
            f"the shape {note.value!r} cannot be read, expected something like 'n_x, m'", statement.lineno
        )
    try:
        quantity = parse_shape(f"{target.id} ({inside})" + (f" in {domain.strip()}" if domain else ""))[target.id]
        _ = quantity.domain and quantity.domain.bounds
    except (ValueError, KeyError):
        raise UnusableError(
            f"the shape {note.value!r} cannot be read, expected something like 'n_x, m in (0, 1)'", statement.lineno
        ) from None
    return quantity, ONE_HOT.search(note.value) is not None


@dataclass(frozen=True)
class Draw:
    """How the values of a run are drawn: a seed, and how they are stretched and moved to reach rare branches."""

    seed: int
    scale: float = 1.0
    shift: float = 0.0
    large: bool = False  # sizes beyond the usual ones
    leaf_values: Mapping[int, Any] = field(default_factory=dict)
    columns: int = 0  # of the table that stands for a file that is not there


def drawn(program: Program, draw: Draw) -> tuple[dict[str, int], dict[str, Any]]:
    """Sizes, pairwise distinct primes, and values for the declared inputs."""
    rng = np.random.default_rng(draw.seed)
    fixed = {int(dim) for q in program.inputs.values() for dim in q.dims or () if dim.isdigit()}
    if 0 in fixed or max(fixed, default=1) > MAX_SIZE:
        raise UnusableError(f"a size of {min(fixed) or max(fixed)} is declared, expected one from 1 to {MAX_SIZE}")
    primes = [p for p in SIZES if p not in fixed]
    names = program.sizes
    if len(names) > len(primes):
        raise UnusableError(f"{len(names)} sizes are declared, expected at most {len(primes)}")
    pool = primes[: max(len(names), 5)]
    if draw.large and len(names) <= 3:
        pool = primes[3:8]
    sizes = dict(zip(names, rng.permutation(pool[: max(len(names), 3)]).tolist(), strict=False))
    most = max(
        (math.prod(sizes.get(d, int(d) if d.isdigit() else 1) for d in q.dims or ()) for q in program.inputs.values()),
        default=1,
    )
    if most > MAX_ENTRIES:
        raise UnusableError(f"an input of {most} numbers is declared, expected at most {MAX_ENTRIES}")
    made = {}
    for name, quantity in program.inputs.items():
        value = values(quantity, sizes, rng)
        if quantity.domain is None:
            value = value * draw.scale + draw.shift
        made[name] = _one_hot(value, quantity, sizes, rng) if name in program.one_hot else value
    return sizes, made


def _one_hot(value: Any, quantity: Quantity, sizes: Mapping[str, int], rng: np.random.Generator) -> Any:
    """In place of values in {0, 1}: one 1 along the classes, which are the last dimension but the examples."""
    dims = quantity.dims or ()
    examples = "m" if "m" in dims else "N" if "N" in dims else dims[0]
    axis = max((i for i, dim in enumerate(dims) if dim != examples), default=0)
    chosen = rng.integers(0, value.shape[axis], value.shape)
    first = np.take(chosen, [0], axis=axis)
    places = np.arange(value.shape[axis]).reshape([-1 if i == axis else 1 for i in range(value.ndim)])
    return (places == first).astype(float)


def run(
    program: Program,
    draw: Draw,
    replace: Replace | None = None,
    noise: int = 0,
    stop: Callable[[Event], bool] | None = None,
    code: Instrumented | None = None,
    inputs: Mapping[str, Any] | None = None,
    guarded: Mapping[int, tuple[Any, str]] | None = None,
) -> Run:
    """Run a program on values drawn for it, recorded; an error in it is kept, not raised."""
    guarded = guarded or {}
    if program.runner is not None:
        return program.runner(program, draw, replace, noise, stop, code, inputs, guarded)
    made = code or program.instrumented_with(frozenset(guarded))
    sizes, given = drawn(program, draw)
    if inputs is not None:
        given = {**given, **inputs}
    leaves = Leaves(draw.seed, draw.leaf_values, draw.columns)
    generator = np.random.default_rng(draw.seed + 1000 * noise) if noise else None
    random.seed(draw.seed)
    with recording(program.name, generator) as tape:
        ledger = Ledger(made.sites, replace=replace)
        if stop is not None:
            ledger.after = stopping(stop)
        scope: dict[str, Any] = {
            "__name__": "__main__",
            "__file__": program.name,
            "__package__": program.package,
            **sizes,
        }
        scope["__builtins__"] = here = builtins_for(leaves, {**hooks(ledger), "__guarded__": _guard(guarded)})
        scope["np"] = here["__import__"]("numpy")
        nodes = {}
        for name, value in given.items():
            array = np.array(value, dtype=float).view(Traced)
            nodes[name] = leaf(array)
            array._is_scalar = array.ndim == 0
            scope[name] = array
        result = Run(
            ledger, tape.nodes, tape.sides, nodes, given, sizes, [], {n: why for n, (_, why) in guarded.items()}
        )
        execute(made, scope, result, program)
        result.leaves = leaves.made
    ledger.kept.clear()
    return result


def _guard(guarded: Mapping[int, tuple[Any, str]]) -> Callable[[int, Callable[[], Any]], Any]:
    """A statement that is known to raise gets the right value instead."""

    def guard(number: int, value: Callable[[], Any]) -> Any:
        try:
            return value()
        except Exception:
            return fresh(guarded[number][0])

    return guard


def stopping(stop: Callable[[Event], bool]) -> Callable[[Event], None]:
    """A callback that ends a run where it has shown enough."""

    def after(event: Event) -> None:
        if stop(event):
            raise StopRun

    return after


def execute(made: Instrumented, scope: dict[str, Any], result: Run, program: Program) -> None:
    """Run an instrumented script; an error in it is kept in the result."""
    try:
        with quiet(program.folder), np.errstate(all="ignore"):
            exec(made.code, scope)
    except StopRun:
        result.stopped = True
    except KeyboardInterrupt:
        raise
    except (Exception, SystemExit, RecursionError) as error:
        if isinstance(error, SystemExit) and not error.code:
            return
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == program.name]
        result.error_line = (frames[-1].lineno or 0) if frames else 0
        result.error = f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": ")


@contextmanager
def quiet(folder: str = "") -> Any:
    """Let a script print and warn into the void, in its own folder, with standard input closed."""
    before, modules, path = os.getcwd(), set(sys.modules), list(sys.path)
    stdin, sys.stdin = sys.stdin, io.StringIO("")
    try:
        if folder and Path(folder).is_dir():
            os.chdir(folder)
            sys.path.insert(0, folder)
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin = stdin
        os.chdir(before)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            origin = getattr(sys.modules[name], "__file__", None) or ""
            if folder and origin.startswith(str(Path(folder).resolve())):
                del sys.modules[name]
        linecache.clearcache()
