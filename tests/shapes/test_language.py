"""The shape language: what is written is read, and the other way round."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_numpy.registry import FORMULAS
from shapes.language import Domain, Quantity, parse, write

WORDS = st.from_regex(r"[a-z]\w{0,5}", fullmatch=True).filter(lambda word: word != "in" and word.isascii())
DIMS = st.one_of(st.none(), st.just(("...",)), st.lists(WORDS | st.integers(1, 9).map(str), max_size=4).map(tuple))
DOMAINS = st.one_of(
    st.none(),
    st.sampled_from(["(0, 1)", "[0, 1]", "[0, inf)", "{0, 1}", "{1..inf}", "{2..12}", "(0.5, 2]"]).map(Domain),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda words: Domain(f"{{{', '.join(words)}}}")),
)
QUANTITIES = st.builds(Quantity, WORDS, DIMS, st.lists(WORDS, max_size=3).map(tuple), DOMAINS)


@given(st.lists(QUANTITIES, max_size=5, unique_by=lambda quantity: quantity.name))
def test_reading_undoes_writing(quantities: list[Quantity]) -> None:
    declared = {quantity.name: quantity for quantity in quantities}
    assert parse(write(declared)) == declared


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_what_is_declared_is_written_as_it_is_read(formula_id: str) -> None:
    for side in (FORMULAS[formula_id].arguments, FORMULAS[formula_id].results):
        assert parse(write(side)) == side


@pytest.mark.parametrize("text", ["A (n, m) B (n, m)", "A (n, m", "(n, m)", "A in {", "A {W} in"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^shapes {re.escape(repr(text))}: cannot read "):
        parse(text)


@pytest.mark.parametrize(
    ("text", "values", "outside"),
    [
        ("(0, 1]", [-1, 0, 0.5, 1, 1.5], [True, True, False, False, True]),
        ("[0, 1)", [-1, 0, 0.5, 1, 1.5], [True, False, False, True, True]),
        ("{2..5}", [1, 2, 5, 6], [True, False, False, True]),
        ("{0, 1}", [0, 0.5, 1, 2], [False, True, False, True]),
    ],
)
def test_a_domain_says_the_same_of_numbers_arrays_and_tensors(
    text: str, values: list[float], outside: list[bool]
) -> None:
    domain = Domain(text)
    assert [domain.outside(value) for value in values] == outside
    assert domain.outside(np.array(values)).tolist() == outside
    assert domain.outside(torch.tensor(values)).tolist() == outside
