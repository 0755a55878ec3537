"""Where in the notes a formula stands: the outline of each of the five notes, and the places that a source names."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Place(NamedTuple):
    """A page of Notes A, or a part of another note."""

    note: str
    part: str


class Part(NamedTuple):
    """What stands at a place, and from which line of the note's text on; `without` says why no formula is of it."""

    heading: str
    line: int
    without: str = ""


# The pages of Notes A between those whose number can be read are counted by their headings.
OUTLINES: Mapping[str, Mapping[str, Part]] = MappingProxyType(
    {
        "Notes A": {
            "p. 1": Part("what is a neural network?", 1),
            "p. 2": Part("housing price prediction", 29),
            "p. 3": Part("supervised learning with neural networks", 35),
            "p. 4": Part("structured and unstructured data: the table of houses", 41),
            "p. 5": Part("binary classification: a picture as a vector", 76),
            "p. 6": Part("notation", 102),
            "p. 7": Part("logistic regression, its loss", 129),
            "p. 8": Part("cost function, gradient descent", 164),
            "p. 9": Part("derivative: 3a", 197),
            "p. 10": Part("derivatives of a^2, a^3, ln a", 218),
            "p. 11": Part("computation graph; logistic regression, one example", 243),
            "p. 12": Part("gradient descent on m examples", 281),
            "p. 13": Part("what is vectorization?", 317),
            "p. 14": Part("logistic regression derivatives with for loops", 332),
            "p. 15": Part("vectorization of logistic regression", 354),
            "p. 16": Part("implementing logistic regression, completely", 380),
            "p. 17": Part("broadcasting: the table of calories", 398),
            "p. 18": Part("general principle of broadcasting; np.sum", 430),
            "p. 19": Part("why this cost: likelihood", 452),
            "p. 20": Part("neural network overview", 495),
            "p. 21": Part("hidden layer, unit by unit and as a matrix", 507),
            "p. 22": Part("vectorizing across multiple examples", 530),
            "p. 23": Part("activation functions: sigmoid, tanh", 545),
            "p. 24": Part("activation functions: ReLU", 565),
            "p. 25": Part("leaky ReLU; why non-linear activation functions?", 574),
            "p. 26": Part("derivatives of activation functions", 586),
            "p. 27": Part("gradient descent for neural networks", 624),
            "p. 28": Part("formulas for computing derivatives", 661),
            "p. 29": Part("back propagation through one neuron and through two layers", 694),
            "p. 30": Part("summary of gradient descent, one example and many", 739),
            "p. 31": Part("random initialization", 775),
            "p. 32": Part("the symmetry breaking problem", 784),
            "p. 33": Part("deep L-layer neural network", 810, "a picture, without an equation"),
            "p. 34": Part("deep neural network notation", 818),
            "p. 35": Part("forward propagation in a deep network", 838),
            "p. 36": Part("getting the matrix dimensions right", 888),
            "p. 37": Part("matrix dimensions of m examples; why deep: circuit theory", 921),
            "p. 38": Part("forward and backward functions", 939),
            "p. 39": Part("update; forward propagation for layer l", 952),
            "p. 40": Part("backward propagation for layer l", 991),
            "p. 41": Part("parameters and hyper-parameters", 1018),
        },
        "Notes B": {
            "Result": Part("notation", 3, "symbols, without an equation"),
            "Helper functions": Part("ReLU and sigmoid", 15, "names, with the pictures of their curves"),
            "Outline": Part("init, forward, loss, backward, update, predict", 25),
            "Example: 2 layer NN": Part("one example through two layers", 118),
            "Forward propagation in a deep network": Part("the layer as a matrix product", 159),
            "Usage": Part("depth O(log n), O(2^n) hidden units", 185),
            "Forward and backward functions": Part("what a layer takes and gives", 197),
            "Backward": Part("dz, dw, db, da; vectorised", 218),
        },
        "Slides": {
            "Binary Classification": Part("a picture as a vector", 7),
            "Notation": Part("X, Y, m", 32),
            "Logistic Regression": Part("y hat, sigma; the bias as w_0", 67),
            "Logistic Regression cost function": Part("loss and cost", 102),
            "Gradient Descent": Part("w := w - alpha dw", 139),
            "Derivatives": Part("3a", 188),
            "More derivatives examples": Part("a^2, a^3, ln a", 233),
            "Computation Graph": Part("J = 3(a + bc)", 332),
            "Derivatives with a Computation Graph": Part("dv, da, du, db, dc", 360),
            "Logistic regression recap": Part("z, a, L", 423),
            "Logistic regression on m examples": Part("the loop", 448),
        },
        "Lee 2019": {
            "sigmoid": Part("1 / (1 + np.exp(-z))", 40),
            "neuron": Part("np.dot(np.transpose(W), x) + b", 45),
            "flatten": Part("X.reshape(X.shape[0], -1), transposed", 61),
            "loss": Part("log loss and cost", 78),
            "cross_entropy_loss": Part("the loss with an if", 97),
            "forward propagation": Part("y_hat = neuron(W, x, b)", 120),
            "backward propagation": Part("dz, dW, db of one x and of X", 128),
            "update parameters": Part("W -= learning_rate * dW", 133),
            "ReLU": Part("np.maximum(0, z), and its derivative", 161),
            "hidden layer 1": Part("one hidden layer, forward and backward", 200),
            "initialize_parameters": Part("np.random.rand(...) * 0.01", 243),
            "propagate": Part("the deep network, forward and backward", 291),
            "update_parameters": Part("for every layer; 1000 epochs", 325),
        },
        "Notes C": {
            "What is a neural network?": Part("the price neuron", 15),
            "Binary classification": Part("a picture as a vector", 46),
            "Basic notations": Part("X, Y", 61),
            "Logistic regression": Part("y hat = sigma(w.T x + b)", 76),
            "Loss function": Part("cross-entropy, by cases", 88),
            "Cost function": Part("the mean of the losses", 96),
            "Gradient descent": Part("any start reaches the minimum", 103),
            "Computation graph": Part("J = 3(a + bc)", 120),
            "Gradient descent for logistic regression": Part("da, dz step by step", 136),
            "Logistic regression on m examples": Part("the loop", 162),
            "Vectorization": Part("np.dot(w, x)", 193),
        },
    }
)
BUILT_ON = "built on "  # before a place that names what a formula is made of, and does not state it
SHORT = {"A": "Notes A", "B": "Notes B", "C": "Notes C", "Lee": "Lee 2019"}


def places(source: str) -> list[Place]:
    """Return the places where a formula is stated, after its source: `Notes A, p. 28 and p. 30; Lee 2019, neuron`."""
    return _named([item for item in source.split("; ") if BUILT_ON not in item])


def built_on(source: str) -> list[Place]:
    """Return the places on which a formula is built that they do not state: `built on Notes A, p. 41`."""
    return _named([item.partition(BUILT_ON)[2] for item in source.split("; ") if BUILT_ON in item])


def _named(items: list[str]) -> list[Place]:
    found: list[Place] = []
    note = ""
    for item in items:
        named = next((name for name in OUTLINES if item.startswith(name)), None)
        note = named or note
        if note == "Notes A":
            for first, last in re.findall(r"p\. (\d+)(?:-(\d+))?", item):
                found += [Place(note, f"p. {page}") for page in range(int(first), int(last or first) + 1)]
        elif named:
            words = item.removeprefix(f"{note}, ").partition(", with ")[0]
            parts = [words.partition(": ")[0], *words.split(" and "), words]
            whole = max(
                (part for part in OUTLINES[note] if any(p.startswith(part) for p in parts)), key=len, default=""
            )
            several = [part for part in words.split(" and ") if part in OUTLINES[note]]
            found += [Place(note, part) for part in several or [whole] if part]
    return list(dict.fromkeys(found))


def beside(place: Place) -> list[Place]:
    """Return the places before and after a place, in the same note."""
    parts = list(OUTLINES[place.note])
    at = parts.index(place.part)
    return [Place(place.note, part) for part in (*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2])]


def asked(words: str) -> list[Place]:
    """Return the places that a person means by `A p. 29`, `p. 29`, `A line 313`, `Lee`, `Slides, Notation`."""
    text = " ".join(words.replace(",", " ").split())
    note = next((name for name in OUTLINES if text.lower().startswith(name.lower())), None)
    rest = text[len(note) :] if note else text
    if note is None:
        short = next((name for name in SHORT if re.match(rf"{name} \S", text) or text == name == "Lee"), None)
        note, rest = (SHORT[short], text[len(short) :]) if short else (None, text)
    rest = rest.strip()
    if note and (line := re.fullmatch(r"lines? (\d+)(?:-\d+)?", rest)):
        before = [part for part, what in OUTLINES[note].items() if what.line <= int(line[1])]
        return [Place(note, part) for part in before[-1:]]
    if page := re.fullmatch(r"(?:p(?:age|p)?\.? ?)?(\d+)", rest):
        note, rest = note or "Notes A", f"p. {page[1]}"
    if note is None:
        return []
    return [Place(note, part) for part in OUTLINES[note] if not rest or part.lower() == rest.lower()]
