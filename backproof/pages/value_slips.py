"""The notes' slips that no derivative shows: what is written, what is right, and what the reference says."""

from typing import NamedTuple


class ValueSlip(NamedTuple):
    """A slip that no derivative shows: three expressions, of which the last says what is true."""

    title: str
    as_written: str
    right: str
    truth: str
    source: str


SETUP = """
import ast
import numpy as np
import torch
from reference_numpy.activations import leaky_relu, sigmoid
from reference_numpy.blocks import linear_activation_forward
from reference_numpy.broadcasting import broadcast_column, broadcast_number, column_percentages
from reference_numpy.calculus import natural_log, square
from reference_numpy.circuits import count_hidden_units, deep_xor_network
from reference_numpy.dimensions import layer_shapes
from reference_numpy.graph import graph_forward
from reference_numpy.initialization import initialize_parameters
from reference_numpy.logistic import logistic_forward, logistic_gradients
from reference_numpy.losses import cost, cross_entropy_by_cases, cross_entropy_curvature, cross_entropy_loss
from reference_numpy.neuron import propagate_backward, propagate_forward
from reference_numpy.notation import flatten_pictures, split_examples

a, b, c, u = 5.0, 3.0, 2.0, 6.0
at_0 = torch.zeros((), requires_grad=True)
torch.relu(at_0).backward()
B = np.array([[1, 2, 5, 2], [2, 3, 5, 3], [3, 4, 5, 6]])
cal = B.sum(axis=0)
rng = np.random.RandomState(0)
W = initialize_parameters([4, 3, 1], rng, "small")["W1"]
A_prev, pictures = rng.randn(4, 5), np.zeros((209, 64, 64, 3), np.uint8)
A, _ = linear_activation_forward(A_prev, W, np.zeros((3, 1)), "relu")
X, w = rng.randn(3, 7), rng.randn(3, 1)
Y, Y_hat = np.array([[1.0, 0, 1, 1, 0, 0, 1]]), sigmoid(w.T @ X)
two, three, rows = np.ones((2, 4)), np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[100.0], [200]])
z = np.linspace(-4, 4, 33)[None]
parameters = initialize_parameters([3, 2, 1], rng)
grads = propagate_backward(Y, parameters, propagate_forward(X, Y, parameters)[1])

def raised(work):
    try:
        return work()
    except Exception as error:
        return type(error).__name__

def read(source):
    return raised(lambda: type(ast.parse(source)).__name__)
"""
VALUES = (
    ValueSlip(
        "E5: u twice in J",
        "3 * (u + b * c)",
        "3 * (a + b * c)",
        "float(graph_forward(a, b, c)[0])",
        "Slides, Computation Graph, line 335",
    ),
    ValueSlip(
        "E8: the slope of 3a between 2 and 2.007",
        "0.003 / 0.007",
        "0.003 / 0.001",
        "round((3 * 2.001 - 3 * 2) / 0.001, 9)",
        "Notes A, p. 9, lines 208 and 212",
    ),
    ValueSlip(
        "E16: leaky ReLU with two leaks",
        "[float(max(0.01 * -1, -1)), float(max(0.001 * -1, -1))]",
        "[float(max(0.01 * -1, -1))] * 2",
        "leaky_relu(np.array([-1.0, -1.0])).tolist()",
        "Notes A, p. 25, line 576 has 0.01, p. 26, lines 620 and 622 have 0.001, each consistent in itself",
    ),
    ValueSlip(
        "E17: the slope of ReLU at 0 is both 1 and undefined",
        "[1.0, None]",
        "[0.0]",
        "[float(at_0.grad)]",
        "Notes A, p. 26, line 616; any value in [0, 1] is a subgradient, and 0 is torch's choice. Lee's 1 (Lee 2019, "
        "hidden layer 1, line 230) and the 1 of leaky ReLU (Notes A, p. 26, line 622) are the other choice, no slip",
    ),
    ValueSlip(
        "E18: the shapes of b1, W2 and b2 for [n_x, 2, 1]",
        "[(2,), (2, 1), (1,)]",
        "[(2, 1), (1, 2), (1, 1)]",
        '[layer_shapes([3, 2, 1], 7)[name] for name in ("b1", "W2", "b2")]',
        "Notes A, p. 32, lines 786, 800, 805 and 807",
    ),
    ValueSlip(
        "E19: the sum of the last column",
        "[6, 9, 15, 6]",
        "[6, 9, 15, 11]",
        "cal.tolist()",
        "Notes A, p. 17, line 422",
    ),
    ValueSlip(
        "E20: the factor 100 of a percentage",
        "(B / cal).tolist()",
        "(100 * (B / cal)).tolist()",
        "column_percentages(B.astype(float)).tolist()",
        "Notes A, p. 17, line 424",
    ),
    ValueSlip(
        "E25: weights of one sign",
        "set(np.sign(np.random.RandomState(0).rand(3, 4) * 0.01).flat)",
        "set(np.sign(np.random.RandomState(0).randn(3, 4) * 0.01).flat)",
        "set(np.sign(W).flat)",
        "Lee 2019, initialize_parameters, line 258; this breaks the symmetry as well, and of five layers randn * 0.01 "
        "learns as little: see [his recipe](lee.md)",
    ),
    ValueSlip(
        "E26: what a layer takes and what it gives",
        '"Input a(l) output a(l-1)"',
        '"Input a(l-1) output a(l)"',
        "f\"Input a({'l-1' if A_prev.shape[0] == W.shape[1] else 'l'}) "
        "output a({'l' if A.shape[0] == W.shape[0] else 'l-1'})\"",
        "Notes B, Forward and backward functions, line 197",
    ),
    ValueSlip(
        "E27: the shape of 209 flattened pictures",
        "(12288, 50)",
        "(12288, 209)",
        "flatten_pictures(pictures).shape",
        "Lee 2019, flatten, line 76",
    ),
    ValueSlip(
        "E32: the loss with an if, of all labels at once",
        "raised(lambda: np.sum(cross_entropy_loss.__wrapped__(Y_hat, Y)) / 7)",
        "float(np.sum(np.where(Y == 1, -np.log(Y_hat), -np.log(1 - Y_hat))) / 7)",
        "float(cost(cross_entropy_by_cases(Y_hat, Y)))",
        "Lee 2019, backward propagation, line 152, where y_hat should be Y_hat as well",
    ),
    ValueSlip(
        "E33: dA is filled and never made",
        'raised(lambda: exec("dA[1] = 0", {}))',
        '["dA"]',
        "sorted({name[:2] for name in grads if name[:2] == 'dA'})",
        "Lee 2019, propagate, line 316",
    ),
    ValueSlip(
        "E34: propagate is called with names that do not exist",
        'raised(lambda: eval("propagate(X, parameters, Y, L)", {"train_X": 0, "train_Y": 0}))',
        'raised(lambda: eval("(train_X, train_Y)", {"train_X": 0, "train_Y": 0}))',
        "(0, 0)",
        "Lee 2019, update_parameters, line 344",
    ),
    ValueSlip(
        "E35: a parenthesis too many",
        'read("Z = (np.dot(W, A) +\\n b))")',
        'read("Z = (np.dot(W, A) +\\n b)")',
        "ast.Module.__name__",
        "Lee 2019, propagate, lines 300 and 303",
    ),
    ValueSlip(
        "E36: the square of 2.001",
        "[4.004007, 4.004004]",
        "[4.004001, 4.004001]",
        "[round(float(square(np.array(2.001))), 6)] * 2",
        "Notes A, p. 10, line 222; Slides, More derivatives examples, line 254",
    ),
    ValueSlip(
        "E37: the width of the nudge of ln a",
        "0.0005 / 0.0005",
        "0.0005 / 0.001",
        "round(float(natural_log(np.array(2.001)) - natural_log(np.array(2.0))), 4) / 0.001",
        "Slides, More derivatives examples, line 318",
    ),
    ValueSlip(
        "E38: the chain rule as a quotient, for J = 3v and v = a + 2u",
        "3 / 2",
        "3 * 2",
        "round((3 * (a + 2 * 6.001) - 3 * (a + 2 * 6)) / 0.001, 9)",
        "Slides, Derivatives with a Computation Graph, line 370, where dv/du is 1 and hides it",
    ),
    ValueSlip(
        "E39: a column that is written four times for a matrix of three columns",
        "raised(lambda: three + np.hstack([rows] * 4))",
        "raised(lambda: (three + np.hstack([rows] * 3)).tolist())",
        'broadcast_column(three, rows, "add").tolist()',
        "Notes A, p. 18, line 430",
    ),
    ValueSlip(
        "E40: w.T has a weight for each feature, not for each example",
        "(1, X.shape[1])",
        "(1, X.shape[0])",
        "w.T.shape",
        "Notes A, p. 15, line 360; in line 362 each entry is w.T x⁽ⁱ⁾ + b, not w.T X + b",
    ),
    ValueSlip(
        "E41: dw is the sum of the terms, not their list",
        "(X.shape[1], 1)",
        "(X.shape[0], 1)",
        'logistic_gradients(X, Y, logistic_forward(w, 0.0, X)[1])["dw"].shape',
        "Notes A, p. 15, line 378",
    ),
    ValueSlip(
        "E42: the shapes of W1, x and z1 for two inputs and three units",
        "[(2, 1), (2, 1), (2, 1)]",
        "[(3, 2), (2, 1), (3, 1)]",
        '[layer_shapes([2, 3, 1], 1)[name] for name in ("W1", "A0", "Z1")]',
        "Notes A, p. 36, lines 904, 908 and 913; W[l] and dW[l] are (n[l], n[l-1])",
    ),
    ValueSlip(
        "E43: sigma of a small z is no 0; of a large negative one it is",
        "round(0.0, 1)",
        "round(1 / (1 + 1), 1)",
        "round(float(sigmoid(np.array([0.001]))[0]), 1)",
        "Notes A, p. 7, line 150; Slides, Logistic Regression, line 88 has it right",
    ),
    ValueSlip(
        "E44: m of the cost is the number of training examples, not that of all",
        "5 + 2",
        "5",
        "split_examples(X, Y, 5)[0].shape[1]",
        "Notes A, p. 6, line 108; Slides, Notation, line 38 has M = M_train",
    ),
    ValueSlip(
        "E45: dL/dw1 as dL dZ, without x1",
        "round(0.25 - 1, 9)",
        "round(2 * (0.25 - 1), 9)",
        "float(logistic_gradients(np.array([[2.0]]), np.array([[1.0]]), "
        '{"Z": np.array([[-np.log(3)]]), "A": np.array([[0.25]])})["dw"][0, 0])',
        "Notes A, p. 11, line 273",
    ),
    ValueSlip(
        "E46: a number broadcast to (m, 1) as (1, 0)",
        "np.add(np.ones((3, 1)), np.ones((1, 0))).shape",
        "np.add(np.ones((3, 1)), np.ones((1, 1))).shape",
        'broadcast_number(np.ones((3, 1)), 1.0, "add").shape',
        "Notes A, p. 18, line 442",
    ),
    ValueSlip(
        "E47: the loss that is convex in z: not sigma, but the cross-entropy",
        "bool((np.diff(sigmoid(z), 2) >= 0).all())",
        "bool((np.diff(np.log1p(np.exp(-z)), 2) >= 0).all())",
        "bool((cross_entropy_curvature(z, np.ones_like(z)) >= 0).all())",
        "Notes C, Loss function, line 92",
    ),
    ValueSlip(
        "E48: n_x = 4 beside n[0] = n_x = 3",
        "4",
        "3",
        'layer_shapes([3, 4, 1], 1)["A0"][0]',
        "Notes B, Example: 2 layer NN, lines 126 and 135",
    ),
    ValueSlip(
        "E49: O(2^n) units are those of the shallow network; of depth O(log n) it has few",
        "2**8",
        "2 * (8 - 1)",
        "count_hidden_units(deep_xor_network(8))",
        "Notes B, Usage, lines 188-192",
    ),
)


def values_of(slip: ValueSlip) -> tuple[object, object, object]:
    """What the three expressions are worth."""
    scope: dict[str, object] = {}
    exec(SETUP, scope)
    as_written, right, truth = (eval(text, scope) for text in (slip.as_written, slip.right, slip.truth))
    return as_written, right, truth
