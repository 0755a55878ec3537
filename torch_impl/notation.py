"""Torch counterparts of the data and notation."""

import torch

from .checked import checked


@checked
def picture_to_column(picture: torch.Tensor) -> torch.Tensor:
    """Unroll one picture into a column."""
    return picture.flatten()[:, None]


@checked
def picture_by_planes(picture: torch.Tensor) -> torch.Tensor:
    """Put the colours one under the other."""
    return torch.cat([plane.flatten() for plane in picture.unbind(dim=2)])[:, None]


@checked
def flatten_pictures(pictures: torch.Tensor) -> torch.Tensor:
    """Unroll m pictures into the columns of X."""
    return pictures.flatten(start_dim=1).T


@checked
def stack_columns(xs: list[torch.Tensor]) -> torch.Tensor:
    """Put m columns side by side."""
    return torch.hstack(xs)


@checked
def scale_pixels(X: torch.Tensor) -> torch.Tensor:
    """Map pixel values to [0, 1], in float64."""
    return X.double().div(255)


@checked
def split_examples(
    X: torch.Tensor, Y: torch.Tensor, m_train: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Split the columns into those for training and those for the test."""
    m_test = X.shape[1] - m_train
    (X_train, X_test), (Y_train, Y_test) = (V.split([m_train, m_test], dim=1) for V in (X, Y))
    return X_train, Y_train, X_test, Y_test
