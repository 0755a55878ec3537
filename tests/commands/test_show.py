"""`backproof show`: a formula with both implementations, and lists."""

import re
from functools import partial

import pytest
from rich.console import Console

from backproof.commands import show as show_module
from backproof.commands.listing import print_groups
from backproof.demonstrations.table import DEMONSTRATIONS
from backproof.errors import UserError
from backproof.search.topics import find, find_in_notes
from parity_tests.blame import Result
from parity_tests.cases import CASES, Case
from parity_tests.compare import Verdict
from parity_tests.sources import source_of, summary
from reference_numpy.registry import FORMULAS, in_order
from reference_numpy.systems import TOPICS


@pytest.mark.usefixtures("evaluated_once")
def test_show_has_everything(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert show_module.show("linear_backward", seed=0) == 0
    out = capsys.readouterr().out
    assert out.startswith("blocks.linear_backward  ")
    for part in (
        "\nformula        dW^[l] = 1/m dZ^[l] A^[l-1]ᵀ,",
        "\nLaTeX          dW^{[l]} = \\frac{1}{m} dZ^{[l]} A^{[l-1]T}",
        "\nshapes         dZ (n, m), cache -> dA_prev (n_prev, m)",
        "\nsource         S17, S18; Notes B, Backward",
        "\nderivative of  blocks.linear_forward\n\nNumPy, by hand  reference_numpy/blocks.py:",
        "\n\ntorch, what autograd differentiates  torch_impl/blocks.py:",
        "  def linear_backward(dZ: Array, cache: Layers) -> tuple[Array, Array, Array]:\n",
        'dW = dZ @ cache["A_prev"].T / m',
        "return linear(A_prev, W, b)",
        "\nagrees with torch, module, numpy, complex; worst error ",
    ):
        assert part in out
    assert "another form" not in out


@pytest.mark.usefixtures("evaluated_once")
def test_a_formula_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(show_module, "Console", partial(Console, force_terminal=True, width=60, color_system=None))
    assert show_module.show("dot_loop", seed=0) == 0
    out = capsys.readouterr().out
    lines = [line.rstrip() for line in out.splitlines()]
    (torch,) = (at for at, line in enumerate(lines) if line.startswith("torch  torch_impl/"))
    assert lines[0] == f"vectorization.dot_loop  {summary(FORMULAS['vectorization.dot_loop'].function)}"
    assert [line.split()[0] for line in lines[1:3]] == ["formula", "LaTeX"]
    assert lines[torch + 1].lstrip().startswith(("@", "def dot("))
    assert [bool(line) for line in lines[-3:]] == [True, False, True]
    for part in (
        "\nformula          z = wᵀ x = ∑ⱼ wⱼ xⱼ",
        "\nanother form of  vectorization.dot",
        "\nNumPy, by hand  reference_numpy/vectorization.py:",
        "\n  def dot_loop(w: Array, x: Array) -> Array:",
        "\ntorch  torch_impl/vectorization.py:",
        "\n      return torch.dot(w, x)",
    ):
        assert part in out
    assert "derivative of" not in out
    assert show_module.show("layer_shapes", seed=0) == 0
    out = capsys.readouterr().out
    assert "W^[l], dW^[l]: (n^[l], n^[l-1])" in out
    shapes = FORMULAS["dimensions.layer_shapes"].function
    assert out.splitlines()[0] == f"dimensions.layer_shapes  {summary(shapes)}"
    assert {*source_of(shapes)[2].split()} <= {*out.split()}


def test_a_wrong_formula_is_shown_as_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    reasons = [f"[{i}] is wrong, and so in more words than fit into a line" for i in range(9)]
    wrong = Result("graph.graph_backward", "graph", ("torch", "numpy"), 3.0, Verdict.DISAGREES, reasons)
    right = Result("graph.graph_forward", "graph")
    monkeypatch.setattr("parity_tests.verify.verify_case", lambda case, seed: [right, wrong])
    assert show_module.show("graph_backward", seed=0) == 1
    last = ["", "disagrees with torch, numpy; worst error 3.0 u", *reasons[:4]]
    assert capsys.readouterr().out.splitlines()[-6:] == last


@pytest.mark.usefixtures("evaluated_once")
@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_every_formula_can_be_shown(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show(case.formula.id, seed=0) == 0
    assert "agrees with torch" in capsys.readouterr().out


@pytest.mark.parametrize("system", [f"S{i}" for i in range(1, 26)])
def test_every_system_can_be_found(system: str) -> None:
    assert find(system)


def test_show_lists_all_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show("", seed=0) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line[0] == " "] == [formula.name for formula in in_order()]
    headings = [line.split() for line in lines if line[0] != " "]
    assert [topic for topic, *_ in headings] == list(TOPICS)
    assert ["losses", "S4", "S5", "S6", "S8", "S9", "S17", "S18", "S21", "S23", "S24"] in headings
    assert not any("[" + f.source in line for f in FORMULAS.values() for line in lines)
    (line,) = (line for line in lines if line.split()[0] == "linear_backward")
    assert "dW^[l] = 1/m dZ^[l] A^[l-1]ᵀ" in line


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("A p. 29", ["cross_entropy_prime", "logistic_example_gradients", "shallow_example_gradients"]),
        ("Notes A, p. 30", ["shallow_gradients", "shallow_example_gradients"]),
        ("dW", ["deep_gradients", "linear_backward", "neuron_gradients"]),
        ("dZ1", ["shallow_gradients", "deep_gradients"]),
        ("dZ^[1]", ["shallow_gradients", "deep_gradients"]),
        ("dZ[l]", ["deep_gradients", "activation_backward"]),
        ("dJ/dw", ["logistic_gradients", "housing_gradients"]),
        ("Lee", ["neuron", "propagate_backward", "initialize_parameters"]),
        ("S13", ["shallow_example_loss", "shallow_example_gradients"]),
        ("flatten", ["picture_to_column", "flatten_pictures"]),
        ("dw^(G)", ["deep_gradients", "linear_backward", "logistic_gradients"]),
        ("da ^ (l)", ["deep_example_gradients"]),
        ("np.sum(", ["sum_vertically", "sum_horizontally"]),
        ("w := w", ["logistic_update", "logistic_regression"]),
        ("b^[1]", ["layer_shapes", "initialize_parameters", "update_parameters"]),
        ("W^[l]", ["layer_shapes", "update_parameters"]),
        ("sigma", ["sigmoid", "sigmoid_prime", "logistic_forward"]),
        ("σ", ["sigmoid", "sigmoid_prime", "logistic_forward"]),
        ("g'", ["sigmoid_prime", "relu_prime", "leaky_relu_prime"]),
        ("alpha", ["logistic_update", "update_parameters"]),
        ("lambda", ["l2_penalty", "deep_gradients"]),
        ("∂L/∂a", ["cross_entropy_prime", "squared_error_prime", "logistic_example_gradients"]),
        ("d a", ["cross_entropy_prime", "logistic_example_gradients"]),
        ("vectorizing logistic regression", ["logistic_forward", "logistic_gradients"]),
        ("computation graph", ["graph_forward", "graph_backward"]),
        ("gradient descent", ["gradient_descent", "logistic_update", "logistic_loop"]),
        ("broadcasting", ["broadcast_row", "sum_vertically"]),
        ("activation functions", ["tanh", "relu", "leaky_relu", "sigmoid_prime"]),
        ("dZ^{[2]} = A^{[2]} - Y", ["shallow_gradients"]),
        (r"$\frac{\partial L}{\partial z} = a - y$", ["cross_entropy_from_logits_prime"]),
    ],
)
def test_a_formula_is_found_by_its_place_and_by_its_symbol(
    words: str, found: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_module.show(words, seed=0) == 0
    lines = [line for line in capsys.readouterr().out.partition("\n\n")[0].splitlines() if line[0] == " "]
    assert set(found) <= {line.split()[0].partition(".")[2] for line in lines}
    assert all(re.search("[=:→(⊕]", line) for line in lines)
    assert all(re.search(r"\[(built on )?(Notes|Slides|Lee|the course)", line) for line in lines)


def test_a_page_has_what_it_states_then_the_pages_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_module.show("A p. 39", seed=0)
    lines = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    headings = [line for line in lines if line[0] != " "]
    assert headings == [
        "Notes A, p. 39: update; forward propagation for layer l",
        "in no note, built on it: gram (8), freivalds (4), shards (1)",
        "not there, beside it: Notes A, p. 40: backward propagation for layer l",
    ]
    assert not any(line.startswith(("  gram.", "  freivalds.", "  shards.")) for line in lines)
    show_module.show("A p. 31", seed=0)
    assert "show symmetry --run" in capsys.readouterr().out.partition("\n\n")[2]
    show_module.show("A p. 41", seed=0)
    assert capsys.readouterr().out.splitlines()[0].endswith("parameters and hyper-parameters; in no note, built on it")


def test_one_formula_that_is_meant_is_shown_whole() -> None:
    for words in ("m_train", "m_{train}", "m = m_{train} + m_{test}"):
        assert next(iter(find_in_notes(words).values()))[0].name == "split_examples"
    assert [f.name for found in find_in_notes("random initialization").values() for f in found] == [
        "initialize_parameters"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("A p. 33", "Notes A, p. 33: deep L-layer neural network; a picture, without an equation"),
        ("dQ", "there is no formula, module, system, place, heading or symbol 'dQ'"),
        ("dY_hatt", "did you mean dY_hat"),
        ("helper functions", "Notes B, Helper functions: ReLU and sigmoid; names, with the pictures"),
        ("deap", "did you mean deep"),
        ("propgate", "did you mean propagate"),
        ("xyzzy = 3 foo", "place, heading or symbol 'xyzzy = 3 foo'"),
        (":=", "or symbol ':='; `"),
        ("x + " * 300 + "x = 1", "1205 letters, expected at most 1000"),
        ("(" * 999, "or symbol '((("),
    ],
)
def test_near_misses_are_offered(words: str, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        find_in_notes(words)


@pytest.mark.usefixtures("evaluated_once")
@pytest.mark.parametrize("name", ["model_forward", "gradient_descent", "initialize_parameters", "layer_shapes"])
def test_brackets_survive(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_module.show(name, seed=0)
    (formula,) = (f for f in FORMULAS.values() if f.name == name)
    assert capsys.readouterr().out.splitlines()[0] == f"{formula.id}  {summary(formula.function)}"


def test_a_heading_prints_no_control_character() -> None:
    (heading,) = find_in_notes("dZ = A\x1b[31m - Y\n")
    assert heading == "like dZ = A [31m - Y"


def test_three_letters_of_an_equation_are_enough() -> None:
    found = [f.id for formulas in find_in_notes("e⁻ᶻ").values() for f in formulas]
    assert "logistic.logistic_example_steps" in found


def test_a_list_fits_the_terminal_and_is_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    groups = {
        "topic": {"name": "what it is, in more words than fit into one line of a terminal", "b": "[l] is no markup"}
    }
    print_groups(groups, Console(force_terminal=True, width=40, color_system=None))
    assert capsys.readouterr().out.splitlines() == [
        "topic",
        "  name  what it is, in more words than …",
        "  b     [l] is no markup",
    ]
    print_groups(groups, Console(force_terminal=False, width=40))
    assert "  name  what it is, in more words than fit into one line of a terminal" in capsys.readouterr().out


@pytest.mark.parametrize("name", list(DEMONSTRATIONS))
def test_a_demonstration_is_found_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show(name, seed=0) == 0
    assert f"show {name} --run" in capsys.readouterr().out


def test_a_place_tells_its_slips(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show("A line 753", seed=0) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "a slip of the notes, E11: g(Z1) where g'(Z1) belongs" in out
    assert "E10" not in out
