"""The LaTeX of every declaration is proved, and the proof notices a slip in any of them."""

from functools import cache

import numpy as np
import pytest

from backproof.equations.proof import instances_of, is_refused, prove
from backproof.equations.sample import Instance
from backproof.equations.slips import slips
from backproof.equations.symbols import LEFT
from parity_tests.cases import CASES
from parity_tests.verify import proved_by
from reference_numpy.registry import FORMULAS, Formula

CASE_OF = {formula: case for case in CASES for formula in proved_by(case)}
EACH = pytest.mark.parametrize("formula", FORMULAS.values(), ids=lambda formula: formula.id)


@cache
def all_of_case(formula: Formula) -> dict[Formula, list[Instance]]:
    return instances_of(CASE_OF[formula])


def samples(formula: Formula) -> list[Instance]:
    return all_of_case(CASE_OF[formula].formula)[formula]


def reasons(formula_id: str, latex: str) -> str:
    formula = FORMULAS[formula_id]
    return "\n".join(prove(formula, samples(formula), latex).reasons)


@EACH
def test_the_equation_says_what_the_numpy_computes(formula: Formula) -> None:
    proved = prove(formula, samples(formula))
    assert proved.verdict == "agrees", proved.reasons
    assert proved.worst_error_u < 1e5


@EACH
def test_a_slip_in_the_equation_is_noticed(formula: Formula) -> None:
    planted = list(slips(formula.latex))
    cause, wrong = planted[len(planted) // 2]
    assert is_refused(formula, samples(formula), wrong), f"{cause}: {wrong}"


@pytest.mark.minutes
@EACH
def test_every_slip_in_the_equation_is_noticed(formula: Formula) -> None:
    assert not [
        f"{cause}: {wrong}" for cause, wrong in slips(formula.latex) if not is_refused(formula, samples(formula), wrong)
    ]


# What a proof refuses, and what it says


@pytest.mark.parametrize(
    ("formula_id", "latex", "reason"),
    [
        ("blocks.linear_forward", r"Z^{[l]} = W^{[l]} A^{[l-1]} - b^{[l]}", "Z is off by"),
        ("blocks.linear_forward", r"Z^{[l]} = A^{[l-1]} W^{[l]} + b^{[l]}", "A^{[l-1]} W^{[l]} + b^{[l]}: ValueError"),
        ("blocks.linear_forward", r"Z^{[l]} = W^{[l]} Q + b^{[l]}", "nothing says what Q is"),
        ("blocks.linear_forward", r"Z^{[l]} = W^{[l]} A^{[l-1]} +", "not read, at"),
        ("blocks.linear_forward", r"W^{[l]} A^{[l-1]} + b^{[l]}", "states nothing"),
        ("blocks.linear_backward", r"dA^{[l-1]} = W^{[l]T} dZ^{[l]}", "dW has no equation"),
        (
            "neuron.propagate_forward",
            r"A_0 = X, \; Z_l = W_l A_{l-1} + b_l, \; l = 1 \dots L - 1",
            "Z3 has no equation",
        ),
        ("activations.tanh", r"\sigma(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}", "left side is off by"),
        ("activations.relu_prime", r"g'(z) = \begin{cases} 1 & z > 0 \\ 0 & z > 1 \end{cases}", "leave some out"),
        (
            "deep.deep_forward",
            r"A^{[0]} = X, \quad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad l = 1 \dots L",
            "A1 has no",
        ),
        ("descent.logistic_update", r"w := w - \alpha \, dw", "b has no equation"),
        ("loops.logistic_regression", r"\text{repeat: } w := w - \alpha \, dw", "nothing says what dw is"),
    ],
)
def test_what_is_refused_and_why(formula_id: str, latex: str, reason: str) -> None:
    assert reason in reasons(formula_id, latex)


def test_the_table_names_no_left_side_that_an_equation_no_longer_has() -> None:
    for formula_id, sides in LEFT.items():
        assert all(side in FORMULAS[formula_id].latex for side in sides), formula_id


def test_values_of_a_sample_are_not_those_of_another() -> None:
    first, second = samples(FORMULAS["deep.deep_gradients"])[:2]
    assert not np.array_equal(first.results["dW1"].shape, second.results["dW1"].shape)
