"""Equations as the board's text has them: no LaTeX is left, and nothing of the equation is lost."""

import re

import pytest

from reference_numpy.equations import AS_THEY_ARE, SYMBOLS, as_text, as_typed
from reference_numpy.registry import FORMULAS

WORDS = {"log", "ln", "exp", "max", "min", "arg", "tanh"}
KNOWN = SYMBOLS.keys() | AS_THEY_ARE | {"frac", "tfrac", "sqrt", "hat", "begin", "end", "mathbb"} | WORDS
PLAIN = {
    r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}": "dW^[l] = 1/m dZ^[l] A^[l-1]ᵀ",
    r"\sigma(z) = \frac{1}{1 + e^{-z}}": "σ(z) = 1/(1 + e⁻ᶻ)",
    r"\frac{\partial L}{\partial a} = -\frac{y}{a} + \frac{1 - y}{1 - a}": "∂L/∂a = -y/a + (1 - y)/(1 - a)",
    r"\frac{\lambda}{2m} \sum_{l=1}^L": "λ/(2m) ∑ₗ₌₁ᴸ",
    r"\tfrac{1}{2}(a - y)^2": "1/2 (a - y)²",
    r"g^{[l]\prime}(Z^{[l]}), \quad \hat{y}^{(i)}": "g^[l]′(Z^[l]), ŷ⁽ⁱ⁾",
    r"e^{-|z|} + x_{S \text{ odd}}": "e^(-|z|) + x_(S odd)",
    r"\tfrac{1}{\sqrt{n^{[l-1]}}}": "1/√(n^[l-1])",
    r"J^{\{t\}} = \sqrt{\frac{2}{n_{prev}}}": "J^{t} = √(2/n_prev)",
    r"\theta = \begin{bmatrix} b \\ w \end{bmatrix}": "θ = [b; w]",
    r"\left( \hat{Y} \right) \circ \mathbb{R}": "(Ŷ) ∘ ℝ",
}


@pytest.mark.parametrize(("latex", "plain"), PLAIN.items())
def test_an_equation_in_plain_unicode(latex: str, plain: str) -> None:
    assert as_text(latex) == plain


@pytest.mark.parametrize("name", FORMULAS)
def test_every_equation_of_the_notes_can_be_written(name: str) -> None:
    latex = FORMULAS[name].latex
    plain = as_text(latex)
    assert set(re.findall(r"\\([A-Za-z]+)", latex)) <= KNOWN, "add it to reference_numpy.equations.py"
    assert "\\" not in plain
    letters = re.findall(r"(?<![\\A-Za-z{])[A-Z](?![a-z])", re.sub(r"\\[A-Za-z]+|_\w|\^\w", " ", latex))
    assert all(letter in plain or letter in "LT" for letter in letters)
    assert sum(plain.count(c) for c in "([") == sum(plain.count(c) for c in ")]")  # U[0, 1) has one of each


def test_an_unknown_command_is_written_by_its_name() -> None:
    assert as_text(r"\heartsuit J") == "heartsuit J"


def test_words_below_the_line_stay_words() -> None:
    assert as_text("m_{train} + A_{ij} + a_{prev}") == "m_train + Aᵢⱼ + a_prev"


@pytest.mark.parametrize(
    ("latex", "typed"),
    [
        ("W^{[2]T} dZ^{[2]}", "W^[2]T dZ^[2]"),
        ("x_j^{(i)}", "x_j^(i)"),
        ("e^{-z}", "e^(-z)"),
        ("a^y (1 - a)^{1 - y}", "a^y (1 - a)^(1-y)"),
        (r"\sum_{i=1}^m w_0", "∑_(i=1)^m w_0"),
    ],
)
def test_an_equation_as_it_is_typed(latex: str, typed: str) -> None:
    assert as_typed(as_text(latex)) == typed
