"""Trainings in this process, and what is heard of them."""

from typing import Any

from backproof.training.checkpoint import pack
from backproof.training.engine import Engine, Live
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.loop import Listener, Record, train
from backproof.training.options import Config
from tests.configs import load, options, with_options

MOST_SEEN = 100


class Log(Listener):
    """Keeps what it is told; `seen` are parameters and gradients at the first records."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.checkpoints: list[int] = []
        self.seen: list[dict[str, Any]] = []

    def record(self, record: Record, live: Live) -> None:
        self.records.append(record)
        if len(self.seen) < MOST_SEEN:
            self.seen.append(live.engine.parameters() | live.engine.gradients())

    def checkpoint(self, iteration: int, seconds: float, engine: Engine) -> None:
        self.checkpoints.append(iteration)


def trained(config: Config, engine: str, device: str = "cpu", **listed: Any) -> tuple[Engine, Log, Any]:
    """An engine after its training, what was logged, and the summary."""
    where = {"engine": engine, "device": device if engine == "torch" else "cpu"}
    config = with_options(config, **where, **listed)
    dataset = load(config)
    machine = make_engine(config, initial_parameters(config, len(dataset.train.X)), examples=dataset.train.X)
    log = Log()
    return machine, log, train(config, dataset, machine, [log])


# Learning rates at which the cost falls without spikes: at a spike rounding errors grow a billion times.
RUNS = {
    "digits": options(iterations=1001),
    "digits, logistic": options(layers=(), init="zeros", learning_rate=0.01, iterations=1001),
    "digits, mini-batches": options(batch_size=64, learning_rate=0.02, iterations=1001),
    "digits, L2, tanh": options(l2=0.7, activation="tanh", momentum=0.5, learning_rate=0.03, iterations=1001),
    "digits, squared error": options(loss="squared_error", output="identity", learning_rate=0.01, iterations=1001),
    "digits, leaky, batches, L2": options(
        activation="leaky_relu", batch_size=100, l2=0.1, learning_rate=0.02, init="xavier", iterations=1001
    ),
    "cancer": options("cancer", iterations=1001),
    "cancer, deep": options("cancer", layers=(5, 3), activation="sigmoid", init="scaled", iterations=1001),
    "flower": options("flower", iterations=1001),
    "housing": options("housing", iterations=1001),
    "housing, identity": options("housing", output="identity", iterations=1001),
    "xor": options("xor", iterations=1001),
    "xor of 5 bits": options("xor", bits=5, iterations=1001),
}


def first_checkpoint(config: Config) -> bytes:
    data = load(config)
    engine = make_engine(config, initial_parameters(config, len(data.train.X)))
    return pack(config, data, engine.parameters(), engine.velocity(), 0, 0.0)
