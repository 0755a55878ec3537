"""Fixtures of the data."""

from pathlib import Path

import pytest

from .files import PARTS, write


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "train.h5", tmp_path / "test.h5"
    for path, part in zip(paths, PARTS, strict=True):
        write(path, part)
    return paths
