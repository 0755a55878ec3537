"""Why depth: XOR of n bits by a deep network with O(n) units and O(log n) layers, and by a shallow one with 2^(n-1).

The shallow network has one unit per bit pattern of odd parity, as a circuit of AND and OR gates does. Units with
weights of any size can count bits, and need only n; the exponential count is that of the circuit.
"""

from __future__ import annotations

import itertools

import numpy as np

from shapes.names import depth

from .deep import deep_forward
from .registry import Array, Layers, formula

BITS = "{2..12}"


def bits_violation(X: Array) -> str | None:
    """Return what is wrong with a number of bits for which no network is built."""
    n = len(X)
    if 2 <= n <= 12:
        return None
    return f"X has {n} bits in a column, expected from 2 to 12: the shallow network doubles with each"


@formula(
    r"|a - b| = \mathrm{ReLU}(a + b) - 2 \, \mathrm{ReLU}(a + b - 1), \quad A^{[0]} = X, \quad A^{[l]} = "
    r"\mathrm{ReLU}(W^{[l]} A^{[l-1]} + b^{[l]}), \quad l = 1 \dots L - 1, \quad b^{[L]} = 0, \quad W^{[L]} "
    r"a^{[L-1](i)} = \tfrac{1}{2} \left(1 - \textstyle\prod_j (1 - 2 x_j^{(i)})\right)",
    "S20",
    "Notes A, p. 37: circuit theory; Notes B, Usage: O(log n) depth; XOR is the course's example, in no note",
    f"n () in {BITS} -> parameters",
)
def deep_xor_network(n: int) -> Layers:
    """Parameters of a tree of XORs, |a - b| of two bits, with log2 n levels; a bit without a partner is handed on."""
    parameters: Layers = {}
    combine = np.eye(n)  # from the units of the last layer to the bits they stand for
    l = 1
    while len(combine) > 1:
        pairs, odd = divmod(len(combine), 2)
        W, following = np.zeros((2 * pairs + odd, 2 * pairs + odd)), np.zeros((pairs + odd, 2 * pairs + odd))
        b = np.zeros((2 * pairs + odd, 1))
        for p in range(pairs):
            W[2 * p : 2 * p + 2, 2 * p : 2 * p + 2] = 1
            b[2 * p + 1] = -1
            following[p, 2 * p : 2 * p + 2] = 1, -2
        if odd:
            W[-1, -1] = following[-1, -1] = 1
        parameters |= {f"W{l}": W @ combine, f"b{l}": b}
        combine, l = following, l + 1
    return parameters | {f"W{l}": combine, f"b{l}": np.zeros((1, 1))}


@formula(
    r"W^{[1]} = 2P - 1, \quad b_k^{[1]} = 1 - \sum_j P_{kj}, \quad W^{[2]} = 1, \quad b^{[2]} = 0, \quad W^{[2]} "
    r"\mathrm{ReLU}(W^{[1]} x^{(i)} + b^{[1]}) = \tfrac{1}{2} \left(1 - \textstyle\prod_j (1 - 2 x_j^{(i)})\right)",
    "S20",
    "Notes A, p. 37: exponentially more hidden units; Notes B, Usage: O(2^n)",
    f"n () in {BITS} -> parameters",
)
def shallow_xor_network(n: int) -> Layers:
    """Parameters of a hidden layer with a ReLU unit for each of the 2^(n-1) patterns of odd parity, the rows of P."""
    patterns = np.array([p for p in itertools.product((0.0, 1.0), repeat=n) if sum(p) % 2 == 1])
    W1 = 2 * patterns - 1
    b1 = 1 - patterns.sum(axis=1, keepdims=True)
    return {"W1": W1, "b1": b1, "W2": np.ones((1, len(patterns))), "b2": np.zeros((1, 1))}


@formula(r"\mathrm{units} = \sum_{l=1}^{L-1} n^{[l]}", "S20", "Notes A, p. 37", "parameters {W, b} -> units ()")
def count_hidden_units(parameters: Layers) -> int:
    """Number of hidden units of a network."""
    L = depth(parameters)
    return sum(len(parameters[f"b{l}"]) for l in range(1, L))


@formula(
    r"y^{(i)} = \tfrac{1}{2} \left(1 - \textstyle\prod_j (1 - 2 x_j^{(i)})\right)",
    "S20",
    "Notes A, p. 37: circuit theory; XOR is the course's example, in no note",
    "X (n_0, m) in {0, 1}, network in {deep, shallow} -> Y (n_L, m)",
    also=bits_violation,
)
def parity(X: Array, network: str = "deep") -> Array:
    """XOR of the bits in each column, computed by the deep or by the shallow network."""
    build = deep_xor_network if network == "deep" else shallow_xor_network
    parameters = {name: V.astype(X.dtype) for name, V in build(len(X)).items()}
    Y, _ = deep_forward(X, parameters, "relu", "identity")
    return Y
