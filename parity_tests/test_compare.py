"""The verdict on one tensor."""

import numpy as np
import pytest

from .compare import THRESHOLD_U, UNIT_ROUNDOFF, Verdict, compare, worst

V = np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]])


def test_equal_tensors_agree_exactly() -> None:
    assert compare("dW", V, V.copy()).verdict == "agrees"
    assert compare("dW", V, V.copy()).error_u == 0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_threshold_lies_between_rounding_and_a_slip(dtype: str) -> None:
    limit = THRESHOLD_U[dtype] * UNIT_ROUNDOFF[dtype]
    assert compare("dW", V, V * (1 + limit / 2), dtype).verdict == "agrees"
    assert compare("dW", V, V * (1 + limit * 2), dtype).verdict == "disagrees"


def test_threshold_is_the_geometric_middle_of_the_measured_gap() -> None:
    largest_rounding_u, smallest_slip = 1.6e3, 1e-3
    middle = np.sqrt(largest_rounding_u * smallest_slip / UNIT_ROUNDOFF["float64"])
    assert 0.5 < THRESHOLD_U["float64"] / middle < 2


def test_error_is_norm_wise_in_u() -> None:
    moved = V.copy()
    moved[0, 0] += 1e-12
    assert compare("dW", V, moved).error_u == pytest.approx(1e-12 / np.linalg.norm(V) * 2**53, rel=1e-3)


def test_shape_comes_first_and_is_never_broadcast() -> None:
    column = compare("db", np.ones((3, 1)), np.ones(3))
    assert (column.verdict, column.error_u) == ("disagrees", np.inf)
    assert column.reason == "db has shape (3,), expected (3, 1)"
    assert compare("dW", V, V.T).reason == "dW has shape (3, 2), expected (2, 3), the transpose"


def test_zero_must_be_exactly_zero() -> None:
    zero = np.zeros((2, 2))
    assert compare("db", zero, zero).verdict == "agrees"
    tiny = compare("db", zero, np.full((2, 2), 1e-300))
    assert (tiny.verdict, tiny.reason) == ("disagrees", "db must be exactly zero, and is not")


def test_there_is_no_absolute_tolerance() -> None:
    assert compare("dW", V * 1e-200, V * 1.001e-200).verdict == "disagrees"
    assert compare("dW", V * 1e-200, V * 1e-200).verdict == "agrees"


def test_noise_above_the_threshold_is_inconclusive_even_if_values_are_equal() -> None:
    assert compare("dW", V, V, noise_u=1e9).verdict == "inconclusive"
    assert compare("dW", V, V, noise_u=1e7).verdict == "agrees"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite_is_never_right(bad: float) -> None:
    assert compare("dW", V, np.where(V > 4, bad, V)).verdict == "disagrees"
    assert compare("dW", np.where(V > 4, bad, V), V).verdict == "inconclusive"


def test_reason_names_the_worst_entry_and_both_values() -> None:
    wrong = V.copy()
    wrong[1, 2] = 6.0
    assert compare("dW", V, wrong).reason.endswith("(at [1, 2]: 6, expected -6)")


def test_what_is_no_number_disagrees() -> None:
    assert compare("dW", V, None).verdict == "disagrees"
    assert "str" in compare("dW", V, "dW").reason


def test_the_worst_of_some_verdicts_decides_the_exit_status() -> None:
    agrees, inconclusive, disagrees = Verdict.AGREES, Verdict.INCONCLUSIVE, Verdict.DISAGREES
    assert worst([]) is worst([agrees]) is agrees
    assert worst([agrees, inconclusive, agrees]) is inconclusive
    assert worst([inconclusive, disagrees, agrees]) is disagrees
    assert [verdict.exit_status for verdict in (agrees, inconclusive, disagrees)] == [0, 1, 1]
