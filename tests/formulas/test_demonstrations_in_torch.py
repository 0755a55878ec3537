"""What the notes demonstrate, with torch: symmetry stays, linear layers collapse, any start ends alike, depth pays."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from reference_numpy.initialization import initialize_parameters
from shapes.network import Head
from torch_impl import circuits, deep, descent, linearity, losses

from .networks import data, network


def tensors(parameters: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(value) for name, value in parameters.items()}


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
@pytest.mark.parametrize("scale", ["zeros", "small"])
def test_hidden_units_stay_identical_from_zeros_alone(activation: str, scale: str) -> None:
    X, Y = map(torch.from_numpy, data(3, 31))  # odd, so that the classes differ in size and b2 moves
    start = tensors(initialize_parameters([3, 4, 1], np.random.RandomState(0), scale))
    p, _ = descent.gradient_descent(X, Y, start, Head(activation), alpha=0.5, iterations=200)
    apart = float(torch.pdist(p["W1"]).min())
    assert apart < 1e-12 if scale == "zeros" else apart > 1e-4
    assert p["b2"].any()


@pytest.mark.parametrize("layers", [[3, 2], [5, 4, 3, 6, 2]])
def test_linear_layers_equal_one_layer(layers: list[int]) -> None:
    X = torch.from_numpy(data(layers[0], 6)[0])
    p = tensors(network(layers))
    W, b = linearity.collapse(p)
    many, _ = deep.deep_forward(X, p, "identity", "sigmoid")
    one, _ = deep.deep_forward(X, {"W1": W, "b1": b}, "identity", "sigmoid")
    torch.testing.assert_close(many, one, rtol=1e-10, atol=0)


def test_any_start_reaches_the_same_minimum() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((2, 40))
    Y = (X[:1] - X[1:] + rng.standard_normal((1, 40)) > 0).astype(float)
    ends = []
    for W in ([[0.0, 0.0]], [[5.0, -3.0]], [[-4.0, 6.0]]):
        start = tensors({"W1": np.array(W), "b1": np.ones((1, 1))})
        p, _ = descent.gradient_descent(
            torch.from_numpy(X), torch.from_numpy(Y), start, Head(), alpha=1.0, iterations=2000
        )
        ends.append(torch.cat([p["W1"].flatten(), p["b1"].flatten()]))
    torch.testing.assert_close(ends[1], ends[0], rtol=1e-9, atol=0)
    torch.testing.assert_close(ends[2], ends[0], rtol=1e-9, atol=0)


def test_squared_error_is_not_convex_in_z_and_cross_entropy_is() -> None:
    Z = torch.linspace(-6, 6, 101, dtype=torch.float64)[None]
    Y = torch.full_like(Z, 0.4)
    assert losses.cross_entropy_curvature(Z, Y).min() > 0
    curvature = losses.squared_error_curvature(Z, Y)
    assert curvature.min() < 0 < curvature.max()


@pytest.mark.parametrize("n", [2, 5, 8])
@pytest.mark.parametrize("built", [circuits.deep_xor_network, circuits.shallow_xor_network])
def test_both_networks_compute_xor(n: int, built: Callable[[int], dict[str, torch.Tensor]]) -> None:
    X = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * n).T.contiguous()
    answer, _ = deep.deep_forward(X, built(n), "relu", "identity")
    torch.testing.assert_close(answer, X.sum(dim=0, keepdim=True) % 2, rtol=0, atol=0)


def test_the_shallow_network_needs_more_units() -> None:
    units = circuits.count_hidden_units
    assert units(circuits.deep_xor_network(8)) == 14
    assert units(circuits.shallow_xor_network(8)) == 128
