"""What a page states besides equations: shapes, arrays, claims in words; what is read by its surroundings."""

import pytest

from backproof.notes.besides import with_besides
from backproof.notes.check import check_notes
from backproof.notes.judged import numbers
from backproof.notes.judged.calculus import Above, Claim
from backproof.notes.judged.counts import judged_count
from backproof.notes.judged.judging import judge
from backproof.notes.reading.pages import LONG, page
from backproof.notes.reading.prose import slopes
from backproof.notes.reading.reader import read
from backproof.notes.reading.statements import braces, cut
from backproof.notes.reading.tree import Name
from backproof.notes.report import Statement
from backproof.notes.said import statement_of
from backproof.notes.sizes.arrays import array_statements
from backproof.notes.sizes.broadcasting import broadcasts
from backproof.notes.sizes.judged import shape_statements


def one(text: str) -> Statement:
    """The first equation of a page, which is long enough for a course, as it was read."""
    found = page(text + " $x$" * LONG, "a.md")
    formula = found.formulas[0]
    return statement_of(found, formula, cut(formula.tex)[0])[0]


SHAPES = [
    (r"$X \in \mathbb{R}^{n_x \times m}$", "X.shape == (n_x, m)", "right"),
    (r"$b \in \mathbb{R}$", "b.shape == ()", "right"),
    (r"$W^{[l]} \rightarrow (n^{[l]}, n^{[l-1]})$", "W2.shape == (n[2], n[1])", "right"),
    (r"$W^{[l]}$ $(n^{[l-1]}, n^{[l]})$", "W2.shape == (n[1], n[2])", "wrong"),
    (r"$db^{[l]} = (n^{[l]}, 1)$", "db2.shape == (n[2], 1)", "right"),
    (r"$y.shape = (m, 1)$", "y.shape == (m, 1)", "wrong"),
    (r"$Z^{[1]} = \begin{bmatrix} z^{[1](1)} & z^{[1](2)} \\ (H, m) \end{bmatrix}$", "Z1.shape == (H, m)", "right"),
    (r"$b^{[1]} = np.zeros(2)$", "b1 = np.zeros(2)", "wrong"),
    (r"$b^{[1]} = \begin{bmatrix} 0 \\ 0 \end{bmatrix}$", "b1 = np.array([[0], [0]])", "right"),
    (r"$w^{[2]}_{(1,1)} a^{[1]}$", "w2.shape == (1, 1)", "wrong"),
]


@pytest.mark.parametrize(("text", "python", "verdict"), SHAPES)
def test_a_shape_is_held_against_the_network(text: str, python: str, verdict: str) -> None:
    """Of a shape with letters every size must fit; a number may be any size but 1."""
    ((said, _),) = shape_statements(page(text, "a.md"))
    assert (said.python, said.verdict) == (python, verdict)


def test_the_array_of_a_wrong_shape_has_its_right_one_beside_it() -> None:
    """A page that says n^{[2]} = 1 wants one row of weights there."""
    text = r"$n^{[2]} = 1$, $w^{[2]} = np.random.randn(2, 1) * 0.01$, $w^{[2]} = \begin{bmatrix} 0 \\ 0 \end{bmatrix}$"
    fixes = [said.fix_tex for said, _ in shape_statements(page(text, "a.md"))]
    assert fixes == ["np.random.randn(1, 2) * 0.01", r"\begin{bmatrix} 0 & 0 \end{bmatrix}"]


def test_a_chain_that_ends_in_a_shape_is_one_of_shapes() -> None:
    """The link z = a says nothing of their values."""
    found = page(r"$z^{[l]} = a^{[l]} = (n^{[l]}, 1)$", "a.md")
    formula = found.formulas[0]
    equations = [statement_of(found, formula, link) for link in cut(formula.tex)]
    both = with_besides(equations, found, is_course=True)
    assert [said.python for said, _ in both] == ["a2.shape == (n[2], 1)", "z2.shape == (n[2], 1)"]


def test_a_shape_on_a_page_of_its_own_is_never_wrong() -> None:
    """There it is a declaration: rows may be examples."""
    report = check_notes(r"$X \in \mathbb{R}^{m \times n}$, $Z = X w + b$", "a.md")
    assert next((said.status, said.reason) for said in report.statements) == ("read", "a shape that the page gives")


@pytest.mark.parametrize(
    ("tex", "verdict"),
    [
        (
            r"\begin{pmatrix} m,n \end{pmatrix} \xrightarrow{+} \begin{pmatrix} 1,n \end{pmatrix} \leadsto (m, n)",
            "right",
        ),
        (r"\begin{pmatrix} m, 1 \end{pmatrix} + R \rightsquigarrow (1, m)", "wrong"),
        (r"(n^{[1]}, n^{[0]}) \times (n^{[0]}, 1) \rightarrow (n^{[1]}, 1)", "right"),
        (r"(n^{[1]}, n^{[0]}) \times (n^{[1]}, 1) \rightarrow (n^{[0]}, 1)", "wrong"),
    ],
)
def test_what_comes_out_of_two_shapes(tex: str, verdict: str) -> None:
    """Broadcasting and products, with a size of its own for each letter."""
    (said,) = broadcasts(page(f"$${tex}$$", "a.md"))
    assert said.verdict == verdict


ARRAYS = """
A = np.array([
$$[1 \\ 2]$$
$$[3 \\ 5]$$
])
$A.shape = (2 \\times 2)$
$s = A.sum(axis=0)$ # down
$$[4 \\ 6]$$
percentage = A / s
x = 3

(7, 2, 2)

```
def flat(X):
    return np.transpose(X.reshape(X.shape[0], -1))
a = flat(a)
print(a.shape)
```
(4, 2)
"""


def test_arrays_of_numbers_are_computed_as_numpy_would() -> None:
    """A column of sums, a share that is called a percentage, the shape that a function of the page gives."""
    found = [(said.line, said.verdict, said.fix_tex) for said in array_statements(ARRAYS)]
    assert found == [
        (6, "right", ""),
        (7, "right", ""),
        (8, "wrong", r"[4 \ 7]"),
        (9, "wrong", "100 * A / s"),
        (20, "wrong", "(4, 7)"),
    ]


def test_a_slope_in_words_is_judged_by_the_function_above() -> None:
    """The point belongs to the slope: a = 2 = 3 says of a nothing."""
    text = r"$a = 2$, $f(a) = 6$; slope of $f(a)$ at $a=2 = 3$, slope at $a = 5$ is also 4"
    worked = numbers.Worked()
    worked.given(2)
    assert numbers.judged(read("f(a)"), "=", read("6"), worked, has_graph=False)
    verdicts = [numbers.judged(one.left, "=", one.right, worked, has_graph=False) for one in slopes(text)]
    assert [verdict.verdict if verdict else "" for verdict in verdicts] == ["right", "wrong"]
    found = page(text, "a.md")
    equations = [
        statement_of(found, formula, link) for formula in found.formulas for link in cut(formula.tex) if link.relation
    ]
    told = [said.python for said, _ in with_besides(equations, found, is_course=True)]
    assert told == ["a = 2", "f = lambda a: 6", "f_prime(2) = 3", "f_prime(5) = 4"]


def test_what_a_layer_takes_and_gives() -> None:
    """Input and output of the forward part, exchanged, are told."""
    text = "Input $a^{(l)}$ output $a^{(l-1)}$. Input: $da^{[l]}$; output: $da^{[l-1]}$"
    both = with_besides([], page(text, "a.md"), is_course=True)
    assert [(said.verdict, said.fix_tex) for said, _ in both] == [
        ("wrong", "Input $a^{(l-1)}$ output $a^{(l)}"),
        ("right", ""),
    ]


READ = [
    (r"$dw^{(G)} = \frac{1}{m} dZ^{(2)} A^{(1)T}$", "dw2 = 1 / m * dZ2 @ A1.T"),
    (r"$n^{[0]} = n - x$", "n[0] = n_x"),
    (r"$W2 A1 + b2 = Z2$", "W2 @ A1 + b2 = Z2"),
    (r"$b := b - α \cdot dL/db$", "b = b - alpha * dL_db"),
    (r"$w := w - \alpha \frac{\partial w}{\partial w}$", "w = w - alpha * dw"),
    (r"$\hat{y} = P(y=1 | x)$", "y_hat = P(1)"),
    (
        r"$P(\text{all labels}) = \prod_{i=1}^m P(y^{(i)} | x^{(i)})$",
        "P = np.prod([P(y[i]) for i in range(m)], axis=0)",
    ),
    (
        r"$\log P(y|x) = \log \hat{y}^y (1-\hat{y})^{(1-y)}$",
        "np.log(P(y)) = np.log(y_hat ** y * (1 - y_hat) ** (1 - y))",
    ),
    (r"$dz = da \downarrow \text{element wise} + g'(z)$", "dz = da + g_prime(z)"),
    (r"$dW = \frac{1}{m} [x^{(1)}, \dots, x^{(m)}] dZ^T$", "dW = 1 / m * np.hstack([x[i] for i in range(m)]) @ dZ.T"),
    (r"$P(y=1 | x) = \hat{y}$", "P(1) = y_hat"),
    (r"$\sigma(z^{(i)}) = \frac{1}{1 + e^{-z^{(i)}}}$", "sigma = lambda z: 1 / (1 + np.exp(-z))"),
    (r"$\sigma(z) \approx \frac{1}{1 + \infty}$", "sigma = lambda z: 1 / (1 + np.inf)"),
    (r"$\frac{\partial v}{\partial v} = 1$", "dv_dv = 1"),
    (r"$dZ^{[2]} = W^{[1]T} dZ^{[3]} \times g^{[2]\prime}(Z^{[2]})$", "dZ2 = W1.T @ dZ3 * g2_prime(Z2)"),
    (r"$\frac{\partial L}{\partial w_1} = dL \cdot dZ$", ""),
    (r"$Z = [w^{(1)}, \dots, w^{(m)}] X$", ""),
]


@pytest.mark.parametrize(("text", "python"), READ)
def test_a_statement_is_read_as_it_was_meant_or_not_at_all(text: str, python: str) -> None:
    """What has no value has no reading, and a reason."""
    said = one(text)
    assert said.python == python
    assert python or said.reason


def test_pieces_of_a_formula_are_statements_of_their_own() -> None:
    """A condition with a colon, what a value becomes, a boxed row, what stands above a name."""
    found = [
        (link.left, link.right.strip())
        for link in cut(r"y=0: P(y|x) = 1 - a \\ v = 11 \rightarrow 11.001 \\ \underline{u = 6}")
    ]
    assert found == [("y", "0"), ("P(y|x)", "1 - a"), ("v", "11"), ("v", "11.001"), ("u", "6")]
    (brace,) = braces(r"\sigma(\underbrace{w^T x + b}_z)")
    assert (brace.left, brace.right) == ("z", "w^T x + b")


JUDGED = [
    (r"P(y|x)", r"\hat{y}^y (1-\hat{y})^{(1-y)}", "right"),
    (r"P(y|x)", r"\hat{y}", "right"),
    (r"\log P(y|x)", r"y \log \hat{y} + (1-y) \log (1-\hat{y})", "right"),
    (r"P(y|x)", r"-\hat{y}^y (1-\hat{y})^{(1-y)}", "wrong"),
    ("f(a)", "a^2", "right"),
    ("g(z)", r"\max(0.002 z, z)", "right"),
    ("dZ^{[1]}", "dA^{[1]} * (Z^{[1]} > 0)", "right"),
    ("a_4^{[1]}", r"\sigma(Z_4^{[1]})", "right"),
    (r"\frac{dL}{dz}", r"\frac{dL}{da} \frac{da}{dz}", "right"),
    (r"\frac{dL}{dz}", r"\frac{dL}{da} \frac{\partial}{\partial z} \frac{1}{1 + e^{-z}}", "right"),
    ("x", "a^{[0]}", "right"),
    ("a^{[2]}", "g(z^{[2]})", "right"),
    ("a^{[l]}", "f^{[l]}(z^{[l]})", "right"),
    (r"\frac{\partial L}{\partial w_1}", "x_1 dz", "right"),
    (
        r"\frac{\partial J}{\partial w_1}",
        r"\frac{1}{m} \sum_{i=1}^m \frac{\partial}{\partial w_1} L(a^{(i)}, y^{(i)})",
        "right",
    ),
]


@pytest.mark.parametrize(("left", "right", "verdict"), JUDGED)
def test_more_kinds_of_statements_have_a_verdict(left: str, right: str, verdict: str) -> None:
    """Likelihoods, definitions, activations of a page, the chain rule of one unit."""
    assert judge(Claim(read(left), "=", read(right), 1, "", right), Above()).verdict == verdict


def test_an_update_in_code_takes_the_step_from_the_value_before() -> None:
    """W -= alpha * dW."""
    claim = Claim(read("W^{[1]}"), "-=", read(r"\alpha dW^{[1]}"), 1, "", "")
    assert judge(claim, Above()).verdict == "right"


def test_sizes_that_are_given_stand_until_a_new_network() -> None:
    """Another number for a size is not judged."""
    given: dict[Name, str] = {}
    told = [
        judged_count(read(left), read(right), given)
        for left, right in (("n_x", "4"), ("n^{[0]}", "n_x"), ("n^{[0]}", "3"))
    ]
    assert [verdict.verdict for verdict in told if verdict] == ["right", "right", "unjudged"]
    assert judged_count(read("m"), read("m_a + m_b"), given).verdict == "unjudged"  # type: ignore[union-attr]
    assert judged_count(read("Z"), read("3"), given) is None


CODE = """
$2 + 2 = 4$

```python
def loss(y_hat, y):
    if y == 0:
        return -np.log(y_hat)
    return 1
dW = np.dot(dz, x.T)
dW1 = np.dot(dZ1, X.T).T / N
A = {}
grads["dW" + str(l)] = np.dot(dZ[str(l+1)], A[str(l)].T) / N
z = flatten(X)
```
"""


def test_code_has_slips_of_its_own_told_in_python() -> None:
    """Exchanged branches, a transpose too few or too many, a layer too high; what is no formula is read and says so."""
    report = check_notes(CODE + "$2 + 2 = 4$\n" * LONG * 2, "notes.md")
    told = {said.line: (said.verdict or said.status, said.cause, said.fix_tex) for said in report.statements[1:7]}
    assert told == {
        7: ("wrong", "this is the loss of y = 1: the branches are exchanged", ""),
        8: ("read", "", ""),
        9: ("wrong", "the transpose is missing", "np.dot(dz, x.T).T"),
        10: ("wrong", "np.dot(dZ1, X.T).T where np.dot(dZ1, X.T) belongs", "np.dot(dZ1, X.T) / N"),
        12: ("wrong", "each layer is one too high", "np.dot(dZ[str(l)], A[str(l-1)].T) / N"),
        13: ("read", "", ""),
    }


def test_two_slopes_of_one_leak_are_told() -> None:
    """Each is right for itself; the later one names the line of the other."""
    text = "$g(z) = \\max(0.01 z, z)$\n\n$g(z) = \\max(0.001 z, z)$\n" + "$2 + 2 = 4$\n" * LONG * 2
    found = check_notes(text, "notes.md").statements
    assert [(said.verdict, said.note) for said in found[:2]] == [
        ("right", ""),
        ("right", "for the same slope line 1 has 0.01"),
    ]
