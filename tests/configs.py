"""Options of short trainings."""

from typing import Any

import pytest

from backproof.data import sets
from backproof.data.sets import Dataset
from backproof.training.options import Config, preset


def options(data: str = "digits", **changed: Any) -> Config:
    return with_options(preset(data), **({"board": False} | changed))


def with_options(config: Config, **changed: Any) -> Config:
    return config.changed(**changed)


def load(config: Config) -> Dataset:
    """The data of a configuration."""
    return sets.load(config.data, config.network.loss)


# Small and talkative: most of the time goes into files, where a kill can do harm.
SMALL = options(
    "flower", iterations=150, batch_size=90, checkpoint_every=4, log_every=3, engine="numpy", device="cpu", layers=(4,)
)
ENGINES = pytest.mark.parametrize("engine", ["numpy", "torch"])
