"""Matrices with running indices: w_jk, x^(i), and the products and sums of them.

A value has one axis for each label, then its rows and columns. Sizes are unified before anything is drawn, so that each
dimension has a size of its own and only the product that is meant fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


class MismatchError(Exception):
    """Values that do not go together: why."""


class Dim:
    """A dimension whose size may be found to be that of another."""

    def __init__(self, size: int = 0) -> None:
        self.size, self.same = size, self

    def root(self) -> Dim:
        """The dimension that stands for all that are one with it."""
        dim = self
        while dim.same is not dim:
            dim = dim.same
        return dim


ONE = Dim(1)


@dataclass(frozen=True)
class Value:
    """Labels, a dimension for each of them and for rows and columns, and the numbers once they are drawn."""

    labels: tuple[str, ...]
    dims: tuple[Dim, ...]
    data: Any = None

    @property
    def rows(self) -> Dim:
        """The dimension of the rows."""
        return self.dims[-2].root()

    @property
    def columns(self) -> Dim:
        """The dimension of the columns."""
        return self.dims[-1].root()

    @property
    def roots(self) -> tuple[Dim, Dim]:
        """The dimensions of rows and columns."""
        return self.rows, self.columns

    @property
    def is_scalar(self) -> bool:
        """Whether it is a number for each label."""
        return self.rows is ONE and self.columns is ONE

    def mapped(self, function: Callable[[Any], Any]) -> Value:
        """The value with a function of each element."""
        return Value(self.labels, self.dims, None if self.data is None else function(self.data))


def number(value: float) -> Value:
    """A number."""
    return Value((), (ONE, ONE), np.full((1, 1), value, dtype=complex))


def unify(first: Dim, second: Dim) -> Dim:
    """Say that two dimensions are one."""
    first, second = first.root(), second.root()
    if first is second:
        return first
    if first.size and second.size and first.size != second.size:
        raise MismatchError("the shapes do not fit")
    if ONE in (first, second):
        raise MismatchError("the shapes do not fit")
    old, new = (second, first) if first.size or not second.size else (first, second)
    old.same = new
    return new


def met(first: Dim, second: Dim) -> Dim:
    """The dimension of two that meet element by element."""
    first, second = first.root(), second.root()
    if first is ONE or second is ONE:
        return second if first is ONE else first
    return unify(first, second)


def aligned(first: Value, second: Value) -> tuple[tuple[str, ...], list[Dim], Any, Any]:
    """The labels of both with their dimensions, and both arrays with an axis for each."""
    labels = first.labels + tuple(label for label in second.labels if label not in first.labels)
    dims = []
    for label in labels:
        own = [value.dims[value.labels.index(label)] for value in (first, second) if label in value.labels]
        dims.append(unify(*own) if len(own) == 2 else own[0])
    return labels, dims, _spread(first, labels), _spread(second, labels)


def _spread(value: Value, labels: Sequence[str]) -> Any:
    if value.data is None:
        return None
    order = [value.labels.index(label) for label in labels if label in value.labels]
    data = np.transpose(value.data, [*order, value.data.ndim - 2, value.data.ndim - 1])
    for at, label in enumerate(labels):
        if label not in value.labels:
            data = np.expand_dims(data, at)
    return data


def elementwise(function: Callable[[Any, Any], Any], first: Value, second: Value) -> Value:
    """The value of a function of two, element by element."""
    labels, dims, one, other = aligned(first, second)
    shape = (met(first.rows, second.rows), met(first.columns, second.columns))
    data = None
    if one is not None and other is not None:
        try:
            data = function(one, other)
        except ValueError:
            raise MismatchError("the shapes do not fit") from None
    return Value(labels, (*dims, *shape), data)


def times(first: Value, second: Value, sign: str) -> Value:
    """A product: of matrices or of elements, whichever is meant."""
    if first.is_scalar or second.is_scalar or sign in ("odot", "circ"):
        return elementwise(np.multiply, first, second)
    rows, inner = first.rows, first.columns
    below, columns = second.rows, second.columns
    same = rows is below and inner is columns
    if (inner is ONE) != (below is ONE) or (same and inner is not below) or (sign == "*" and inner is not below):
        return elementwise(np.multiply, first, second)
    if inner is not ONE:
        unify(inner, below)
    labels, dims, one, other = aligned(first, second)
    data = None if one is None or other is None else np.matmul(one, other)
    return Value(labels, (*dims, rows, columns), data)


def turned(value: Value) -> Value:
    """The transpose."""
    data = None if value.data is None else np.swapaxes(value.data, -1, -2)
    return Value(value.labels, (*value.dims[:-2], value.dims[-1], value.dims[-2]), data)


def summed(value: Value, label: str) -> Value:
    """The sum over a label."""
    at = value.labels.index(label)
    data = None if value.data is None else value.data.sum(axis=at)
    return Value(value.labels[:at] + value.labels[at + 1 :], value.dims[:at] + value.dims[at + 1 :], data)


def summed_axis(value: Value, axis: int) -> Value:
    """The sum over rows (0) or columns (1), which stays as an axis of size one."""
    dims = list(value.dims)
    dims[len(value.labels) + axis] = ONE
    data = None if value.data is None else value.data.sum(axis=axis - 2, keepdims=True)
    return Value(value.labels, tuple(dims), data)


def labelled(value: Value, axis: int, label: str, dim: Dim) -> Value:
    """The value with its rows (0) or columns (1) as a label; where the label is there already, its diagonal."""
    at = len(value.labels) + axis
    unify(value.dims[at], dim)
    data = value.data
    if label in value.labels:
        old = value.labels.index(label)
        if data is not None:
            data = np.expand_dims(np.moveaxis(np.diagonal(data, axis1=old, axis2=at), -1, old), at)
        return Value(value.labels, (*value.dims[:at], ONE, *value.dims[at + 1 :]), data)
    if data is not None:
        data = np.expand_dims(np.moveaxis(data, at, 0), at + 1)
    dims = list(value.dims)
    dims[at] = ONE
    return Value((label, *value.labels), (value.dims[at], *dims), data)


def unlabelled(value: Value, label: str, axis: int) -> Value:
    """The value with a label as its rows (0) or columns (1), which must be of size one."""
    if value.dims[len(value.labels) + axis].root() is not ONE:
        raise MismatchError("the shapes do not fit")
    at = value.labels.index(label)
    data = value.data
    if data is not None:
        place = len(value.labels) + axis
        data = np.moveaxis(np.squeeze(data, axis=place), at, place - 1)
    labels = value.labels[:at] + value.labels[at + 1 :]
    dims = [*value.dims[:at], *value.dims[at + 1 :]]
    dims[len(labels) + axis] = value.dims[at]
    return Value(labels, tuple(dims), data)
