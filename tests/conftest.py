"""Fixtures of several folders."""

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, however busy the machine is; --hypothesis-profile=default looks for others.
settings.register_profile("gate", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("gate")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
