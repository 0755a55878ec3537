"""A run of a script: recorded, in its own folder, with what it prints and raises kept from the terminal."""

import io
import linecache
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import Traced, leaf
from .draw import Draw, drawn
from .hooks import hooks
from .instrument import Instrumented
from .leaves import LeafKey, Leaves
from .ledger import Event, Ledger, Replace, fresh
from .namespace import builtins_for
from .own_modules import own_modules
from .program import Program
from .tape import Node, recording


class StopRun(BaseException):
    """The run has shown enough."""


@dataclass
class Run:
    """What one run left: its ledger and tape, what was drawn for it, and the error that ended it."""

    ledger: Ledger
    nodes: list[Node]
    sides: dict[tuple[int, str, int], set[bool]]
    inputs: dict[str, Node]
    values: dict[str, Any]
    sizes: dict[str, int]
    leaves: list[tuple[LeafKey, Node]]
    raised: Mapping[int, str] = field(default_factory=dict)  # sites that raise, with the error
    error: str = ""
    error_line: int = 0
    stopped: bool = False

    @property
    def events(self) -> list[Event]:
        """The events of the ledger."""
        return self.ledger.events


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
    leaves = Leaves(program.name, draw.seed, draw.leaf_values, draw.columns)
    generator = np.random.default_rng(draw.seed + 1000 * noise) if noise else None
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
    except BaseException as error:
        if isinstance(error, SystemExit) and not error.code:
            return
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == program.name]
        result.error_line = (frames[-1].lineno or 0) if frames else 0
        result.error = f"{type(error).__name__}: {_text_of(error)}".partition("\n")[0].rstrip(": ")


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the class is the program's own
        return ""


@contextmanager
def quiet(folder: str = "") -> Any:
    """Let a script print and warn into the void, in its own folder, with standard input closed."""
    before, stdin, words = os.getcwd(), sys.stdin, sys.argv
    sys.stdin, sys.argv = io.StringIO(""), words[:1]
    try:
        with ExitStack() as stack:
            if folder and Path(folder).is_dir():
                stack.enter_context(own_modules(folder))
                os.chdir(folder)
            stack.enter_context(redirect_stdout(io.StringIO()))
            stack.enter_context(redirect_stderr(io.StringIO()))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin, sys.argv = stdin, words
        os.chdir(before)
        linecache.clearcache()
