"""Anchors of the first layer in the span of the examples, and of what is left of products: on the anchored network."""

from reference_numpy import freivalds, gram
from shapes.network import Head

from .anchors import COST, DB, DW, LABELS, LN3, B, W, X, a, anchor, column
from .anchors_of_networks import GRADS, INPUT, NETWORK, PENALTY, TARGET, VALUES, J, dA1

# The first layer of that network in the span of the examples: W1 = W_0 / 2 + C X.T

AT_REST, C, GRAM = a([0, -6], [2, 0]), a([1, 0], [0, -1]), a([10, -1], [-1, 5])
Q = a([-18, 6], [2, 4])
anchor(gram.gram_matrices, INPUT, AT_REST, G=GRAM, Q=Q, q=40)
anchor(gram.span_weights, AT_REST, INPUT, 0.5, C, W=NETWORK["W1"])
anchor(gram.span_product, Q, GRAM, 0.5, C, H=VALUES["Z1"] - NETWORK["b1"])
anchor(gram.span_square, 40.0, Q, VALUES["Z1"] - NETWORK["b1"], 0.5, C, square=-1 + 4)
anchor(gram.span_slopes, a([1, 2], [0, -1]), 0.5, C, 3.0, d=0.75, D=a([2, 1], [0, -2]))
SPANNED, ABOVE = NETWORK | {"W1": AT_REST}, {name: V for name, V in VALUES.items() if name != "A0"}
anchor(gram.gram_cost, GRAM, Q, 40.0, TARGET, SPANNED, 0.5, C, J=J, **ABOVE)
anchor(gram.gram_cost, GRAM, Q, 40.0, TARGET, SPANNED, 0.5, C, PENALTY, J=J + 0.75 * (3 + 13 / 9 * LN3**2))
REST = {name: V for name, V in GRADS.items() if name != "dW1"} | {"dA1": dA1}
anchor(
    gram.gram_gradients,
    *(TARGET, SPANNED, ABOVE, PENALTY),
    **REST | {"dW2": a([0.025 + 1.5 * LN3, 0.375 - LN3])},
)
anchor(
    gram.gram_descent,
    *(a([1, 2]), a([2, 4]), {"W1": a([0]), "b1": a([0])}, Head("relu", "identity", "squared_error"), 0.1, 0.5, 2),
    **{"W1": a([1.08]), "b1": a([0.645]), "costs": a(5, 2.1825)},
)
anchor(
    gram.gram_descent,
    *(X, LABELS, {"W1": W.T, "b1": a([B])}, PENALTY, 0.6, 0.5, 1),
    **{"W1": W.T - 0.6 * (DW.T + W.T), "b1": a([B - 0.6 * DB]), "costs": a(COST + 1)},
)

# What is left of right products, and of some that are not: that network, whose W2 and dZ2 give dA1 and dW2

v, u = column(2, -1), column(3, 1)
w, OFF = column(2, 3), VALUES["Z1"] + a([0, 1], [0, 0])
anchor(freivalds.linear_residual, OFF @ w, NETWORK["W1"], NETWORK["b1"], w, INPUT @ w, r=column(3, 0))
ALONG = GRADS["dZ2"] @ VALUES["A1"].T @ u
anchor(freivalds.dW_residual, GRADS["dW2"], NETWORK["W2"], 0.0, 2, u, ALONG, r=a([0]))
anchor(freivalds.dW_residual, a([1, 2]), a([2, -1]), 4.0, 2, u, a([7]), r=a([5 - 3.5 - 2 * 5]))
anchor(freivalds.dA_residual, dA1 @ v, NETWORK["W2"], GRADS["dZ2"] @ v, r=column(0, 0))
anchor(freivalds.dA_residual, column(0, 2), a([5, 6]), a([7]), r=column(-35, 2 - 42))
anchor(freivalds.residual_bound, 3.0, 5.0, 4, 9, 0.125, bound=4 * 5 * 15 / 8)
