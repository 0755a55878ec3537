"""`backproof.check` in Python, in a notebook and in pytest."""

from collections.abc import Callable

import numpy as np
import pytest

import backproof
from backproof.examples import FOLDER

from .reports import SHALLOW, changed


def forward(X, W, Y):  # type: ignore[no-untyped-def]
    """A linear network with squared error."""
    Z = W @ X
    return np.sum((Z - Y) ** 2) / (2 * X.shape[1]), {"X": X, "Z": Z, "Y": Y, "W": W}


def backward(cache):  # type: ignore[no-untyped-def]
    """Its derivatives."""
    dZ = cache["Z"] - cache["Y"]
    return {"dW": residual_product(dZ, cache["X"])}


def residual_product(dZ, X):  # type: ignore[no-untyped-def]
    """dW without 1/m: a slip."""
    return dZ @ X.T


def test_two_functions() -> None:
    report = backproof.check(forward, backward, shapes={"X": "n, m", "W": "k, n", "Y": "k, m"})
    assert {f.name: f.verdict for f in report.lines if f.name[0] == "d"} == {"dZ": "right", "dW": "wrong"}
    assert all("dZ" in report.source[f.line - 1] for f in report.lines)
    with pytest.raises(ValueError, match="W is an argument of forward"):
        backproof.check(forward, backward, shapes={"X": "n, m"})
    with pytest.raises(ValueError, match="the second function is missing"):
        backproof.check(forward, shapes={})


def test_the_display_in_a_notebook() -> None:
    html = backproof.check(changed(SHALLOW, "dZ2 = A2 - Y", "dZ2 = Y - A2"))._repr_html_()
    assert "fix (verified on " in html
    assert "no cost is found" in backproof.check("x = 1\n")._repr_html_()


def test_the_fixture(assert_derivation: Callable[..., None]) -> None:
    assert_derivation(SHALLOW)
    with pytest.raises(pytest.fail.Exception, match="1/m is missing"):
        assert_derivation(changed(SHALLOW, "dW2 = 1 / m * dZ2 @ A1.T", "dW2 = dZ2 @ A1.T"))


def test_the_function_takes_a_path_or_the_text() -> None:
    path = FOLDER / "derivations/s14_shallow_vectorised.py"
    assert (
        backproof.check(path).verdict
        == backproof.check(str(path)).verdict
        == backproof.check(SHALLOW).verdict
        == "right"
    )
