"""The value of a formula among the quantities of its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..reading.tree import Call, Name, Number, Op, Over, Tree
from .calls import called, summed_over
from .labelled import (
    ONE,
    Dim,
    Value,
    elementwise,
    labelled,
    number,
    summed_axis,
    times,
    turned,
    unify,
)
from .quantities import Page, UnknownError

LABELS = {"y", "Y", "t", "T"}


@dataclass
class Draw:
    """Values of the quantities of a page, and of the derivatives that its claims may use."""

    page: Page
    values: dict[str, Value] = field(default_factory=dict)
    loose: dict[str, Value] = field(default_factory=dict)
    plain: dict[str, Value] = field(default_factory=dict)
    truth: Callable[[Tree, Name], Value] | None = None
    unknown: Callable[[str, Name, Value | None, bool], Value] | None = None  # makes an input on its first use

    def of(self, tree: Tree, bound: dict[str, Value] | None = None) -> Value:
        """The value of a tree."""
        return Reader(self, bound or {}, {}).value(tree)

    def indexed(self, value: Value, name: Name) -> Value:
        """The entries of a value that the indices of a name run over."""
        return Reader(self, {}, {}).indexed(value, name)


@dataclass
class Reader:
    """Reads a tree as a value, with names bound by functions and the dimensions of indices."""

    draw: Draw
    bound: dict[str, Value]
    letters: dict[str, Dim]

    def inner(self, bound: dict[str, Value], letters: dict[str, Dim]) -> Reader:
        """The same with other names bound, in a function or under a sum."""
        return Reader(self.draw, bound, letters)

    @property
    def page(self) -> Page:
        """The page whose quantities these are."""
        return self.draw.page

    def value(self, tree: Tree) -> Value:
        """The value of a tree."""
        if isinstance(tree, Number):
            return number(float(tree.digits))
        if isinstance(tree, Name):
            return self.name(tree)
        if isinstance(tree, Op):
            return self.operation(tree)
        if isinstance(tree, Call):
            return called(self, tree)
        if isinstance(tree, Over):
            return summed_over(self, tree)
        if self.draw.truth is None or not isinstance(tree.by, Name):
            raise UnknownError("it holds a derivative of its own")
        value = self.draw.truth(tree.of, tree.by)
        return value if value.labels else self.indexed(value, tree.by)

    def name(self, name: Name, meets: Value | None = None, added: bool = False) -> Value:
        """A quantity with its indices; one that is not known yet may take the shape of what it meets."""
        page = self.page
        if name == Name("e"):
            return number(np.e)
        if name.base == "pi":
            return number(np.pi)
        if name.base == "delta" and len(page.labels(name)) == 2 and "delta" not in self.draw.values:
            return self.kronecker(*page.labels(name))
        key = page.key(name)
        if name.kind == "d":
            if f"d{key}" in self.draw.loose:
                return self.indexed(self.draw.loose[f"d{key}"], name)
            if self.draw.truth is None:
                raise UnknownError("it holds a derivative of its own")
            return self.indexed(self.draw.truth(Name("J", "d"), replace(name, kind="")), name)
        if name.base == "odotone":
            dim = page.counts.get(name.parts[0]) if name.parts else page.examples
            if dim is None:
                raise UnknownError("a vector of ones of unknown length")
            ones = Value((), (dim, ONE))
            return self.filled(ones)
        if key in self.bound:
            return self.indexed(self.bound[key], replace(name, example=""))
        for known in (self.draw.loose, self.draw.values):
            if key in known:
                return self.indexed(known[key], name)
        if key in page.counts:
            return self.count(page.counts[key])
        if self.draw.unknown is None:
            raise UnknownError(f"{key} is not defined on this page")
        return self.indexed(self.draw.unknown(key, name, meets, added), name)

    def filled(self, value: Value) -> Value:
        """Ones of this shape, where sizes are known."""
        sizes = [dim.root().size for dim in value.dims]
        return value if not all(sizes) else replace(value, data=np.ones(sizes, dtype=complex))

    def count(self, dim: Dim) -> Value:
        """How many there are."""
        size = dim.root().size
        return number(size) if size else Value((), (ONE, ONE))

    def kronecker(self, first: str, second: str) -> Value:
        """One where two indices agree."""
        one = self.letters.setdefault(first, Dim())
        unify(one, self.letters.setdefault(second, Dim()))
        size = one.root().size
        data = np.eye(size, dtype=complex).reshape(size, size, 1, 1) if size else None
        return Value((first, second), (one, one, ONE, ONE), data)

    def indexed(self, value: Value, name: Name) -> Value:
        """The entries of a quantity that its indices run over."""
        page, labels = self.page, self.page.labels(name)
        own = len(value.labels)
        if name.example and not name.example.isdigit():
            axis = 0 if page.rows else 1
            if value.dims[own + axis].root() is page.examples.root():
                value = labelled(value, axis, name.example, self.letters.setdefault(name.example, page.examples))
                value = turned(value) if page.rows else value
        if not labels:
            return value
        axes = [axis for axis in (0, 1) if value.dims[len(value.labels) + axis].root() is not ONE]
        if len(labels) == 2 and len(axes) == 2:
            for axis, label in enumerate(labels):
                value = labelled(value, axis, label, self.letters.setdefault(label, Dim()))
            return value
        if len(labels) == 1 and len(axes) == 2:
            axes = [0 if page.rows else 1]  # the examples one by one
        if len(labels) != 1 or not axes:
            raise UnknownError(f"the indices of {name.base} do not fit what it is")
        dim = self.letters.setdefault(labels[0], value.dims[len(value.labels) + axes[0]])
        return labelled(value, axes[0], labels[0], dim)

    def operation(self, tree: Op) -> Value:
        """The value of an operation on its operands."""
        kind, kids = tree.kind, tree.kids
        if kind == "mul":
            return self.product(tree)
        if kind in ("add", "sub", "div", "compare"):
            first, second = self.both(kids, added=kind in ("add", "sub"))
            return elementwise(_binary(kind, tree.sign), first, second)
        if kind == "pow":
            return self.power(*kids)
        if kind == "cases":
            return self.cases(kids)
        inside = self.value(kids[0])
        if kind == "neg":
            return inside.mapped(np.negative)
        if kind == "transpose":
            return turned(inside)
        if kind == "root":
            return inside.mapped(np.sqrt)
        if kind == "norm":
            return summed_axis(summed_axis(inside.mapped(np.square), 0), 1).mapped(np.sqrt)
        if kind == "absolute":
            return inside.mapped(lambda z: np.where(z.real < 0, -z, z))
        raise UnknownError(f"{kind} has no value here")

    def both(self, kids: tuple[Tree, ...], added: bool = True) -> tuple[Value, Value]:
        """Two values that meet; what is not known yet takes the shape of the other."""
        left, right = kids
        if self.is_new(left) and not self.is_new(right):
            second = self.value(right)
            return self.name(left, second, added), second  # type: ignore[arg-type]
        first = self.value(left)
        if self.is_new(right):
            return first, self.name(right, first, added)  # type: ignore[arg-type]
        return first, self.value(right)

    def is_new(self, tree: Tree) -> bool:
        """Whether it is a quantity that was not met before."""
        if not isinstance(tree, Name) or self.draw.unknown is None:
            return False
        key = self.page.key(tree)
        return key not in self.bound and key not in self.draw.values and key not in self.page.counts

    def product(self, tree: Op) -> Value:
        """A product; a name that is not known yet takes the shape that its neighbour asks for."""
        left, right = tree.kids
        is_label = isinstance(left, Name) and left.base in LABELS and self.is_new(left) and not self.is_new(right)
        if tree.sign in ("odot", "circ") or is_label:
            first, second = self.both((left, right), added=False)
        else:
            scalar = isinstance(left, Op) and left.kind == "neg"
            first = self.value(left.kids[0] if scalar else left)  # type: ignore[union-attr]
            first = first.mapped(np.negative) if scalar else first
            second = self.name(right, first) if isinstance(right, Name) and self.is_new(right) else self.value(right)
        return times(first, second, tree.sign)

    def power(self, base: Tree, exponent: Tree) -> Value:
        """A power; of a norm, the sum of squares; of a square matrix to -1, the inverse."""
        if isinstance(base, Op) and base.kind == "norm" and exponent == Number("2"):
            inside = self.value(base.kids[0]).mapped(np.square)
            return summed_axis(summed_axis(inside, 0), 1)
        inverse = exponent == Op("neg", (Number("1"),))
        value, power = self.value(base), self.value(exponent)
        if inverse and value.rows is value.columns is not ONE:
            return value.mapped(np.linalg.inv)
        return elementwise(np.power, value, power)

    def cases(self, kids: tuple[Tree, ...]) -> Value:
        """Cases with a condition each, the last of which may have none."""
        last = len(kids) - 2 + len(kids) % 2
        result = self.value(kids[last])
        for value, condition in reversed(list(zip(kids[:last:2], kids[1:last:2], strict=True))):
            then, truth = self.value(value), self.value(condition)
            other = result
            picked = elementwise(lambda c, v: np.where(c.real > 0, v, np.nan), truth, then)
            result = elementwise(lambda v, o: np.where(np.isnan(v), o, v), picked, other)
        return result


def _binary(kind: str, sign: str) -> Callable[[Any, Any], Any]:
    if kind == "compare":
        compare = {"geq": np.greater_equal, ">=": np.greater_equal, ">": np.greater, "<": np.less, "leq": np.less_equal}
        word = sign.lstrip("\\")
        if word not in compare:
            raise UnknownError(f"{sign} has no value here")
        return lambda a, b: compare[word](a.real, b.real) + 0j
    return {"add": np.add, "sub": np.subtract, "div": np.divide}[kind]
