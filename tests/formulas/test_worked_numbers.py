"""Every number that the notes work out, against the code."""

import numpy as np
import pytest

from reference_numpy import (
    activations,
    broadcasting,
    calculus,
    deep,
    dimensions,
    graph,
    housing,
    initialization,
    losses,
    notation,
)
from reference_numpy.calculus import Function


@pytest.mark.parametrize(
    ("f", "a", "value", "nudged"),
    [
        (calculus.triple, 2.0, 6, "6.003"),
        (calculus.triple, 5.0, 15, "15.003"),
        (calculus.square, 2.0, 4, "4.004001"),
        (calculus.square, 5.0, 25, "25.010001"),
        (calculus.cube, 2.0, 8, "8.012006"),
    ],
)
def test_a_nudge_of_a_thousandth(f: Function, a: float, value: float, nudged: str) -> None:
    assert f(np.array(a)) == value
    digits = len(nudged.partition(".")[2])
    assert f"{f(np.array(a + 0.001)):.{digits}f}" == nudged


def test_the_nudge_of_the_logarithm() -> None:
    before, after = calculus.natural_log(np.array(2.0)), calculus.natural_log(np.array(2.001))
    assert (f"{before:.5f}", f"{after:.5f}") == ("0.69315", "0.69365")
    assert round(float(after - before), 4) == 0.0005
    assert calculus.slope(calculus.natural_log, np.array(2.0)) == pytest.approx(0.5, abs=2e-4)


@pytest.mark.parametrize("nudge", [1e-3, 1e-8, 1e-10])
@pytest.mark.parametrize(("f", "slope"), [(calculus.triple, 3), (calculus.square, 4), (calculus.cube, 12)])
def test_the_smaller_nudges_of_the_slides(f: Function, slope: float, nudge: float) -> None:
    assert calculus.slope(f, np.array(2.0), nudge) == pytest.approx(slope, rel=1e-5 + 2 * nudge)


@pytest.mark.parametrize(
    ("a", "b", "c", "u", "v", "J"),
    [
        (5.0, 3.0, 2.0, 6, 11, 33),
        (5.001, 3.0, 2.0, 6, 11.001, 33.003),
        (5.0, 3.0, 6.001 / 3, 6.001, 11.001, 33.003),  # u itself nudged
        (5.0, 3.001, 2.0, 6.002, 11.002, 33.006),
        (5.0, 3.0, 2.001, 6.003, 11.003, 33.009),
    ],
)
def test_nudges_of_the_computation_graph(a: float, b: float, c: float, u: float, v: float, J: float) -> None:
    value, cache = graph.graph_forward(a, b, c)
    assert (cache["u"], cache["v"], value) == pytest.approx((u, v, J), abs=1e-9)


def test_the_table_of_calories() -> None:
    A = np.array([[1.0, 2, 5, 2], [2, 3, 5, 3], [3, 4, 5, 6]])
    assert broadcasting.sum_vertically(A).tolist() == [6, 9, 15, 11]
    percentage = broadcasting.column_percentages(A)
    assert percentage.shape == (3, 4)
    np.testing.assert_allclose(broadcasting.sum_vertically(percentage), 100)


def test_a_column_added_to_a_matrix() -> None:
    S = broadcasting.broadcast_column(np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[100.0], [200]]), "add")
    assert S.tolist() == [[101, 102, 103], [204, 205, 206]]


def test_the_network_of_five_sizes() -> None:
    shapes = dimensions.layer_shapes([3, 3, 3, 2, 1], 1)
    assert [shapes[f"W{l}"] for l in (1, 2, 3, 4)] == [(3, 3), (3, 3), (2, 3), (1, 2)]
    parameters = initialization.initialize_parameters([3, 3, 3, 2, 1], np.random.RandomState(0))
    _, cache = deep.deep_forward(np.ones((3, 1)), parameters)
    assert len(parameters) // 2 == 4
    assert cache["A4"].shape == (1, 1)


@pytest.mark.parametrize(
    ("layers", "W", "b"), [([2, 3, 1], (3, 2), (3, 1)), ([3, 4, 1], (4, 3), (4, 1))], ids=["3 from 2", "4 from 3"]
)
def test_the_shapes_of_a_first_layer(layers: list[int], W: tuple[int, int], b: tuple[int, int]) -> None:
    shapes = dimensions.layer_shapes(layers, 1)
    assert (shapes["W1"], shapes["b1"], shapes["Z1"]) == (W, b, (layers[1], 1))


def test_the_table_of_houses() -> None:
    size, price = np.array([[2024.0, 1000, 3000]]), np.array([[400.0, 300, 500]])
    w, b = np.polyfit(size[0], price[0], 1)
    J, cache = housing.housing_cost(w, b, size, price)
    grads = housing.housing_gradients(size, price, cache)
    assert (grads["dw"] / size.mean(), grads["db"]) == pytest.approx((0, 0), abs=1e-9)  # the best line
    assert w == pytest.approx(0.1, abs=0.001)
    assert J < 1
    _, cache = housing.housing_cost(0.1, -150.0, size, price)
    assert cache["Y_hat"].min() == 0  # no price is negative


def test_sixty_four_times_sixty_four_times_three() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    assert notation.picture_by_planes(picture).shape == notation.picture_to_column(picture).shape == (12288, 1)


def test_colours_by_planes_and_by_pixels() -> None:
    picture = np.stack([np.full((2, 2), c, np.uint8) for c in (255, 134, 0)], axis=2)
    assert notation.picture_by_planes(picture)[:, 0].tolist() == [255] * 4 + [134] * 4 + [0] * 4
    assert notation.picture_to_column(picture)[:, 0].tolist() == [255, 134, 0] * 4


def test_sigma_saturates_and_its_slope_vanishes() -> None:
    Z = np.array([[-20.0, -10, 0, 10, 20]])
    A, slope = activations.sigmoid(Z), activations.sigmoid_prime(Z)
    np.testing.assert_allclose(A, [[0, 0, 0.5, 1, 1]], atol=1e-4)
    assert slope[0, 2] == 0.25
    assert slope[0, [0, 1, 3, 4]].max() < 1e-4
    assert activations.relu_prime(Z)[0, 3:].tolist() == [1, 1]


def test_the_loss_of_one_example_by_cases() -> None:
    assert losses.cross_entropy_loss(0.9, 1.0) < losses.cross_entropy_loss(0.1, 1.0)
    assert losses.cross_entropy_loss(0.1, 0.0) < losses.cross_entropy_loss(0.9, 0.0)
    A, Y = np.array([[0.9, 0.2, 0.6]]), np.array([[1.0, 0, 0]])
    np.testing.assert_allclose(losses.cross_entropy_by_cases(A, Y), losses.cross_entropy(A, Y), rtol=1e-15)


def test_lees_uniform_start_is_numpys_rand() -> None:
    drawn = initialization.initialize_parameters([4, 3, 1], np.random.RandomState(5), "uniform")
    legacy = np.random.RandomState(5)
    np.testing.assert_array_equal(drawn["W1"], legacy.rand(3, 4) * 0.01)
    np.testing.assert_array_equal(drawn["W2"], legacy.rand(1, 3) * 0.01)
