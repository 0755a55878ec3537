"""With --first-layer gram a training is that of the direct form, and goes on to the bit from its checkpoint."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof.commands.train import train
from backproof.data.hdf5 import DataError
from backproof.data.sets import load
from backproof.errors import UserError
from backproof.training.checkpoint import Checkpoint, pack, unpack
from backproof.training.engine import Engine
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.gram.choice import chosen, coordinates
from backproof.training.options import Config
from backproof.training.session import open_again
from reference_numpy.gram import gram_descent
from tests.command import command
from tests.configs import ENGINES, options, with_options

from .children import end_of
from .test_kills import kill_and_resume

N_X, M = 60, 20
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {"momentum": 0.0},
    "momentum": {"momentum": 0.9},
    "momentum, L2": {"momentum": 0.9, "l2": 0.7},
    "L2, squared error": {"momentum": 0.0, "l2": 0.7, "loss": "squared_error", "activation": ("tanh",)},
    "one layer, L2": {"layers": (), "momentum": 0.5, "l2": 0.3},
    "float32": {"momentum": 0.9, "l2": 0.7, "dtype": "float32"},
}


@pytest.fixture
def wide(folder: Path) -> Config:
    """Options of a table with more features than examples, in this folder."""
    return made(folder)


def made(folder: Path, **changed: Any) -> Config:
    rng = np.random.default_rng(0)
    for name in ("wide", "test"):
        columns = ",".join([*(f"x{i}" for i in range(N_X)), "y"])
        rows = [",".join(map(str, [*x.round(3), int(x[:9].sum() > 0)])) for x in rng.standard_normal((M, N_X))]
        (folder / f"{name}.csv").write_text("\n".join([columns, *rows, ""]))
    own: dict[str, Any] = {
        "test": str(folder / "test.csv"),
        "label": "y",
        "layers": (4, 3),
        "learning_rate": 0.05,
        "iterations": 60,
    }
    own |= {
        "learning_rate": 0.05,
        "data": str(folder / "wide.csv"),
        "first_layer": "gram",
        "device": "cpu",
        "log_every": 9,
        "board": False,
    }
    return with_options(Config(), **own | changed)


def both(config: Config, engine: str) -> tuple[Engine, Engine, Any]:
    """An engine of each form of the first layer, and the data."""
    dataset = load(config.data, config.network.loss)
    start = initial_parameters(config, N_X)
    forms = (with_options(config, engine=engine, first_layer=form) for form in ("gram", "direct"))
    gram, direct = (make_engine(form, start, examples=dataset.train.X) for form in forms)
    return gram, direct, dataset


def everything(engine: Engine, dataset: Any) -> dict[str, Any]:
    """All that an engine tells, of the examples that it learns and of others."""
    found: dict[str, Any] = engine.parameters() | engine.gradients() | engine.velocity()
    for part in (dataset.train, dataset.test):
        data = engine.place(*part)
        A, largest = engine.outputs(data)
        values = {"A": A, "P": engine.predict(data), "J": engine.cost(data, 0.3)} | largest | engine.forward(data)
        found |= {f"{len(found)} {name}": V for name, V in values.items()}
    return found


@ENGINES
@pytest.mark.parametrize("variant", VARIANTS)
def test_all_that_an_engine_tells_is_what_the_direct_form_tells(wide: Config, variant: str, engine: str) -> None:
    config = with_options(wide, **VARIANTS[variant])
    gram, direct, dataset = both(config, engine)
    for _ in range(200):
        costs = [e.read([e.step(e.place(*dataset.train))])[0] for e in (gram, direct)]
    for e in (gram, direct):
        costs.append(e.read([e.gradient(e.place(*dataset.train))])[0])
    tolerance = 1e-11 if config.place.dtype == "float64" else 2e-3
    assert costs[0] == pytest.approx(costs[1], rel=tolerance)
    assert costs[2] == pytest.approx(costs[3], rel=tolerance)
    told, expected = everything(gram, dataset), everything(direct, dataset)
    assert list(told) == list(expected)
    for name, V in expected.items():
        assert np.shape(told[name]) == np.shape(V)
        assert np.asarray(told[name]).dtype == np.asarray(V).dtype
        assert np.linalg.norm(told[name] - V) <= tolerance * np.linalg.norm(V), name


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_engine_steps_as_the_formula(wide: Config, variant: str) -> None:
    config = with_options(wide, **VARIANTS[variant])
    gram, _, dataset = both(config, "numpy")
    data = gram.place(*dataset.train)
    start = gram.parameters()
    costs = gram.read([gram.step(data) for _ in range(20)])
    parameters, by_formula = gram_descent(
        *data, start, config.head, config.descent.alpha, config.descent.momentum, iterations=20
    )
    tolerance = 1e-13 if config.place.dtype == "float64" else 1e-4
    np.testing.assert_allclose(costs, by_formula, rtol=tolerance)
    for name, V in gram.parameters().items():
        assert np.linalg.norm(V - parameters[name]) <= tolerance * np.linalg.norm(V), name


@ENGINES
def test_no_step_touches_the_features(wide: Config, engine: str) -> None:
    gram, _, dataset = both(wide, engine)
    data = gram.place(*dataset.train)
    gram.step(data)
    expected = gram.state()
    data.X[...] = float("nan")
    gram.step(data)
    assert all(np.isfinite(V).all() for V in (*gram.state().parameters.values(), *gram.state().velocity.values()))
    assert not np.array_equal(gram.state().parameters["C1"], expected.parameters["C1"])
    assert np.isnan(gram.parameters()["W1"]).any()


@ENGINES
def test_w1_is_formed_once_an_update(wide: Config, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(f"backproof.training.gram.{engine}_engine")
    calls: list[Any] = []

    def counted(*args: Any) -> Any:
        calls.append(args)
        return span_weights(*args)

    span_weights = module.span_weights
    monkeypatch.setattr(module, "span_weights", counted)
    gram, _, dataset = both(wide, engine)
    data, test = gram.place(*dataset.train), gram.place(*dataset.test)
    for _ in range(5):
        gram.step(data)
    assert calls == []
    gram.gradient(data)
    for _ in range(2):
        gram.parameters(), gram.outputs(data), gram.cost(test), gram.predict(test)
    assert len(calls) == 1


@ENGINES
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_run_goes_on_to_the_bit(wide: Config, variant: str, engine: str) -> None:
    config = with_options(wide, **VARIANTS[variant], engine=engine, checkpoint_every=7)
    config = with_options(config, iterations=40)
    assert train(config, "whole", None, as_json=True) in (0, 1)
    assert train(with_options(config, iterations=17), "parts", None, as_json=True) in (0, 1)
    assert train(config, None, "parts", as_json=True) in (0, 1)
    assert end_of(Path("runs/parts")) == end_of(Path("runs/whole"))
    one, two = (unpack(Path(f"runs/{name}/model.h5")).coordinates for name in ("parts", "whole"))
    assert {name: V.tobytes() for name, V in one.items()} == {name: V.tobytes() for name, V in two.items()}
    assert set(one) == ({"C1", "s1", "vC1", "vs1"} if config.descent.momentum else {"C1", "s1"})


@pytest.mark.minutes
@ENGINES
def test_killed_at_random_instants(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talkative = made(tmp_path, iterations=150, checkpoint_every=4, log_every=3, l2=0.1)
    monkeypatch.setattr("tests.training.test_kills.SMALL", talkative)
    kill_and_resume(tmp_path, engine, 2)


def test_a_run_can_change_engines(wide: Config) -> None:
    for name, first, second in (("one", "numpy", "torch"), ("two", "torch", "numpy"), ("three", "numpy", "numpy")):
        assert train(with_options(wide, engine=first, iterations=30, l2=0.5), name, None, as_json=True) == 0
        assert train(with_options(wide, engine=second, iterations=60, l2=0.5), None, name, as_json=True) == 0
    one, two, three = (unpack(Path(f"runs/{name}/model.h5")) for name in ("one", "two", "three"))
    for name, V in (three.parameters | three.velocity | three.coordinates).items():
        for model in (one, two):
            values = model.parameters | model.velocity | model.coordinates
            np.testing.assert_allclose(values[name], V, rtol=1e-9, atol=1e-12)


def test_the_board_the_metrics_and_the_checkpoint_have_w1(wide: Config) -> None:
    for form in ("gram", "direct"):
        board = {"board": True, "parity_every": 30, "keep_best": True, "histograms": 2}
        assert train(with_options(wide, first_layer=form, **board), form, None, as_json=True) == 0
    gram, direct = (unpack(Path(f"runs/{name}/model.h5")) for name in ("gram", "direct"))
    for name, V in direct.parameters.items():
        np.testing.assert_allclose(gram.parameters[name], V, rtol=1e-9, atol=1e-12)
    lines = [[json.loads(line) for line in Path(f"runs/{n}/metrics.jsonl").read_text().splitlines()] for n in (
        "gram", "direct")]  # fmt: skip
    for one, two in zip(*lines, strict=True):
        assert one | {"seconds": 0} == pytest.approx(two | {"seconds": 0}, rel=1e-9)
    assert unpack(Path("runs/gram/best.h5")).coordinates
    assert not direct.coordinates


AUTO = {
    "more features": ({}, "gram"),
    "mini-batches": ({"batch_size": 5}, "direct"),
    "another form": ({"engine": "numpy", "form": "blocks"}, "direct"),
    "chosen": ({"first_layer": "direct"}, "direct"),
}


@pytest.mark.parametrize(("changed", "expected"), AUTO.values(), ids=AUTO)
def test_auto(wide: Config, changed: dict[str, Any], expected: str) -> None:
    config = with_options(wide, **{"first_layer": "auto"} | changed)
    assert chosen(config, load(config.data, config.network.loss)).place.first_layer == expected


def test_auto_without_more_features_than_examples() -> None:
    config = options("digits")
    assert config.place.first_layer == "auto"
    assert chosen(config, load(config.data, config.network.loss)).place.first_layer == "direct"


def test_what_is_chosen_stands_in_the_configuration(wide: Config) -> None:
    assert train(with_options(wide, first_layer="auto", iterations=5), "run", None, as_json=True) == 0
    assert json.loads(Path("runs/run/config.json").read_text())["options"]["first_layer"] == "gram"
    assert command("train", "--resume", "run", "--first-layer", "auto", "--iterations", "6", "--json") == 0
    assert json.loads(Path("runs/run/config.json").read_text())["options"]["first_layer"] == "gram"
    with pytest.raises(UserError, match="--first-layer was gram when it was written and is direct now"):
        open_again(with_options(wide, first_layer="direct", iterations=7), "run")


REFUSED = {
    "mini-batches": ({"batch_size": 5}, "--first-layer gram: expected all examples in each iteration"),
    "another form": (
        {"engine": "numpy", "form": "blocks", "layers": (4, 3)},
        "--first-layer gram: expected --form deep, not blocks",
    ),
}


@pytest.mark.parametrize(("changed", "message"), REFUSED.values(), ids=REFUSED)
def test_what_gram_cannot_do(wide: Config, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        with_options(wide, **changed)


def test_an_engine_needs_its_examples_and_learns_no_others(wide: Config) -> None:
    with pytest.raises(ValueError, match="make_engine: no examples, expected those that are learned"):
        make_engine(wide, initial_parameters(wide, N_X))
    for engine in ("numpy", "torch"):
        gram, _, dataset = both(wide, engine)
        with pytest.raises(ValueError, match="in the span of all examples"):
            gram.gradient(gram.place(*dataset.test))


def first_of(config: Config, **forged: Any) -> bytes:
    """The checkpoint of a run that has just begun, some of its arrays exchanged."""
    dataset = load(config.data, config.network.loss)
    engine = make_engine(config, initial_parameters(config, N_X), examples=dataset.train.X)
    kept = {name: V for name, V in (coordinates(engine.state()) | forged).items() if V is not None}
    return pack(config, dataset, engine.parameters(), engine.velocity(), 0, 0.0, kept)


def test_a_checkpoint_whose_coordinates_are_of_other_weights(wide: Config) -> None:
    assert train(with_options(wide, iterations=5), "run", None, as_json=True) == 0
    path = Path("runs/run/model.h5")
    for forged, found in (
        ({"C1": np.eye(4, M)}, "coordinates C1, s1 that are not those of W1"),
        (dict.fromkeys(("C1", "s1", "vC1", "vs1")), "no coordinates C1, s1 of W1"),
        ({name: np.zeros((4, M + 1)) for name in ("C1", "vC1")}, "coordinates C1 for 21 examples"),
    ):
        path.write_bytes(first_of(with_options(wide, iterations=5), **forged))
        with pytest.raises(DataError, match=found):
            open_again(with_options(wide, iterations=9), "run")
    path.write_bytes(first_of(with_options(wide, iterations=5), vC1=np.zeros((4, M + 1))))
    with pytest.raises(DataError, match="its options say so"):
        unpack(path)
    path.write_bytes(first_of(with_options(wide, iterations=5), s1=None))
    with pytest.raises(DataError, match="its options say so"):
        unpack(path)


def test_a_checkpoint_says_what_its_arrays_are(wide: Config) -> None:
    assert train(with_options(wide, iterations=5), "run", None, as_json=True) == 0
    with h5py.File("runs/run/model.h5") as file:
        assert {"W1", "C1", "s1", "vW1", "vC1", "vs1"} <= set(file)
    model: Checkpoint = unpack(Path("runs/run/model.h5"))
    assert model.coordinates["C1"].shape == (4, M)
    assert model.layers == (N_X, 4, 3, 1)
