"""The values of functions and of sums over an index."""

import re
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ..reading.tree import Call, Name, Over, Tree
from .labelled import ONE, Dim, Value, elementwise, number, summed, summed_axis, times, unify
from .quantities import KNOWN, SAME, STEP, Page, UnknownError


class Reads(Protocol):
    """What reads a tree as a value, with the names that functions bind and the dimensions of indices."""

    draw: Any
    bound: dict[str, Value]
    letters: dict[str, Dim]

    @property
    def page(self) -> Page:
        """The page whose quantities these are."""

    def value(self, tree: Tree) -> Value:
        """The value of a tree."""

    def inner(self, bound: dict[str, Value], letters: dict[str, Dim]) -> "Reads":
        """The same with other names bound."""

    def kronecker(self, first: str, second: str) -> Value:
        """One where two indices agree."""


def called(reader: Reads, call: Call) -> Value:
    """The value of a function of its arguments."""
    function = call.function
    if isinstance(function, Name):
        key = reader.page.key(replace(function, primes=0), whole=True)
        if key not in reader.page.functions and key in reader.draw.values and not function.primes:
            return reader.draw.values[key]  # a cost with what it depends on
    values = [reader.value(argument) for argument in call.arguments]
    if isinstance(function, Name):
        return _applied(reader, replace(function, primes=0), function.primes, values)
    if function in ("softmax",):
        return _softmax(reader, values[0])
    if function in KNOWN:
        return values[0].mapped(KNOWN[function])
    if function in ("max", "npmax", "min"):
        sign = -1 if function == "min" else 1
        return elementwise(lambda a, b: np.where(sign * (a.real - b.real) >= 0, a, b), values[0], values[1])
    if function == "npsum":
        return _np_sum(reader, call, values[0])
    if function == "npdot":
        return times(values[0], values[1], "@")
    if function == "nppower":
        return elementwise(np.power, values[0], values[1])
    if function == "npmultiply":
        return times(values[0], values[1], "odot")
    if function == "tr" and values[0].data is not None:
        return number(0).mapped(lambda _: np.trace(values[0].data, axis1=-2, axis2=-1)[..., None, None])
    raise UnknownError(f"{function} is not known here")


def _applied(reader: Reads, function: Name, primes: int, values: list[Value]) -> Value:
    """A function of the page, or one that everybody knows, with as many derivatives as it has primes."""
    if primes > 1 or (primes and len(values) != 1):
        raise UnknownError("a second derivative")
    if primes:
        if values[0].data is None:
            return values[0]
        moved = values[0].mapped(lambda z: z.real + 1j * STEP)
        return _applied(reader, function, 0, [moved]).mapped(lambda z: z.imag / STEP + 0j)
    key = reader.page.key(function, whole=True)
    if key in reader.page.functions:
        parameters, body = reader.page.functions[key]
        if len(parameters) != len(values):
            raise UnknownError(f"{key} takes {len(parameters)} arguments")
        bound = {reader.page.key(replace(p, example="")): v for p, v in zip(parameters, values, strict=True)}
        return reader.inner(reader.bound | bound, reader.letters).value(body)
    word = SAME.get(function.base, function.base)
    if word not in (*KNOWN, "softmax", "diag") and len(values) == 1:
        word = reader.page.activation
    if word == "softmax":
        return _softmax(reader, values[0])
    if word == "diag":
        return _diagonal(reader, values[0])
    if word not in KNOWN or len(values) != 1:
        raise UnknownError(f"{key} is not defined on this page")
    return values[0].mapped(KNOWN[word])


def _diagonal(reader: Reads, value: Value) -> Value:
    """A matrix with a vector as its diagonal."""
    dim = value.rows
    data = None if value.data is None else value.data * np.eye(dim.size)
    return Value(value.labels, (*value.dims[:-2], dim, dim), data)


def _softmax(reader: Reads, value: Value) -> Value:
    """Softmax over the outputs, which are the axis that is not that of the examples."""
    axis = 1 if reader.page.rows or value.rows is ONE else 0
    raised = value.mapped(np.exp)
    return elementwise(np.divide, raised, summed_axis(raised, axis))


def _np_sum(reader: Reads, call: Call, value: Value) -> Value:
    axis = dict(call.keywords).get("axis")
    if axis is None:
        return summed_axis(summed_axis(value, 0), 1)
    return summed_axis(value, int(axis))


def summed_over(reader: Reads, over: Over) -> Value:
    """The value of a sum over one index or several."""
    if over.kind != "sum":
        raise UnknownError("a product over an index")
    text = re.sub(r"\s", "", over.index)
    letters = re.findall(r"[a-z]'?", re.split(r"=|\\in|\\neq|\\ne|<", text)[0])
    if not letters:
        return _whole(reader.page, reader.value(over.body), "")
    fresh = {letter: Dim() for letter in letters}
    inner = reader.inner(reader.bound, {**reader.letters, **fresh})
    value = inner.value(over.body)
    if excepted := re.search(r"\\neq?([a-z])$", text):
        value = times(value, inner.kronecker(letters[0], excepted.group(1)).mapped(lambda z: 1 - z), "odot")
    if len(letters) > 1 and not set(letters) & set(value.labels):
        return _whole(reader.page, value, "")
    for letter in letters:
        if letter not in value.labels:
            value = _whole(reader.page, value, letter)
            continue
        dim = value.dims[value.labels.index(letter)]
        if over.end.strip().isalpha() and len(letters) == 1:
            known = reader.page.counts.setdefault(over.end.strip(), dim)
            unify(known, dim)
        value = summed(value, letter)
    return value


def _whole(page: Page, value: Value, letter: str) -> Value:
    """A sum whose index stands at nothing: over the examples, or over all entries of a parameter."""
    axis = 0 if page.rows else 1
    if value.dims[len(value.labels) + axis].root() is page.examples.root():
        return summed_axis(value, axis)
    if value.is_scalar and letter:
        raise UnknownError(f"a sum over {letter}, which nothing under it carries")
    return summed_axis(summed_axis(value, 0), 1)
