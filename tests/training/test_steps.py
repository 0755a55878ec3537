"""The step by hand against the formulas, bit for bit, and what it does, counted."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from backproof.training.steps import deep
from backproof.training.steps.deep import MOST_SIZES, DeepStep
from backproof.training.steps.written import FORMS, WrittenStep
from shapes.arguments import unchecked
from shapes.network import Head
from tests.configs import options

from .trained import trained

LAYERS, ALPHA = (6, 5, 4, 1), 0.3
HEADS = {
    "relu": Head(),
    "relu, L2": Head(l2=0.7),
    "tanh": Head("tanh"),
    "sigmoid": Head("sigmoid"),
    "leaky_relu, L2": Head("leaky_relu", l2=0.1),
    "each its own": Head(("identity", "tanh")),
    "squared error": Head("relu", "sigmoid", "squared_error"),
    "regression, L2": Head("tanh", "identity", "squared_error", 0.3),
    "leaking": Head("sigmoid", "leaky_relu", "squared_error"),
}


def drawn(layers: tuple[int, ...], dtype: str, m: int = 7) -> tuple[Any, Any, dict[str, Any]]:
    """Examples, labels, parameters."""
    rng = np.random.default_rng(1)
    shapes = {
        f"{name}{l}": (n, n_prev if name == "W" else 1)
        for l, (n_prev, n) in enumerate(pairwise(layers), 1)
        for name in "Wb"
    }
    parameters = {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}
    X = rng.standard_normal((layers[0], m)).astype(dtype)
    X[:, 0] = 0
    parameters["b1"][:2, 0] = parameters["b1"][:2, 0] * 0  # zeros of both signs where X is zero
    return np.asfortranarray(X), rng.integers(0, 2, (1, m)).astype(dtype), parameters


def bits(arrays: dict[str, Any]) -> dict[str, bytes]:
    """All numbers, of zeros without their sign."""
    return {name: (V + 0.0).tobytes() for name, V in arrays.items()}


@pytest.mark.parametrize(("head", "dtype", "beta"), [*product(HEADS, ("float64", "float32"), (0.0, 0.9))])
def test_every_bit_is_that_of_the_formulas(head: str, dtype: str, beta: float) -> None:
    X, Y, parameters = drawn(LAYERS, dtype)
    velocity = {f"v{name}": np.full_like(V, 0.1) for name, V in parameters.items()} if beta else {}
    lean, written = (
        DeepStep(parameters, velocity, HEADS[head]),
        WrittenStep(FORMS["deep"], parameters, velocity, HEADS[head]),
    )
    with unchecked():
        for columns in (slice(None), slice(0, 3), slice(3, 7), slice(0, 1), slice(None), slice(0, 2), slice(0, 5)):
            costs = [step.gradient(X[:, columns], Y[:, columns]) for step in (lean, written)]
            assert costs[0].tobytes() == costs[1].tobytes()
            assert bits(lean.grads) == bits({name: written.grads[name] for name in lean.grads})
            for step in (lean, written):
                step.update(ALPHA, beta)
            assert bits(lean.parameters) == bits(written.parameters)
            assert bits(lean.velocity) == bits(written.velocity)
    assert any((lean.parameters[name] != V).any() for name, V in parameters.items())


def test_what_was_given_stays_as_it_was_and_sizes_are_forgotten() -> None:
    X, Y, parameters = drawn(LAYERS, "float64", m=20)
    kept = bits(parameters)
    step = DeepStep(parameters, {}, Head())
    for m in range(1, 21):
        step.gradient(X[:, :m], Y[:, :m])
        step.update(ALPHA, 0.0)
        assert len(step._layers) <= MOST_SIZES
    assert bits(parameters) == kept


# Counting

DONE: Counter[str] = Counter()
NUMBERS: Counter[str] = Counter()


class Counted(np.ndarray[Any, Any]):
    """An array that counts what is done with it: calls, multiplications of products, and elements of all else."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = (), **kwargs: Any) -> Any:
        result = getattr(ufunc, method)(
            *map(plain, inputs), **({"out": tuple(map(plain, out))} if out else {}), **kwargs
        )
        DONE[ufunc.__name__] += 1
        NUMBERS["elements"] += max(np.size(V) for V in (*inputs, result))
        return out[0] if out else counted(result)

    def dot(self, other: Any, out: Any = None) -> Any:
        plain(self).dot(plain(other), plain(out))
        DONE["dot"] += 1
        NUMBERS["multiplications"] += self.size * other.shape[1]
        return out


def plain(V: Any) -> Any:
    return V.view(np.ndarray) if isinstance(V, Counted) else V


def counted(V: Any) -> Any:
    return V.view(Counted) if isinstance(V, np.ndarray) else V


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The arrays of a step count what is done with them."""
    makers = {
        name: (lambda make: lambda *args: counted(make(*args)))(getattr(np, name))
        for name in ("zeros", "empty", "empty_like")
    }
    monkeypatch.setattr(deep, "np", SimpleNamespace(**vars(np) | makers))
    yield
    DONE.clear()
    NUMBERS.clear()


def one_step(layers: tuple[int, ...], head: Head, beta: float, m: int = 7) -> None:
    X, Y, parameters = drawn(layers, "float64", m)
    velocity = {f"v{name}": np.zeros_like(V) for name, V in parameters.items()} if beta else {}
    step = DeepStep(parameters, velocity, head)
    with unchecked():
        step.gradient(counted(X), Y)
        DONE.clear()
        NUMBERS.clear()
        step.gradient(counted(X), Y)
        step.update(ALPHA, beta)


def floor(layers: tuple[int, ...], m: int = 7) -> int:
    """The multiplications of W A and dZ A.T of each layer, and of W.T dZ of all but the first."""
    sizes = [n_prev * n for n_prev, n in pairwise(layers)]
    return m * (3 * sum(sizes) - sizes[0])


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("layers", [LAYERS, (6, 4, 3, 1), (9, 1)])
def test_a_step_multiplies_matrices_no_more_than_it_must(layers: tuple[int, ...], head: str) -> None:
    chosen = HEADS[head]._replace(activation=()) if len(layers) == 2 else HEADS[head]
    one_step(layers, chosen, 0.9)
    assert NUMBERS["multiplications"] == floor(layers)
    assert DONE["dot"] == 3 * (len(layers) - 1) - 1


@pytest.mark.usefixtures("counting")
def test_nothing_is_computed_twice() -> None:
    one_step((3, 4, 1), Head("tanh"), 0.9)
    once = ("tanh", "log1p", "maximum", "minimum", "square")
    assert {name: DONE[name] for name in once} == dict.fromkeys(once, 1)
    assert (
        Counter({"dot": 5, "add": 8, "multiply": 4, "subtract": 5, "divide": 2, "exp": 2} | dict.fromkeys(once, 1))
        == DONE
    )


@pytest.mark.usefixtures("counting")
def test_a_step_passes_over_the_parameters_no_more_than_it_must() -> None:
    """Of the weights: division by m, the learning rate, the subtraction; two more with momentum, four with L2."""
    for head, beta, passes in ((Head(), 0.0, 3), (Head(), 0.9, 5), (Head(l2=0.1), 0.9, 9)):
        numbers = []
        for n in (50, 51):
            one_step((n, 4, 1), head, beta)
            numbers.append(NUMBERS["elements"])
        assert numbers[1] - numbers[0] == passes * 4


def test_a_training_goes_forward_and_backward_once_an_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    done: Counter[str] = Counter()

    def counted_calls(name: str) -> Any:
        right = getattr(DeepStep, name)
        return lambda step, *args: (done.update([name]), right(step, *args))[1]

    names = ("gradient", "update", "_forward", "_cost", "_backward")
    for name in names:
        monkeypatch.setattr(DeepStep, name, counted_calls(name))
    trained(options(layers=(3,), iterations=50, log_every=10), "numpy")
    assert done == Counter(dict.fromkeys(names, 51) | {"update": 50})  # the record of the end has no update
