"""One statement in an understanding of its page: what its right side must be, and whether it is."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..judged.units import Judged
from ..reading.damage import names
from ..reading.tree import Call, Derivative, Name, Number, Op, Tree
from .evaluate import Draw
from .labelled import ONE, Dim, MismatchError, Value, aligned, elementwise, summed, turned
from .model import DEFINES, Model, Read, parts_of, printed
from .quantities import STEP, UnknownError
from .shapes import drawn
from .truth import CLOSE, SEEDS, Truth, World, derivative, same

Wanted = tuple[str, list[Value]]


def verdict_on(world: World, reads: Sequence[Read | None], number: int, target: str) -> Judged:
    """The verdict on one statement."""
    read = reads[number]
    assert read is not None
    left, relation, right = read
    if number in world.made.defined_by and not target:
        return Judged("unjudged", reason="")
    try:
        wanted = _wanted(world, left, relation, right, target)
    except (UnknownError, MismatchError, ValueError, KeyError, np.linalg.LinAlgError) as error:
        return Judged("unjudged", reason=str(error))
    if wanted is None:
        return Judged("unjudged", reason="")
    try:
        return _compared(world, wanted, read, target)
    except MismatchError as error:
        return Judged("wrong", cause=str(error))
    except (UnknownError, ValueError, np.linalg.LinAlgError) as error:
        return Judged("unjudged", reason=str(error))


def _wanted(world: World, left: Tree, relation: str, right: Tree, target: str) -> Wanted | None:
    """What a right side must be, with how it is compared; None where a statement claims nothing."""
    made, draws = world.made, world.draws
    page = made.page
    if isinstance(left, Name) and left.kind != "d":
        key = page.key(left)
        by = target or (world.meaning.get(key, "") if relation in DEFINES else "")
        if by:
            return "same", [_indexed(draw, derivative(draw, by), left) for draw in draws]
        if _is_step(left, relation, right, made):
            return "step", [_indexed(draw, derivative(draw, _stepped(left, made)), left) for draw in draws]
        if key in made.numbers and key in made.inputs:
            return None
        if key in made.shapes and relation in DEFINES and key not in made.inputs:
            return "number" if _is_number(right) else "same", [draw.of(left) for draw in draws]
        return None
    if relation not in DEFINES and relation != r"\approx":
        return None
    if isinstance(left, Derivative) and isinstance(left.by, Name) and not _is_of_page(left.of, made):
        return "slope", _slopes(world, left, right)
    if isinstance(left, Name) and (by := world.meaning.get(loose_key(made, left), "")):
        return "same", [derivative(draw, by) for draw in draws]
    if isinstance(left, (Derivative,)) or (isinstance(left, Name) and left.kind == "d"):
        if isinstance(right, Derivative) and right == left:
            return None
        return "number" if _is_number(right) else "gradient", [draw.of(left) for draw in draws]
    if isinstance(left, Call):
        return "slope", _slopes(world, left, right)
    return None


def _is_of_page(of: Tree, made: Model) -> bool:
    """Whether what is differentiated is a quantity of the page and no function of a number."""
    if isinstance(of, Call) and isinstance(of.function, Name):
        return made.page.key(of.function, whole=True) in made.shapes
    return not isinstance(of, (Call, Op))


def _is_number(tree: Tree) -> bool:
    return all(name.base in ("e", "pi") or name.base == "sigma" for name in names(tree)) and any(
        isinstance(part, Number) for part in parts_of(tree)
    )


def _indexed(draw: Draw, value: Value, name: Name) -> Value:
    return draw.indexed(value, name)


def _stepped(left: Name, made: Model) -> str:
    return made.page.key(replace(left, parts=tuple(p for p in left.parts if not re.match(r"t", p)), example=""))


def _is_step(left: Name, relation: str, right: Tree, made: Model) -> bool:
    """Whether a statement takes a step with a parameter."""
    key = _stepped(left, made)
    held = {_stepped(name, made) for name in names(right) if name.kind != "d"}
    return key in made.inputs and (relation in ("-=", "+=") or key in held) and isinstance(right, (Op, Name))


def _compared(world: World, wanted: Wanted, read: Read, target: str) -> Judged:
    kind, truths = wanted
    left, relation, right = read
    if kind == "number":
        return _numbers(world, left, relation, right, target)
    if kind == "slope":
        agree = all(same(*pair) for pair in zip(truths[::2], truths[1::2], strict=True))
        return Judged("right" if agree else "wrong")
    if kind == "step":
        return _step(world, truths, left, relation, right)
    values = [draw.of(right) for draw in world.draws]
    pairs = list(zip(truths, values, strict=True))
    if all(same(*pair) for pair in pairs):
        return Judged("right")
    row = all(truth.is_scalar is False and 1 in truth.data.shape[-2:] for truth in truths)
    if kind == "gradient" and row and all(same(turned(truth), value) for truth, value in pairs):
        return Judged("right")
    if kind == "gradient" and world.made.apart and all(_same_apart(*pair) for pair in pairs):
        return Judged("right")
    if kind == "gradient" and all(_is_diagonal(*pair) for pair in pairs):
        return Judged("right")
    extra = [label for label in values[0].labels if label not in truths[0].labels]
    if extra and kind == "gradient":
        whole = values
        for label in extra:
            whole = [summed(value, label) for value in whole]
        if all(same(truth, value) for truth, value in zip(truths, whole, strict=True)):
            return Judged("unjudged", reason="one example stands for the sum over all")
    return Judged("wrong")


def _same_apart(truth: Value, value: Value) -> bool:
    """Whether two matrices with an index each for rows and columns agree where the indices differ."""
    if len(truth.labels) != 2 or set(value.labels) != set(truth.labels):
        return False
    _, _, one, other = aligned(truth, value)
    apart = ~np.eye(len(one), dtype=bool)
    return bool(one.shape == other.shape and np.allclose(one[apart], other[apart], atol=CLOSE))


def _is_diagonal(truth: Value, value: Value) -> bool:
    """Whether a value is the matrix of a derivative that is told element by element."""
    size = truth.data.size
    same = value.data.shape == (size, size) and size > 1 and not truth.labels
    return bool(same and np.allclose(np.diag(truth.data.reshape(-1)), value.data, atol=CLOSE))


def _slopes(world: World, left: Tree, right: Tree) -> list[Value]:
    """Both sides of an identity between functions of numbers, with its free letters drawn, one after the other."""
    page = world.made.page
    rng = np.random.default_rng(5)
    called = {
        part.function.base
        for tree in (left, right)
        for part in parts_of(tree)
        if isinstance(part, Call) and isinstance(part.function, Name)
    }
    pairs: list[Value] = []
    for draw in world.draws:
        inner = Draw(page, dict(draw.values), dict(draw.loose), truth=draw.truth)
        for name in [*names(left), *names(right)]:
            if name.base not in (*called, "e", "pi", "m", "N") and name.kind != "d":
                value = Value((), (Dim(6), ONE), rng.normal(0, 1.2, (6, 1)) + 0j)
                inner.values.setdefault(page.key(name), value)
        first, second = _slope(inner, left), _slope(inner, right)
        if second.data.size == 1:
            second = replace(second, data=np.broadcast_to(second.data, first.data.shape), dims=first.dims)
        pairs += [first, second]
    return pairs


def _slope(draw: Draw, tree: Tree) -> Value:
    """The value of a side, a derivative by one of its letters included."""
    if not isinstance(tree, Derivative) or not isinstance(tree.by, Name) or not isinstance(tree.of, (Call, Op)):
        return draw.of(tree)
    key = draw.page.key(tree.by)
    moved = draw.values[key].mapped(lambda z: z.real + 1j * STEP)
    value = Draw(draw.page, {**draw.values, key: moved}, draw.loose).of(tree.of)
    return value.mapped(lambda z: z.imag / STEP + 0j)


def _step(world: World, truths: list[Value], left: Tree, relation: str, right: Tree) -> Judged:
    """A step must go against the gradient, by any constant."""
    for draw, truth in zip(world.draws, truths, strict=True):
        new = draw.of(right)
        if relation not in ("-=", "+="):
            new = elementwise(np.subtract, new, draw.of(left))
        else:
            new = new.mapped(np.negative) if relation == "-=" else new
        _, _, step, slope = aligned(new, truth)
        if step.shape != slope.shape:
            return Judged("wrong", cause="the shapes do not fit")
        by = (step * slope).sum() / (slope * slope).sum()
        if np.abs(step - by * slope).max() > CLOSE * np.abs(step).max():
            return Judged("wrong")
        if by.real > 0:
            return Judged("wrong", cause="the step climbs: the minus is missing")
    return Judged("right")


def _numbers(world: World, left: Tree, relation: str, right: Tree, target: str) -> Judged:
    """A printed number must be the value to its last digit, with the numbers that the page gives."""
    made = world.made
    found = []
    for seed in SEEDS:
        draw = drawn(made, seed, numbered=True)
        draw.truth = Truth(made, draw)
        found.append((derivative(draw, target) if target else draw.of(left), draw.of(right)))
    (truth, value), (other, _) = found
    if not same(truth, other):
        return Judged("unjudged", reason="it depends on numbers that the page does not give")
    digits = [part.digits.partition(".")[2] for part in parts_of(right) if isinstance(part, Number)]
    places = [len(digit) for digit in digits if len(digit) > 2]
    if printed(right) is not None:
        places = [len(digits[0])] if digits[0] or relation == r"\approx" else []
    close = 1.01 * 10.0 ** -min(places) if places else CLOSE
    if truth.data.size != 1 or not np.isfinite(truth.data).all():
        return Judged("unjudged", reason="it is no number")
    if np.abs(truth.data - value.data).max() <= close:
        return Judged("right")
    number = truth.data.real.reshape(-1)[0]
    shown = f"{number:.{max(places)}f}" if places else f"{number:.6g}"
    return Judged("wrong", cause=f"its value is {shown}", fix_tex=shown)


def loose_key(made: Model, name: Name) -> str:
    """What a name that may mean a derivative is called here."""
    key = made.page.key(name)
    return f"d{key}" if name.kind == "d" else key
