"""The checkpoint model.h5: all that a run needs to go on, and a prediction to be made, as HDF5 for either engine.

W1, b1, ..., vW1, vb1, ...   parameters and, with momentum, velocity
C1, s1, vC1, vs1             with --first-layer gram, the coordinates of W1 and vW1 (see reference_numpy/gram.py)
mean, deviation              of the features, where they were standardised
about                        the rest as JSON: see FIELDS
sha256                       of all of these, so that damage is noticed
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np

from backproof.data.hdf5 import Kind, checked, opened, refusal, values_of
from backproof.data.sets import Dataset
from backproof.data.tables import Statistics
from shapes.names import parse_name

from .config_files import from_json
from .engine import Array, Arrays
from .options import COUNT, Config

MAX_BYTES = 2**33
COORDINATES = ("C1", "s1", "vC1", "vs1")
MAX_ARRAYS = 10_000
TEXT = Kind(1, lambda t: t.kind == "S", "one text", "it describes the run")
NUMBERS = Kind(2, lambda t: t in (np.dtype("<f4"), np.dtype("<f8")), "float32 or float64 of shape (n, k)", "weights")


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1e12  # type: ignore[operator]


def _is_shape(value: object) -> bool:
    return value is None or (isinstance(value, list) and [type(n) for n in value] == [int] * 3 and min(value) > 0)


def _are_classes(value: object) -> bool:
    if value is None:
        return True
    names = value if isinstance(value, list) else []
    return (
        len({name for name in names if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 256})
        == len(names)
        == 2
    )


def _are_files(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(sum_, str) and re.fullmatch("[0-9a-f]{64}", sum_) for sum_ in value.values()
    )


# What `about` has besides the options: each with its test, what is expected in words, and why.
FIELDS: Mapping[str, tuple[Callable[[object], bool], str, str]] = {
    "iteration": (
        lambda n: type(n) is int and 0 <= n <= COUNT.high,
        "how many updates were done",
        "a run goes on from there",
    ),
    "seconds": (_is_number, "a number of seconds", "a run goes on counting them"),
    "shape": (_is_shape, "null, or height, width and channels", "further pictures are brought to this size"),
    "classes": (_are_classes, "null, or two different names that can be printed", "they are printed"),
    "files": (_are_files, "a sha256 for each file", "a run goes on with the same data"),
}
OF_EARLIER_VERSIONS = {"layers", "random_state"}  # both follow from the rest


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of a run after so many iterations, with what must be known of its data."""

    config: Config
    iteration: int
    seconds: float
    parameters: Arrays
    velocity: Arrays
    statistics: Statistics | None
    shape: tuple[int, int, int] | None
    classes: tuple[str, str] | None
    files: Mapping[str, str]
    coordinates: Arrays = field(default_factory=dict)

    @property
    def layers(self) -> tuple[int, ...]:
        """Units of each layer, [n_x, ..., n_L]."""
        return (
            self.parameters["W1"].shape[1],
            *(len(V) for name, V in self.parameters.items() if parse_name(name).is_weight),
        )


def pack(
    config: Config,
    dataset: Dataset,
    parameters: Arrays,
    velocity: Arrays,
    iteration: int,
    seconds: float,
    coordinates: Mapping[str, Array] = MappingProxyType({}),
) -> bytes:
    """Return the bytes of model.h5 after so many iterations."""
    about = {
        "options": config.to_json(),
        "iteration": iteration,
        "seconds": seconds,
        "shape": dataset.shape,
        "classes": dataset.classes,
        "files": dict(dataset.files),
    }
    arrays = parameters | velocity | dict(coordinates) | (dataset.statistics._asdict() if dataset.statistics else {})
    return to_hdf5(json.dumps(about).encode(), arrays)


def unpack(path: Path) -> Checkpoint:
    """Read model.h5; DataError when it is damaged, or not a checkpoint."""
    with opened(path, "the checkpoint of a run", "the network is read from it", MAX_BYTES) as (raw, file):
        if len(file) > MAX_ARRAYS:
            raise refusal(path, f"{len(file)} arrays", f"at most {MAX_ARRAYS}", "no network has so many layers")
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


def to_hdf5(about: bytes, arrays: Mapping[str, Array]) -> bytes:
    """Return a file of these arrays, with the sha256 of it all."""
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


def _checkpoint(about: object, arrays: Arrays, path: Path) -> Checkpoint:
    """Return the parts of a checkpoint, once they fit each other: who wrote a file can also write its sha256."""
    needed = {"options", *FIELDS}
    if not isinstance(about, dict) or set(about) - OF_EARLIER_VERSIONS != needed:
        found = ", ".join(about)[:200] if isinstance(about, dict) else type(about).__name__
        raise refusal(f"{path}, about", found, ", ".join(sorted(needed)), "a run is described by these")
    config = from_json(about["options"], f"{path}, about")
    for name, (fits, expected, why) in FIELDS.items():
        if not fits(about[name]):
            raise refusal(f"{path}, about", f"{name} {about[name]!r:.100}", expected, why)
    _check_arrays(config, arrays, path)
    n_x = arrays["W1"].shape[1]
    shape, classes = about["shape"], about["classes"]
    if shape and math.prod(shape) != n_x:
        raise refusal(path, f"pictures of {shape}", f"{n_x} numbers", "the first layer takes so many")
    parameters = _shapes([n_x, *config.network.layers, 1])
    return Checkpoint(
        config,
        about["iteration"],
        about["seconds"],
        {name: arrays[name] for name in parameters},  # HDF5 lists names by the alphabet
        {f"v{name}": arrays[f"v{name}"] for name in parameters if config.descent.momentum},
        Statistics(arrays["mean"], arrays["deviation"]) if "mean" in arrays else None,
        (shape[0], shape[1], shape[2]) if shape else None,
        (classes[0], classes[1]) if classes else None,
        about["files"],
        {name: arrays[name] for name in COORDINATES if name in arrays},
    )


def _check_arrays(config: Config, arrays: Arrays, path: Path) -> None:
    n_x = arrays["W1"].shape[1] if "W1" in arrays else 1
    parameters = _shapes([n_x, *config.network.layers, 1])
    statistics = {name: (n_x, 1) for name in Statistics._fields if "mean" in arrays}
    momentum = config.descent.momentum
    expected = parameters | {f"v{name}": size for name, size in parameters.items() if momentum}
    if config.place.first_layer == "gram" and "C1" in arrays:
        n_1, m = parameters["W1"][0], arrays["C1"].shape[1]
        expected |= {name: (n_1, m) if "C" in name else (1, 1) for name in COORDINATES[: 4 if momentum else 2]}
    found = {name: V.shape for name, V in arrays.items()}
    if found != expected | statistics:
        raise refusal(path, f"arrays {found}"[:1000], f"{expected | statistics}"[:1000], "its options say so")
    for name, V in arrays.items():
        dtype = np.dtype(np.float64 if name in statistics else config.place.dtype)
        if dtype != V.dtype:
            raise refusal(f"{path}, {name}", str(V.dtype), str(dtype), "its options say so")
        if not np.isfinite(V).all():
            raise refusal(f"{path}, {name}", "a number that is not finite", "finite ones", "no training goes on there")
    if statistics and not (arrays["deviation"] > 0).all():
        raise refusal(f"{path}, deviation", "a deviation that is not positive", "positive ones", "it divides features")


def _shapes(layers: list[int]) -> dict[str, tuple[int, int]]:
    """Return the shapes of the parameters of [n_x, ..., n_L], in the order in which an engine has them."""
    shapes: dict[str, tuple[int, int]] = {}
    for l, (n_prev, n) in enumerate(pairwise(layers), start=1):
        shapes |= {f"W{l}": (n, n_prev), f"b{l}": (n, 1)}
    return shapes
