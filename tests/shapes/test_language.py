"""The language of shapes: what is written can be read again, and what is no shape is refused."""

import string

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_numpy.registry import FORMULAS
from shapes.language import Domain, Quantity, parse, write
from shapes.names import Name, parse_name

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
NUMBERS = st.integers(-999, 999) | st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
SIZES = st.lists(NAMES | st.integers(1, 9).map(str), max_size=4).map(tuple) | st.just(("...",))
INTERVALS = st.tuples(st.sampled_from("[("), NUMBERS, NUMBERS | st.just("inf"), st.sampled_from("])"))
DOMAINS = st.one_of(
    INTERVALS.map(lambda i: f"{i[0]}{i[1]}, {i[2]}{i[3]}"),
    st.tuples(st.integers(-9, 9), st.integers(10, 99)).map(lambda i: f"{{{i[0]}..{i[1]}}}"),
    st.lists(NAMES, min_size=1, max_size=4).map(lambda words: f"{{{', '.join(words)}}}"),
    st.lists(st.integers(0, 9).map(str), min_size=1, max_size=4).map(lambda numbers: f"{{{', '.join(numbers)}}}"),
)
QUANTITIES = st.builds(
    Quantity,
    NAMES,
    st.none() | SIZES,
    st.lists(NAMES, max_size=3).map(tuple),
    st.none() | DOMAINS.map(Domain),
) | st.builds(Quantity, NAMES, SIZES.filter(bool), one_hot=st.just(True))
SIDES = st.lists(QUANTITIES, max_size=4, unique_by=lambda q: q.name).map(lambda qs: {q.name: q for q in qs})


@given(SIDES)
def test_what_is_written_can_be_read_again(quantities: dict[str, Quantity]) -> None:
    assert list(parse(write(quantities)).items()) == list(quantities.items())


@given(st.text(alphabet=string.ascii_letters + "01 ,.(){}[]_->", max_size=30))
def test_any_text_is_read_whole_or_refused(text: str) -> None:
    found: dict[str, Quantity] = {}
    said = ""
    try:
        found = parse(text)
    except ValueError as error:
        said = str(error)
    assert bool(found) != bool(said) or text == ""
    assert all(word in text for q in found.values() for word in (q.name, *(q.dims or ()), *q.layered))
    assert said == "" or said.startswith(f"shapes {text!r}: cannot read ")


@pytest.mark.parametrize(
    ("declared", "axis"), [("(k, m)", 0), ("(m, k)", 1), ("(m, t, k)", 2), ("(k,)", 0), ("(m,)", 0)]
)
def test_the_classes_are_along_the_last_axis_but_the_examples(declared: str, axis: int) -> None:
    assert parse(f"Y {declared} one-hot")["Y"].class_axis == axis


def test_without_sizes_the_first_axis_is_that_of_the_classes() -> None:
    assert Quantity("Y").class_axis == 0


@pytest.mark.parametrize("declared", ["Y one-hot", "Y () one-hot", "Y one-hot, X one-hot"])
def test_what_has_no_classes_is_not_one_hot(declared: str) -> None:
    with pytest.raises(ValueError, match=r"Y is one-hot, expected a shape with its classes, as \(k, m\)"):
        parse(declared)


@given(INTERVALS, NUMBERS)
def test_an_interval_holds_what_its_brackets_say(interval: tuple[str, float, float, str], x: float) -> None:
    first, low, high, last = interval
    inside = (low <= x if first == "[" else low < x) and (x <= float(high) if last == "]" else x < float(high))
    assert bool(Domain(f"{first}{low}, {high}{last}").outside(x)) is not inside


LAYERED = st.tuples(st.sampled_from("WbZAY"), st.integers(0, 99))
LETTERS = st.sampled_from("abcJLSWXYZA")
PLAIN = st.tuples(LETTERS, st.sampled_from(["", "_prev", "_hat", "_0"])).map("".join) | st.just("theta")
WRITTEN = st.one_of(
    st.builds(lambda of: Name("value", *of), LAYERED),
    st.builds(lambda of: Name("derivative", *of), LAYERED),
    st.builds(lambda family, layer: Name("velocity", family, layer), st.sampled_from("Wb"), st.integers(0, 99)),
    st.builds(lambda of: Name("value", of), PLAIN),
    st.builds(lambda by: Name("derivative", by), PLAIN),
    st.builds(lambda of, by: Name("derivative", by, None, of), PLAIN, PLAIN),
)


@given(WRITTEN)
def test_a_name_is_read_as_it_was_written(name: Name) -> None:
    assert parse_name(str(name)) == name


@given(st.text(max_size=12) | NAMES)
def test_any_word_is_read_and_written_as_it_is(text: str) -> None:
    assert str(parse_name(text)) == text or text[-1].isdigit()  # W02 is W2


@given(LAYERED, st.sampled_from(["", "d"]))
def test_a_quantity_of_a_layer_has_the_sizes_of_the_notation(of: tuple[str, int], derivative: str) -> None:
    symbol, layer = of
    columns = {"W": f"n_{layer - 1}", "b": "1", "Z": "m", "A": "m"}.get(symbol)
    assert parse_name(f"{derivative}{symbol}{layer}").dims == (columns and (f"n_{layer}", columns))


@pytest.mark.parametrize("text", ["A (n, m) B (n, m)", "A (n, m", "A in {1", "A {W, b) in (0, 1)", "(n, m)", "A,B"])
def test_these_are_no_shapes(text: str) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        parse(text)


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_what_is_declared_is_written_as_it_is_read(formula_id: str) -> None:
    for side in (FORMULAS[formula_id].arguments, FORMULAS[formula_id].results):
        assert parse(write(side)) == side


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
