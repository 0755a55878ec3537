"""The classes that the network of a run gives to examples."""

from typing import Any

import numpy as np

from backproof.data.hdf5 import MODES, Array
from backproof.errors import UserError
from reference_numpy.prediction import predict, threshold
from shapes.arguments import unchecked

from . import runs
from .checkpoint import Checkpoint
from .engines import make_engine


def classify(checkpoint: Checkpoint, X: Array) -> list[dict[str, Any]]:
    """Return class, name and, if the output is a sigmoid, probability of each example in the columns of X."""
    config = checkpoint.config
    anywhere = (
        config.place.engine == "torch" and config.place.device != "cpu"
    )  # a run on CUDA is read where there is none, too
    engine = make_engine(config.changed(device="auto" if anywhere else "cpu"), checkpoint.parameters)
    placed = engine.place(X)
    outputs = engine.predict(placed)[0].tolist()
    assert checkpoint.classes is not None
    answers = [runs.finite_or_null(answer(a, checkpoint.classes, config.network.output)) for a in outputs]
    if engine.name == "numpy" and config.network.output == "sigmoid":  # the classes by the outline of the notes
        with unchecked():
            labels = predict(placed.X, engine.parameters(), config.head.activation)[0]
        for said, label in zip(answers, labels.astype(int).tolist(), strict=True):
            said |= {"label": label, "class": checkpoint.classes[label]}
    return answers


def answer(a: float, classes: tuple[str, str], output: str) -> dict[str, Any]:
    """Return class, name and, if the output is a sigmoid, probability for an output activation a."""
    with unchecked():  # the output of a quantity may be anything
        label = int(threshold(np.array(a)))
    sure = (a if label else 1 - a) if output == "sigmoid" else None
    return {"label": label, "class": classes[label], "probability": sure, "output": a}


def pictures_and_classes(checkpoint: Checkpoint, run: str) -> tuple[tuple[int, int, int], tuple[str, str]]:
    """Return shape and classes of the pictures that a run was trained on; UserError when it was not on pictures."""
    if checkpoint.shape is None or checkpoint.classes is None:
        raise UserError(f"predict: {run} was trained on {checkpoint.config.data.data}, which has no pictures")
    if checkpoint.shape[2] not in MODES:
        raise UserError(f"predict: {run} has pictures of {checkpoint.shape[2]} channels; expected grey (1) or RGB (3)")
    return checkpoint.shape, checkpoint.classes
