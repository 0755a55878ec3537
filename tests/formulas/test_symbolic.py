"""Symbolic proof, with SymPy, of the scalar identities that the vectorised formulas rest on."""

import numpy as np
import pytest
import sympy as sp

from reference_numpy import activations, calculus, losses

z, w, x, b = sp.symbols("z w x b", real=True)
a = sp.symbols("a", positive=True)
y = sp.symbols("y", real=True)
SIGMA = 1 / (1 + sp.exp(-z))
LOSS = -(y * sp.log(a) + (1 - y) * sp.log(1 - a))


def is_zero(expression: sp.Expr) -> bool:
    return bool(sp.simplify(expression) == 0)


def test_da() -> None:
    assert is_zero(sp.diff(LOSS, a) - (-y / a + (1 - y) / (1 - a)))


def test_dz_is_a_minus_y() -> None:
    assert is_zero(sp.diff(LOSS.subs(a, SIGMA), z) - (SIGMA - y))


def test_dw_is_x_dz_and_db_is_dz() -> None:
    L = LOSS.subs(a, SIGMA).subs(z, w * x + b)
    dz = (SIGMA - y).subs(z, w * x + b)
    assert is_zero(sp.diff(L, w) - x * dz)
    assert is_zero(sp.diff(L, b) - dz)


def test_sigma_prime() -> None:
    assert is_zero(sp.diff(SIGMA, z) - SIGMA * (1 - SIGMA))


def test_tanh_prime() -> None:
    by_exponentials = (sp.exp(z) - sp.exp(-z)) / (sp.exp(z) + sp.exp(-z))
    assert is_zero(sp.diff(by_exponentials, z) - (1 - by_exponentials**2))


def test_logits_form_of_the_loss() -> None:
    positive = sp.symbols("p", positive=True)
    for value in (positive, -positive):
        logits_form = sp.Max(value, 0) - value * y + sp.log(1 + sp.exp(-sp.Abs(value)))
        notes_form = sp.expand_log(LOSS.subs(a, SIGMA).subs(z, value), force=True)
        assert is_zero(sp.expand_log(sp.simplify(logits_form - notes_form), force=True))


@pytest.mark.parametrize("label", [0, 1])
def test_log_likelihood_is_minus_the_loss(label: int) -> None:
    p = a**y * (1 - a) ** (1 - y)
    assert is_zero((sp.log(p) + LOSS).subs(y, label))
    assert p.subs(y, label) == (a if label else 1 - a)


def test_log_likelihood_is_minus_the_loss_for_soft_labels() -> None:
    p = a**y * (1 - a) ** (1 - y)
    assert is_zero(sp.expand_log(sp.log(p), force=True) + LOSS)


def test_curvatures() -> None:
    assert is_zero(sp.diff(LOSS.subs(a, SIGMA), z, 2) - SIGMA * (1 - SIGMA))
    squared = (SIGMA - y) ** 2 / 2
    slope = SIGMA * (1 - SIGMA)
    assert is_zero(sp.diff(squared, z, 2) - slope * (slope + (SIGMA - y) * (1 - 2 * SIGMA)))


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        (sp.diff(3 * z, z), calculus.triple_prime),
        (sp.diff(z**2, z), calculus.square_prime),
        (sp.diff(z**3, z), calculus.cube_prime),
        (sp.diff(sp.log(z), z), calculus.natural_log_prime),
        (sp.diff(SIGMA, z), activations.sigmoid_prime),
        (sp.diff(sp.tanh(z), z), activations.tanh_prime),
    ],
)
def test_code_computes_the_symbolic_derivative(expression: sp.Expr, function: calculus.Function) -> None:
    at = np.array([0.3, 0.7, 1.9])
    np.testing.assert_allclose(function(at), [float(expression.subs(z, v)) for v in at], rtol=1e-14)


def test_code_computes_the_symbolic_curvature_of_squared_error() -> None:
    expression = sp.diff((SIGMA - y) ** 2 / 2, z, 2)
    Z, Y = np.array([[-1.2, 0.4, 2.0]]), np.array([[0.0, 0.3, 1.0]])
    expected = [[float(expression.subs({z: u, y: v})) for u, v in zip(Z[0], Y[0], strict=True)]]
    np.testing.assert_allclose(losses.squared_error_curvature(Z, Y), expected, rtol=1e-12)
