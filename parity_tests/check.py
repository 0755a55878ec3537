"""Judge a derivation, each line on its own: which claims are right, given right derivatives before them.

The script runs twice on each sample. First on torch's NumPy, which records: the value V of every claim dV is a tensor
of the graph, and one backward pass from J gives the truth of them all. Then on NumPy, which judges: every claim is
compared with its truth, and replaced by it before the next line sees it.
"""

import builtins
import contextlib
import io
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import _numpy as torch_numpy

from reference_numpy._shapes import Quantity

from .compare import Comparison, compare
from .derivation import OBSERVE, Derivation, DerivationError, Failure, Observer, instrument, unused_inputs, variable
from .sampling import PRIMES, values

LineVerdict = Literal["right", "wrong", "unjudged"]
LIMIT_S = 10
SAMPLES = 6
KEPT = (np.ndarray, np.generic, int, float, dict, list)


@dataclass(frozen=True)
class Event:
    """One assignment to a claim while the script ran: where, of what, and what V was."""

    line: int
    key: str
    value: Any
    V: Any
    step: bool


@dataclass
class Line:
    """The verdict on one claim of one line."""

    line: int
    name: str
    verdict: LineVerdict = "right"
    error_u: float = 0.0
    reasons: list[str] = field(default_factory=list)
    note: str = ""


@dataclass
class Sample:
    """Inputs of one run, and the sizes they were drawn with."""

    sizes: dict[str, int]
    arguments: dict[str, Any]


def draw(derivation: Derivation, seed: int) -> Sample:
    """Inputs with pairwise distinct prime sizes, values with both signs or from the declared domain."""
    rng = np.random.default_rng(seed)
    pool = PRIMES if len(derivation.sizes) <= len(PRIMES) else (*PRIMES, 17, 19, 23, 29, 31, 37, 41)
    if len(derivation.sizes) > len(pool):
        raise DerivationError(f"{len(derivation.sizes)} sizes are declared, expected at most {len(pool)}")
    chosen = rng.permutation(pool[: max(len(derivation.sizes), 3)]).tolist()
    sizes = dict(zip(derivation.sizes, chosen, strict=False))
    return Sample(sizes, {name: _value(q, sizes, rng) for name, q in derivation.inputs.items()})


def _value(quantity: Quantity, sizes: dict[str, int], rng: np.random.Generator) -> Any:
    return values(quantity, sizes, rng)


def run(derivation: Derivation, sample: Sample, numpy: Any, inputs: Mapping[str, Any], observe: Any) -> dict[str, Any]:
    """Run the script with `numpy` for NumPy; DerivationError, with its line, for whatever it raises."""
    scope: dict[str, Any] = {"__name__": derivation.name, "np": numpy, "numpy": numpy, OBSERVE: Observer(observe)}
    scope |= sample.sizes | dict(inputs)

    def import_(name: str, *rest: Any) -> Any:
        return numpy if name == "numpy" else builtins.__import__(name, *rest)

    scope["__builtins__"] = vars(builtins) | {"__import__": import_}
    try:
        with time_limit(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            exec(instrument(derivation), scope)
    except DerivationError:
        raise
    except BaseException as error:  # the script is anyone's: it may raise, exit, or recurse for ever
        if isinstance(error, KeyboardInterrupt):
            raise
        raise DerivationError(f"{type(error).__name__}: {error}", _line_of(error, derivation.name)) from None
    return scope


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


def record(derivation: Derivation, sample: Sample) -> tuple[list[Event], list[Any], float]:
    """The events of a run, dJ/dV for the V of each, None where V does not lead to J, and J."""
    events: list[Event] = []

    def observe(line: int, key: str, value: Any, scope: Mapping[str, Any], step: bool) -> Any:
        events.append(Event(line, key, value, variable(key, scope), step))
        return value

    leaves = {name: torch.tensor(v, dtype=torch.float64, requires_grad=True) for name, v in sample.arguments.items()}
    wrap = torch_numpy.asarray  # type: ignore[attr-defined]
    inputs = {name: wrap(leaf.clone()) for name, leaf in leaves.items()}
    scope = run(derivation, sample, torch_numpy, inputs, observe)
    J = cost_of(scope)
    wanted = [_tensor(event.V) for event in events]
    known = [t for t in wanted if t is not None and t.requires_grad]
    found = torch.autograd.grad(J, known, allow_unused=True) if known else ()
    truth = {id(t): g for t, g in zip(known, found, strict=True)}
    derivatives = [None if t is None or truth.get(id(t)) is None else truth[id(t)].numpy() for t in wanted]
    return events, derivatives, float(J.detach())


def cost_of(scope: Mapping[str, Any]) -> torch.Tensor:
    """The cost J, or without one the loss L; DerivationError when there is neither, or it is no number."""
    for name in ("J", "L"):
        J = _tensor(scope.get(name))
        if J is None:
            continue
        if J.numel() != 1:
            raise DerivationError(f"{name} has shape {tuple(J.shape)}, expected one number: a cost is a mean or a sum")
        if not J.requires_grad:
            raise DerivationError(f"{name} does not depend on any declared input")
        return J.sum()
    raise DerivationError("there is no cost J, and no loss L, to differentiate")


def _tensor(value: Any) -> torch.Tensor | None:
    tensor = getattr(value, "tensor", None)
    return tensor if isinstance(tensor, torch.Tensor) else None


@dataclass(frozen=True)
class Recording:
    """One sample, the events of the script on it, and the derivative by the V of each."""

    sample: Sample
    events: list[Event]
    derivatives: list[Any]
    J: float
    summed: bool = True

    def truth(self, index: int) -> Any:
        """dJ/dV of an event, in the notes' convention times m where V is per example; None where V leads nowhere."""
        derivative = self.derivatives[index]
        times_m = self.summed and self.per_example(index)
        return derivative if derivative is None or not times_m else derivative * self.sample.sizes["m"]

    def per_example(self, index: int) -> bool:
        """Whether V has an entry for each example: m is among its sizes, or its line ran once for each example."""
        event, derivative, m = self.events[index], self.derivatives[index], self.sample.sizes.get("m")
        turns = sum((e.line, e.key) == (event.line, event.key) for e in self.events)
        return m is not None and derivative is not None and (m in derivative.shape or turns == m)

    def is_step(self, index: int) -> bool:
        """Whether an event is a step of an accumulation, which is judged where it ends."""
        key = self.events[index].key
        return any(e.step for e in self.events if e.key == key) and any(e.key == key for e in self.events[index + 1 :])


@dataclass(frozen=True)
class Judged:
    """One claim of one run: its comparison, its truth (None: V does not lead to the cost), and what was in scope."""

    event: Event
    value: Any
    comparison: Comparison | None
    truth: Any
    scope: dict[str, Any]

    @property
    def is_step(self) -> bool:
        """Whether this is one step of an accumulation, not compared."""
        return self.comparison is None and self.truth is not None


def recordings(derivation: Derivation, seed: int = 0) -> list[Recording]:
    """The derivation on all samples; DerivationError when it claims nothing."""
    samples = [draw(derivation, seed + i) for i in range(SAMPLES)]
    recorded = [Recording(sample, *record(derivation, sample)) for sample in samples]
    if not recorded[0].events:
        raise DerivationError("there are no claims; a line such as dZ = A - Y claims the derivative by Z")
    if unused := unused_inputs(derivation):
        raise DerivationError(f"{unused[0]} is declared, and never used")
    return recorded


def judge_run(derivation: Derivation, recording: Recording) -> list[Judged]:
    """All claims of one sample, in a run on NumPy that puts the truth in the place of every claim."""
    judged: list[Judged] = []

    def observe(line: int, key: str, value: Any, scope: Mapping[str, Any], step: bool) -> Any:
        index = len(judged)
        if index >= len(recording.events) or recording.events[index].key != key:
            raise DerivationError("the script makes other claims on NumPy than on torch", line)
        truth, event = recording.truth(index), recording.events[index]
        kept = {n: v for n, v in scope.items() if isinstance(v, KEPT) or callable(v)}
        if truth is None or recording.is_step(index):
            judged.append(Judged(event, value, None, truth, kept))
            return value
        failure = Comparison(key, "disagrees", np.inf, value.reason) if isinstance(value, Failure) else None
        judged.append(Judged(event, value, failure or compare(key, truth, value), truth, kept))
        return truth[()]

    inputs = {name: np.copy(value)[()] for name, value in recording.sample.arguments.items()}
    run(derivation, recording.sample, np, inputs, observe)
    return judged


def settle(derivation: Derivation, recorded: list[Recording]) -> tuple[list[Line], list[Recording]]:
    """Verdicts in the convention that makes more claims right: dZ of the summed loss, or with 1/m inside dZ."""
    notes = judge(derivation, recorded)
    if all(line.verdict == "right" for line in notes):
        return notes, recorded
    other = [replace(recording, summed=False) for recording in recorded]
    within = judge(derivation, other)
    if sum(line.verdict == "wrong" for line in within) < sum(line.verdict == "wrong" for line in notes):
        return within, other
    return notes, recorded


def judge(derivation: Derivation, recorded: list[Recording]) -> list[Line]:
    """A verdict for each claim, in the order of the lines; DerivationError when the script cannot be judged."""
    lines: dict[tuple[int, str], Line] = {}
    for recording in recorded:
        for judged in judge_run(derivation, recording):
            event, comparison = judged.event, judged.comparison
            if judged.is_step:
                continue
            line = lines.setdefault((event.line, event.key), Line(event.line, event.key))
            if comparison is None:
                line.verdict, line.reasons = "unjudged", [f"{event.key[1:]} does not lead to the cost"]
                continue
            if not recording.summed and recording.per_example(recording.events.index(event)):
                line.note = f"{event.key} is dJ/d{event.key[1:]} itself, 1/m of J included"
            line.error_u = max(line.error_u, comparison.error_u)
            if comparison.verdict == "disagrees":
                line.verdict = "wrong"
            elif comparison.verdict == "no power" and line.verdict == "right":
                line.verdict = "unjudged"
            line.reasons += [comparison.reason] if comparison.reason else []
    return sorted(lines.values(), key=lambda line: line.line)
