"""Files that only define classes and functions: called as their parameters say, judged, and a slip is found."""

from pathlib import Path

import pytest

from backproof.checker.calls.needs import kind_of
from backproof.checker.check import checked

from .reports import Case, wrong_lines

FITS = """
import numpy as np

class Classifier:
    def __init__(self, eta=0.05, n_iter=40):
        self.eta, self.n_iter = eta, n_iter

    def fit(self, features, targets):
        m, n = features.shape
        self.coef, self.shift = np.zeros(n), 0.0
        for _ in range(self.n_iter):
            share = self._squash(features @ self.coef + self.shift)
            grad_coef = features.T @ (share - targets) / m
            grad_shift = np.mean(share - targets)
            self.coef -= self.eta * grad_coef
            self.shift -= self.eta * grad_shift
        return self

    def _squash(self, z):
        return 1 / (1 + np.exp(-z))

    def predict(self, features):
        return self._squash(features @ self.coef + self.shift) > 0.5
"""

PASSES = """
import numpy as np

class Net:
    def __init__(self, layer_sizes):
        self.W = [np.random.randn(k, n) for n, k in zip(layer_sizes[:-1], layer_sizes[1:])]

    def forward(self, X):
        self.hidden = np.tanh(self.W[0] @ X)
        scores = self.W[1] @ self.hidden
        self.out = np.exp(scores) / np.sum(np.exp(scores), axis=0)
        return self.out

    def backward(self, X, Y):
        m = X.shape[1]
        delta = self.out - Y
        self.dW2 = delta @ self.hidden.T / m
        back = self.W[1].T @ delta * (1 - self.hidden**2)
        self.dW1 = back @ X.T / m

    def update(self, learning_rate):
        self.W[0] -= learning_rate * self.dW1
        self.W[1] -= learning_rate * self.dW2
"""

LAYERS = """
import numpy as np

class Affine:
    def __init__(self, input_dim, output_dim):
        self.W, self.b = np.random.randn(input_dim, output_dim), np.zeros((1, output_dim))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0, keepdims=True)
        return dout @ self.W.T

class Scale:
    def __init__(self, gamma):
        self.gamma = gamma
    def forward(self, x):
        self.x = x
        return self.gamma * x
    def backward(self, dout):
        dgamma = np.sum(dout * self.x, axis=0, keepdims=True)
        dx = dout * self.gamma
        return dx, dgamma
"""

FUNCTIONS = """
import numpy as np

def init_params(n_x, n_h, n_y):
    params = {"W1": np.random.randn(n_h, n_x), "W2": np.random.randn(n_y, n_h)}
    return params

def forward_pass(X, params):
    A1 = np.tanh(params["W1"] @ X)
    A2 = 1 / (1 + np.exp(-params["W2"] @ A1))
    return A2, A1

def cost_of(A2, Y):
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

def backward_pass(X, Y, A1, A2, params):
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / X.shape[1]
    dZ1 = params["W2"].T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / X.shape[1]
    return {"dW1": dW1, "dW2": dW2}
"""

PAIRS = """
import numpy as np

def dense_forward(x, w, b):
    return x @ w + b, (x, w, b)

def dense_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = np.sum(dout, axis=0)
    return dx, dw, db

def tanh_forward(x):
    out = np.tanh(x)
    return out, out

def tanh_backward(dout, cache):
    dx = dout * (1 - cache**2)
    return dx

def logistic_loss(theta, X, y, reg):
    p = 1 / (1 + np.exp(-(X @ theta)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + reg * np.sum(theta**2)
    grad = X.T @ (p - y) / len(y) + 2 * reg * theta
    return loss, grad
"""

UNFINISHED = FITS + "\ntable = read_from_the_laboratory()\nClassifier().fit(table[:, 1:], table[:, 0])\n"

CASES = {
    "fits": Case(
        FITS,
        "grad_coef = features.T @ (share - targets) / m",
        "grad_coef = features.T @ (share + targets) / m",
        "grad_coef = features.T @ (share - targets) / m",
    ),
    "passes": Case(
        PASSES,
        "back = self.W[1].T @ delta * (1 - self.hidden**2)",
        "back = self.W[1].T @ delta * (1 - self.hidden)",
        "back = self.W[1].T @ delta * (1 - self.hidden**2)",
    ),
    "layers": Case(
        LAYERS,
        "dgamma = np.sum(dout * self.x, axis=0, keepdims=True)",
        "dgamma = np.sum(dout * self.gamma, axis=0, keepdims=True)",
        None,
    ),
    "functions": Case(
        FUNCTIONS,
        'dZ1 = params["W2"].T @ dZ2 * (1 - A1**2)',
        'dZ1 = params["W2"].T @ dZ2 * A1 * (1 - A1)',
        None,
    ),
    "pairs": Case(PAIRS, "dx = dout @ w.T", "dx = dout @ w.T * x", None),
    "pairs, the other": Case(PAIRS, "dx = dout * (1 - cache**2)", "dx = dout * (1 - cache)", None),
    "cost and gradient in one": Case(
        PAIRS,
        "grad = X.T @ (p - y) / len(y) + 2 * reg * theta",
        "grad = X.T @ (p - y) / len(y) + reg * theta",
        None,
    ),
    "its data are not there": Case(
        UNFINISHED,
        "grad_shift = np.mean(share - targets)",
        "grad_shift = np.mean(share) + np.mean(targets)",
        None,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_is_defined_and_right_is_right(case: Case) -> None:
    report = checked(case.program, "module.py")
    assert (report.verdict, wrong_lines(report)) == ("right", [])
    assert report.assumed[0].startswith("called: ")
    assert max(finding.line for finding in report.lines) <= len(case.program.splitlines())


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_slip_in_what_is_defined_is_found_on_its_line(case: Case) -> None:
    assert case.program.count(case.right) == 1
    report = checked(case.program.replace(case.right, case.slip), "module.py")
    ((line, fix),) = wrong_lines(report)
    assert line == case.slip
    if case.fix is not None:
        assert fix == case.fix


def test_all_layers_of_a_file_are_called() -> None:
    report = checked(LAYERS, "layers.py")
    assert [text.partition("made = ")[2].partition("(")[0] for text in report.assumed] == ["Affine", "Scale"]
    assert {finding.name for finding in report.lines} >= {"dW", "db", "dgamma", "dx"}


def test_a_loss_without_its_network_is_not_guessed() -> None:
    report = checked(
        """
import numpy as np

class Loss:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return -np.sum(target * np.log(pred))
    def backward(self):
        grad_input = self.pred - self.target
        return grad_input
""",
        "loss.py",
    )
    assert report.verdict == "unusable"


def test_a_parameter_that_nobody_knows_is_not_guessed() -> None:
    report = checked(FITS.replace("features, targets", "features, targets, quux").replace("\n\n", "\n"), "module.py")
    assert report.verdict == "unusable"
    assert "no cost is found" in report.message


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("X_train", "examples"),
        ("y_true", "labels"),
        ("dout", "upstream"),
        ("grad_output", "upstream"),
        ("layers_dims", "sizes"),
        ("n_classes", "n_out"),
        ("hidden_size", "n_hidden"),
        ("input_dim", "n_in"),
        ("num_iterations", "count"),
        ("learning_rate", "rate"),
        ("gamma", "per_feature"),
        ("quux", ""),
    ],
)
def test_names_say_what_a_parameter_stands_for(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize("name", ["losses", "parts.losses"])
def test_a_module_beside_the_script_is_read_as_the_script_is(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name.replace('.', '/')}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "import numpy as np\nimport a_package_that_nobody_has\n\n"
        "def entropy(p, y):\n    return -np.sum(y * np.log(p + 1e-7)) / len(p)\n",
        encoding="utf-8",
    )
    script = f"""
import numpy as np
from {name} import *
X, Y = np.random.randn(8, 3), np.eye(2)[np.random.randint(0, 2, 8)]
W = np.random.randn(3, 2)
E = np.exp(X @ W)
P = E / np.sum(E, axis=1, keepdims=True)
loss = entropy(P, Y)
dW = X.T @ (P - Y) / 8
W -= 0.1 * dW
"""
    right = checked(script, "script.py", folder=str(tmp_path))
    assert (right.verdict, wrong_lines(right)) == ("right", [])
    ((line, _),) = wrong_lines(checked(script.replace("(P - Y) / 8", "P / 8"), "script.py", folder=str(tmp_path)))
    assert line == "dW = X.T @ P / 8"
