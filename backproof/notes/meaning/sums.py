"""Sums and products over an index: over examples, over layers, over the entries of a matrix."""

import re
from collections.abc import Callable

from ..reading.damage import names
from ..reading.tree import Over, Tree
from .python_names import indices
from .shapes import World
from .written import SUM, Code, MeaningError, Style

CALLS = {"sum": "np.sum", "prod": "np.prod"}


def over_examples(over: Over, body: Code, style: Style) -> Code:
    """A sum over examples, as Python's sum, or over the entries of an axis; without an index, over the columns."""
    if (over.index and f"[{over.index}]" in body.text) or f", [{over.index}]]" in body.text:
        inside = f"{body.text} for {over.index} in {_range(over)}"
        return Code(f"sum({inside})" if over.kind == "sum" else f"np.prod([{inside}], axis=0)", body.shape)
    if over.index and re.search(rf" in {re.escape(over.index)}\b", body.text):
        return Code(f"sum({body.text} for {over.index} in all_{over.index})", body.shape)
    if over.index and style == "program":
        return _over_entries(over, body)
    if not body.shape or body.shape[0] == "1" or "," in over.index:
        return Code(f"{CALLS[over.kind]}({body.text})", ())
    return Code(f"{CALLS[over.kind]}({body.text}, axis=1, keepdims=True)", (body.shape[0], "1"))


def _range(over: Over) -> str:
    """Where an index of examples runs: over all of them, from the one that is said, or in a set."""
    if over.start.startswith(r"\in"):
        return over.start.removeprefix(r"\in").strip()
    return f"range({int(over.start) - 1}, m)" if over.start.isdigit() and over.start != "0" else "range(m)"


def is_over_layers(over: Over) -> bool:
    """Whether an index runs over layers, since names carry it as theirs."""
    return over.index in ("l", "k") and any(name.layer == over.index for name in names(over.body))


def over_layers(over: Over, world: World, written: Callable[[Tree, int], Code]) -> Code:
    """A sum over the layers, written out; `written` writes the body for a layer."""
    first = int(over.start) if over.start.isdigit() else 1
    last = int(over.end) if over.end.isdigit() else world.layers - (over.end.replace(" ", "") == "L-1")
    parts = [written(over.body, layer) for layer in range(first, last + 1)]
    if not parts:
        return Code("0", ())
    sign = " + " if over.kind == "sum" else " * "
    return Code("(" + sign.join(part.within(SUM) for part in parts) + ")", parts[0].shape)


def _over_entries(over: Over, body: Code) -> Code:
    """A sum over an index that the names carry as a subscript: over that axis."""
    call = CALLS[over.kind]
    carried = {tuple(part.rstrip("'") for part in indices(name)) for name in names(over.body)} - {()}
    index: tuple[str, ...] = max(carried, key=len, default=())
    if any(not set(other) <= set(index) for other in carried):
        raise MeaningError(f"a sum over {over.index} of quantities with different indices")
    running = over.index.rstrip("'")
    if len(index) < 2 or running not in index:
        return Code(f"{call}({body.text})", ())
    axis = index.index(running)
    if axis and (running,) in carried:
        raise MeaningError(f"{running} is the first index of one quantity and the second of another")
    shape = tuple("1" if at == axis else size for at, size in enumerate(body.shape))
    if shape == ("1", "1"):
        return Code(f"{call}({body.text})", ())
    return Code(f"{call}({body.text}, axis={axis}, keepdims=True)", shape)
