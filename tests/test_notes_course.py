"""Statements of a course: worked numbers, code in fences, damage by scanning, and slips told in the page's LaTeX."""

import pytest

from backproof.notes.judged import numbers, values
from backproof.notes.judged.calculus import Above, Claim
from backproof.notes.judged.code_slips import slip_in
from backproof.notes.judged.judging import judge
from backproof.notes.reading.code import statements
from backproof.notes.reading.context import in_context
from backproof.notes.reading.edits import edits
from backproof.notes.reading.reader import read


def told(worked: numbers.Worked, left: str, right: str, relation: str = "=") -> str:
    """The verdict on a statement about numbers."""
    verdict = numbers.judged(read(left), relation, read(right), worked, has_graph=True)
    return verdict.verdict if verdict else ""


def test_the_first_pair_tells_the_function_and_the_next_is_judged_by_it() -> None:
    """f(2) = 4 is a square; a nudge and a slope are held against it, to the digits that are printed."""
    worked = numbers.Worked()
    assert told(worked, "a", "2") == "right"
    assert told(worked, "f(a)", "4") == "right"
    assert told(worked, "a", "2.001") == "right"
    assert told(worked, "f(a)", "4.004", r"\approx") == "right"
    assert told(worked, "f(a)", "4.007", r"\approx") == "wrong"
    assert told(worked, r"\frac{d f(a)}{da}", "4") == "right"


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("v", "a + u", "right"),
        ("v", r"a \cdot u", "wrong"),
        (r"\frac{dJ}{db}", "3 c", "right"),
        (r"\frac{dJ}{db}", "6 / 2", "wrong"),
        ("J", "33.006", "right"),
        ("J", "34", "wrong"),
        (r"5 \times 7", "36", "wrong"),
    ],
)
def test_the_computation_graph_and_arithmetic(left: str, right: str, verdict: str) -> None:
    """Values, derivatives and nudges of J = 3(a + bc)."""
    assert told(numbers.Worked(), left, right) == verdict


SLIPS = [
    ("dZ^{[1]}", r"W^{[2]T} dZ^{[2]} \odot g^{[1]}(Z^{[1]})", "the prime is missing"),
    ("dW^{[2]}", r"\frac{1}{m} dZ^{[2]} A^{[1]}", "the transpose is missing"),
    ("A", r"\frac{1}{1 + e^{Z}}", "the minus in the exponent is missing"),
    ("J", r"\frac{1}{n} \sum_{i=1}^m L(\hat{y}^{(i)}, y^{(i)})", r"\frac{1}{m} where \frac{1}{n} stands"),
]


@pytest.mark.parametrize(("left", "right", "cause"), SLIPS)
def test_a_slip_is_told_in_the_words_of_the_page(left: str, right: str, cause: str) -> None:
    """The cause names LaTeX as it stands, and the formula beside it is right."""
    claim = Claim(read(left), "=", read(right), 1, f"{left} = {right}", right)
    found = judge(claim, Above())
    assert found.verdict == "wrong"
    assert cause in found.cause
    mended = Claim(claim.left, "=", read(found.fix_tex), 1, f"{left} = {found.fix_tex}", found.fix_tex)
    assert judge(mended, Above()).verdict == "right"


def test_a_definition_that_differs_from_the_course_is_not_called_wrong() -> None:
    """Without a slip that explains it, a forward line may be the page's own."""
    claim = Claim(read("A"), "=", read(r"\sigma(w^T X)"), 1, r"A = \sigma(w^T X)", r"\sigma(w^T X)")
    assert judge(claim, Above()).verdict == "unjudged"


def test_edits_are_made_once_and_change_the_formula() -> None:
    """No edit gives the formula itself, none comes twice."""
    found = [tex for tex, _ in edits(r"W^{[2]T} dZ^{[2]}")]
    assert len(found) == len(set(found)) > 5
    assert r"W^{[2]T} dZ^{[2]}" not in found


CODE = """\
def loss_of(y_hat, y):
    if y == 0:
        return -np.log(y_hat)
Z[str(l)] = np.dot(parameters['W'+str(l)], A[str(l-1)]) +
            parameters['b'+str(l)])
db = np.dot(dZ, np.ones(N, 1)) / N
W1 = np.random.rand(4, 3) * 0.01
"""


def test_code_in_a_fence_is_read_as_formulas_are() -> None:
    """Broken lines are joined, dictionaries of layers are layers, a branch fixes its label."""
    loss, forward, bias, weights = statements(CODE, 10)
    assert (loss.line, loss.left) == (12, read("L(\\hat{y}, 0)"))
    assert (forward.line, forward.left) == (13, read("Z^{[l]}"))
    assert slip_in(loss) is None
    assert "one tuple" in getattr(slip_in(bias), "cause", "")
    assert getattr(slip_in(bias), "fix_tex", "") == "np.dot(dZ, np.ones((N, 1))) / N"
    assert "randn" in getattr(slip_in(weights), "fix_tex", "")


def test_damage_is_named_when_it_is_repaired() -> None:
    """An index that scanning lost or changed is told; what is sound is left alone."""
    _, _, right, said = in_context(read("z^{[2]}"), read(r"w \cdot a^{[1]} + b^{[2]}"), "=", "")
    assert right == read(r"w^{[2]} \cdot a^{[1]} + b^{[2]}")
    assert said == ["w read as w^[2]"]
    assert in_context(read("Z"), read("w^T X + b"), "=", "")[3] == []


def test_values_differ_in_shape_before_they_differ_in_size() -> None:
    """One number is as good as a matrix of one; nothing else is broadcast."""
    assert values.equal(2.0, [[2.0]])
    assert not values.equal([[1.0, 1.0]], 1.0)
