"""What the witness `numpy` needs of torch's own NumPy: each part alone, so that a newer torch names what it breaks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def loop_and_dictionary(X: Any) -> Any:
    values = {"A0": X}
    for l in range(1, 3):
        values[f"A{l}"] = values[f"A{l - 1}"] * l
    return np.sum(values["A2"] ** 2)


def write_into_an_array(X: Any) -> Any:
    Z = np.zeros_like(X)
    for i in range(X.shape[1]):
        Z[:, i] = X[:, i] ** 2
    return np.sum(Z)


def write_by_a_mask(X: Any) -> Any:
    Z = X * 1.0
    Z[X < 0] = 0
    return np.sum(Z**2)


def accumulated_in_place(X: Any) -> Any:
    J = np.zeros(())
    for i in range(X.shape[1]):
        J += np.dot(X[:, i], X[:, i])
    return J


NEEDED: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "a product of matrices": (lambda X: np.sum(X.T @ X), 2 * X.sum(axis=1, keepdims=True) + 0 * X),
    "sums along an axis": (
        lambda X: np.sum(np.sum(X, axis=1, keepdims=True) ** 2),
        2 * X.sum(axis=1, keepdims=True) + 0 * X,
    ),
    "mean": (lambda X: np.mean(X**2), X / 3),
    "exp, log and tanh": (lambda X: np.sum(np.log(np.exp(X)) + np.tanh(X)), 2 - np.tanh(X) ** 2),
    "where, of both branches": (lambda X: np.sum(np.where(X > 0, X, 0.01 * X)), np.where(X > 0, 1.0, 0.01)),
    "maximum": (lambda X: np.sum(np.maximum(X, 0.1 * X)), np.where(X > 0, 1.0, 0.1)),
    "concatenate, reshape and transpose": (
        lambda X: np.sum(np.concatenate([np.reshape(X, (-1, 1)), np.ones((1, 1))]).T ** 2),
        2 * X,
    ),
    "a loop and a dictionary": (loop_and_dictionary, 8 * X),
    "a write into an array": (write_into_an_array, 2 * X),
    "a write by a mask": (write_by_a_mask, 2 * X * (X > 0)),
    "a value accumulated in place": (accumulated_in_place, 2 * X),
}


@pytest.mark.parametrize("what", NEEDED)
def test_torch_differentiates_numpy_code(what: str) -> None:
    function, expected = NEEDED[what]
    leaf = torch.from_numpy(X.copy()).requires_grad_()
    try:
        torch._dynamo.reset()
        J = torch.compile(torch.compiler.wrap_numpy(function), backend="eager", fullgraph=True)(leaf)
        (slope,) = torch.autograd.grad(J, leaf)
        assert np.allclose(slope.numpy(), expected, rtol=1e-14, atol=0), "the derivative is another"
    except Exception as error:
        said = str(error).partition("\n")[0]
        pytest.fail(
            f"torch {torch.__version__} no longer differentiates NumPy code with {what} "
            f"({type(error).__name__}: {said}); the witness `numpy` in parity_tests/witnesses.py needs it: "
            "keep the upper bound of torch in pyproject.toml",
            pytrace=False,
        )
