"""What the notes show of their formulas holds in both implementations, and is noticed where it does not."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from backproof.demonstrations.networks import collapse, symmetry, xor
from backproof.demonstrations.seen import Implementation, Row, Seen, at_most, exactly, less_than, more_than
from backproof.demonstrations.sides import SIDES, by_hand, with_torch
from backproof.demonstrations.table import DEMONSTRATIONS
from reference_numpy.places import places
from reference_numpy.systems import SYSTEMS


@cache
def shown(name: str, side: str) -> Seen:
    return DEMONSTRATIONS[name].run(SIDES[side])


def failed(seen: Seen) -> list[Row]:
    return [row for row in seen.rows if not row.holds]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", [name for name in DEMONSTRATIONS if name != "one_call"])
def test_it_is_as_the_notes_claim(name: str, side: str) -> None:
    seen = shown(name, side)
    assert not failed(seen)
    assert all(len(row.what) <= 40 and len(row.claim) <= 14 for row in seen.rows)  # a table of 80 columns


@pytest.mark.parametrize("side", SIDES)
def test_a_loop_gives_what_one_call_gives(side: str) -> None:
    same, _ = DEMONSTRATIONS["one_call"].run(SIDES[side], sizes=(20, 30), rounds=1).rows  # how long it takes is shown
    assert same.holds


@pytest.mark.parametrize("name", [name for name in DEMONSTRATIONS if name != "one_call"])
def test_both_implementations_draw_the_same_curves(name: str) -> None:
    ours, theirs = (shown(name, side).pictures for side in SIDES)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.title, mine.right, mine.up) == (other.title, other.right, other.up)
        for a, b in zip(mine.curves, other.curves, strict=True):
            assert a.name == b.name
            np.testing.assert_array_equal(a.x, b.x)
            np.testing.assert_allclose(a.y, b.y, rtol=1e-7, atol=1e-12)


# More networks than are shown


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
@pytest.mark.parametrize("scale", ["small", "scaled", "he", "xavier"])
def test_symmetry_stays_from_zeros_alone(activation: str, scale: str) -> None:
    assert not failed(symmetry(by_hand, activation, scale))


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_symmetry_stays_from_zeros_alone_with_torch(activation: str) -> None:
    assert not failed(symmetry(with_torch, activation))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu"])
@pytest.mark.parametrize("layers", [(3, 2, 2), (3, 4, 2), (5, 4, 3, 6, 2)])
def test_linear_layers_collapse_and_others_do_not(layers: tuple[int, ...], activation: str, side: str) -> None:
    assert not failed(collapse(SIDES[side], layers, activation))


@pytest.mark.parametrize("most", [2, 3, 7, 11, 12])
def test_xor_of_any_number_of_bits(most: int) -> None:
    rows = [row for row in xor(by_hand, most).rows if most < 6 or row.holds]
    assert len(rows) == 5
    assert all(row.holds for row in rows)


# What would be wrong is noticed

Change = Callable[[Any], Any]


def changed(formula_id: str, change: Change) -> Implementation:
    """The reference, in which one formula returns something else."""
    return lambda name: (lambda *a, **k: change(by_hand(name)(*a, **k))) if name == formula_id else by_hand(name)


def one_unit_apart(result: Any) -> Any:
    p, costs = result
    return p | {"W1": p["W1"] + 1e-9 * np.eye(*p["W1"].shape)}, costs


WRONG = [
    ("symmetry", "descent.gradient_descent", one_unit_apart),
    ("collapse", "linearity.collapse", lambda Wb: (Wb[0], Wb[1] * (1 + 1e-9))),
    ("xor", "deep.deep_forward", lambda result: (1 - result[0], result[1])),
    ("xor", "circuits.count_hidden_units", lambda n: n + 1),
    ("any_start", "descent.gradient_descent", lambda result: (result[0], result[1] * 0)),
    ("convexity", "losses.squared_error_curvature", np.abs),
    ("convexity", "logistic.logistic_cost", lambda result: (-result[0], result[1])),
    ("saturation", "activations.sigmoid", lambda a: 0.999 * a),
    ("saturation", "activations.sigmoid_prime", lambda slope: slope + 1e-3),
    ("one_call", "vectorization.dot_loop", lambda z: z * (1 + 1e-6)),
]


@pytest.mark.parametrize(("name", "formula_id", "change"), WRONG, ids=[f"{name}-{where}" for name, where, _ in WRONG])
def test_a_wrong_formula_is_noticed(name: str, formula_id: str, change: Change) -> None:
    assert failed(DEMONSTRATIONS[name].run(changed(formula_id, change)))


def test_rows() -> None:
    assert [row.holds for row in (at_most("", 1, 1), at_most("", 1.1, 1), exactly("", 1, 1), exactly("", 2, 1))] == [
        True,
        False,
    ] * 2
    assert [row.holds for row in (more_than("", 1, 1), more_than("", 1.1, 1), less_than("", 1, 1))] == [
        False,
        True,
        False,
    ]
    claims = [at_most("", 0, 1e-9), more_than("", 0, 3), less_than("", 0, 3), exactly("", 0, 3)]
    assert [row.claim for row in claims] == ["<= 1e-09", "> 3", "< 3", "3"]
    assert not Seen((at_most("", 1, 1), exactly("", 1, 2)), ()).holds


def test_each_is_of_a_system_and_at_a_place_of_the_notes() -> None:
    for demonstration in DEMONSTRATIONS.values():
        assert set(demonstration.systems) <= set(SYSTEMS)
        assert places(demonstration.source)
        assert demonstration.claim.endswith(".")
