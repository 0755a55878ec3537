"""np.matrix, recorded."""

from typing import Any

import numpy as np

from ..arrays import Traced, plain
from .general import array_of


class Matrix(Traced):
    """np.matrix: `*` is the matrix product, and everything has two dimensions."""

    __array_priority__ = 20.0

    def __mul__(self, other: Any) -> Any:
        return np.multiply(self, other) if np.ndim(other) == 0 else as_matrix(np.matmul(self, as_matrix(other)))

    def __rmul__(self, other: Any) -> Any:
        return np.multiply(other, self) if np.ndim(other) == 0 else as_matrix(np.matmul(as_matrix(other), self))

    def __pow__(self, power: Any) -> Any:  # type: ignore[override]
        return as_matrix(np.linalg.matrix_power(self, power))

    def __getitem__(self, key: Any) -> Any:
        chosen = super().__getitem__(key)
        if isinstance(chosen, Traced) and chosen.ndim == 1:
            column = (
                isinstance(key, tuple)
                and len(key) == 2
                and np.ndim(plain(key[1])) == 0
                and not isinstance(key[1], slice)
            )
            return chosen.reshape(-1, 1) if column else chosen.reshape(1, -1)
        return chosen

    @property
    def A(self) -> Any:
        """The same as an ordinary array."""
        return as_kind(self, Traced)

    @property
    def I(self) -> Any:  # noqa: E743
        """The inverse."""
        return np.linalg.inv(self)


def as_kind(value: Any, kind: type) -> Any:
    """The same array, of another class."""
    array = value if isinstance(value, Traced) else array_of(value)
    made = array.view(kind)  # type: ignore[var-annotated]
    made._buffer = array._buffer  # type: ignore[union-attr]
    return made


def as_matrix(value: Any) -> Any:
    """An array with two dimensions as a matrix."""
    array = value if isinstance(value, Traced) else array_of(value)
    return as_kind(array if array.ndim == 2 else array.reshape(1, -1), Matrix)


def Matrix_(value: Any, dtype: Any = None, copy: bool = True) -> Any:
    """np.matrix(...)."""
    return as_matrix(array_of(value) if not isinstance(value, Traced) else value.copy())
