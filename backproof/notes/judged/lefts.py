"""What is known of the left side of a statement: its value in the network of the course, or values that it may have."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from ..meaning.shapes import Shape, World
from ..reading.damage import names
from ..reading.tree import Call, Derivative, Name, Number, Op, Tree
from .calculus import Claim, base
from .canonical import written

ACTIVATIONS = ("sigma(Z)", "np.tanh(Z)", "np.maximum(0, Z)", "np.where(Z > 0, Z, 0.01 * Z)")
Known = Callable[[World], tuple[str, Shape]]


def lefts_of(claim: Claim, world: World) -> Iterator[Known]:
    """Functions from a world to the known value of the left side, most likely first."""
    left = claim.left
    if claim.right == Number("0") and claim.relation == "=":
        yield lambda _: ("0", ())
        return
    if isinstance(left, Name) and left.kind != "d" and left.base in ("J", "L", "Cost", "cost") and not left.layer:
        yield from _costs(claim)
        return
    if isinstance(left, Call) and isinstance(left.function, Name):
        if left.function.base in ("J", "L"):
            yield from _costs(claim)
            return
        yield from _function(left, claim)
        return
    if isinstance(left, Name) and _is_update(claim):
        yield lambda world: _updated(left, world)
        return
    is_activation = isinstance(left, Name) and left.base in ("a", "A") and not left.kind and not left.layer
    if is_activation and not getattr(left, "example", "") and _only_of_z(claim.right):
        for activation in (*ACTIVATIONS, *_leaks(claim.right)):
            yield _of_examples(activation)
        return
    if (
        isinstance(left, Name)
        and not left.kind
        and left.layer
        and _only_of_z(claim.right)
        and not _calls_g(claim.right)
    ):
        is_sigma = any(name.base == "sigma" for name in names(claim.right))
        for activation in ("sigma",) if is_sigma else ("sigma", "np.tanh", "relu"):
            yield partial(_activated, left, activation)
        return
    yield lambda world: _plain(left, world)


def label_of(left: Tree) -> str:
    """The label in L(a, 0), which a branch has fixed; empty where there is none."""
    label = left.arguments[1] if isinstance(left, Call) and len(left.arguments) == 2 else None
    return label.digits if isinstance(label, Number) and base(left) == "L" else ""


def _of_examples(text: str) -> Known:
    """A value with a column for each example."""
    return lambda world: (text, ("1", world.examples))


def _plain(left: Tree, world: World) -> tuple[str, Shape]:
    code = written(left, world)
    if isinstance(left, (Name, Derivative)) and not re.match(r"p_|[A-Za-z_]\w*(\d|\b)", code.text):
        raise ValueError(code.text)
    return code.text, code.shape


def _activated(left: Name, activation: str, world: World) -> tuple[str, Shape]:
    code = written(Name("z", layer=left.layer, parts=left.parts), world)
    return f"{activation}({code.text})", code.shape


def _only_of_z(tree: Tree) -> bool:
    used = [name for name in names(tree) if name.base not in ("e", "sigma", "np")]
    return bool(used) and all(name.base in "zZ" for name in used)


def _calls_g(tree: Tree) -> bool:
    return any(name.base == "g" for name in names(tree))


def _costs(claim: Claim) -> Iterator[Known]:
    if label := label_of(claim.left):
        yield _of_examples(f"L(A, {label})")
        return
    bases = {name.base for name in names(claim.right)}
    per_example = any(isinstance(n, Name) and n.example for n in names(claim.right))
    is_mean = claim.relation in ("+=", "/=") or "m" in bases or "sum" in claim.tex or base(claim.left) == "J"
    if claim.relation == "=" and per_example and "sum" not in claim.tex:  # an accumulation whose + is lost
        yield lambda world: ("L(A, Y)[:, [i]]", ("1", "1"))
    if is_mean:
        yield lambda _: ("J0", ())
    if "sum" in claim.tex or per_example:
        return
    if "y" not in bases and "Y" not in bases:
        for label in ("0", "1"):
            yield _of_examples(f"L(A, {label})")
        return
    yield _of_examples("L(A, Y)")
    yield _of_examples("(A - Y) ** 2 / 2")


def _function(left: Call, claim: Claim) -> Iterator[Known]:
    assert isinstance(left.function, Name)
    if left.function.base in ("g", "sigma", "relu") and not left.function.primes:
        choices = {"g": [*ACTIVATIONS, *_leaks(claim.right)], "sigma": ACTIVATIONS[:1], "relu": ACTIVATIONS[2:3]}
        for activation in choices[left.function.base]:
            yield _of_examples(activation)


def leak_of(right: Tree) -> str:
    """The slope of a leaky ReLU, max(0.01 z, z), or of its slope by cases; empty where it is none."""
    is_leaky = isinstance(right, Call) and right.function in ("max", "npmax")
    is_slope = isinstance(right, Op) and right.kind == "cases"
    found = re.findall(r"(?<![\d.])0\.\d+", repr(right)) if is_leaky or is_slope else []
    return found[0] if len(set(found)) == 1 else ""


def _leaks(right: Tree) -> list[str]:
    """Leaky ReLU with the slope that the page gives it."""
    return [f"np.where(Z > 0, Z, {slope} * Z)"] if (slope := leak_of(right)) else []


def _is_update(claim: Claim) -> bool:
    right = claim.right
    first = right.kids[0] if isinstance(right, Op) and right.kind in ("sub", "add") else None
    return (
        isinstance(claim.left, Name)
        and first == Name(claim.left.base, claim.left.kind, claim.left.layer, "", claim.left.parts)
    ) or claim.relation == "-="


def _updated(left: Name, world: World) -> tuple[str, Shape]:
    value = written(left, world)
    slope = written(Name(left.base, "d", left.layer, "", left.parts), world)
    return f"{value.text} - alpha * {slope.text}", value.shape
