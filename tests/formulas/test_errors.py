"""Bad arguments: both implementations say where, what was given, what was expected, and why."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.witnesses import counterpart_of, to_torch
from reference_numpy import (
    activations,
    blocks,
    deep,
    logistic,
)
from reference_numpy.registry import formula_of
from shapes.arguments import unchecked
from shapes.language import parse
from shapes.network import Head
from torch_impl import activations as torch_activations
from torch_impl import calculus as torch_calculus
from torch_impl import logistic as torch_logistic
from torch_impl.checked import TORCH
from torch_impl.models import LogisticRegression, Network, ShallowNetwork

from .error_rows import COST, ROWS, W1, P, X, Y, at, b, b1, w


def complain(function: Callable[..., Any], arguments: dict[str, Any], error: type) -> str:
    with pytest.raises(error) as raised:
        function(**arguments)
    return str(raised.value)


@pytest.mark.parametrize(("function", "arguments", "message", "error"), ROWS)
def test_numpy_complains(function: Callable[..., Any], arguments: dict[str, Any], message: str, error: type) -> None:
    assert complain(function, arguments, error).startswith(message.replace("an array", "a NumPy array"))


@pytest.mark.parametrize(("function", "arguments", "message", "error"), ROWS)
def test_torch_complains(function: Callable[..., Any], arguments: dict[str, Any], message: str, error: type) -> None:
    said = complain(counterpart_of(formula_of(function)), to_torch(arguments), error)
    assert said.startswith(message.replace("an array", "a tensor"))


def test_gradients_are_checked_too() -> None:
    _, cache = blocks.linear_forward(X, W1, b1)
    expected = r"linear_backward: cache\['A_prev'\] has shape \(4, 5\), expected \(n_prev, m=6\)"
    with pytest.raises(ValueError, match=expected):
        blocks.linear_backward(np.ones((3, 6)), cache)


def test_gradients_know_which_output_fits_the_loss() -> None:
    _, cache = deep.deep_cost(X, Y, P)
    with pytest.raises(ValueError, match=r"^deep_gradients: output is 'relu', expected 'sigmoid'"):
        deep.deep_gradients(Y, P, cache, Head("tanh", "relu"))


def test_caches_are_checked_too() -> None:
    _, cache = logistic.logistic_cost(w, b, X, Y)
    with pytest.raises(ValueError, match=r"logistic_gradients: cache\['A'\] has shape \(5, 1\), expected \(1, m=5\)"):
        logistic.logistic_gradients(X, Y, cache | {"A": cache["A"].T})
    with pytest.raises(ValueError, match=r"logistic_gradients: cache\['A'\]\[0, 0\] is nan"):
        logistic.logistic_gradients(X, Y, cache | {"A": at(cache["A"], (0, 0), np.nan)})


def test_arguments_are_checked_at_the_outermost_call_only() -> None:
    with pytest.raises(ValueError, match=r"^deep_cost: "):
        deep.deep_cost(X, Y, P | {"W2": np.ones((1, 2))})


def test_arguments_are_checked_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="deep_gradients: an entry 'A1' is missing from a dictionary"):
        deep.deep_gradients(Y, P, {"A2": Y})
    with pytest.raises(TypeError, match="sigmoid: Z is a str"):
        activations.sigmoid("Z")  # type: ignore[arg-type]


def test_torch_checks_again_after_an_error_and_within_unchecked_not_at_all() -> None:
    def fails(a: torch.Tensor) -> torch.Tensor:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        torch_calculus.slope(fails, torch.tensor(1.0))
    bad = torch.tensor([torch.nan])
    with pytest.raises(ValueError, match=r"relu: Z\[0\] is nan, expected finite values"):
        torch_activations.relu(bad)
    with unchecked():
        assert torch_activations.relu(bad).isnan()
    with pytest.raises(ValueError, match="relu"):
        torch_activations.relu(bad)


@pytest.mark.parametrize("output", ["sigmoid", "identity", "relu"])
def test_squared_error_takes_any_output_and_any_labels(output: str) -> None:
    head = Head("tanh", output, "squared_error")
    J, cache = deep.deep_cost(X, -2 * Y, P, head)
    assert J > 0
    assert "dW1" in deep.deep_gradients(-2 * Y, P, cache, head)
    assert counterpart_of(formula_of(deep.deep_cost))(**to_torch({**COST, "Y": -2 * Y, "head": head}))


def test_numbers_may_be_arrays_without_dimensions() -> None:
    J, _ = logistic.logistic_cost(w, np.float64(0.5), X, Y)
    assert J == logistic.logistic_cost(w, np.array(0.5), X, Y)[0] == logistic.logistic_cost(w, 0.5, X, Y)[0]


def test_a_number_may_have_another_precision_than_the_arrays() -> None:
    single = [V.astype(np.float32) for V in (w, X, Y)]
    J, _ = logistic.logistic_cost(single[0], np.array(0.5), single[1], single[2])
    np.testing.assert_allclose(J, logistic.logistic_cost(w, 0.5, X, Y)[0], rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("number", [0.5, 2])
def test_a_number_takes_dtype_and_device_of_the_tensors_beside_it(dtype: torch.dtype, number: float) -> None:
    tensors = to_torch({"w": w, "X": X, "Y": Y})
    arguments = {name: V.to(dtype) for name, V in tensors.items()}
    J, cache = torch_logistic.logistic_cost(b=number, **arguments)  # type: ignore[arg-type]
    assert (J.dtype, cache["Z"].dtype) == (dtype, dtype)
    np.testing.assert_allclose(J, logistic.logistic_cost(w, number, X, Y)[0], rtol=1e-6)
    on_meta = TORCH.number(number, torch.ones(2, dtype=dtype, device="meta"))
    assert (on_meta.dtype, on_meta.device.type) == (dtype, "meta")


def test_a_domain_reads_as_written() -> None:
    domains = {q.name: q.domain for q in parse("a () in (0, 1], b () in {2..5}, c () in {x, y}").values()}
    a, b, c = domains["a"], domains["b"], domains["c"]
    assert a is not None
    assert [bool(a.outside(v)) for v in (0, 0.5, 1, 1.5)] == [True, False, False, True]
    assert b is not None
    assert [bool(b.outside(v)) for v in (1, 2, 5, 6)] == [True, False, False, True]
    assert c is not None
    assert c.words == ("x", "y")


MODULE_ROWS = [
    (lambda: Network([4]), "Network: layers is [4], expected [n_x, ..., n_L]: a network needs an input and an output"),
    (lambda: Network([4, 0, 1]), "Network: layers[1] is 0, expected an integer of at least 1: a layer needs a unit"),
    (lambda: Network([4, 1], Head("relux")),
     "Network: activation is 'relux', expected one of identity, leaky_relu, relu, sigmoid, tanh"),
    (lambda: Network([4, 1], Head(loss="hinge")),
     "Network: loss is 'hinge', expected one of cross_entropy, squared_error"),
    (lambda: Network([4, 1], Head(output="relu")),
     "Network: output is 'relu', expected 'sigmoid': cross-entropy needs a in (0, 1)"),
    (lambda: Network([4, 1])(torch.ones(5, 3)),
     "Network: X has shape (5, 3), expected (m, n_0=4): n_0 comes from the first layer"),
    (lambda: Network([4, 1])(torch.ones(0, 4)),
     "Network: X has shape (0, 4), expected every size at least 1: a batch without examples has no mean"),
    (lambda: LogisticRegression(4).cost(torch.ones(5, 4), torch.ones(1, 5)),
     "Network.loss: Y has shape (1, 5), expected (m=5, n_L=1): m comes from X, n_L comes from the network"),
    (lambda: Network([4, 1])(torch.ones(5, 4).double()),
     "Network: X is torch.float64, expected torch.float32, the dtype of the parameters"),
    (lambda: Network.from_parameters({"W1": torch.ones(3, 4), "b1": torch.ones(2, 1)}),
     "load_parameters: layer 1 got (2,), expected (3,): the parameters are of another network"),
    (lambda: LogisticRegression.from_parameters({"W1": torch.ones(3, 4), "b1": torch.ones(3, 1)}),
     "LogisticRegression: layers is [4, 3], expected [n_x, 1]: it has one unit and no other"),
    (lambda: ShallowNetwork.from_parameters({"W1": torch.ones(1, 4), "b1": torch.ones(1, 1)}),
     "ShallowNetwork: layers is [4, 1], expected [n_x, n_1, n_2]: it has one hidden layer"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), MODULE_ROWS)
def test_modules_complain(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError)) as raised:
        call()
    assert str(raised.value) == message
