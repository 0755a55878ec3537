"""`backproof predict`: the classes are those of the network, and wrong use is one message."""

import json
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backproof.commands import learning
from backproof.commands.train import train
from backproof.data.hdf5 import digits
from backproof.errors import UserError
from backproof.training.prediction import answer, pictures_and_classes
from tests.command import command
from tests.configs import options


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained run of the NumPy engine on the digits, and four test digits as pictures."""
    where = tmp_path_factory.mktemp("trained")
    with chdir(where):
        assert train(options(engine="numpy", iterations=600), "d", None, as_json=True) == 0
    for i, picture in enumerate(digit_pictures()[:4]):
        Image.fromarray(picture).save(where / f"{i}.png")
    return where


@pytest.fixture
def run(trained: Path, folder: Path) -> str:
    """The name of that run, in a copy of its folder."""
    shutil.copytree(trained, folder, dirs_exist_ok=True)
    return "d"


def digit_pictures() -> Any:
    return np.rint(digits().X_test.T.reshape(-1, 8, 8) * 255).astype(np.uint8)


# The command


def test_the_classes_are_those_of_the_network(run: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert command("predict", run, "0.png", "1.png", "2.png", "3.png", "--json") == 0
    answers = json.loads(capsys.readouterr().out)["predictions"]
    assert [a["image"] for a in answers] == ["0.png", "1.png", "2.png", "3.png"]
    for said, y in zip(answers, digits().Y_test[0], strict=False):
        assert said["label"] == y
        assert said["class"] == ("even", "odd")[int(y)]
        assert 0.5 < said["probability"] <= 1
        assert said["probability"] == (said["output"] if y else 1 - said["output"])


def test_as_a_table_and_by_path(run: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert command("predict", str(folder / "runs" / run), "0.png", "1.png") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["picture", "class", "probability"]
    assert [line.split()[0] for line in lines[1:-1]] == ["0.png", "1.png"]
    assert all(line.split()[1] in ("even", "odd") and line.rstrip().endswith("%") for line in lines[1:-1])
    assert lines[-1] == f"{folder / 'runs' / run}: 600 of 600 iterations"


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_how_far_a_run_is_trained_is_said(
    more: tuple[str, ...], run: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert command("predict", run, "0.png", *more) == 0
    assert capsys.readouterr().err == ""
    with monkeypatch.context() as patched:
        patched.setattr(learning, "train_network", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        assert train(options(engine="numpy"), "x", None, as_json=True) == 130
    capsys.readouterr()
    assert command("predict", "x", "0.png", *more) == 0
    out, err = capsys.readouterr()
    assert err == "backproof: warning: runs/x has done 0 of 2500 iterations\n"
    if more:
        assert {key: json.loads(out)[key] for key in ("iteration", "iterations")} == {
            "iteration": 0,
            "iterations": 2500,
        }
    else:
        assert out.endswith("runs/x: 0 of 2500 iterations\n")


def test_the_torch_engine_predicts_the_same(run: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(options(engine="torch", iterations=600, device="cpu"), "t", None, as_json=True) == 0
    outputs = []
    for name in (run, "t"):
        capsys.readouterr()
        assert command("predict", name, "0.png", "1.png", "2.png", "--json") == 0
        outputs.append([a["output"] for a in json.loads(capsys.readouterr().out)["predictions"]])
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-9)


def test_torch_is_imported_by_its_own_runs_only(folder: Path, run: str) -> None:
    for engine in ("numpy", "torch"):
        assert train(options(engine=engine, iterations=3, device="cpu"), engine, None, as_json=True) == 0
    code = "import sys; from backproof.commands.predict import predict" + "".join(
        f"; predict({engine!r}, ['0.png'], invert=False, as_json=True); print('torch' in sys.modules)"
        for engine in ("numpy", "torch")
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1::2] == ["False", "True"]


REFUSED = {
    "no picture": (("d",), "IMAGE"),
    "no such picture": (("d", "0.png", "none.png"), "predict: none.png: found no such file, expected a picture"),
    "a folder": (("d", "runs"), "predict: runs: found a folder, expected a picture"),
    "no such run": (("e", "0.png"), "e: no such run, expected a folder with model.h5 or one of runs/: d, x"),
    "no pictures": (("x", "0.png"), "predict: x was trained on xor, which has no pictures"),
    "damaged run": (("broken", "0.png"), "predict: runs/broken/model.h5: found OSError"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_use_is_one_message(
    words: tuple[str, ...], message: str, run: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("train", "--data", "xor", "--engine", "numpy", "--iterations", "3", "--run", "x", "--json") == 0
    if "broken" in words:
        (folder / "runs/broken").mkdir()
        model = (folder / "runs" / run / "model.h5").read_bytes()
        (folder / "runs/broken/model.h5").write_bytes(model[: len(model) // 2])
    capsys.readouterr()
    assert command("predict", *words) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert out == ""
    assert "Traceback" not in err


def test_at_a_half_it_is_the_first_class_as_in_the_notes() -> None:
    assert [answer(a, ("even", "odd"), "sigmoid")["class"] for a in (0.5, 0.5 + 1e-9)] == ["even", "odd"]


def test_pictures_of_two_channels_cannot_be_predicted() -> None:
    made: Any = SimpleNamespace(shape=(5, 4, 2), classes=("a", "b"))
    with pytest.raises(UserError, match=r"predict: r has pictures of 2 channels; expected grey \(1\) or RGB \(3\)"):
        pictures_and_classes(made, "r")


def test_pictures_without_classes_cannot_be_predicted() -> None:
    config = SimpleNamespace(data=SimpleNamespace(data="t.h5"))
    made: Any = SimpleNamespace(shape=(5, 4, 3), classes=None, config=config)
    with pytest.raises(UserError, match=r"predict: r was trained on t\.h5, which has no pictures"):
        pictures_and_classes(made, "r")
