"""A corpus of wrong derivations: the lines of the reference written out as a derivation, with the planted mistakes.

The lines of a backward function are taken as they stand there, and its names are replaced by those of the derivation:
cache["A_prev"] of layer 2 is A1. A planted mistake in the line is made before.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.mistakes import MISTAKES
from parity_tests.planted import Mistake
from parity_tests.sources import source_of
from reference_numpy import activations, blocks, calculus, deep, graph, housing, logistic, losses, neuron, shallow
from reference_numpy.registry import Formula, formula_of

ACTIVATIONS = {
    "relu": "np.maximum(0, {Z})",
    "tanh": "np.tanh({Z})",
    "sigmoid": "1 / (1 + np.exp(-{Z}))",
    "leaky_relu": "np.where({Z} > 0, {Z}, 0.01 * {Z})",
    "identity": "1.0 * {Z}",
}


@dataclass(frozen=True)
class Line:
    """A line of the reference in the function `of`, and what its names are called in the derivation."""

    of: Formula
    text: str
    names: Mapping[str, str]
    no_slip: str = ""  # the cause of an edit that is right here, on all inputs

    def written(self, slip: Mistake | None = None) -> str:
        """The line of the derivation, with the slip if there is one."""
        text = slip.slip(self.text) if slip else self.text
        names = sorted(self.names, key=len, reverse=True)
        return re.sub(
            "|".join(rf"(?<![\w\"]){re.escape(name)}(?!\w)" for name in names), lambda m: self.names[m[0]], text
        )

    def slips(self) -> Iterator[Mistake]:
        """The planted mistakes in this very line that change it."""
        for mistake in (m for m in MISTAKES if m.cause != self.no_slip):
            if mistake.of is self.of and self.text.count(mistake.old) == 1 and self.written(mistake) != self.written():
                yield mistake


Derivation = list[str | list[Line]]  # a plain line, or a claim as one line of each function that has it


def written(derivation: Derivation) -> list[str]:
    """The lines of the right derivation."""
    return [line if isinstance(line, str) else line[0].written() for line in derivation]


def places(derivation: Derivation) -> Iterator[tuple[Mistake, int, str]]:
    """Every planted mistake at every line where it fits: the mistake, the index of the line, the wrong line."""
    for index, lines in enumerate(derivation):
        for line in lines if isinstance(lines, list) else ():
            for slip in line.slips():
                yield slip, index, line.written(slip)


def source_lines(function: Callable[..., Any]) -> dict[str, str]:
    """Every assignment of a function of the reference by its target, and under `return` what it returns."""
    source = source_of(formula_of(function).function)[2]
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign):
            found[_segment(source, node.targets[0])] = _segment(source, node)
        elif isinstance(node, ast.Return) and node.value is not None:
            found["return"] = _segment(source, node.value)
    return found


def _segment(source: str, node: ast.AST) -> str:
    text = ast.get_source_segment(source, node)
    assert text is not None
    return text


def _line(function: Callable[..., Any], target: str, names: Mapping[str, str], form: str = "{}") -> Line:
    return Line(formula_of(function), form.format(source_lines(function)[target]), names)


def network(activation: str, depth: int, l2: bool) -> Derivation:
    """A network of `depth` layers, cross-entropy from the logits; with L2 its lines are those of deep_gradients."""
    L = depth
    lines: Derivation = ["import numpy as np", 'X: "n_0, m"', f'Y: "n_{L}, m in [0, 1]"', *(['lam: "() > 0"'] * l2)]
    for l in range(1, L + 1):
        lines += [f'W{l}: "n_{l}, n_{l - 1}"', f'b{l}: "n_{l}, 1"']
    lines += ["A0 = X"]
    for l in range(1, L + 1):
        g = ACTIVATIONS[activation if l < L else "sigmoid"].format(Z=f"Z{l}")
        lines += [f"Z{l} = W{l} @ A{l - 1} + b{l}", f"A{l} = {g}"]
    lines += [f"J = 1 / m * np.sum(np.maximum(Z{L}, 0) - Z{L} * Y + np.log1p(np.exp(-np.abs(Z{L}))))"]
    lines += [f"J = J + lam / (2 * m) * np.sum(W{l} ** 2)" for l in range(1, L + 1) if l2]
    lines += [[_output(L)]]
    for l in range(L, 0, -1):
        lines += [[line] for line in (_layer_with_l2(l) if l2 else _layer(l))]
        if l > 1:
            lines += [_hidden(l - 1, activation)]
    return lines


def _output(L: int) -> Line:
    """dZ of the output, where the whole chain rule collapses to a - y."""
    names = {"sigmoid(Z)": f"A{L}", "Z": f"Z{L}", "dZ": f"dZ{L}", "Y.shape[1]": "m"}
    return _line(losses.cross_entropy_from_logits_prime, "return", names, "dZ = {}")


def _layer(l: int) -> list[Line]:
    """The linear part of a layer."""
    names = {'cache["W"]': f"W{l}", 'cache["A_prev"]': f"A{l - 1}", "dZ": f"dZ{l}", "dZ.shape[0]": f"n_{l}"}
    names |= {"dA_prev": f"dA{l - 1}", "dW": f"dW{l}", "db": f"db{l}"}
    return [_line(blocks.linear_backward, t, names) for t in ("dW", "db", *["dA_prev"] * (l > 1))]


def _layer_with_l2(l: int) -> list[Line]:
    """The linear part of a layer as the deep network has it."""
    names = {"W": f"W{l}", "A_prev": f"A{l - 1}", "dZ": f"dZ{l}", "l2": "lam", 'cache[f"A{l}"]': f"A{l}"}
    names |= {'parameters[f"W{l - 1}"]': f"W{l - 1}", 'parameters[f"b{l}"]': f"b{l}"}
    targets = {'grads[f"dW{l}"]': f"dW{l}", 'grads[f"db{l}"]': f"db{l}", 'grads[f"dA{l - 1}"]': f"dA{l - 1}"}
    return [_line(deep.deep_gradients, t, names | targets) for t in list(targets)[: 3 if l > 1 else 2]]


def _hidden(l: int, activation: str) -> list[Line]:
    """dZ of a hidden layer: the product with g', and in its place the derivative of the activation."""
    Z, A = f"Z{l}", f"A{l}"
    here = {"dA": f"dA{l}", "dZ": f"dZ{l}", "Z": Z, "A": A, "leak": "0.01", ".astype(Z.dtype)": ""}
    slope = _line(activations.ACTIVATIONS[activation][1], "return", here, "dZ = dA * ({})")
    g_prime = slope.written().partition(" * ")[2]
    g = ACTIVATIONS[activation].format(Z=A)
    of_A = {"tanh": f"(1 - {g} ** 2)", "sigmoid": f"({g} * (1 - {g}))"}
    names = here | {
        'g_prime(cache["Z"])': g_prime,
        'g_prime(ACTIVATIONS[activation][0](cache["Z"]))': of_A.get(activation, g_prime),  # of A it is the same
        'ACTIVATIONS[activation][0](cache["Z"])': A,
        'ACTIVATIONS["sigmoid"][1](cache["Z"])': f"({A} * (1 - {A}))",
        'ACTIVATIONS["tanh"][1](cache["Z"])': f"(1 - {A}**2)",
    }
    line = _line(blocks.activation_backward, "return", names, "dZ = {}")
    return [replace(line, no_slip="missing g'(Z)" if activation == "identity" else ""), slope]


SIGMOID = "1 / (1 + np.exp(-{}))"
SMALL: Mapping[Callable[..., Any], str] = {
    logistic.logistic_gradients: f"""
        w: "n_x, 1"; b: "()"; X: "n_x, m"; Y: "1, m in [0, 1]"
        Z = w.T @ X + b
        A = {SIGMOID.format("Z")}
        J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m""",
    logistic.logistic_example_gradients: f"""
        w: "n_x, 1"; b: "()"; x: "n_x, 1"; y: "() in [0, 1]"
        z = (w.T @ x)[0, 0] + b
        a = {SIGMOID.format("z")}
        L = -(y * np.log(a) + (1 - y) * np.log(1 - a))""",
    shallow.shallow_gradients: f"""
        X: "n_0, m"; W1: "n_1, n_0"; b1: "n_1, 1"; W2: "n_2, n_1"; b2: "n_2, 1"; Y: "n_2, m in [0, 1]"
        Z1 = W1 @ X + b1
        A1 = np.tanh(Z1)
        Z2 = W2 @ A1 + b2
        A2 = {SIGMOID.format("Z2")}
        J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m""",
    losses.cross_entropy_prime: """
        A: "n, m in (0, 1)"; Y: "n, m in [0, 1]"
        J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m""",
    losses.squared_error_prime: """
        A: "n, m"; Y: "n, m"
        J = np.sum((A - Y) ** 2 / 2) / m""",
    calculus.cube_prime: """
        a: "()"
        J = a**3""",
    graph.graph_backward: """
        a: "()"; b: "()"; c: "()"
        u = b * c
        v = a + u
        J = 3 * v""",
    housing.housing_gradients: """
        w: "()"; b: "()"; X: "1, m"; Y: "1, m"
        Z = w * X + b
        Y_hat = np.maximum(0, Z)
        J = np.sum((Y_hat - Y) ** 2) / (2 * m)""",
    neuron.neuron_gradients: f"""
        W: "n_x, k"; b: "k, 1"; X: "n_x, N"; Y: "k, N in [0, 1]"
        Z = np.dot(W.T, X) + b
        Y_hat = {SIGMOID.format("Z")}
        J = -np.sum(Y * np.log(Y_hat) + (1 - Y) * np.log(1 - Y_hat)) / N""",
}
RETURNED = {
    losses.cross_entropy_prime: "dA = {}",
    losses.squared_error_prime: "dA = {}",
    calculus.cube_prime: "da = {}",
}
CALLS = {"cross_entropy_prime(a, y)": "-y / a + (1 - y) / (1 - a)"}
SLOPES = {"Z1": "(1 - A1**2)", "Z2": "(A2 * (1 - A2))", "Z": "(Z > 0)"}


def small(function: Callable[..., Any]) -> Derivation:
    """One of the small systems: its forward part, then the lines of the reference as they stand."""
    cached = re.findall(r'cache\["(\w+)"\]', source_of(formula_of(function).function)[2])
    names = {f'cache["{name}"]': name for name in cached} | CALLS
    names |= {f'g_prime(cache["{Z}"])': slope for Z, slope in SLOPES.items()}
    forward = [part.strip() for part in SMALL[function].replace("; ", "\n").splitlines() if part.strip()]
    if function in RETURNED:
        claims = [_line(function, "return", names, RETURNED[function])]
    else:
        claims = [_line(function, target, names) for target in source_lines(function) if re.fullmatch(r"d\w+", target)]
    return ["import numpy as np", *forward, *([claim] for claim in claims)]
