"""The course's trainings with the first layer in the span of the examples end as by the direct form."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.data.sets import load
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.options import Config
from tests.configs import ENGINES, with_options

COURSE: dict[str, dict[str, Any]] = {
    "logistic": {"layers": (), "init": "zeros", "learning_rate": 0.005},
    "shallow, momentum": {"layers": (7,), "init": "small", "learning_rate": 0.00075, "momentum": 0.9},
    "deep": {"init": "scaled", "learning_rate": 0.0075},
    "deep, L2": {"init": "scaled", "learning_rate": 0.0075, "l2": 1.0},
}


@pytest.mark.minutes
@pytest.mark.slow
@pytest.mark.cats
@ENGINES
@pytest.mark.parametrize("variant", COURSE)
def test_the_cats_end_as_by_the_direct_form(variant: str, engine: str, cats_folder: Path) -> None:
    files = {part: str(cats_folder / f"{name}_catvnoncat.h5") for part, name in (("data", "train"), ("test", "test"))}
    base = {**files, "momentum": 0.0, "engine": engine, "device": "cpu"}
    config = with_options(Config(), **base | COURSE[variant])
    dataset = load(config.data, config.network.loss)
    start, ends = initial_parameters(config, len(dataset.train.X)), []
    for form in ("gram", "direct"):
        machine = make_engine(with_options(config, first_layer=form), start, examples=dataset.train.X)
        data = machine.place(*dataset.train)
        for _ in range(2500):
            machine.step(data)
        ends.append(machine.parameters())
    for name, V in ends[1].items():
        assert np.linalg.norm(ends[0][name] - V) <= 1e-9 * np.linalg.norm(V), name
