"""A moment of a training, for what is drawn of it."""

from typing import Any

from backproof.board.figures import Moment
from backproof.data.sets import Dataset
from backproof.training.engine import Live
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.options import Config
from tests.configs import load


def moment_of(config: Config, change: dict[str, Any] | None = None, data: Dataset | None = None) -> Moment:
    """A moment before the first update, with some parameters changed."""
    data = data or load(config)
    engine = make_engine(config, initial_parameters(config, len(data.train.X)) | (change or {}))
    train, test = engine.place(*data.train), None if data.test is None else engine.place(*data.test)
    engine.gradient(train)
    return Moment(config, data, 0, Live(engine, train, test, None))
