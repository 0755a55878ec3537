"""Data and notation: a picture as a column, m examples as the columns of X."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .registry import Array, formula


@formula(
    r"x = \begin{bmatrix} \mathrm{vec}(R) \\ \mathrm{vec}(G) \\ \mathrm{vec}(B) \end{bmatrix}, \quad n_x = h \cdot w "
    r"\cdot c, \quad \mathrm{part}(x, 1, 2) = \begin{bmatrix} 255 \\ 231 \end{bmatrix}, \quad "
    r"\mathrm{part}(\mathrm{vec}(G), 1, 2) = \begin{bmatrix} 255 \\ 134 \end{bmatrix}",
    "S1",
    "Notes A, p. 5; Slides, Binary Classification; Notes C, Binary classification",
    "picture (h, w, c) in {0..255} -> x (n_x, 1)",
)
def picture_by_planes(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Unroll one picture as the Slides draw it: all of its red, then all of its green, then all of its blue."""
    return picture.transpose(2, 0, 1).reshape(picture.size, 1)


@formula(
    r"x = \mathrm{vec}(\mathrm{picture}), \quad n_x = h \cdot w \cdot c",
    "S1",
    "Lee 2019, flatten, of one picture",
    "picture (h, w, c) in {0..255} -> x (n_x, 1)",
)
def picture_to_column(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Unroll one picture into a column: row by row, the colours of a pixel together, as a file has them."""
    return picture.reshape(picture.size, 1)


@formula(
    r"x^{(i)} = \mathrm{vec}(\mathrm{picture}(i))",
    "S1",
    "Lee 2019, flatten",
    "pictures (m, h, w, c) in {0..255} -> X (n_x, m)",
)
def flatten_pictures(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Unroll m pictures into the m columns of X; (209, 64, 64, 3) becomes (12288, 209)."""
    return pictures.reshape(len(pictures), pictures[0].size).T


@formula(
    r"X = [x^{(1)} \; x^{(2)} \dots x^{(m)}]",
    "S1",
    "Notes A, p. 6 and p. 22; Slides, Notation; Notes C, Basic notations",
    "xs -> X (n_x, m)",
)
def stack_columns(xs: list[Array]) -> Array:
    """Stack m column vectors (n_x, 1) into X; ValueError when their lengths differ."""
    return np.concatenate(xs, axis=1)


@formula(
    r"X := X / 255",
    "S1",
    "the course's programming exercise; in no note",
    "X (n_x, m) in {0..255} -> X_scaled (n_x, m)",
)
def scale_pixels(X: NDArray[np.uint8]) -> Array:
    """Map pixel values 0..255 to [0, 1] in float64."""
    return X / 255.0


def split_violation(X: Array, m_train: int) -> str | None:
    """Return what is wrong with a training set that leaves nothing for the test."""
    m = X.shape[1]
    return f"m_train is {m_train}, expected less than m={m}: the test set needs an example" if m_train >= m else None


@formula(
    r"m = m_{train} + m_{test}, \quad "
    r"X_{train} = \mathrm{part}(X, 1, m_{train}), \quad X_{test} = \mathrm{part}(X, m_{train} + 1, m), \quad "
    r"Y_{train} = \mathrm{part}(Y, 1, m_{train}), \quad Y_{test} = \mathrm{part}(Y, m_{train} + 1, m)",
    "S1",
    "Notes A, p. 6; in the Slides, Notation, m is m_train alone, as it is in J",
    "X (n_x, m), Y (n_y, m), m_train () in {1..inf} -> X_train, Y_train, X_test, Y_test",
    also=split_violation,
)
def split_examples(X: Array, Y: Array, m_train: int) -> tuple[Array, Array, Array, Array]:
    """Take the first m_train columns for training and the rest for the test; both need at least one."""
    return X[:, :m_train], Y[:, :m_train], X[:, m_train:], Y[:, m_train:]
