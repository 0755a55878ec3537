"""Signs of course notes: what the reader makes of them, as NumPy."""

import pytest

from backproof.notes.meaning.shapes import World
from backproof.notes.meaning.to_python import to_python
from backproof.notes.reading.products import UnreadError
from backproof.notes.reading.reader import read
from backproof.notes.reading.statements import cut

WORLD = World(layers=3)
READ = [
    (r"\tanh'(z)", "tanh_prime(Z)"),
    (r"\begin{cases} 1 & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}", "np.where((Z > 0), 1, 0)"),
    (
        r"\begin{cases} A & \text{cross-entropy} \\ Y & \text{squared error} \end{cases}",
        "np.where(cross_entropy, A, Y)",
    ),
    (r"\langle C, Q \rangle + 1", "np.sum(C * Q) + 1"),
    (r"\begin{bmatrix} 1 & -2 \\ 0 & 1 \end{bmatrix}", "np.array([[1, -2], [0, 1]])"),
    (r"\sum_{i \in r} dZ^{[2](i)}", "sum(dZ2[:, [i]] for i in r)"),
    (r"\sum_{i=2}^m dZ^{[2](i)}", "sum(dZ2[:, [i]] for i in range(1, m))"),
    (r"\sum_{l=2}^L \lVert W^{[l]} \rVert_F^2", "(np.sum(W2 ** 2) + np.sum(W3 ** 2))"),
    (r"\sum_{l=1}^{L-1} n^{[l]}", "(n[1] + n[2])"),
    (r"\sum_{ij} dS_{ij} A_{ij}", "np.sum(dS * A)"),
    (r"\prod_j a_j", "np.prod(A)"),
    (r"W_{l+1}^T dZ_{l+1}", "W2.T @ dZ2"),
    (r"dZ_l \mathbf{1}_{m \times 1}", "dZ1 @ np.ones((m, 1))"),
]


@pytest.mark.parametrize(("tex", "python"), READ, ids=[tex for tex, _ in READ])
def test_is_read(tex: str, python: str) -> None:
    assert to_python(read(tex), WORLD, "program").text == python


def test_a_matrix_has_rows_of_one_length() -> None:
    with pytest.raises(UnreadError, match="not equally long"):
        read(r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}")


def test_a_relation_may_be_marked_as_one() -> None:
    (statement,) = cut(r"db \mathrel{+}= dz")
    assert (statement.left, statement.relation, statement.right.strip()) == ("db", "+=", "dz")
