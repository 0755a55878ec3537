"""A pytest fixture that keeps derivations under test; pytest finds it where backproof is installed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def assert_derivation() -> Callable[..., None]:
    """A function of a path or a text, as `backproof.check` takes it, that fails with the report unless all is right."""

    def assert_right(
        source: str | Path | Callable[..., Any],
        backward: Callable[..., Any] | None = None,
        shapes: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        import backproof

        report = backproof.check(source, backward, shapes=shapes, seed=seed)
        if report.verdict != "right":
            pytest.fail(str(report), pytrace=False)

    return assert_right


@pytest.fixture
def assert_backward() -> Callable[..., None]:
    """A function of a torch.autograd.Function, or of forward and backward, that fails unless every gradient is right.

    assert_backward(RMSNorm, shapes="x (B, T, C), w (C,)")
    """

    def assert_right(
        forward: Callable[..., Any],
        backward: Callable[..., Any] | None = None,
        shapes: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        device: str = "cpu",
        seed: int = 0,
    ) -> None:
        import backproof

        report = backproof.check(forward, backward, shapes=shapes, inputs=inputs, device=device, seed=seed)
        if report.verdict != "right":
            pytest.fail(str(report), pytrace=False)

    return assert_right
