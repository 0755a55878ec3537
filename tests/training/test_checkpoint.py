"""The checkpoint and the atomic write: read as written, damage is noticed, forgeries are refused."""

import dataclasses
import errno
import io
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from backproof import files
from backproof.data.hdf5 import DataError
from backproof.training.checkpoint import Checkpoint, pack, to_hdf5, unpack
from backproof.training.checkpoint import _sum as checkpoint_sum
from backproof.training.engines import initial_parameters, make_engine
from tests.commands.preparations import discard
from tests.configs import SMALL, load, options
from tests.data.files import damaged

from .trained import first_checkpoint


def test_a_checkpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    config = options("cancer", layers=(3, 11), engine="numpy")
    data = load(config)
    engine = make_engine(config, initial_parameters(config, 30))
    engine.step(engine.place(*data.train))
    (tmp_path / "model.h5").write_bytes(pack(config, data, engine.parameters(), engine.velocity(), 1, 0.5))
    read = unpack(tmp_path / "model.h5")
    assert (read.config, read.layers, read.iteration, read.seconds) == (config, (30, 3, 11, 1), 1, 0.5)
    assert (read.shape, read.classes) == (None, ("benign", "malignant"))
    assert list(read.parameters) == ["W1", "b1", "W2", "b2", "W3", "b3"]
    for ours, theirs in ((read.parameters, engine.parameters()), (read.velocity, engine.velocity())):
        assert set(ours) == set(theirs)
        assert all(ours[name].tobytes() == V.tobytes() for name, V in theirs.items())
    assert data.statistics is not None
    assert read.statistics is not None
    np.testing.assert_array_equal(read.statistics.mean, data.statistics.mean)
    with h5py.File(tmp_path / "model.h5") as file:
        assert json.loads(file["about"][0])["iteration"] == 1
        assert {dataset.dtype.kind for dataset in file.values()} == {"f", "S"}


def test_names_of_one_letter_are_names(tmp_path: Path) -> None:
    config = options("xor", engine="numpy")
    data = dataclasses.replace(load(config), classes=("a", "b"))
    engine = make_engine(config, initial_parameters(config, 2))
    (tmp_path / "model.h5").write_bytes(pack(config, data, engine.parameters(), engine.velocity(), 0, 0.0))
    assert unpack(tmp_path / "model.h5").classes == ("a", "b")


def test_any_damage_to_a_checkpoint_is_noticed(tmp_path: Path) -> None:
    good, path = first_checkpoint(SMALL), tmp_path / "model.h5"
    path.write_bytes(good)
    whole = fingerprint(unpack(path))
    rng, outcomes = random.Random(0), {"same": 0, "refused": 0}
    for _ in range(400):
        path.write_bytes(damaged(good, rng))
        try:
            assert fingerprint(unpack(path)) == whole
        except DataError:
            outcomes["refused"] += 1
        else:
            outcomes["same"] += 1
    assert min(outcomes.values()) >= 20


Rewrite = Callable[[dict[str, Any], dict[str, Any]], None]


def drop(name: str) -> Rewrite:
    return lambda about, arrays: discard(arrays.pop(name))


def put(name: str, value: Any) -> Rewrite:
    return lambda about, arrays: arrays.update({name: value})


def say(name: str, value: Any) -> Rewrite:
    return lambda about, arrays: about.update({name: value})


# Whoever writes a file can write its sha256 too.
FORGED: dict[str, tuple[Rewrite, str]] = {
    "a layer less": (drop("W2"), "its options say so"),
    "no velocity": (drop("vb1"), "its options say so"),
    "an array more": (put("W9", np.zeros((1, 1))), "its options say so"),
    "another shape": (put("W1", np.zeros((4, 3))), "its options say so"),
    "a picture of another size": (say("shape", [2, 2, 1]), "the first layer takes so many"),
    "a flat picture": (say("shape", [2, 1]), "height, width and channels"),
    "unknown option": (say("options", {"epochs": 1}), "there is no option 'epochs'"),
    "a word for an iteration": (say("iteration", "7"), "found iteration '7', expected how many updates were done"),
    "no iteration": (lambda about, arrays: discard(about.pop("iteration")), "a run is described by these"),
    "a field more": (say("layer", []), "a run is described by these"),
    "a list": (lambda about, arrays: about.clear(), "a run is described by these"),
    "truth for an iteration": (say("iteration", True), "found iteration True"),
    "an iteration too large": (say("iteration", 10**12), "found iteration 1000000000000"),
    "seconds in words": (say("seconds", "7"), "found seconds '7', expected a number of seconds"),
    "negative seconds": (say("seconds", -1.0), "found seconds -1.0"),
    "endless seconds": (say("seconds", float("inf")), "found seconds inf"),
    "seconds that are no number": (say("seconds", float("nan")), "found seconds nan"),
    "a shape in words": (say("shape", "abc"), "height, width and channels"),
    "a shape of fractions": (say("shape", [1.0, 2.0, 1.0]), "height, width and channels"),
    "a negative shape": (say("shape", [-1, -2, 1]), "height, width and channels"),
    "one class": (say("classes", ["even"]), "two different names"),
    "the same classes": (say("classes", ["even", "even"]), "two different names"),
    "classes that are numbers": (say("classes", [0, 1]), "two different names"),
    "classes in a word": (say("classes", "ab"), "two different names"),
    "files in a list": (say("files", ["x"]), "a sha256 for each file"),
    "files without sums": (say("files", {"x.h5": None}), "a sha256 for each file"),
    "weights that are no number": (put("W1", np.full((4, 2), np.nan)), "a number that is not finite"),
    "infinite velocity": (put("vb1", np.full((4, 1), np.inf)), "a number that is not finite"),
    "another precision": (put("W1", np.zeros((4, 2), np.float32)), "found float32, expected float64"),
    "a mean alone": (put("mean", np.zeros((2, 1))), "its options say so"),
    "integers": (put("W1", np.zeros((4, 2), int)), "float32 or float64"),
}


@pytest.mark.parametrize(("rewrite", "message"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_checkpoint_is_refused(rewrite: Rewrite, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    about, arrays = parts_of(first_checkpoint(SMALL))
    rewrite(about, arrays)
    path.write_bytes(to_hdf5(json.dumps(about).encode(), arrays))
    with pytest.raises(DataError, match=message) as error:
        unpack(path)
    assert str(error.value).startswith(str(path))


def test_the_sum_is_of_everything() -> None:
    arrays = {"W1": np.arange(6.0).reshape(2, 3), "b1": np.zeros((2, 1))}
    sums = [
        checkpoint_sum(about, given)
        for about, given in (
            (b"a", arrays),
            (b"b", arrays),
            (b"a", arrays | {"W1": arrays["W1"].reshape(3, 2)}),
            (b"a", arrays | {"W1": arrays["W1"].view(np.int64)}),
            (b"a", arrays | {"W1": arrays["W1"] + 1}),
            (b"a", {"W2": arrays["W1"], "b1": arrays["b1"]}),
            (b"a", {"W1": arrays["W1"]}),
        )
    ]
    assert len(set(sums)) == len(sums)
    assert checkpoint_sum(b"a", dict(reversed(arrays.items()))) == sums[0]


@pytest.mark.parametrize("name", ["iteration", "options"])
def test_what_is_said_of_a_run_is_part_of_its_sum(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    good = first_checkpoint(SMALL)
    path.write_bytes(good)
    with h5py.File(path, "r+") as file:
        about = json.loads(file["about"][0])
        about[name] = about[name] | {"seed": 2} if name == "options" else 1
        del file["about"]
        file["about"] = np.array([json.dumps(about).encode()])
    with pytest.raises(DataError, match="found another sha256 than its own"):
        unpack(path)


def parts_of(model: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is inside the bytes of a checkpoint."""
    with h5py.File(io.BytesIO(model)) as file:
        arrays = {name: V[()] for name, V in file.items()}
    del arrays["sha256"]
    return json.loads(arrays.pop("about")[0]), arrays


def test_a_checkpoint_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    good = first_checkpoint(SMALL)
    path.write_bytes(good)
    expected = fingerprint(unpack(path))
    about, arrays = parts_of(good)
    for name in ("threads", "keep_best"):
        del about["options"][name]
    about |= {"layers": [2, 4, 1], "random_state": [1, 0, 0]}
    path.write_bytes(to_hdf5(json.dumps(about).encode(), arrays))
    assert fingerprint(unpack(path)) == expected


def fingerprint(model: Checkpoint) -> Any:
    arrays = {name: V.tobytes() for name, V in (model.parameters | model.velocity).items()}
    return model.config, model.layers, model.iteration, arrays


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_atomically(path, b"old")
    path.chmod(0o640)
    order: list[str] = []
    for name in ("fsync", "replace"):
        right = getattr(os, name)

        def noted(*args: Any, name: str = name, right: Any = right) -> None:
            order.append(name)
            right(*args)

        monkeypatch.setattr(os, name, noted)
    files.write_atomically(path, b"new")
    assert order == ["fsync", "replace", "fsync"]
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    monkeypatch.setattr(os, "replace", lambda *a, **k: (_ for _ in ()).throw(OSError(errno.EIO, "broken")))
    with pytest.raises(OSError, match="broken"):
        files.write_atomically(path, b"newer")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"new")]
