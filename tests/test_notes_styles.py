"""Formulas as people write them in many styles: what is read, and what is said of them."""

import pytest

from backproof.notes.check import check_notes

NIELSEN = r"""
$$z^l = w^l a^{l-1} + b^l, \quad a^l = \sigma(z^l), \quad a^0 = x, \quad C = \frac{1}{2} \| y - a^L \|^2$$
$$\delta^L = (a^L - y) \odot \sigma'(z^L) \tag{1}$$
$$\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l) \tag{2}$$
$$\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j$$
"""
GOODFELLOW = r"""
$$h = f(W x + b), \quad f(z) = \tanh(z), \quad J = \frac{1}{2} \| h - y \|^2 + \frac{\lambda}{2} \| W \|_F^2$$
$$g \leftarrow \nabla_h J = h - y$$
$$g \leftarrow g \odot f'(W x + b)$$
"""
ROWS = r"""
$$H = \max(0, X W_1 + b_1), \quad S = H W_2 + b_2, \quad P_{ik} = \frac{e^{S_{ik}}}{\sum_j e^{S_{ij}}}$$
$$L = -\frac{1}{N} \sum_{i=1}^N \sum_{k=1}^K Y_{ik} \log P_{ik} + \frac{\lambda}{2} \sum_{d,h} W_2^2$$
$$\frac{\partial L}{\partial S} = \frac{1}{N} (P - Y)$$
$$dW_2 = H^T dscores + \lambda W_2, \quad dH = dscores \, W_2^T$$
$$db_2 = \sum_{i=1}^N dscores_i$$
"""
BISHOP = r"""
$$y_k = a_k, \quad E = \frac{1}{2} \sum_k (y_k - t_k)^2, \quad a_j = \sum_i w^{(1)}_{ji} x_i, \quad z_j = \tanh(a_j)$$
$$a_k = \sum_j w^{(2)}_{kj} z_j, \quad \delta_k = y_k - t_k$$
$$\delta_j = (1 - z_j^2) \sum_k w^{(2)}_{kj} \delta_k$$
$$\frac{\partial E}{\partial w^{(1)}_{ji}} = \delta_j x_i$$
$$\frac{\partial E}{\partial w^{(2)}_{kj}} = \delta_k z_j$$
"""
SOFTMAX = r"""
$$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}, \quad L = -\sum_i y_i \log p_i$$
$$\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)$$
$$\frac{\partial L}{\partial z_j} = p_j - y_j$$
"""
NUMBERS = r"""
$x = 0.5$, $w = 0.4$, $b = 0.1$, $t = 1$
$$z = w x + b = 0.3, \quad o = \sigma(z) = 0.574443, \quad E = \frac{1}{2} (t - o)^2$$
$$\frac{\partial E}{\partial z} = (o - t) o (1 - o) = -0.104031$$
$$w \leftarrow w - \eta \frac{\partial E}{\partial w}$$
"""
UFLDL = r"""
$$z^{(2)} = W^{(1)} x + b^{(1)}, \quad h(x) = a^{(2)} = f(z^{(2)}), \quad f(z) = \frac{1}{1 + \exp(-z)}$$
$$J(W, b; x, y) = \frac{1}{2} \| h(x) - y \|^2$$
$$\delta^{(2)} = -(y - a^{(2)}) \bullet f'(z^{(2)})$$
$$\nabla_{W^{(1)}} J(W, b; x, y) = \delta^{(2)} x^T$$
"""
PAGES = [  # a page, then a slip: what stands, what is put in its place, its line, and the right formula
    (NIELSEN, r"\sigma'(z^l)", r"\sigma'(z^{l+1})", 4, r"((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^{l})"),
    (NIELSEN, r"a^{l-1}_k \delta", r"a^l_k \delta", 5, r"a^{l-1}_k \delta^l_j"),
    (GOODFELLOW, "= h - y", "= y - h", 3, "-(y - h)"),
    (ROWS, r"\frac{1}{N} (P - Y)", "(P - Y)", 4, r"\frac{1}{N} (P - Y)"),
    (ROWS, r"dscores \, W_2^T", r"W_2^T \, dscores", 5, ""),
    (BISHOP, r"(1 - z_j^2) \sum", r"\sum", 4, None),
    (BISHOP, r"\delta_k z_j", r"\delta_k a_j", 6, r"\delta_k z_j"),
    (SOFTMAX, "p_i (", "p_j (", 3, None),
    (SOFTMAX, "p_j - y_j", "y_j - p_j", 4, None),
    (UFLDL, r"f'(z", "f(z", 4, None),
    (NUMBERS, "-0.104031", "0.104031", 4, "-0.104031"),
    (NUMBERS, r"w - \eta", r"w + \eta", 5, None),
]
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
    (r"$\frac{d}{dx} \alpha (e^x - 1) = s$", "derivative(lambda x: alpha * (np.exp(x) - 1))(x) = s"),
    (r"$E(w) = w^T w$, $\nabla E = 2 w$", "dE_dw = 2 * w"),
]


@pytest.mark.parametrize(("tex", "python"), READINGS)
def test_a_style_is_read_as_it_is_meant(tex: str, python: str) -> None:
    """The reading as NumPy says what the formula means."""
    assert any(python in said.python for said in check_notes(tex, "page.md").statements)


@pytest.mark.parametrize("page", dict.fromkeys(page for page, *_ in PAGES))
def test_a_right_page_is_right(page: str) -> None:
    """Nothing in it is called wrong, and its claims are judged."""
    report = check_notes(page, "page.md")
    assert [said.tex for said in report.statements if said.verdict == "wrong"] == []
    assert report.counts()["right"] >= 2


@pytest.mark.parametrize(("page", "old", "new", "line", "fix"), PAGES)
def test_a_slip_is_found_where_it_is(page: str, old: str, new: str, line: int, fix: str | None) -> None:
    """It alone is wrong, and the right formula is the one that stood there, where one is expected."""
    assert page.count(old) == 1
    wrong = [said for said in check_notes(page.replace(old, new), "page.md").statements if said.verdict == "wrong"]
    assert [said.line for said in wrong] == [line]
    assert not fix or wrong[0].fix_tex == fix
