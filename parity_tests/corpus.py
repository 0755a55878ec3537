"""A corpus of wrong derivations: the planted mistakes, made in the lines of networks of every activation and depth.

A slip is a rule of text, applied to a right line: what it looks for, what it puts there, and which planted mistake of
the parity tests it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SLOPES = {
    "relu": "({Z} > 0)",
    "tanh": "(1 - {A}**2)",
    "sigmoid": "{A} * (1 - {A})",
    "leaky_relu": "np.where({Z} > 0, 1, 0.01)",
    "identity": "np.ones_like({Z})",
}
ACTIVATIONS = {
    "relu": "np.maximum(0, {Z})",
    "tanh": "np.tanh({Z})",
    "sigmoid": "1 / (1 + np.exp(-{Z}))",
    "leaky_relu": "np.where({Z} > 0, {Z}, 0.01 * {Z})",
    "identity": "1.0 * {Z}",
}


def derivation(activation: str, depth: int, l2: bool) -> list[str]:
    """The lines of a right derivation: a network of `depth` layers, cross-entropy from the logits."""
    L = depth
    lines = ["import numpy as np", 'X: "n_0, m"', f'Y: "n_{L}, m in [0, 1]"', *(['lam: "() > 0"'] if l2 else [])]
    for l in range(1, L + 1):
        lines += [f'W{l}: "n_{l}, n_{l - 1}"', f'b{l}: "n_{l}, 1"']
    lines += ["A0 = X"]
    for l in range(1, L + 1):
        g = ACTIVATIONS[activation if l < L else "sigmoid"].format(Z=f"Z{l}")
        lines += [f"Z{l} = W{l} @ A{l - 1} + b{l}", f"A{l} = {g}"]
    lines += [f"J = 1 / m * np.sum(np.maximum(Z{L}, 0) - Z{L} * Y + np.log1p(np.exp(-np.abs(Z{L}))))"]
    lines += [f"J = J + lam / (2 * m) * np.sum(W{l} ** 2)" for l in range(1, L + 1) if l2]
    lines += [f"dZ{L} = A{L} - Y"]
    for l in range(L, 0, -1):
        penalty = f" + lam / m * W{l}" if l2 else ""
        lines += [f"dW{l} = 1 / m * dZ{l} @ A{l - 1}.T{penalty}"]
        lines += [f"db{l} = 1 / m * np.sum(dZ{l}, axis=1, keepdims=True)"]
        if l > 1:
            slope = SLOPES[activation].format(Z=f"Z{l - 1}", A=f"A{l - 1}")
            lines += [f"dA{l - 1} = W{l}.T @ dZ{l}", f"dZ{l - 1} = dA{l - 1} * {slope}"]
    return lines


@dataclass(frozen=True)
class Slip:
    """A rule of text for one line, and the planted mistake that it is; `only` names the activations it fits."""

    mistake: str
    old: str
    new: str
    only: tuple[str, ...] = tuple(SLOPES)

    def make(self, line: str) -> str | None:
        """The wrong line; None where the rule does not fit."""
        wrong = re.sub(self.old, self.new, line)
        return None if wrong == line else wrong


NOT_LINEAR = ("relu", "tanh", "sigmoid", "leaky_relu")
DW, DB, HIDDEN = r"^dW(\d) = 1 / m \* ", r"^db(\d) = 1 / m \* ", r"^dZ(\d) = dA\d \* .*"
SLIPS = (
    Slip("dW_without_mean", DW, r"dW\1 = "),
    Slip("dW_mean_twice", DW, r"dW\1 = 1 / m**2 * "),
    Slip("dW_over_units", DW, r"dW\1 = 1 / n_\1 * "),
    Slip("dW_off_by_one", DW, r"dW\1 = 1 / (m - 1) * "),
    Slip("dW_transposed", r"^(dW\d = 1 / m \* )(dZ\d) @ (A\d)\.T", r"\1\3 @ \2.T"),
    Slip("dW_last_example", r"^(dW\d = 1 / m \* )(dZ\d) @ (A\d)\.T", r"\1\2[:, -1:] @ \3[:, -1:].T"),
    Slip("dW_negative", DW, r"dW\1 = -1 / m * "),
    Slip("dW_from_W", r"^(dW(\d) = 1 / m \* dZ\d @ )A\d", r"\1W\2"),
    Slip("deep_with_neighbour_A", r"^(dW(\d) = 1 / m \* dZ\d @ )A\d", r"\1A\2"),
    Slip("deep_without_l2", r" \+ lam / m \* W\d$", ""),
    Slip("l2_doubled", r" \+ lam / m", r" + 2 * lam / m"),
    Slip("deep_l2_halved", r" \+ lam / m", r" + lam / (2 * m)"),
    Slip("deep_l2_without_mean", r" \+ lam / m", r" + lam"),
    Slip("deep_l2_on_bias", r"^(db(\d) = .*)$", r"\1 + 1 / m * b\2"),
    Slip("db_without_mean", DB, r"db\1 = "),
    Slip("db_wrong_axis", r"axis=1", r"axis=0"),
    Slip("db_without_keepdims", r", keepdims=True", ""),
    Slip("db_summed_over_all", r", axis=1, keepdims=True", ""),
    Slip("neuron_db_transposed", r"np\.sum\((dZ\d), axis=1, keepdims=True\)", r"np.dot(\1.T, np.ones((m, 1)))"),
    Slip("dA_prev_with_mean", r"^(dA\d) = ", r"\1 = 1 / m * "),
    Slip("dA_prev_without_transpose", r"^(dA\d = W\d)\.T", r"\1"),
    Slip("dA_prev_elementwise", r"^(dA\d = W\d\.T) @", r"\1 *"),
    Slip("deep_with_neighbour_W", r"^(dA(\d)) = W\d\.T", r"\1 = W\2.T"),
    Slip("deep_with_updated_W", r"^(dA\d) = W(\d)\.T", r"\1 = (W\2 - 0.0075 * dW\2).T"),
    Slip("dZ_sum_for_product", r"^(dZ\d = dA\d) \* (.*)", r"\1 + \2"),
    Slip("dZ_with_g", HIDDEN, r"dZ\1 = dA\1 * A\1"),
    Slip("dZ_without_g_prime", HIDDEN, r"dZ\1 = dA\1", NOT_LINEAR),
    Slip("dZ_with_sigmoid_prime", HIDDEN, r"dZ\1 = dA\1 * A\1 * (1 - A\1)", ("relu", "tanh", "leaky_relu", "identity")),
    Slip("sigmoid_prime_of_tanh", HIDDEN, r"dZ\1 = dA\1 * (1 - A\1**2)", ("relu", "sigmoid", "leaky_relu", "identity")),
    Slip("dZ_with_g_prime_of_A", HIDDEN, r"dZ\1 = dA\1 * (1 - np.tanh(A\1) ** 2)", ("tanh",)),
    Slip("sigmoid_prime_sign", HIDDEN, r"dZ\1 = dA\1 * A\1 * (1 + A\1)", ("sigmoid",)),
    Slip("tanh_prime_without_square", HIDDEN, r"dZ\1 = dA\1 * (1 - A\1)", ("tanh",)),
    Slip("tanh_prime_of_Z", HIDDEN, r"dZ\1 = dA\1 * (1 - Z\1**2)", ("tanh",)),
    Slip("leaky_relu_prime_other_slope", r"0\.01\)$", r"0.001)", ("leaky_relu",)),
    Slip("logits_prime_sign", r"^(dZ\d) = (A\d) - Y", r"\1 = Y - \2"),
    Slip("logits_prime_of_z", r"^(dZ(\d)) = A\d - Y", r"\1 = Z\2 - Y"),
    Slip("logistic_extra_g_prime", r"^(dZ\d) = (A\d) - Y", r"\1 = (\2 - Y) * \2 * (1 - \2)"),
    Slip("squared_error_prime_doubled", r"^(dZ\d) = (A\d) - Y", r"\1 = 2 * (\2 - Y)"),
    Slip("cost_backward_with_mean", r"^(dZ\d) = (A\d) - Y", r"\1 = (\2 - Y) / m"),
    Slip("cross_entropy_prime_one_term", r"^(dZ(\d)) = A\d - Y", r"\1 = -Y"),
)


def places(lines: list[str], activation: str) -> Iterator[tuple[Slip, int, str]]:
    """Every slip at every line where it fits: the slip, the index of the line, the wrong line."""
    for slip in SLIPS:
        for index, line in enumerate(lines):
            if line[0] == "d" and activation in slip.only and (wrong := slip.make(line)) is not None:
                yield slip, index, wrong
