"""`backproof verify --log`: what TensorBoard is given, and that nothing is half-written."""

import json
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from backproof.board.links import tensorboard
from backproof.board.verify_log import as_markdown, scalars, verification_log
from backproof.errors import UserError
from backproof.files import locked
from backproof.training.options import RUNS
from tests.command import BROKEN, backproof, command

ABOUT = {"device": "cpu", "dtype": "float64", "seed": 0, "topics": []}
ROW = {"id": "deep.deep_cost", "topic": "deep", "witnesses": ["torch"], "verdict": "agrees", "reasons": []}
REPORT: dict[str, Any] = {
    "verdict": "agrees",
    "formulas": [ROW | {"worst_error_u": 3.5}, ROW | {"id": "deep.hidden_dZ", "worst_error_u": 7.25}],
    "planted": {"total": 4, "caught": 4, "survivors": []},
    "seconds": 1.5,
}
CURVES = {f"verification/{name}" for name in ("formulas that agree", "planted mistakes caught", "worst error in u")}
FILES = [".lock", "events", "events", "verifications.jsonl"]


def logged(path: Path) -> EventAccumulator:
    events = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0})
    return events.Reload()


def curve(events: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in events.Scalars(tag)]


def text(events: EventAccumulator) -> list[str]:
    tensors = events.Tensors("verification/text_summary")
    return [event.tensor_proto.string_val[0].decode() for event in tensors]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / "verifications.jsonl").read_text().splitlines()]


def files(path: Path) -> list[str]:
    return sorted(p.name.partition(".out.")[0] for p in path.iterdir())


def test_the_command_adds_to_the_curves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", "neuron", "--log", "proof") == 0
    out = capsys.readouterr().out
    assert f"runs/proof: 1 verification\nlook  {tensorboard()}\n" in out
    assert "/?runFilter=%5Eproof%24%7C%5E%5C.%24&tagFilter=%5Everification%2F&smoothing=0#timeseries" in out
    assert command("verify", "neuron", "--log", "proof", "--seed", "5", "--json") == 0
    assert set(json.loads(capsys.readouterr().out)) == set(REPORT)
    path = folder / "runs/proof"
    assert files(path) == FILES
    events, kept = logged(path), lines(path)
    assert [(line["step"], line["seed"], line["topics"]) for line in kept] == [(0, 0, ["neuron"]), (1, 5, ["neuron"])]
    assert set(events.Tags()["scalars"]) == CURVES
    assert [event.step for event in events.Images("verification/errors")] == [0, 1]
    for position, line in enumerate(kept):
        assert set(line["versions"]) == {"python", "backproof", "numpy", "torch"}
        assert set(REPORT) <= set(line)
        worst = max(row["worst_error_u"] for row in line["formulas"])
        step, error = curve(events, "verification/worst error in u")[position]
        assert step == position
        assert error == pytest.approx(worst, rel=1e-6)
    number = len(kept[0]["formulas"])
    assert curve(events, "verification/formulas that agree") == [(0, number), (1, number)]
    caught = kept[0]["planted"]["caught"]
    assert caught > 0
    assert curve(events, "verification/planted mistakes caught") == [(0, caught), (1, caught)]
    assert all(f"| {row['id']} | " in text(events)[1] for row in kept[1]["formulas"])


def test_a_formula_that_disagrees_is_logged_too(tmp_path: Path) -> None:
    code = f"{BROKEN}\nimport os\nos.chdir({str(tmp_path)!r})"
    run = backproof("verify", "activations", "--log", "wrong", code=code)
    assert (run.returncode, run.stderr) == (1, "")
    events = logged(tmp_path / "runs/wrong")
    (line,) = lines(tmp_path / "runs/wrong")
    assert curve(events, "verification/formulas that agree") == [(0, len(line["formulas"]) - 1)]
    assert curve(events, "verification/worst error in u")[0][1] > 1e8
    assert "**activations.tanh_prime**: activations.tanh_prime is the odd one out" in text(events)[0]


def test_an_error_that_is_not_finite_is_nan_and_said() -> None:
    lost = ROW | {"worst_error_u": None, "verdict": "disagrees", "reasons": ["dW has shape (2, 3), expected (3, 2)"]}
    line = REPORT | ABOUT | {"formulas": [ROW | {"worst_error_u": 3.0}, lost], "date": "", "versions": {}}
    assert np.isnan(scalars(line)["verification/worst error in u"])
    assert "| not finite | disagrees |" in as_markdown(line)
    assert "- **deep.deep_cost**: dW has shape (2, 3), expected (3, 2)" in as_markdown(line)


def test_nothing_is_left_of_a_verification_that_was_stopped(folder: Path) -> None:
    for path in ([], ["proof"]):
        with pytest.raises(KeyboardInterrupt), verification_log("proof"):
            raise KeyboardInterrupt
        assert [p.name for p in folder.glob("runs/*")] == path
        with verification_log("proof") as add:
            add(ABOUT, REPORT)
    assert len(lines(folder / "runs/proof")) == 2


# Wrong use


def make_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("")


def make_folder(path: Path) -> None:
    path.mkdir(parents=True)


def make_link(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("nowhere")


def make_run(path: Path) -> None:
    make_folder(path)
    (path / "config.json").write_text("{}")


def make_locked(path: Path) -> None:
    make_folder(path)
    (path / "verifications.jsonl").write_text("{}\n")
    lock = locked(path)
    LOCKS.callback(lock.release)


LOCKS = ExitStack()
BAD_LOGS = {
    "a training run": ("x", make_run, "--log x: runs/x is a training run; choose another name"),
    "a file": ("x", make_file, "--log x: runs/x exists and has no verifications.jsonl; choose another name"),
    "a folder": ("x", make_folder, "--log x: runs/x exists and has no verifications.jsonl"),
    "a dangling link": ("x", make_link, "--log x: runs/x exists and has no verifications.jsonl"),
    "in use": ("x", make_locked, "runs/x: another process is verifying in this folder; wait for it"),
    "upwards": ("../x", None, "--log '../x': expected letters, digits and . _ + = -"),
    "hidden": (".x", None, "--log '.x': expected letters"),
    "nothing": ("", None, "--log '': expected letters"),
    "too long": ("x" * 101, None, "at most 100"),
}


@pytest.mark.parametrize(("name", "make", "message"), BAD_LOGS.values(), ids=BAD_LOGS)
def test_a_log_that_cannot_be(
    name: str, make: Any, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if make:
        make(RUNS / name)
    before = sorted(folder.rglob("*"))
    with LOCKS:
        assert command("verify", "neuron", "--log", name) == 2
    out, err = capsys.readouterr()
    assert out == ""  # before any work is done
    assert message in err
    assert len(err.splitlines()) == 1
    assert sorted(folder.rglob("*")) == before


def test_the_second_of_two_processes_is_refused(folder: Path) -> None:
    with verification_log("proof") as add:
        assert add(ABOUT, REPORT) == 1
    with verification_log("proof") as add:
        with pytest.raises(UserError, match="another process is verifying"), verification_log("proof"):
            pass
        assert add(ABOUT, REPORT) == 2
    assert len(lines(folder / "runs/proof")) == 2


def test_two_processes_that_begin_one_log_both_add_to_it(folder: Path) -> None:
    with verification_log("proof") as one, verification_log("proof") as other:
        assert one(ABOUT, REPORT) == 1
        assert other(ABOUT, REPORT) == 2
    assert curve(logged(folder / "runs/proof"), "verification/worst error in u") == [(0, 7.25), (1, 7.25)]


def test_a_log_whose_name_a_training_run_has_taken_meanwhile(folder: Path) -> None:
    with verification_log("proof") as add:
        make_run(RUNS / "proof")
        with pytest.raises(UserError, match="runs/proof is a training run"):
            add(ABOUT, REPORT)
    assert [path.name for path in folder.rglob("*")] == ["runs", "proof", "config.json"]


FULL_DISKS = {
    "nothing fits": (0, 0, None),
    "half the line": (200, 1, None),
    "the line fits, the events do not": (900, 0, None),
    "the events fit, the lines do not": (20_000, 1, json.dumps({"formulas": [], "long": "x" * 50_000}) + "\n"),
}


@pytest.mark.parametrize(("limit", "earlier", "long"), FULL_DISKS.values(), ids=FULL_DISKS)
def test_a_full_disk_leaves_what_was_there(
    limit: int, earlier: int, long: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(earlier):
        with verification_log("proof") as add:
            add(ABOUT, REPORT)
    if long:
        (folder / "runs/proof/verifications.jsonl").write_text(long)
    before = contents(folder)
    with room_on_the_disk(limit):
        assert command("verify", "neuron", "--log", "proof") == 2
    err = capsys.readouterr().err
    assert err == "backproof: runs/proof: File too large; free space, or run where you may write\n"
    assert contents(folder) == before
    assert (folder / "runs").exists() == bool(earlier)


@contextmanager
def room_on_the_disk(limit: int) -> Iterator[None]:
    """No file can grow beyond so many bytes."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("damage", ["{", "[]\n", '{"formulas": 1}\n', "\xff\n"])
def test_a_log_that_is_damaged(damage: str, folder: Path) -> None:
    with verification_log("proof") as add:
        add(ABOUT, REPORT)
    path = folder / "runs/proof/verifications.jsonl"
    path.write_text(path.read_text() + damage, encoding="latin1")
    before = contents(folder)
    with pytest.raises(UserError, match=r"verifications.jsonl: line 2 is no"), verification_log("proof"):
        pytest.fail("the verification has begun")
    assert contents(folder) == before


def test_a_last_line_without_its_end_is_a_line(folder: Path) -> None:
    with verification_log("proof") as add:
        add(ABOUT, REPORT)
    path = folder / "runs/proof/verifications.jsonl"
    path.write_bytes(path.read_bytes().rstrip())
    for times in (2, 3):
        with verification_log("proof") as add:
            assert add(ABOUT, REPORT) == times
    assert [line["step"] for line in lines(folder / "runs/proof")] == [0, 1, 2]


def test_an_empty_log_is_begun(folder: Path) -> None:
    (folder / "runs/proof").mkdir(parents=True)
    (folder / "runs/proof/verifications.jsonl").touch()
    with verification_log("proof") as add:
        assert add(ABOUT, REPORT) == 1
    assert len(lines(folder / "runs/proof")) == 1


def test_a_log_with_a_link_is_refused(folder: Path) -> None:
    with verification_log("proof") as add:
        add(ABOUT, REPORT)
    (folder / "runs/proof/events.out.tfevents.1.x").symlink_to("/dev/null")
    with pytest.raises(UserError, match="found a link"), verification_log("proof"):
        pytest.fail("the verification has begun")


def test_a_kill_during_a_verification_leaves_nothing(folder: Path) -> None:
    with verification_log("proof") as add:
        assert list(folder.iterdir()) == []
        add(ABOUT, REPORT)
    with verification_log("proof"):
        assert [path.name for path in (folder / "runs").iterdir()] == ["proof"]


def test_a_place_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RUNS.write_text("")
    assert command("verify", "neuron", "--log", "proof") == 2
    assert capsys.readouterr() == (
        "",
        "backproof: runs: found a file, expected a folder; move it away, or run elsewhere\n",
    )
