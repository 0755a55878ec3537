"""Training: one result from both engines, what is logged, and a cost that stops being finite."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from backproof.data.sets import Dataset, Part
from backproof.training.engine import Engine
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.health import first_layer_not_finite
from backproof.training.loop import Listener, batch_columns, train
from backproof.training.options import Config
from parity_tests.compare import THRESHOLD_U, distance_u
from reference_numpy.initialization import initialize_parameters
from tests.configs import ENGINES, load, options, with_options

from .trained import RUNS, trained


@pytest.mark.parametrize("config", RUNS.values(), ids=RUNS.keys())
def test_both_engines_have_one_result(config: Config, device: str) -> None:
    by_hand, ours, _ = trained(config, "numpy", log_every=1)
    by_torch, theirs, _ = trained(config, "torch", device, log_every=1)
    costs = np.array([[record["cost"] for record in log.records] for log in (ours, theirs)])
    assert costs.shape == (2, 1002)
    assert np.max(np.abs(costs[0] - costs[1]) / costs[0]) <= 1e-9
    assert np.mean(costs[0][-20:]) < np.mean(costs[0][:20])
    for mine, other in zip(ours.records, theirs.records, strict=True):
        assert mine["train_accuracy"] == other["train_accuracy"]
        assert mine["test_accuracy"] == other["test_accuracy"]
        assert mine["gradient_norm"] == pytest.approx(other["gradient_norm"], rel=1e-6)
    for name, V in by_hand.parameters().items():
        assert distance_u(by_torch.parameters()[name], V) < THRESHOLD_U["float64"], name
    data = load(config)
    for part in (data.train, data.test):
        if part is not None:
            one, other_one = (e.predict(e.place(part.X)) for e in (by_hand, by_torch))
            np.testing.assert_allclose(one, other_one, rtol=1e-9, atol=1e-12)
            assert np.array_equal(one > 0.5, other_one > 0.5)


def test_a_start_slightly_off_would_be_noticed() -> None:
    _, ours, _ = trained(RUNS["digits"], "numpy", iterations=50, log_every=1)
    _, theirs, _ = trained(RUNS["digits"], "torch", iterations=50, log_every=1, learning_rate=0.1 * (1 + 1e-7))
    costs = np.array([[record["cost"] for record in log.records] for log in (ours, theirs)])
    assert np.max(np.abs(costs[0] - costs[1]) / costs[0]) > 1e-9


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_first_steps_are_those_of_the_notes(engine: str, momentum: float, device: str) -> None:
    config = options("flower", iterations=3, log_every=1, momentum=momentum, learning_rate=0.5)
    machine, log, _ = trained(config, engine, device)
    expected = initialize_parameters([2, 4, 1], np.random.RandomState(1), "scaled")
    velocity = {name: np.zeros_like(V) for name, V in expected.items()}
    for seen in log.seen[:3]:
        for name, V in expected.items():
            np.testing.assert_allclose(seen[name], V, rtol=1e-12, atol=1e-15)
            velocity[name] = momentum * velocity[name] + seen[f"d{name}"]
            expected[name] = V - 0.5 * velocity[name]
    for name, V in machine.parameters().items():
        np.testing.assert_allclose(V, expected[name], rtol=1e-12, atol=1e-15)
    assert set(machine.velocity()) == ({f"v{name}" for name in expected} if momentum else set())


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("batch_size", [None, 7])
def test_how_often_is_logged_changes_no_bit(engine: str, batch_size: int | None) -> None:
    ends = []
    for log_every, checkpoint_every in ((1, 1), (7, 10), (1000, 1000)):
        config = options("flower", iterations=31, batch_size=batch_size, log_every=log_every)
        machine, log, _ = trained(config, engine, checkpoint_every=checkpoint_every)
        assert [r["iteration"] for r in log.records] == [*range(0, 31, log_every), 31]
        assert log.checkpoints == [*range(checkpoint_every, 31, checkpoint_every), 31]
        ends.append(b"".join(V.tobytes() for V in machine.parameters().values()))
    assert len(set(ends)) == 1


def test_every_epoch_takes_each_example_once_in_an_order_of_its_own() -> None:
    config = options(batch_size=30)
    batches: list[Any] = [batch_columns(config, 100, i) for i in range(12)]
    assert [len(b) for b in batches] == [30, 30, 30, 10] * 3
    epochs = [np.concatenate(batches[i : i + 4]) for i in (0, 4, 8)]
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    other: Any = batch_columns(config.changed(seed=2), 100, 0)
    assert not np.array_equal(batches[0], other)
    np.testing.assert_array_equal(batches[5], np.random.RandomState([1, 1]).permutation(100)[30:60])


def test_the_gradient_norm_is_that_of_all_gradients() -> None:
    _, log, _ = trained(options("flower", iterations=2, log_every=1), "numpy")
    for record, seen in zip(log.records, log.seen, strict=True):
        flat = np.concatenate([V.ravel() for name, V in seen.items() if name[0] == "d"])
        assert record["gradient_norm"] == pytest.approx(np.linalg.norm(flat), rel=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_the_last_cost_is_that_of_the_whole_training_set(engine: str) -> None:
    config = options("cancer", iterations=23, batch_size=30, l2=0.7)
    machine, log, summary = trained(config, engine)
    train, last = machine.place(*load(config).train), log.records[-1]
    assert last["cost"] == pytest.approx(machine.cost(train, config.descent.l2), rel=1e-12)
    assert last["cost"] != pytest.approx(machine.cost(train), rel=1e-6)
    assert summary.to_json()["cost"] == last["cost"]
    first = log.records[0]["cost"]
    start = make_engine(config.changed(engine=engine, device="cpu"), initial_parameters(config, 30))
    columns = batch_columns(config, 455, 0)
    assert first == pytest.approx(float(start.read([start.gradient(train, columns)])[0]), rel=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_float32_is_trained_in_float32(engine: str, device: str) -> None:
    machine, _, summary = trained(options("cancer", dtype="float32", iterations=200), engine, device)
    assert {V.dtype for V in (machine.parameters() | machine.velocity()).values()} == {np.dtype(np.float32)}
    assert summary.last["test_accuracy"] > 0.9


# A cost that is not finite

IDENTITY = options("housing", output="identity", iterations=500)
BLOWN_UP = {
    "rate": (with_options(IDENTITY, learning_rate=1e5), None, "the cost itself"),
    "rate, deep": (with_options(IDENTITY, learning_rate=1e6, layers=(3, 2)), None, "the cost itself"),
    "at once": (IDENTITY, 1e200, "the cost itself, while every value up to A1 is finite"),
    "first update": (IDENTITY, 1e150, "layer 1, in Z1"),
    "mini-batches": (with_options(IDENTITY, batch_size=2), 1e150, "layer 1, in Z1"),
}


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("log_every", [1, 7, 5000])
@pytest.mark.parametrize(("config", "size", "place"), BLOWN_UP.values(), ids=BLOWN_UP.keys())
def test_where_the_cost_stops_being_finite(
    config: Config, size: float | None, place: str, engine: str, log_every: int
) -> None:
    config = with_options(config, engine=engine, device="cpu", log_every=log_every)
    data = load(config)
    if size is not None:
        data = dataclasses.replace(data, train=Part(size * np.array([[1.0, -1, 0.5]]), np.ones((1, 3))), test=None)
    machine = make_engine(config, initial_parameters(config, 1))
    summary = train(config, data, machine, [])
    assert summary.status == "not finite"
    assert summary.last is None
    reason = str(summary.reason)
    assert f"iteration {summary.iterations}: the cost is " in reason
    assert f"first in {place}" in reason
    assert f"Try a smaller --learning-rate ({config.descent.alpha / 10:g} instead of" in reason
    assert summary.iterations == _first_bad_iteration(config, data)


@ENGINES
def test_no_checkpoint_is_made_of_a_cost_that_is_not_finite(engine: str) -> None:
    class Safe(Listener):
        def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
            made.append(iteration)
            assert all(np.isfinite(V).all() for V in engine.parameters().values())

    made: list[int] = []
    config = with_options(IDENTITY, learning_rate=1e5, engine=engine, device="cpu", log_every=5000, checkpoint_every=2)
    data = load(config)
    summary = train(config, data, make_engine(config, initial_parameters(config, 1)), [Safe()])
    assert summary.status == "not finite"
    assert made == list(range(2, summary.iterations + 1, 2))


@ENGINES
def test_the_largest_activations_are_those_of_hidden_units(engine: str) -> None:
    config = options("xor", layers=(3, 2), engine=engine, device="cpu")
    machine = make_engine(config, initial_parameters(config, 2))
    A, largest = machine.outputs(machine.place(*load(config).train))
    values = machine.forward(machine.place(*load(config).train))
    np.testing.assert_array_equal(A, values["A3"])
    assert list(largest) == ["A1", "A2"]
    for name, V in largest.items():
        np.testing.assert_array_equal(V, values[name].max(axis=1, keepdims=True))


def _first_bad_iteration(config: Config, data: Dataset) -> int:
    machine = make_engine(config, initial_parameters(config, 1))
    placed = machine.place(*data.train)
    costs = machine.read([machine.step(placed, batch_columns(config, len(data.train.X[0]), i)) for i in range(500)])
    return int(np.flatnonzero(~np.isfinite(costs))[0])


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize(
    ("spoiled", "place"), [("W1", "layer 1, in W1"), ("b2", "layer 2, in b2"), ("W3", "layer 3, in W3"), ("", "cost")]
)
def test_the_first_layer_is_named(spoiled: str, place: str, engine: str) -> None:
    config = options("xor", layers=(3, 2), engine=engine)
    machine = make_engine(config, initial_parameters(config, 2))
    parameters = {
        name: V * (np.nan if name in (spoiled, "b3") and spoiled else 1) for name, V in machine.parameters().items()
    }
    machine.load(parameters, {})
    assert place in first_layer_not_finite(machine, machine.place(*load(config).train), None)
