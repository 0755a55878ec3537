"""Torch twins of the data and notation."""

from typing import Any

import torch

from ._door import twin


@twin("picture (h, w, c) in {0..255}")
def picture_to_column(picture: torch.Tensor) -> torch.Tensor:
    """One picture as a column."""
    return picture.flatten()[:, None]


@twin("pictures (m, h, w, c) in {0..255}")
def flatten_pictures(pictures: torch.Tensor) -> torch.Tensor:
    """m pictures as the columns of X."""
    return pictures.flatten(start_dim=1).T


@twin("xs")
def stack_columns(xs: list[torch.Tensor]) -> torch.Tensor:
    """m columns side by side."""
    return torch.hstack(xs)


@twin("X (n_x, m) in {0..255}")
def scale_pixels(X: torch.Tensor) -> torch.Tensor:
    """Pixel values in [0, 1], float64."""
    return X.double().div(255)


def split_misfit(arguments: dict[str, Any]) -> str | None:
    """Complaint about a training set that leaves nothing for the test."""
    m, m_train = arguments["X"].shape[1], arguments["m_train"]
    return f"m_train is {m_train}, expected less than m={m}: the test set needs an example" if m_train >= m else None


@twin("X (n_x, m), Y (n_y, m), m_train () in {1..inf}", also=split_misfit)
def split_examples(
    X: torch.Tensor, Y: torch.Tensor, m_train: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Training and test columns."""
    m_test = X.shape[1] - m_train
    (X_train, X_test), (Y_train, Y_test) = (V.split([m_train, m_test], dim=1) for V in (X, Y))
    return X_train, Y_train, X_test, Y_test
