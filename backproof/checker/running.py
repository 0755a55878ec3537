"""Run a derivation: record it on torch's NumPy, and ask differences whether autograd is right."""

import builtins
import contextlib
import io
import math
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from parity_tests.compare import distance_u
from parity_tests.noise import RandomRounding

from .derivation import Derivation, DerivationError, Observer, variable
from .inputs import Sample
from .instrument import OBSERVE
from .recording_numpy import TorchNumPy, torch_numpy

LIMIT_S = 10
SAMPLES = 6
ROUNDINGS = 4
STEP = 1e-40
DIFFERENCE_STEPS = (1e-4, 1e-5, 1e-6)
Observe = Callable[[int, str, Any, Mapping[str, Any], bool], Any]


@dataclass(frozen=True)
class Event:
    """One assignment to a claim while the script ran: where, of what, and what V was."""

    line: int
    key: str
    value: Any
    V: Any
    step: bool
    earlier: tuple[Any, ...] = ()  # what the name V stood for before


@dataclass(frozen=True)
class Record:
    """What one run on torch left: its claims, dJ/dV for the V of each (None: V does not lead to J), and J."""

    derivation: Derivation
    sample: Sample
    events: list[Event]
    derivatives: list[Any]
    earlier: list[list[Any]]
    J: float
    by_input: dict[str, Any]

    @cached_property
    def noise_u(self) -> list[float]:
        """By how much rounding alone moves each derivative, in u; infinite where a zero does not stay zero."""
        noise = [0.0] * len(self.events)
        for seed in range(ROUNDINGS):
            with contextlib.suppress(DerivationError):
                moved = record(self.derivation, self.sample, rounding=seed).derivatives
                if len(moved) == len(noise):
                    noise = [max(n, _distance(a, b)) for n, a, b in zip(noise, self.derivatives, moved, strict=True)]
        return noise


def run(
    derivation: Derivation,
    sample: Sample,
    numpy: Any,
    inputs: Mapping[str, Any],
    observe: Observe | Observer,
    code: Any = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run the script with `numpy` for NumPy; DerivationError, with its line, for whatever it raises."""
    observer = observe if isinstance(observe, Observer) else Observer(observe)
    scope: dict[str, Any] = {"__name__": derivation.name, "np": numpy, "numpy": numpy, OBSERVE: observer}
    scope |= sample.sizes | dict(inputs) | dict(more or {})

    def import_(name: str, *rest: Any) -> Any:
        if name == "math":  # a function of math returns a float, which knows nothing of the inputs
            return SimpleNamespace(**vars(math) | {f: getattr(numpy, f) for f in dir(math) if hasattr(numpy, f)})
        return numpy if name == "numpy" else builtins.__import__(name, *rest)

    scope["__builtins__"] = vars(builtins) | {"__import__": import_}
    try:
        with (
            time_limit(),
            contextlib.redirect_stdout(io.StringIO()),
            np.errstate(all="ignore"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", UserWarning)  # torch's, of a number taken out of its graph
            exec(code or derivation.code, scope)
    except (DerivationError, Stop):
        raise
    except BaseException as error:  # the script is anyone's: it may raise, exit, or recurse for ever
        if isinstance(error, KeyboardInterrupt):
            raise
        raise DerivationError(f"{type(error).__name__}: {error}", _line_of(error, derivation.name)) from None
    return scope


class Stop(Exception):
    """Ends a run early, when what it was run for is known."""


def _line_of(error: BaseException, name: str) -> int | None:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


@contextlib.contextmanager
def time_limit() -> Iterator[None]:
    """Stop a script that does not end; only the main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise DerivationError(f"the script was still running after {LIMIT_S} s")

    kept = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, kept)


def record(derivation: Derivation, sample: Sample, rounding: int | None = None) -> Record:
    """One run on torch's NumPy and one backward pass; with `rounding` every operation is rounded at random."""
    events: list[Event] = []
    costs: dict[int, tuple[torch.Tensor | None, int]] = {}  # J at each claim, and the first line that saw it

    def observe(line: int, key: str, value: Any, scope: Mapping[str, Any], step: bool) -> Any:
        V = variable(key, scope)
        earlier = [value for value in observer.values.get(key[1:], ()) if value is not V and _tensor(value) is not None]
        events.append(Event(line, key, value, V, step, tuple(earlier)))
        costs.setdefault(id(J := _tensor(scope.get("J"))), (J, line))
        return in_shape(key, value, scope, step)

    observer = Observer(observe)
    leaves = {name: torch.tensor(v, dtype=torch.float64, requires_grad=True) for name, v in sample.arguments.items()}
    inputs = {name: torch_numpy.asarray(leaf.clone()) for name, leaf in leaves.items()}
    with contextlib.nullcontext() if rounding is None else RandomRounding(rounding, exact_integers=True):
        scope = run(derivation, sample, TorchNumPy(), inputs, observer)
        J = cost_of(scope)
        _refuse_another_cost(J, costs)
        before = [_tensor(V) for event in events for V in event.earlier]
        wanted = [*(_tensor(event.V) for event in events), *leaves.values(), *before]
        known = [t for t in wanted if t is not None and t.requires_grad]
        try:
            found = torch.autograd.grad(J, known, allow_unused=True)
        except RuntimeError as error:  # an operation without a derivative, as //
            raise DerivationError(f"{str(error).splitlines()[0]}, and the cost is made with it") from None
    truth = {id(t): g for t, g in zip(known, found, strict=True)}
    derivatives = [None if t is None or truth.get(id(t)) is None else truth[id(t)].numpy() for t in wanted]
    by_claim, by_input = derivatives[: len(events)], derivatives[len(events) : len(events) + len(leaves)]
    rest = iter(derivatives[len(events) + len(leaves) :])
    earlier = [[next(rest) for _ in event.earlier] for event in events]
    return Record(
        derivation, sample, events, by_claim, earlier, float(J.detach()), dict(zip(leaves, by_input, strict=True))
    )


def _refuse_another_cost(J: torch.Tensor, costs: Mapping[int, tuple[torch.Tensor | None, int]]) -> None:
    """A cost that a claim has seen and that is no part of the last one belongs to an earlier turn of the training."""
    seen = [(cost, line) for cost, line in costs.values() if cost is not None and cost.requires_grad]
    parts = torch.autograd.grad(J, [cost for cost, _ in seen], retain_graph=True, allow_unused=True) if seen else ()
    for (_, line), part in zip(seen, parts, strict=True):
        if part is None:
            message = "J is computed anew after this claim; check one turn, without the loop of the training"
            raise DerivationError(message, line)


def in_shape(key: str, value: Any, scope: Mapping[str, Any], step: bool) -> Any:
    """What a script goes on with, so that an update of V by a dV of another shape does not end it."""
    V = variable(key, scope)
    if step or not hasattr(V, "shape") or getattr(value, "shape", ()) == V.shape:
        return value
    return V - V


def cost_of(scope: Mapping[str, Any]) -> torch.Tensor:
    """The cost J, or without one the loss L; DerivationError when there is neither, or it is no number."""
    for name in ("J", "L"):
        J = _tensor(scope.get(name))
        if isinstance(scope.get(name), float) or (name == "J" and isinstance(scope.get(name), int)):
            message = "a plain number, cut off from the inputs: float() and .item() do that; leave it an array"
            raise DerivationError(f"{name} is {message}")
        if J is None:
            continue
        if J.numel() != 1:
            raise DerivationError(f"{name} has shape {tuple(J.shape)}, expected one number: a cost is a mean or a sum")
        if not J.requires_grad:
            raise DerivationError(f"{name} does not depend on any declared input")
        return J.sum()
    other = next(
        (name for name in ("cost", "loss", "Loss", "Cost", "E", "C") if _tensor(scope.get(name)) is not None), ""
    )
    hint = f"; call {other} J, if it is the cost" if other else ""
    raise DerivationError(f"there is no cost J, and no loss L, to differentiate{hint}")


def _tensor(value: Any) -> torch.Tensor | None:
    tensor = getattr(value, "tensor", None)
    return tensor if isinstance(tensor, torch.Tensor) else None


def _distance(want: Any, got: Any) -> float:
    if want is None or got is None or want.shape != got.shape:
        return 0.0
    return distance_u(want, got) if want.any() or not got.any() else np.inf


@dataclass(frozen=True)
class Direction:
    """A direction in the space of some inputs, and what derivatives by them say of the slope of J along it."""

    along: dict[str, Any]
    slope: float
    size: float

    def agrees(self, slope: float, tolerance: float) -> bool:
        """Whether another slope is the same, compared with the sum of what cancels in it."""
        return abs(slope - self.slope) <= tolerance * self.size


def direction(sample: Sample, derivatives: Mapping[str, Any]) -> Direction:
    """A random direction of the inputs whose derivatives are given."""
    rng = np.random.default_rng(0)
    along = {name: rng.standard_normal(np.shape(sample.arguments[name])) for name in derivatives}
    with np.errstate(all="ignore"):  # what is not finite is said by who asks
        parts = [np.sum(derivatives[name] * d) for name, d in along.items()]
        sizes = [np.sum(np.abs(derivatives[name] * d)) for name, d in along.items()]
        return Direction(along, float(sum(parts)), float(sum(sizes)))


def cost_slopes(
    derivation: Derivation,
    sample: Sample,
    along: Mapping[str, Any],
    code: Any = None,
    more: Mapping[str, Any] | None = None,
) -> Iterator[tuple[float, float]]:
    """The slope of J along a direction by the complex step, where it can be taken, then by differences; tolerances."""

    def J_at(step: complex) -> Any:
        inputs = {n: np.copy(v)[()] for n, v in sample.arguments.items()}
        inputs |= {n: (inputs[n] + step * d)[()] for n, d in along.items()}
        scope = run(derivation, sample, np, inputs, lambda _, *claim: in_shape(*claim), code, more)
        return np.sum(np.asarray(scope.get("J", scope.get("L"))))

    with contextlib.suppress(DerivationError, TypeError, ValueError), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield float(np.imag(J_at(1j * STEP))) / STEP, 1e-7
    for h in DIFFERENCE_STEPS:
        yield (float(np.real(J_at(h))) - float(np.real(J_at(-h)))) / (2 * h), 1e-5


def doubt(derivation: Derivation, sample: Sample, base: Record) -> str | None:
    """What the second witness has against autograd's derivative along a random direction of the inputs; or None.

    Inputs with few allowed values, as labels, are not moved.
    """
    few = [n for n, q in derivation.inputs.items() if q.domain and (q.domain.integers or "{" in q.domain.text)]
    moved = direction(sample, {n: d for n, d in base.by_input.items() if d is not None and n not in few})
    if not np.isfinite(base.J) or not np.isfinite(moved.size):
        return "the cost or its derivative is not finite here: it is saturated"
    found = 0.0
    for found, tolerance in cost_slopes(derivation, sample, moved.along):
        if moved.agrees(found, tolerance):
            return None
    behind = {n: v - 1e-3 * moved.along.get(n, 0.0) for n, v in sample.arguments.items()}
    around = [slope for slope, _ in cost_slopes(derivation, replace(sample, arguments=behind), moved.along)]
    if any(abs(slope - found) > 1e-2 * moved.size for slope in around):
        return "the cost has a kink here: it is not differentiable"
    return f"autograd finds the slope {moved.slope:.6g} of the cost, and differences find {found:.6g}"
