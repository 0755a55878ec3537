"""Whether the first layer moves in the span of the examples, and how a run that does so goes on."""

from pathlib import Path

import numpy as np

from backproof.data.hdf5 import refusal
from backproof.data.sets import Dataset
from reference_numpy.gram import span_weights
from shapes.arguments import unchecked
from shapes.forms import gram_violation

from ..checkpoint import COORDINATES, Checkpoint
from ..engine import Array, Arrays, State
from ..engines import initial_parameters
from ..options import Config


def chosen(config: Config, dataset: Dataset) -> Config:
    """Choose the form of the first layer where it is left open: gram where there are more features than examples."""
    if config.place.first_layer != "auto":
        return config
    n_x, m = dataset.train.X.shape
    fits = dataset.stream is None and n_x > m and gram_violation(config.place.form, config.descent.batch_size) is None
    return config.changed(first_layer="gram" if fits else "direct")


def coordinates(state: State) -> Arrays:
    """Return the coordinates in a state, which the checkpoint holds beside the weights; none of the direct form."""
    everything = state.parameters | state.velocity
    return {name: everything[name] for name in COORDINATES if name in everything}


def went_on(config: Config, checkpoint: Checkpoint, where: Path, X: Array) -> State:
    """Return the state at a checkpoint; DataError where its coordinates are not those of its weights.

    As of a checkpoint whose arrays were exchanged, of which the weights at rest would be others.
    """
    if config.place.first_layer != "gram":
        return State(checkpoint.parameters, checkpoint.velocity)
    at_rest = initial_parameters(config, len(X))["W1"].astype(config.place.dtype)
    kept, m = checkpoint.coordinates, X.shape[1]
    if kept and (given := kept["C1"].shape[1]) != m:
        raise refusal(where, f"coordinates C1 for {given} examples", f"for {m}", "it is in the span of the examples")
    with unchecked():
        W = span_weights(at_rest, X.astype(config.place.dtype), kept["s1"], kept["C1"]) if kept else np.zeros(1)
    if not kept or not np.allclose(W, checkpoint.parameters["W1"], rtol=1e-3, atol=1e-3 * np.abs(W).max()):
        found = "coordinates C1, s1 that are not those of W1" if kept else "no coordinates C1, s1 of W1"
        raise refusal(where, found, "what the run wrote", "with --first-layer gram a run goes on from them")
    velocity = {name: V for name, V in (checkpoint.velocity | kept).items() if name[0] == "v" and name != "vW1"}
    return State(checkpoint.parameters | {"W1": at_rest, "C1": kept["C1"], "s1": kept["s1"]}, velocity)
