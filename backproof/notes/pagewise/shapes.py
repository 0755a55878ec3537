"""The shapes of what a page takes as given, found by evaluating its forward part, and random values of them."""

import re
from dataclasses import replace

import numpy as np

from ..meaning.own_world import DECLARED
from ..reading.tree import Call, Name
from .evaluate import LABELS, Draw
from .labelled import ONE, Dim, MismatchError, Value, turned, unify, unlabelled
from .model import GREEK, Model
from .quantities import STEP, Page, UnknownError

SIZES = (4, 3, 5, 6, 2, 7, 8, 9, 10, 11, 12, 13)
DATA = {"X", "H", "Z", "A", "S", "O", "P", "Y_hat", "y_hat", "x", "h", "z", "a", "o", "p", "u", "v", "s"}


def declare(made: Model, text: str) -> None:
    """Evaluate the forward part without numbers, so that each input gets its shape."""
    page = made.page
    sizes: dict[str, Dim] = {"m": page.examples, "N": page.examples}
    declared: dict[str, tuple[Dim, Dim]] = {}
    for word, power, one, two in DECLARED.findall(text):
        words = [re.sub(r"\W", "", size) for size in ([one, two] if one else power.split(r"\times"))]
        key = re.sub(r"[^A-Za-z0-9]", "", re.sub(r"\\(?:mathbf|boldsymbol|bm|mathrm)", "", word))
        if all(words) and key not in declared:
            dims = [ONE if size == "1" else sizes.setdefault(size, Dim()) for size in words]
            declared[key] = (dims[0], dims[1] if len(dims) > 1 else ONE)

    for key in ("X", "Y"):
        axis = 0 if page.rows else 1
        if key in declared and declared[key][axis] is not ONE:
            unify(declared[key][axis], page.examples)

    def unknown(key: str, name: Name, meets: Value | None, added: bool) -> Value:
        value = Value((), declared.get(key) or _shape(page, key, name, meets, added))
        made.inputs[key] = value
        draw.values[key] = value
        return value

    draw = Draw(page, unknown=unknown)
    for key, left, right in made.forward:
        draw.values[key] = placed(draw.of(right), left, page)
        if key == made.cost:
            for dim in draw.values[key].dims[-2:]:
                dim.root().same = ONE  # a cost is a number, so that there is one output
    made.shapes = dict(draw.values)
    roots: dict[int, Dim] = {}
    for value in draw.values.values():
        for dim in value.dims:
            roots.setdefault(id(dim.root()), dim.root())
    for dim in page.counts.values():
        roots.setdefault(id(dim.root()), dim.root())
    left_sizes = [size for size in SIZES if size not in {dim.size for dim in roots.values()}]
    for dim in roots.values():
        if not dim.size:
            dim.size = left_sizes.pop(0)


def _shape(page: Page, key: str, name: Name, meets: Value | None, added: bool) -> tuple[Dim, Dim]:
    """The shape of what a page takes as given, by its name and by what it meets."""
    labels, base = page.labels(name), name.base
    axis = 0 if page.rows else 1
    if len(labels) == 2:
        return Dim(), Dim()
    if key in page.counts or (base in GREEK and not labels):
        return ONE, ONE
    if name.example and name.example in page.running | {"i"}:
        units = Dim()
        if base in LABELS and not labels:
            units = ONE if meets is None else meets.dims[-2]
        return (page.examples, units) if page.rows else (units, page.examples)
    if labels:
        return Dim(), ONE
    if base == "b" and "odotone" in page.transposed and not added:
        return Dim(), ONE
    if base in ("b", "c", "B") and meets is not None and added:
        dims = list(meets.dims[-2:])
        if dims[axis].root() is page.examples.root():
            dims[axis] = ONE
        return dims[0], dims[1]
    if base in LABELS and meets is not None:
        return meets.dims[-2], meets.dims[-1]
    if base[:1].isupper() and (len(base) == 1 or base == "Y_hat"):
        if base in DATA | LABELS:
            return (page.examples, Dim()) if page.rows else (Dim(), page.examples)
        return Dim(), Dim()
    if base in ("w", "W", "Theta") and name.layer:
        return Dim(), Dim()
    if base in page.transposed or (meets is not None and not added and meets.columns is not ONE):
        return Dim(), ONE
    return ONE, ONE


def placed(value: Value, left: Name | Call, page: Page) -> Value:
    """The value of a definition as the whole quantity, its indices as rows and columns."""
    name = left if isinstance(left, Name) else left.function
    if not isinstance(name, Name):
        raise UnknownError("a definition of no name")
    labels = page.labels(name)
    if name.example and name.example in value.labels:
        value = unlabelled(value, name.example, 1)
        if page.rows:
            value = turned(value)
    for axis, label in zip((0, 1) if len(labels) == 2 else (0,), labels, strict=False):
        if label in value.labels:
            value = unlabelled(value, label, axis)
    extra = [label for label in value.labels if label != "*"]
    if extra:
        raise MismatchError(f"the sum over {', '.join(extra)} is missing")
    return value


def drawn(made: Model, seed: int, numbered: bool = False, positive: bool = False) -> Draw:
    """Return random values of the inputs, or the numbers that the page gives, and of all that follows from them."""
    rng = np.random.default_rng(seed)
    draw = Draw(made.page, unknown=_rate)
    for key, value in made.inputs.items():
        sizes = [dim.root().size for dim in value.dims]
        data = rng.uniform(0.15, 0.85, sizes)
        if key[0] in LABELS and "hat" not in key:
            axis = 1 if made.page.rows and sizes[1] > 1 else 0
            data = data / data.sum(axis=axis, keepdims=True) if made.labels_sum_to_one else data
        elif not positive and sizes != [1, 1]:
            data = rng.normal(0, 0.8, sizes)
        elif not positive and not re.match("|".join(GREEK), key):
            data = rng.normal(0.3, 0.9, sizes)
        if numbered and key in made.numbers:
            data = np.full(sizes, made.numbers[key])
        draw.values[key] = replace(value, data=data + 0j)
    run(made, draw)
    return draw


def _rate(key: str, name: Name, meets: Value | None, added: bool) -> Value:
    """A positive number for a rate that stands in no definition."""
    if name.base not in GREEK or name.parts or name.layer or name.kind:
        raise UnknownError(f"{key} is not defined on this page")
    return Value((), (ONE, ONE), np.full((1, 1), 0.1 + sum(map(ord, name.base)) % 17 / 20 + 0j))


def run(made: Model, draw: Draw, moved: str = "") -> None:
    """Compute the forward part; the entries of one quantity are moved by a complex step, one for each value of *."""
    if moved in draw.values and moved not in {key for key, _, _ in made.forward}:
        draw.values[moved] = _moved(draw.values[moved])
    for key, left, right in made.forward:
        with np.errstate(all="ignore"):
            value = placed(draw.of(right), left, made.page)
        shape = tuple(dim.root().size for dim in value.dims)
        if value.data.shape != shape:
            value = replace(value, data=np.broadcast_to(value.data, shape))
        draw.values[key] = _moved(value) if key == moved else value


def _moved(value: Value) -> Value:
    size = value.data.size
    steps = (1j * STEP * np.eye(size)).reshape(size, *value.data.shape)
    return Value(("*", *value.labels), (Dim(size), *value.dims), value.data[None] + steps)
