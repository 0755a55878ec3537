"""The checkpoint model.h5: all that a run needs to go on, and a prediction to be made, as HDF5 for either engine.

W1, b1, ..., vW1, vb1, ...   parameters and, with momentum, velocity
mean, deviation              of the features, where they were standardised
about                        the rest as JSON
sha256                       of all of these, so that damage is noticed
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from backproof.data.hdf5 import Kind, checked, opened, refusal, values_of
from backproof.data.sets import Dataset
from backproof.data.tables import Statistics

from .engine import Array, Arrays, Engine
from .loop import epoch_and_batch
from .options import Config, from_json

TEXT = Kind(1, lambda t: t.kind == "S", "one text", "it describes the run")
NUMBERS = Kind(2, lambda t: t in (np.dtype("<f4"), np.dtype("<f8")), "float32 or float64 of shape (n, k)", "weights")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of a run after so many iterations, with what must be known of its data."""

    config: Config
    layers: tuple[int, ...]  # [n_x, ..., n_L]
    iteration: int
    seconds: float
    random_state: list[int]
    parameters: Arrays
    velocity: Arrays
    statistics: Statistics | None
    shape: tuple[int, int, int] | None
    classes: tuple[str, str] | None
    files: Mapping[str, str]


def pack(config: Config, dataset: Dataset, engine: Engine, iteration: int, seconds: float) -> bytes:
    """The bytes of model.h5 after so many iterations."""
    parameters, velocity = engine.parameters(), engine.velocity()
    n_x, m = dataset.train.X.shape
    about = {
        "options": config.to_json(),
        "layers": [n_x, *(len(V) for name, V in parameters.items() if name[0] == "b")],
        "iteration": iteration,
        "seconds": seconds,
        "random_state": random_state(config, m, iteration),
        "shape": dataset.shape,
        "classes": dataset.classes,
        "files": dict(dataset.files),
    }
    arrays = parameters | velocity | (dataset.statistics._asdict() if dataset.statistics else {})
    return to_hdf5(json.dumps(about).encode(), arrays)


def unpack(path: Path) -> Checkpoint:
    """Read model.h5; DataError when it is damaged, or not a checkpoint."""
    with opened(path, "the checkpoint of a run", "the network is read from it") as (raw, file):
        names = list(file)
        arrays = {
            name: values_of(raw, f"{path}, {name}", checked(file, f"{path}, {name}", name, kind))
            for name in names
            for kind in [TEXT if name in ("about", "sha256") else NUMBERS]
        }
        about, sha256 = (bytes(arrays.pop(name, np.array([b""]))[0]) for name in ("about", "sha256"))
        if sha256.decode() != _sum(about, arrays):
            raise refusal(path, "another sha256 than its own", "what the run wrote", "the checkpoint is damaged")
        return _checkpoint(json.loads(about), arrays, path)


def random_state(config: Config, m: int, iteration: int) -> list[int]:
    """Seed, epoch and mini-batch, which fix the order of all further mini-batches."""
    return [config.seed, *epoch_and_batch(config, m, iteration)]


def to_hdf5(about: bytes, arrays: Mapping[str, Array]) -> bytes:
    """A file of these arrays, with the sha256 of it all."""
    import h5py

    with h5py.File("model.h5", "w", driver="core", backing_store=False) as file:
        for name, V in arrays.items():
            file.create_dataset(name, data=np.ascontiguousarray(V))
        for name, text in (("about", about), ("sha256", _sum(about, arrays).encode())):
            file.create_dataset(name, data=np.array([text]))
        file.flush()
        return file.id.get_file_image()


def _sum(about: bytes, arrays: Mapping[str, Array]) -> str:
    total = hashlib.sha256(about)
    for name in sorted(arrays):
        V = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {V.dtype.str} {V.shape}".encode())
        total.update(V.tobytes())
    return total.hexdigest()


def _checkpoint(about: dict[str, Any], arrays: Arrays, path: Path) -> Checkpoint:
    """The parts of a checkpoint, once they fit each other: whoever wrote a file can also write its sha256."""
    config = from_json(about["options"], f"{path}, about")
    layers, shape, classes = about["layers"], about["shape"], about["classes"]
    parameters = _shapes([layers[0], *config.layers, 1])
    velocity = {f"v{name}": size for name, size in parameters.items()} if config.momentum else {}
    expected = parameters | velocity
    if "mean" in arrays:
        expected |= {"mean": (layers[0], 1), "deviation": (layers[0], 1)}
    found = {name: V.shape for name, V in arrays.items()}
    if found != expected or layers != [layers[0], *config.layers, 1]:
        raise refusal(path, f"arrays {found} and layers {layers}", f"{expected}", "its options say so")
    if shape and (len(shape) != 3 or math.prod(shape) != layers[0]):
        raise refusal(path, f"pictures of {shape}", f"{layers[0]} numbers", "the first layer takes so many")
    if type(iteration := about["iteration"]) is not int or iteration < 0:
        raise refusal(path, f"iteration {iteration!r:.100}", "how many updates were done", "a run goes on from there")
    return Checkpoint(
        config,
        tuple(layers),
        iteration,
        about["seconds"],
        about["random_state"],
        {name: arrays[name] for name in parameters},  # HDF5 lists names by the alphabet
        {name: arrays[name] for name in velocity},
        Statistics(arrays["mean"], arrays["deviation"]) if "mean" in arrays else None,
        (shape[0], shape[1], shape[2]) if shape else None,
        (classes[0], classes[1]) if classes else None,
        about["files"],
    )


def _shapes(layers: list[int]) -> dict[str, tuple[int, int]]:
    """Shapes of the parameters of [n_x, ..., n_L], in the order in which an engine has them."""
    shapes: dict[str, tuple[int, int]] = {}
    for l, (n_prev, n) in enumerate(pairwise(layers), start=1):
        shapes |= {f"W{l}": (n, n_prev), f"b{l}": (n, 1)}
    return shapes
