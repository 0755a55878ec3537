"""One recorded run of a backward pass: forward on drawn values, backward on random derivatives, and the truth."""

import ast
import random
import sys
import traceback
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ..mean.sense import Sense, sense_of
from ..record.instrument import Instrumented, instrument
from ..record.ledger import Event, Replace
from ..record.run import Run, quiet
from ..record.tape import Array, Node, ancestors, recording
from .context import backward, forward, seed
from .record.exact import in_float64, tensors_in
from .record.ledger import TensorLedger, tensor_hooks
from .record.recorder import Recorder, value_of
from .said.arguments import by_argument, summed
from .said.draws import Given, Parameter, parameters_of
from .said.find import Entry

SAME_VALUE = 1e-5  # a kernel may compute in float32
REFERENCE = "give a plain torch function of the same arguments as --reference file.py:function"


class RefusedError(Exception):
    """A forward pass that does not run on what was drawn, with the line."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Module:
    """A file with its hooks, and what it needs to run."""

    source: str
    name: str
    folder: str
    code: Instrumented
    tree: ast.Module
    device: str = "cpu"
    reference: Any = None  # a plain function that gives what forward gives
    package: str = ""  # for its relative imports


@dataclass
class Returned:
    """What the backward pass returned for one argument, beside the truth."""

    position: int
    V: str
    value: Array | None  # None: it returned None
    node: Node | None
    truth: Array
    target: Node
    is_off: bool = True  # until it is found to be right


@dataclass
class Pass:
    """One run of a backward pass, and what it means."""

    given: Given
    values: list[Any]  # the arguments, as NumPy has them
    upstream: list[Any]
    sense: Sense
    returned: list[Returned]
    outputs: list[Array]
    first: int  # the number of the first event of the backward pass
    error: str = ""
    error_line: int = 0
    miscounted: str = ""  # how many gradients were returned, where that is wrong
    awaited: list[Returned] = field(default_factory=list)  # what should have been returned, where nothing was

    @property
    def returned_or_expected(self) -> list[Returned]:
        """What was returned; where backward raised, what should have been."""
        return self.returned or self.awaited

    @property
    def events(self) -> list[Event]:
        """What the backward pass computed."""
        return self.sense.run.events[self.first :]


def opened(
    source: str, name: str, folder: str, device: str = "cpu", reference: Any = None, package: str = ""
) -> Module:
    """A file ready to be run."""
    code = instrument(source, name)
    return Module(source, name, folder, code, code.tree, device, reference, package)


def executed(module: Module, code: Any, scope: dict[str, Any], name: str = "checked") -> None:
    """Run the statements of a file, as when it is imported."""
    made = types.ModuleType(name)
    made.__dict__.update({"__file__": module.name, **scope})
    scope |= {"__name__": name, "__file__": module.name, "__package__": module.package}
    sys.modules[name] = made  # what looks itself up there, as dataclasses do, finds it
    try:
        exec(code, scope)
    finally:
        sys.modules.pop(name, None)


def forward_parameters(entry: Entry) -> list[Parameter]:
    """The arguments of the forward pass that a person gives."""
    own = 0 if entry.holder is None or entry.setup is not None else 1
    if entry.holder is not None and entry.forward.args.args[:1] and entry.forward.args.args[0].arg == "self":
        own = 1
    return parameters_of(entry.forward, own)


def run_pass(
    module: Module, entry: Entry, given: Given, needs: Sequence[bool] | None = None, replace: Replace | None = None
) -> Pass:
    """Run forward and backward, recorded; RefusedError where the forward pass does not run."""
    random.seed(given.number)
    seed(given.number)
    with recording(module.name) as tape, in_float64(), quiet(module.folder):
        recorder = Recorder()
        ledger = TensorLedger(module.code.sites, replace=replace, recorder=recorder)
        scope: dict[str, Any] = {"__builtins__": {**vars(__import__("builtins")), **tensor_hooks(ledger)}}
        run = Run(ledger, tape.nodes, tape.sides, {}, given.values, given.sizes, [])
        with recorder:
            _guard(lambda: executed(module, module.code.code, scope), module, "the file")
            values, targets = _started(given, recorder, module.device)
            run.inputs = {name: node for name, (_, node) in targets.items()}
            wanted = needs if needs is not None else [name in targets for name in given.values]
            made, kept = _guard(lambda: forward(entry, scope, values, wanted), module, "forward")
            truth = (
                made if module.reference is None else _guard(lambda: module.reference(*values), module, "the reference")
            )
        outputs = list(tensors_in(made))
        shown = list(made) if isinstance(made, (tuple, list)) else [made]
        kept_ok = [not hasattr(kept, "is_differentiable") or kept.is_differentiable(o) for o in shown]
        upstream, pairs = _upstream(shown, kept_ok, recorder, given, module.device)
        if not pairs:
            raise RefusedError("forward returns no tensor of real numbers")
        if module.reference is not None:
            pairs = _of_reference(truth, outputs, pairs, recorder)
        elif any(not _was_followed(o, recorder, targets) for o in outputs if o.is_floating_point()):
            raise RefusedError(f"{entry.name}: how forward computes its result cannot be followed; {REFERENCE}")
        if not all(np.isfinite(value_of(o)).all() for o in outputs if o.is_floating_point()):
            raise RefusedError("forward gives values that are not finite")
        cost = _cost(pairs)
        first = len(ledger.events)
        error, line, grads = "", 0, None
        with recorder:
            try:
                grads = backward(entry, scope, kept, upstream)
            except Exception as problem:
                error, line = told(problem, module)
    sense = sense_of(run, cost)
    result = Pass(given, list(given.values.values()), [value_of(u) for u in tensors_in(upstream)], sense, [],
                  [value_of(o) for o in outputs], first, error, line)  # fmt: skip
    if not error:
        with recording(module.name):
            _match(result, grads, entry, targets, recorder)
    if error or result.miscounted:
        result.awaited = [
            Returned(place, name, None, None, np.broadcast_to(sense.gradients.get(node, 0.0), node.value.shape), node)
            for name, (place, node) in targets.items()
        ]
    return result


def told(problem: Exception, module: Module) -> tuple[str, int]:
    """An error and the line of the file where it arose."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == module.name]
    message = f"{type(problem).__name__}: {problem}".partition("\n")[0].rstrip(": ")
    return message, (frames[-1].lineno or 0) if frames else 0


def _guard(action: Any, module: Module, stage: str) -> Any:
    try:
        return action()
    except (Exception, SystemExit) as problem:
        message, line = told(problem, module)  # type: ignore[arg-type]
        raise RefusedError(f"{stage} raises {message}", line) from None


def _started(given: Given, recorder: Recorder, device: str) -> tuple[list[Any], dict[str, tuple[int, Node]]]:
    """The arguments as tensors, and of those with real numbers their places and nodes."""
    values: list[Any] = []
    targets: dict[str, tuple[int, Node]] = {}
    for name, value in given.values.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            tensor, node = recorder.started(value, device=device)
            targets[name] = (len(values), node)
            values.append(tensor)
        elif isinstance(value, np.ndarray):
            values.append(torch.tensor(value, device=device))
        else:
            values.append(value)
    return values, targets


def _upstream(
    outputs: Sequence[Any], is_free: Sequence[bool], recorder: Recorder, given: Given, device: str
) -> tuple[list[Any], list[tuple[Node, Array]]]:
    """Random derivatives by the outputs, and the nodes of the outputs with them."""
    rng = np.random.default_rng((7, given.number))
    upstream: list[Any] = []
    pairs = []
    for output, free in zip(outputs, is_free, strict=True):
        if not isinstance(output, torch.Tensor):
            upstream.append(None)
            continue
        if not free or not output.is_floating_point():
            upstream.append(torch.zeros_like(output))
            continue
        value = rng.standard_normal(tuple(output.shape)) * (1.0, 1.7)[given.number % 2]
        if given.rounding is not None:
            value = np.asarray(torch.tensor(value).to(given.rounding).double().numpy())
        tensor, _ = recorder.started(value, device=device)
        upstream.append(tensor)
        pairs.append((recorder.node_of(output), value))
    return upstream, pairs


def _was_followed(output: Any, recorder: Recorder, targets: Mapping[str, tuple[int, Node]]) -> bool:
    """Whether the tape knows what an output holds, and from which argument it was computed."""
    node = recorder.node_of(output)
    inputs = {n for _, n in targets.values()}
    return bool(ancestors([node]) & inputs) and np.array_equal(node.value, value_of(output), equal_nan=True)


def _of_reference(truth: Any, outputs: Sequence[Any], pairs: Any, recorder: Recorder) -> list[tuple[Node, Array]]:
    """The outputs of the reference with the same derivatives, once they are found to be those of forward."""
    others = [t for t in tensors_in(truth) if t.is_floating_point()]
    own = [o for o in outputs if o.is_floating_point()]
    if len(others) < len(pairs):
        raise RefusedError(f"the reference returns {len(others)} tensors, expected {len(pairs)} as forward does")
    for mine, other in zip(own, others, strict=False):
        a, b = value_of(mine), value_of(other)
        off = float(np.linalg.norm(a - b)) / max(float(np.linalg.norm(b)), 1e-300) if a.shape == b.shape else np.inf
        if not off <= SAME_VALUE:
            raise RefusedError(f"forward and the reference do not give the same: relative difference {off:.2g}")
    return [(recorder.node_of(other), value) for other, (_, value) in zip(others, pairs, strict=False)]


def _cost(pairs: Sequence[tuple[Node, Array]]) -> Node:
    """The sum of the outputs times their derivatives."""

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        for node, value in pairs:
            yield node, gradient * value

    total = np.array(sum(float(np.sum(node.value * value)) for node, value in pairs))
    return Node("cost", total, tuple(dict.fromkeys(node for node, _ in pairs)), pull, 0, 10**9)


def _match(result: Pass, grads: Any, entry: Entry, targets: Mapping[str, tuple[int, Node]], recorder: Recorder) -> None:
    """What was returned, each beside the argument that it is for."""
    try:
        pairs = by_argument(entry, grads, list(result.given.values), list(targets))
    except ValueError as problem:
        result.miscounted = str(problem)
        return
    for name, value in ((n, v) for n, v in pairs if n in targets):
        place, target = targets[name]
        truth = result.sense.gradients.get(target)
        truth = np.zeros_like(target.value) if truth is None else np.broadcast_to(truth, target.value.shape)
        if value is None:
            result.returned.append(Returned(place, name, None, None, truth, target))
            continue
        if not isinstance(value, torch.Tensor):
            value = torch.as_tensor(value, dtype=torch.float64)
        node = recorder.node_of(value) if value.is_floating_point() else None
        if entry.is_function and tuple(value.shape) != truth.shape:
            value = summed(value, truth.shape)
        result.returned.append(Returned(place, name, value_of(value), node, truth, target))
