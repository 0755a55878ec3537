"""Formulas as people write them in many styles: what is read, and what is said of them."""

import pytest

from backproof.notes.check import check_notes

READINGS = [
    (r"$a^l = \sigma(w^l a^{l-1} + b^l) \tag{3}$", "a2 = sigma(w2 @ a1 + b2)"),
    (r"$h'(a) = 1 - h(a)^2$", "h_prime = lambda a: 1 - h(a) ** 2"),
    (r"$u = h_j (1 - h_j)$", "u = h[j] * (1 - h[j])"),
    (r"$\delta = u \circ f'(z)^\top$, $V = \delta x^\top$", "V = delta * x.T"),
    (r"$\theta_j := \theta_j - \alpha s$", "theta[j] = theta[j] - alpha * s"),
    (r"$u = v \in \mathbb{R}^q$", "u = v"),
    (r"$u = v \textrm{ and } s = t$", "s = t"),
    (
        r"$g(z) = \begin{cases} z & \text{if } z > 0 \\ 0.1 z & \text{otherwise} \end{cases}$",
        "np.where((z > 0), z, 0.1 * z)",
    ),
    (r"$V = H^T dscores$", "V = H.T * dscores"),
    (r"$V = 1 - np.power(A, 2)$", "V = 1 - A ** 2"),
    (r"$V \mathrel{-}= s$", "V -= s"),
    (r"$v_k = w'_{jk} h_j$", "v[k] = w_prime[j, k] * h[j]"),
    (r"$E(w) = w^T w$, $\nabla E = 2 w$", "dE_dw = 2 * w"),
]


@pytest.mark.parametrize(("tex", "python"), READINGS)
def test_a_style_is_read_as_it_is_meant(tex: str, python: str) -> None:
    """The reading as NumPy says what the formula means."""
    assert any(python in said.python for said in check_notes(tex, "page.md").statements)
