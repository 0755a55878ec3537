"""The words of a heading lead to its place, in whichever form they are written."""

import re

import pytest

from backproof.search.headings import places_about, systems_about
from reference_numpy.places import OUTLINES


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("vectorizing logistic regression", "p. 15"),
        ("Vectorisation of logistic regression", "p. 15"),
        ("computation graph", "Computation Graph"),
        ("random initialisation", "p. 31"),
        ("backpropagation", "backward propagation"),
        ("the symmetry breaking problem", "p. 32"),
        ("hyperparameters", "p. 41"),
        ("derivatives of activation functions", "p. 26"),
        ("why should we use non-linear activation functions?", "p. 25"),
        ("implementing logistic regression (completely)", "p. 16"),
        ("logistic regression derivatives, by loops", "p. 14"),
    ],
)
def test_the_likest_heading_comes_first(words: str, first: str) -> None:
    assert places_about(words)[0].part == first


def test_every_heading_finds_its_place() -> None:
    for note, outline in OUTLINES.items():
        for part, what in outline.items():
            if re.search(r"[a-z]{4}", what.heading):
                assert (note, part) in places_about(what.heading)


def test_systems_by_their_titles() -> None:
    assert systems_about("vectorization")[0] == "S10"
    assert systems_about("regularization") == ["S22"]
    assert not systems_about("the")
    assert not places_about("xyzzy")


def test_most_of_the_words_are_enough_where_no_heading_has_all() -> None:
    assert systems_about("momentum, minibatch size, regularization") == ["S22"]
    assert "p. 27" in [place.part for place in places_about("gradient descent for NNs")]
    assert not places_about("deep learning")
    assert not places_about("vectorised cats")


def test_a_word_within_a_word_has_four_letters() -> None:
    assert "p. 31" in [place.part for place in places_about("init")]
    assert not places_about("ini")
