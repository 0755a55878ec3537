"""The names of quantities: what each part of them says."""

import pytest

from reference_numpy.registry import FORMULAS
from shapes.names import Name, depth, in_layer, last_layer, parse_name

READ = {
    "W2": Name("value", "W", 2),
    "A0": Name("value", "A", 0),
    "A_prev": Name("value", "A_prev"),
    "theta": Name("value", "theta"),
    "v": Name("value", "v"),
    "d": Name("value", "d"),
    "AL": Name("value", "AL"),
    "parameters": Name("value", "parameters"),
    "velocity": Name("value", "velocity"),
    "draws": Name("value", "draws"),
    "vb": Name("velocity", "b"),
    "vW12": Name("velocity", "W", 12),
    "dW": Name("derivative", "W"),
    "dW2": Name("derivative", "W", 2),
    "db": Name("derivative", "b"),
    "dv": Name("derivative", "v"),
    "dA_prev": Name("derivative", "A_prev"),
    "dY_hat": Name("derivative", "Y_hat"),
    "dtheta": Name("derivative", "theta"),
    "dAL": Name("derivative", "AL"),
    "dA_dZ": Name("derivative", "Z", None, "A"),
    "df_da": Name("derivative", "a", None, "f"),
}


@pytest.mark.parametrize(("text", "name"), READ.items())
def test_a_name_is_read(text: str, name: Name) -> None:
    assert parse_name(text) == name
    assert str(name) == text


def test_every_declared_derivative_is_read_as_one() -> None:
    gradients = [f for f in FORMULAS.values() if f.of]
    results = {name for f in gradients for name in f.results} - {"grads", "J"}
    entries = {name for f in gradients for q in f.results.values() for name in q.layered}
    assert len(results | entries) > 20
    assert all(parse_name(name).is_derivative for name in results | entries)


def test_shapes_follow_from_symbol_and_layer() -> None:
    dims = {text: parse_name(text).dims for text in ("W2", "dW2", "vb2", "Z3", "dA0", "x1", "W", "A_prev")}
    assert dims == {
        "W2": ("n_2", "n_1"),
        "dW2": ("n_2", "n_1"),
        "vb2": ("n_2", "1"),
        "Z3": ("n_3", "m"),
        "dA0": ("n_0", "m"),
        "x1": None,
        "W": None,
        "A_prev": None,
    }


@pytest.mark.parametrize(
    ("text", "like"), [("dW2", "W2"), ("dA_dZ", "A"), ("vW1", "W1"), ("dA_prev", "A_prev"), ("J", "J")]
)
def test_a_derivative_is_shaped_like_its_quantity(text: str, like: str) -> None:
    assert parse_name(text).shaped_like == like


def test_what_is_a_weight_and_what_has_a_column_per_example() -> None:
    texts = ("W1", "b1", "dW1", "vW1", "Z1", "dA2", "Y_hat", "X")
    assert [text for text in texts if parse_name(text).is_weight] == ["W1"]
    assert [text for text in texts if parse_name(text).is_per_example] == ["Z1", "dA2", "Y_hat"]


def test_layers_of_names() -> None:
    assert depth({"W1": 0, "b1": 0, "W2": 0, "b2": 0}) == 2
    assert last_layer(["A0", "W1", "dW3", "activation"]) == 3
    assert last_layer(["x7", "parameters"]) == last_layer(["A0"]) == last_layer([]) == 0
    assert [in_layer(symbol, 2) for symbol in ("W", "dZ", "A_prev")] == ["W2", "dZ2", "A1"]
