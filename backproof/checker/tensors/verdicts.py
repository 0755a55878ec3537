"""What a backward pass claims, on several draws: what it returns, by position, and values whose meaning is known."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..mean.claims import candidates, hints_of
from ..mean.names import variables
from ..mean.ratios import TOLERANCE
from ..record.ledger import Event
from ..record.tape import Array
from .backward import Module, Pass, RefusedError, Returned, forward_parameters, run_pass
from .said.draws import Given, drawn, styles
from .said.find import Entry
from .said.shapes import Shapes

DRAWS = 8
MORE_DRAWS = 10  # where a comparison went one way only
CARRIED = re.compile(r"_(?:next|prev|carry|carried)\Z")  # what a loop hands on from one turn to the next
NUDGE = 2.0**-50
ROUNDING = 200.0


@dataclass
class Wrong:
    """One argument whose gradient is wrong."""

    V: str
    kind: str  # value, shape, raises, count, needs
    passes: list[int] = field(default_factory=list)
    note: str = ""


@dataclass
class Judged:
    """One backward pass on all draws."""

    module: Module
    entry: Entry
    passes: list[Pass]
    wrong: dict[str, Wrong]
    none: list[str]  # arguments for which None is returned
    needs: list[tuple[int, list[bool]]] = field(default_factory=list)  # which are frozen where it shows
    refused: str = ""
    refused_line: int = 0

    @property
    def is_right(self) -> bool:
        """Whether everything that is returned is right."""
        return not self.wrong and not self.refused


def judge_entry(module: Module, entry: Entry, shapes: Shapes, seed: int) -> Judged:
    """Run a backward pass on several draws and compare what it returns with the truth."""
    parameters = forward_parameters(entry)
    passes: list[Pass] = []
    first = RefusedError("nothing was drawn")
    known = list(styles())
    for number in range(MORE_DRAWS):
        if number >= DRAWS and all(len(sides) == 2 for sides in _sides(passes).values()):
            break
        for style in known:
            given = drawn(parameters, shapes, seed, number, style)
            try:
                passes.append(run_pass(module, entry, given))
            except RefusedError as error:
                if style is known[0] and not passes:
                    first = error
                continue
            known = [style, *(s for s in known if s is not style)] if number == 0 else known
            break
    judged = Judged(module, entry, passes, {}, [])
    if not passes:
        judged.refused, judged.refused_line = str(first), first.line
        return judged
    for index, one in enumerate(passes):
        for V, kind, note in _wrong_of(one, module, entry):
            judged.wrong.setdefault(V, Wrong(V, kind, note=note)).passes.append(index)
    judged.none = [r.V for r in passes[0].returned if r.value is None]
    if not judged.wrong and entry.is_function:
        _frozen(judged)
    return judged


def _sides(passes: Sequence[Pass]) -> dict[Any, set[bool]]:
    seen: dict[Any, set[bool]] = {}
    for one in passes:
        for place, sides in one.sense.run.sides.items():
            seen.setdefault(place, set()).update(sides)
    return seen


def _wrong_of(one: Pass, module: Module, entry: Entry) -> Iterator[tuple[str, str, str]]:
    """The arguments whose gradients are wrong in one run, the kind, and what is known."""
    if one.error:
        yield "", "raises", one.error
        return
    if one.miscounted:
        yield "", "count", one.miscounted
    nudged: Pass | None = None
    for r in one.returned:
        r.is_off = r.value is not None and not is_right(r.value, r.truth)
        if r.value is None or not r.is_off:
            continue
        if r.value.shape != r.truth.shape:
            yield r.V, "shape", f"its shape is {r.value.shape}, expected {r.truth.shape}"
            continue
        nudged = nudged or _nudged(one, module, entry)
        if nudged is not None and _is_rounding(r, nudged):
            r.is_off = False
            continue
        yield r.V, "value", ""


def is_right(value: Array | None, truth: Array) -> bool:
    """Whether a gradient is the right one, by its norm."""
    if value is None or value.shape != truth.shape:
        return False
    with np.errstate(all="ignore"):
        off, size = float(np.linalg.norm(value - truth)), float(np.linalg.norm(truth))
    return bool(np.isfinite(off) and off <= TOLERANCE * size)


def _nudged(one: Pass, module: Module, entry: Entry) -> Pass | None:
    """The same run with every argument moved by a few roundings."""
    rng = np.random.default_rng(3)
    values = {
        n: v * (1 + NUDGE * rng.choice((-1.0, 1.0), v.shape))
        if isinstance(v, np.ndarray) and v.dtype.kind == "f"
        else v
        for n, v in one.given.values.items()
    }
    try:
        return run_pass(module, entry, Given(values, one.given.sizes, one.given.number, one.given.style))
    except RefusedError:
        return None


def _is_rounding(r: Returned, nudged: Pass) -> bool:
    """Whether a gradient is off by no more than rounding moves it and the truth."""
    other = next((o for o in nudged.returned if o.V == r.V and o.value is not None), None)
    if other is None or r.value is None or other.value is None or other.value.shape != r.value.shape:
        return False
    moved = float(np.linalg.norm(other.value - r.value)) + float(np.linalg.norm(other.truth - r.truth))
    return float(np.linalg.norm(r.value - r.truth)) <= ROUNDING * moved


def _frozen(judged: Judged) -> None:
    """Where one argument needs no gradient, the gradients of the others must be what they were."""
    one = judged.passes[0]
    names = list(one.given.values)
    floats = [r.V for r in one.returned if r.value is not None]
    for frozen in floats if len(floats) > 1 else ():
        needs = [n != frozen and any(n == r.V for r in one.returned) for n in names]
        try:
            again = run_pass(judged.module, judged.entry, one.given, needs)
        except RefusedError:
            continue
        for r in again.returned:
            if r.V in floats and frozen != r.V and not is_right(r.value, r.truth) and np.any(r.truth):
                note = f"where {frozen} needs no gradient, {r.V} gets {'none' if r.value is None else 'a wrong one'}"
                judged.wrong.setdefault(r.V, Wrong(r.V, "needs", note=note)).passes.append(0)
                judged.needs.append((0, needs))
        if again.error and not one.error:
            judged.wrong.setdefault("", Wrong("", "raises", note=again.error)).passes.append(0)
            judged.needs.append((0, needs))


@dataclass
class Meaning:
    """What a value of the backward pass is the derivative of, by its name, and whether it is that."""

    event: Event
    V: str
    truth: Array
    is_right: bool


def meanings(one: Pass, entry: Entry) -> list[Meaning]:
    """The values of the backward pass that are named as derivatives of values of the forward pass."""
    found = []
    for event in one.events:
        if event.node is None or event.site.kind in ("entered", "loop") or event.node in one.sense.forward:
            continue
        carried = CARRIED.sub("", event.name)
        hints = (*hints_of(event), *(variables(carried) if carried != event.name else ()))
        nodes = [n for n in candidates(hints, event, one.sense) if n in one.sense.gradients]
        truths = [t for t in (one.sense.gradients[n] for n in nodes) if np.shape(t) == np.shape(event.value)]
        if not truths:
            continue
        right = next((t for t in truths if is_right(np.asarray(event.value), np.asarray(t))), None)
        turn = event.turn + (carried != event.name)  # loops run backwards: the last value comes first
        likely = truths[min(turn, len(truths) - 1)]
        found.append(Meaning(event, hints[0], likely if right is None else right, right is not None))
    return found


def carrier(one: Pass, returned: Returned, entry: Entry) -> tuple[int, str, Event | None]:
    """The line and the name under which a returned gradient is reported, and its event."""
    returns = [e for e in one.events if e.site.function == entry.backward.name and _is_return(e)]
    for event in reversed(returns):
        if event.site.index == returned.position and event.node is returned.node and event.name.startswith("["):
            return event.line, f"gradient of {returned.V}", event
    named = [e for e in one.events if e.node is returned.node and not _is_return(e) and e.site.kind != "entered"]
    if named and returned.node is not None:
        last = named[-1]
        return last.line, last.name if last.name.isidentifier() else f"gradient of {returned.V}", last
    single = [e for e in returns if e.node is returned.node]
    line = single[-1].line if single else last_return(entry)
    return line, f"gradient of {returned.V}", single[-1] if single else None


def _is_return(event: Event) -> bool:
    return isinstance(event.site.statement, ast.Return)


def last_return(entry: Entry) -> int:
    """The line of the last return statement of the backward function."""
    lines = [n.lineno for n in ast.walk(entry.backward) if isinstance(n, ast.Return)]
    return max(lines, default=entry.backward.lineno)
