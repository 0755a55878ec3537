"""`backproof train --sweep`: comparable runs, and nothing begun where one of them could not be."""

import json
import pkgutil
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from backproof.board.links import tensorboard
from backproof.commands import learning
from backproof.errors import UserError
from backproof.shell import program
from backproof.training.config_files import read_config
from backproof.training.options import Config, known
from backproof.training.runs import NAME
from backproof.training.session import open_new
from backproof.training.sweeps import parse, plan
from tests.command import command
from tests.configs import options

SHORT = ("train", "--data", "xor", "--engine", "numpy", "--iterations", "4")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "runs").iterdir()) if (folder / "runs").exists() else []


def test_a_run_for_each_value_and_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*SHORT, "--sweep", "learning_rate=0.1,0.03,1e-2", "--run", "rates") == 0
    out, err = capsys.readouterr()
    expected = [f"rates-learning_rate={rate}" for rate in ("0.1", "0.03", "0.01")]
    assert names(folder) == sorted(expected)
    assert re.findall(r"run (\d) of 3: (\S+)", err) == list(zip("123", expected, strict=True))
    head, *rows, look, link = out.splitlines()
    assert head.split() == ["learning_rate", "cost", "test", "cost", "train", "test", "time", "status", "run"]
    assert [row.split()[0] for row in rows] == ["0.1", "0.03", "0.01"]
    assert [row.split()[-2:] for row in rows] == [["finished", name] for name in expected]
    for row, name in zip(rows, expected, strict=True):
        summary = json.loads((folder / "runs" / name / "summary.json").read_text())
        assert f"{summary['cost']:.6g}" in row
        assert f"{summary['train_accuracy']:.1%}" in row
    assert look == f"look  {tensorboard()}"
    assert (
        link
        == "      http://localhost:6006/?runFilter=%5Erates-%7C%5E%5C.%24&tagFilter=%5E%28cost%7Caccuracy%29%2F&smoothing=0#timeseries"
    )


def test_the_runs_differ_in_what_is_swept_alone_and_are_those_of_plain_training(folder: Path) -> None:
    assert command(*SHORT, "--sweep", "momentum=0,0.5", "--seed", "3", "--run", "m") == 0
    assert command(*SHORT, "--momentum", "0.5", "--seed", "3", "--run", "plain") == 0
    configs = {name: read_config(folder / "runs" / name / "config.json") for name in names(folder)}
    assert configs["m-momentum=0.5"] == configs["plain"]
    chosen = options("xor", engine="numpy", iterations=4, seed=3, momentum=0.0, board=True, first_layer="direct")
    assert configs["m-momentum=0"] == chosen
    ends = [json.loads((folder / f"runs/{name}/summary.json").read_text()) for name in ("m-momentum=0.5", "plain")]
    assert ends[0]["cost"] == ends[1]["cost"]


def test_more_than_one_option_is_the_grid(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    axes = ("--sweep", "layers=20 7 5,7,", "--sweep", "batch-size=2,none")
    assert command(*SHORT, *axes, "--json", "--run", "g") == 0
    out, err = capfd.readouterr()
    assert err == ""
    rows = json.loads(out)["runs"]
    layers: list[Any] = [[20, 7, 5], [7], []]
    assert [row["swept"] for row in rows] == [{"layers": n, "batch_size": b} for n in layers for b in (2, None)]
    assert [row["run"] for row in rows] == [
        f"runs/g-layers={n}-batch_size={b}" for n in ("20-7-5", "7", "none") for b in ("2", "none")
    ]
    for row in rows:
        assert row["status"] == "finished"
        config = read_config(folder / row["run"] / "config.json")
        assert [list(config.network.layers), config.descent.batch_size] == list(row["swept"].values())


def test_without_a_name_the_next_free_one_is_taken(folder: Path) -> None:
    for _ in range(2):
        assert command(*SHORT, "--sweep", "seed=1,2") == 0
    assert names(folder) == [f"xor-numpy-{k}-seed={seed}" for k in (1, 2) for seed in (1, 2)]
    assert command(*SHORT) == 0
    assert command(*SHORT, "--sweep", "seed=3") == 0
    assert "xor-numpy-3-seed=3" in names(folder)


def a_value(hint: Any) -> tuple[str, Any]:
    """Some value of a type, as a person writes it and as an option has it."""
    if get_origin(hint) is Literal:
        return get_args(hint)[-1], get_args(hint)[-1]
    if get_origin(hint) is tuple:
        return ("4 3", (4, 3)) if get_args(hint)[0] is int else ("tanh", ("tanh",))
    return {bool: ("false", False), int: ("3", 3), float: ("0.25", 0.25), str: ("flower", "flower")}[
        (get_args(hint) or (hint,))[0]
    ]


NEEDS: dict[str, dict[str, Any]] = {
    "test": {"data": "flower.csv", "label": "y"},
    "label": {"data": "flower.csv", "label": "y"},
    "output": {"loss": "squared_error"},
    "form": {"engine": "numpy", "layers": (), "batch_size": 1},
}


@pytest.mark.parametrize("option", known())
def test_any_option_can_be_swept(option: str) -> None:
    text, value = a_value(get_args(known()[option].declared)[0])
    base = Config().changed(**NEEDS.get(option, {}))
    for written in (option, option.replace("_", "-"), f"--{option}"):
        (planned,) = plan(base, [f"{written}={text}"], "x")
        assert planned.config.flat()[option] == value
        assert NAME.fullmatch(planned.name)
        assert planned.name.startswith(f"x-{option}=")


def test_values_are_read_by_the_type_of_their_option() -> None:
    assert parse("learning_rate=.5, 1e-3") == ("learning_rate", [0.5, 0.001])
    assert parse("layers=,7,20 7") == ("layers", [[], [7], [20, 7]])
    assert parse("batch_size=None,8") == ("batch_size", [None, 8])
    assert parse("label=7,none") == ("label", ["7", None])
    assert parse("activation=relu,tanh") == ("activation", [["relu"], ["tanh"]])
    assert parse("activation=relu tanh") == ("activation", [["relu", "tanh"]])


# A cost that is not finite, and an interruption

FAR = ("train", "--data", "housing", "--output", "identity", "--engine", "numpy", "--run", "x")


def test_a_cost_that_is_not_finite_stops_no_other_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*FAR, "--sweep", "learning_rate=0.1,1e5,0.01") == 1
    out, err = capsys.readouterr()
    assert [line.split()[-2] for line in out.splitlines()[1:4]] == ["finished", "finite", "finished"]
    assert "backproof: x-learning_rate=100000: iteration " in err
    assert "Try a smaller --learning-rate" in err
    assert len(names(folder)) == 3


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (
            f"{learning.__name__}.train_network",
            "go on with: {program} train --resume x-seed=2; not begun: x-seed=3",
        ),
        ("backproof.commands.sweep.open_new", "not begun: x-seed=2, x-seed=3"),
    ],
)
def test_an_interruption_says_what_is_done(
    moment: str, said: str, as_json: bool, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    right, calls = pkgutil.resolve_name(moment), iter(range(9))

    def interrupted(*arguments: Any, **more: Any) -> Any:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return right(*arguments, **more)

    monkeypatch.setattr(moment, interrupted)
    assert command(*SHORT, "--run", "x", "--sweep", "seed=1,2,3", *(["--json"] if as_json else [])) == 130
    out, err = capsys.readouterr()
    expected = said.format(program=program("backproof"))  # as it is typed from the folder of the test
    assert err.endswith(f"backproof: interrupted; {expected}\n")
    if as_json:
        assert [row["run"] for row in json.loads(out)["runs"]] == ["runs/x-seed=1"]
    else:
        assert "finished  x-seed=1" in out
        assert "x-seed=2" not in out
    assert names(folder) == (["x-seed=1", "x-seed=2"] if "--resume" in said else ["x-seed=1"])


def test_a_run_that_was_interrupted_can_go_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(learning, "train_network", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        assert command(*SHORT, "--run", "x", "--sweep", "seed=1,2") == 130
    assert command("train", "--resume", "x-seed=1") == 0
    assert json.loads((folder / "runs/x-seed=1/summary.json").read_text())["status"] == "finished"


# Wrong use

WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown": (("rate=1",), "--sweep rate=1: expected OPTION=VALUE,VALUE,...; an OPTION is one of data, test"),
    "nearly": (("learning-rat=1",), "--sweep learning-rat=1: expected OPTION=VALUE,VALUE,...; did you mean learning_r"),
    "no values": (("seed",), "--sweep seed: expected OPTION=VALUE,VALUE,..."),
    "an empty value": (("seed=",), "--sweep seed=: seed is '', expected an integer"),
    "a comma too many": (("seed=1,",), "--sweep seed=: seed is '', expected an integer"),
    "nothing": (("",), "--sweep : expected OPTION=VALUE,VALUE,..."),
    "a word": (("learning_rate=0.1,fast",), "--sweep learning_rate=fast: learning_rate is 'fast', expected a number"),
    "a fraction": (("seed=1.5",), "seed is '1.5', expected an integer"),
    "a word of layers": (("layers=7,7 x",), "layers is [7, 'x'], expected a list of integers"),
    "not one of": (("activation=relu,gelu",), "activation is ['gelu'], expected a list of relu, tanh"),
    "none": (("seed=none",), "seed is 'none', expected an integer"),
    "the last out of range": (("learning_rate=0.1,0",), "--sweep learning_rate=0: --learning-rate 0.0: expected a num"),
    "not a number": (("momentum=nan",), "--momentum nan: expected a number in [0, 1)"),
    "infinite": (("l2=inf",), "--l2 inf: expected a number in"),
    "a combination": (
        ("output=sigmoid,identity",),
        "--sweep output=identity: --output identity: cross-entropy needs a sigmoid output",
    ),
    "twice": (("learning_rate=0.1,1e-1",), "learning_rate=0.1,1e-1: 0.1 is given twice; each value makes one run"),
    "two of one option": (("seed=1", "seed=2"), "--sweep seed=2: seed is swept twice; give all its values at once"),
    "hyphen and underscore": (("batch-size=1", "batch_size=2"), "batch_size is swept twice"),
    "a batch too large": (("batch_size=2,5",), "s-batch_size=5: --batch-size 5: the training set has 4 examples"),
    "no such file": (("data=xor,none.h5",), "s-data=none.h5: "),
    "one name for two": (("data=a/b.csv,a-b.csv", "label=y"), "2 runs would be called s-data=a-b.csv-label=y"),
    "too long a name": ((f"data=xor,{'x' * 100}.h5",), "at most 100"),
    "more runs than anybody waits for": (
        (f"seed={','.join(map(str, range(101)))}", f"data_seed={','.join(map(str, range(10)))}"),
        "--sweep: 1010 combinations, expected at most 1000 runs",
    ),
    "a network too large": (("layers=7,100000 100000",), "s-layers=100000-100000: --layers: layer 2 needs arrays of"),
}


@pytest.mark.parametrize(("axes", "message"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_one_message_and_nothing_is_written(
    axes: tuple[str, ...], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for axis in axes for word in ("--sweep", axis)]
    assert command(*SHORT, "--run", "s", *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("backproof: ")
    assert message in err
    assert len(err.splitlines()) == 1
    assert list(folder.iterdir()) == []


def test_a_name_that_exists_is_refused_before_anything_begins(folder: Path, capsys: Any) -> None:
    assert command(*SHORT, "--run", "s-seed=2") == 0
    capsys.readouterr()
    assert command(*SHORT, "--run", "s", "--sweep", "seed=1,2") == 2
    assert "runs/s-seed=2: exists already" in capsys.readouterr().err
    assert names(folder) == ["s-seed=2"]


def test_a_run_that_goes_on_is_not_swept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*SHORT, "--run", "one") == 0
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    capsys.readouterr()
    assert command("train", "--resume", "one", "--sweep", "iterations=5,6") == 2
    assert "--sweep with --resume one: a sweep makes new runs" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize("run", ["", ".x", "a/b", "../x"])
def test_a_bad_base_name(run: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(*SHORT, "--run", run, "--sweep", "seed=1") == 2
    assert "expected letters, digits and" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_what_goes_wrong_later_leaves_the_table(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    def full(config: Config, name: str) -> Any:
        if name == "s-seed=2":
            raise UserError("runs: No space left on device")
        return open_new(config, name)

    monkeypatch.setattr("backproof.commands.sweep.open_new", full)
    assert command(*SHORT, "--run", "s", "--sweep", "seed=1,2,3") == 2
    out, err = capsys.readouterr()
    assert "finished  s-seed=1" in out
    assert err.endswith("backproof: runs: No space left on device\n")
