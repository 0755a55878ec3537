"""A pytest fixture that keeps derivations under test; pytest finds it where backproof is installed."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def assert_derivation() -> Callable[..., None]:
    """A function of a path or a text, as `backproof.check` takes it, that fails with the report unless all is right."""

    def assert_right(source: str | Path, seed: int = 0) -> None:
        import backproof

        report = backproof.check(source, seed=seed)
        if report.verdict != "right" or any(line["verdict"] != "right" for line in report.lines):
            pytest.fail(str(report), pytrace=False)

    return assert_right
