"""A page with a derivation of its own: what is wrong is told and mended in the page's LaTeX."""

import pytest

from backproof.notes.check import check_notes
from backproof.notes.judged import numbers
from backproof.notes.judged.doubts import doubt_of
from backproof.notes.meaning.cause_tex import cause_in_tex
from backproof.notes.meaning.to_tex import to_tex
from backproof.notes.reading.context import in_context
from backproof.notes.reading.reader import read

PAGE = r"""
$X$ is $(n, m)$.
$$Z = w^T X + b$$
$$A = \tanh(Z)$$
$$J = \frac{1}{2m} \sum_{i=1}^m (a^{(i)} - y^{(i)})^2$$
$$dA = \frac{1}{m} (A - Y)$$
$$dZ = dA \odot (1 - A)$$
$$dw = X dZ^T$$
"""


def test_the_fix_is_an_edit_of_the_formula_as_it_is_written() -> None:
    """Nothing else of the line changes, and the cause quotes the page."""
    found = {said.line: said for said in check_notes(PAGE, "page.md").statements if said.verdict == "wrong"}
    assert list(found) == [7]
    assert found[7].fix_tex == r"dA \odot (1 - A^2)"
    assert found[7].cause == "the square is missing: A^2 where A stands"


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("1/m is missing at dW2", r"\frac{1}{m} is missing at dW^{[2]}"),
        ("A1 where A1.T belongs", "A^{[1]} where A^{[1]T} belongs"),
        ("2 too many; the term W.T @ z is missing", "2 too many; the term W^T z is missing"),
        ("it has another shape", "it has another shape"),
    ],
)
def test_a_cause_quotes_latex(cause: str, told: str) -> None:
    """Formulas within it are rewritten, words are left alone."""
    assert cause_in_tex(cause, lambda source: to_tex(source, {})) == told


def test_g_is_the_last_activation_only_where_it_is_called() -> None:
    """Beside a hat, g(z) is sigma and the report says so; a gain g is no function."""
    _, _, right, said = in_context(read(r"\hat{y}"), read("g(z)"), "=", r"\hat{y} = g(z)")
    assert (right, said) == (read(r"\sigma(z)"), ["g is the last activation, sigma"])
    gain = read(r"g \odot \hat{x}")
    assert in_context(read("y"), gain, "=", r"y = g \odot \hat{x}")[2:] == (gain, [])


@pytest.mark.parametrize(
    ("left", "right", "reason", "doubt"),
    [
        ("dw^{(1)}", r"\frac{1}{m} dZ^{(2)} A^{(1)T}", "(G) read as [1]", "layer is damaged"),
        (r"\frac{\partial b}{\partial b}", r"\frac{\partial J}{\partial b}", "", "underlined"),
        ("dZ", "dA * (Z >= 0)", "", "one activation"),
        ("dZ", "dA * Z", "", ""),
    ],
)
def test_what_is_not_sure_is_not_called_wrong(left: str, right: str, reason: str, doubt: str) -> None:
    """A damaged layer, an underlined name, the slope of an activation that is not named."""
    found = doubt_of(read(left), read(right), reason)
    assert doubt in found
    assert bool(doubt) == bool(found)


def test_a_sum_that_starts_at_zero_is_no_value_of_the_graph() -> None:
    """J = 0 is where a loop begins, even with J = 3(a + bc) above it."""
    assert numbers.judged(read("J"), "=", read("0"), numbers.Worked(), has_graph=True) is None
