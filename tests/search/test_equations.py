"""Equations are found by what they define and by their symbols, however they are written."""

import pytest

from backproof.search.equations import defining, like, statements, statements_of, symbol_in, using
from backproof.search.topics import find_in_notes
from reference_numpy.equations import as_text, as_typed
from reference_numpy.registry import FORMULAS


@pytest.mark.parametrize("formula_id", [*FORMULAS][::6])
def test_every_equation_finds_its_formula(formula_id: str) -> None:
    latex = FORMULAS[formula_id].latex
    found = [f.latex for formulas in find_in_notes(latex).values() for f in formulas]
    assert latex in (found[:5] if "=" in latex else found)


# As people write them: typed, in LaTeX, in Unicode, in NumPy, with the letters of a scan.
WRITTEN = [
    ("dZ2 = A2 - Y", "shallow_gradients"),
    ("dZ[2] = A[2] - Y", "shallow_gradients"),
    (r"$$dZ^{(2)} = A^{(2)} - Y$$", "shallow_gradients"),
    (r"dZ = \alpha - y", "logistic_gradients"),
    (r"\frac{dL}{dz} = a - y", "cross_entropy_from_logits_prime"),
    ("∂L/∂z = a - y", "cross_entropy_from_logits_prime"),
    (r"\hat{y} = \sigma(w^T x + b)", "logistic_example_loss"),
    ("ŷ = σ(wᵀx + b)", "logistic_example_loss"),
    ("L = -(y log ŷ + (1-y) log(1-ŷ))", "cross_entropy"),
    (r"J(w, b) = \frac{1}{m} \sum_{i=1}^m L(\hat{y}^{(i)}, y^{(i)})", "logistic_cost"),
    ("W[l] := W[l] - alpha dW[l]", "update_parameters"),
    ("W -= learning_rate * dW", "update_parameters"),
    ("dW1 = np.dot(dZ1, X.T) / m", "shallow_gradients"),
    ("gradients['dA'+str(l)] = np.dot(parameters['W'+str(l+1)].T, dZ[str(l+1)])", "propagate_backward"),
    (r"\Delta z^{(i)} = \alpha^{(i)} - y^{(i)}", "logistic_example_gradients"),
    (r"g(z) = \max(0, z)", "relu"),
    ("return np.maximum(0, z)", "relu"),
    (r"L(\hat{y}, y) = -\log (1-\hat{y})", "cross_entropy_by_cases"),
    (r"\frac{d}{dz} g(z) = 1 - a^2", "tanh_prime"),
    (r"\frac{d f(a)}{da} = \frac{1}{a}", "natural_log_prime"),
    (r"a = \tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}", "tanh"),
    (r"P(y|x) = \hat{y}^y (1-\hat{y})^{(1-y)}", "likelihood"),
    ("u = b c", "graph_forward"),
    ("percentage = 100 A / cal", "column_percentages"),
    (r"\sigma(z) \approx \frac{1}{1+0} = 1", "sigmoid"),
    (r"X = \begin{bmatrix} 255 \\ 231 \\ \vdots \\ 134 \end{bmatrix}", "picture_by_planes"),
]


@pytest.mark.parametrize(("written", "name"), WRITTEN)
def test_an_equation_is_found_as_people_write_it(written: str, name: str) -> None:
    assert name in [f.name for f in like(written)[:6]]


@pytest.mark.parametrize("formula_id", ["shallow.shallow_gradients", "losses.cross_entropy", "deep.deep_forward"])
def test_what_show_and_the_page_print_is_read_again(formula_id: str) -> None:
    printed = as_text(FORMULAS[formula_id].latex)
    for written in (printed, as_typed(printed)):
        assert formula_id in [f.id for f in like(written)[:5]]


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("dZ^{[2]}", "dZ"),
        ("d a", "da"),
        ("∂L/∂a", "da"),
        (r"\frac{\partial J}{\partial w}", "dw"),
        ("g'(z)", "g'"),
        (r"\frac{d}{dz} g(z)", "g'"),
        ("lambda", "lambda"),
        ("α", "alpha"),
        ("m_train", "m_train"),
        (r"X \in \mathbb{R}^{n_x \times m}", "X"),
        ("Y.shape = (1, m)", "Y"),
    ],
)
def test_a_symbol_however_it_is_written(written: str, symbol: str) -> None:
    found = symbol_in(written)
    assert found is not None
    assert found.defines == symbol


def test_an_equation_is_no_symbol() -> None:
    assert symbol_in("dZ = A - Y") is symbol_in("a + b") is symbol_in("") is None


def test_who_defines_a_symbol_and_who_uses_it() -> None:
    (symbol,) = statements("W^{[l]}")
    assert "dimensions.layer_shapes" in [f.id for f in defining(symbol)]
    assert "deep.deep_forward" not in [f.id for f in defining(symbol)]
    assert "deep.deep_forward" in [f.id for f in using(symbol)]


def test_nothing_is_like_what_has_nothing_in_common() -> None:
    assert like("") == like("=") == like("heartsuit_7 = \\spadesuit^2") == []


def test_an_equation_put_into_another_is_stated_as_well() -> None:
    assert like(r"\hat{y} = \sigma(w^T X + b)")[0].name == "logistic_forward"


def test_g_stands_for_any_activation() -> None:
    assert "activation_backward" in [f.name for f in like("dZ = dA * sigma'(Z)")[:2]]


def test_a_learning_rate_in_words_is_alpha_and_what_no_note_states_comes_later() -> None:
    found = [f.id for f in like("W1 -= learning_rate * dW1")]
    assert found[0] == "descent.update_parameters"
    assert "gram.span_weights" not in found[:3]


def test_each_quantity_of_a_list_has_the_shape_after_it() -> None:
    stated = {one.defines: one.right for one in statements_of(FORMULAS["dimensions.layer_shapes"])}
    assert {"W", "dW", "b", "db", "Z", "A", "dZ", "dA"} <= set(stated)
    assert all("n" in right for right in stated.values())
    assert {symbol for symbol, right in stated.items() if "m" in right} == {"Z", "A", "dZ", "dA"}
