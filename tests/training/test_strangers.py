"""Run folders from strangers: nothing is written through a link, and a run that is refused is left as it is."""

import json
import math
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from backproof.commands.train import train
from backproof.errors import UserError
from backproof.files import locked, open_to_append, write_atomically
from backproof.training import runs
from tests.commands.preparations import state_of
from tests.configs import SMALL, with_options

from .children import SERVER
from .trained import first_checkpoint

SECRET = b"something else\n"
SHORT = with_options(SMALL, iterations=20, board=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run."""
    where = tmp_path_factory.mktemp("finished")
    with chdir(where):
        assert train(SHORT, "r", None, as_json=True) == 0
    return where


@pytest.fixture
def run(finished: Path, folder: Path) -> Path:
    """That run in a folder of its own, beside a file that is nobody's business."""
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    (folder / "outside").mkdir()
    (folder / "outside/secret").write_bytes(SECRET)
    return folder / "runs/r"


def resume(iterations: int = 25) -> int:
    return train(with_options(SHORT, iterations=iterations), None, "r", as_json=True)


def outside(run: Path) -> dict[str, bytes | None]:
    return state_of(run.parents[1] / "outside")


NAMES = [
    "metrics.jsonl",
    "model.h5",
    "best.h5",
    "summary.json",
    "config.json",
    ".lock",
    ".model.h5.new",
    ".config.json.new",
    ".summary.json.new",
    "projector_config.pbtxt",
    "00000",
    "00000/last_hidden_layer/tensors.tsv",
    "events.out.tfevents.9999999999.host",
    "whatever",
]


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
@pytest.mark.parametrize("name", NAMES)
def test_a_link_in_a_run_is_refused(name: str, link: Callable[..., None], run: Path) -> None:
    path = run / name
    target = run.parents[1] / "outside/secret"
    if path.is_file() and name in ("config.json", "model.h5"):  # its content is right, and still it is a link
        target.write_bytes(path.read_bytes())
    if name == "00000":
        if link is os.link:
            pytest.skip("a folder has no hard links")
        path.rename(run.parents[1] / "outside/00000")
        target = run.parents[1] / "outside/00000"
    path.unlink(missing_ok=True)
    link(target, path)
    before = outside(run), state_of(run)
    with pytest.raises(UserError, match="found a link, expected a file of its own"):
        resume()
    assert (outside(run), state_of(run)) == before


def test_a_special_file_in_a_run_is_refused(run: Path) -> None:
    (run / "metrics.jsonl").unlink()
    os.mkfifo(run / "metrics.jsonl")
    with pytest.raises(UserError, match="found a special file"):
        resume()


def test_a_file_that_becomes_a_link_later_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "metrics").symlink_to("secret")
    with pytest.raises(OSError, match="symbolic links"):
        open_to_append(tmp_path / "metrics")
    os.link(tmp_path / "secret", tmp_path / "hard")
    with pytest.raises(OSError, match="found a link or a special file"):
        open_to_append(tmp_path / "hard")
    write_atomically(tmp_path / "metrics", b"new")
    assert (tmp_path / "secret").read_bytes() == SECRET
    assert not (tmp_path / "metrics").is_symlink()


def test_a_temporary_file_has_a_name_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    right = os.open

    def noted(path: Any, flags: int, *args: Any) -> int:
        if str(path).endswith(".new"):
            names.append(Path(path).name)
            assert flags & os.O_EXCL
        return right(path, flags, *args)

    monkeypatch.setattr(os, "open", noted)
    for _ in range(2):
        write_atomically(tmp_path / "file", b"x")
    assert len(set(names)) == 2


def test_more_files_than_a_run_has_are_refused(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backproof.files.MOST_ENTRIES", 5)
    with pytest.raises(UserError, match="found more than 5 files"):
        resume()


# A refused resume

REFUSALS: dict[str, Callable[[Path], object]] = {
    "metrics are a folder": lambda run: as_folder(run / "metrics.jsonl"),
    "threads in words": lambda run: say(run, "threads", "two"),
    "no threads": lambda run: say(run, "threads", 0),
    "true threads": lambda run: say(run, "threads", True),
    "model of zeros": lambda run: (run / "model.h5").write_bytes(bytes(1000)),
    "resumed in words": lambda run: say(run, "resumed", "often"),
}


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def say(run: Path, name: str, value: Any) -> None:
    saved = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(saved | {name: value}))


@pytest.mark.parametrize("spoil", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_resume_changes_nothing(spoil: Callable[[Path], object], run: Path) -> None:
    spoil(run)
    before = state_of(run)
    with pytest.raises((UserError, ValueError)):
        resume()
    assert state_of(run) == before


def test_metrics_too_large_to_be_any_are_refused(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MAX_METRICS", 100)
    before = state_of(run)
    with pytest.raises(UserError, match="bytes, expected at most 100; move it away to go on without"):
        resume()
    assert state_of(run) == before


def test_a_resume_that_cannot_write_adds_no_resumption(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "write_atomically", full)
    before = (run / "config.json").read_bytes(), (run / "metrics.jsonl").read_bytes()
    with pytest.raises(UserError, match="No space left"):
        resume()
    assert ((run / "config.json").read_bytes(), (run / "metrics.jsonl").read_bytes()) == before


def test_a_killed_resume_leaves_no_summary_that_says_finished(run: Path) -> None:
    process = SERVER.Process(target=killed_at_once, args=(str(run.parents[1]),))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert not (run / "summary.json").exists()


def killed_at_once(folder: str) -> None:
    os.chdir(folder)
    runs.RunFolder.__init__ = lambda *args: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    resume()


# Odd lines


FIGURES = {"iteration": 1, "cost": 1.0, "train_accuracy": 1, "test_cost": 1, "test_accuracy": 1, "gradient_norm": 1}
ODD = ("{", "[1]", '{"iteration": "3"}', '{"iteration": 3, "cost": "1"}', '{"iteration": 1}', "\x00\x1b[2J", "")
FORGED: tuple[dict[str, Any], ...] = (
    {"iteration": -5},
    {"iteration": True},
    {"cost": None},
    {"cost": math.nan},
    {"test_cost": 10**400},
    {"seconds": [1]},
)


@pytest.mark.parametrize("odd", [*ODD, *(json.dumps(FIGURES | {"seconds": 1} | forged) for forged in FORGED)])
def test_an_odd_line_costs_no_other(odd: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    (run / "metrics.jsonl").write_text("\n".join([*lines[:2], odd, *lines[2:]]) + "\n")
    assert resume() == 0
    now = (run / "metrics.jsonl").read_text().split("\n")
    assert now[: len(lines)] == [*lines[:2], odd, *lines[2:-1]]  # the last was logged after the last checkpoint
    assert "runs/r/metrics.jsonl: line 3 is no record, and stays as it is" in capsys.readouterr().err


# Drafts


def test_a_draft_of_a_process_that_is_gone_is_removed(folder: Path) -> None:
    gone, working, other = (folder / "runs" / name for name in (f".{'a' * 16}.draft", f".{'b' * 16}.draft", ".mine"))
    for path in (gone, working, other):
        path.mkdir(parents=True)
        (path / "model.h5").write_bytes(b"")
    lock = locked(working)
    assert train(SHORT, "r", None, as_json=True) == 0
    lock.release()
    assert {path.name for path in (folder / "runs").iterdir()} == {"r", working.name, other.name}


def test_what_a_kill_leaves_of_a_new_run_is_gone_with_the_next(folder: Path) -> None:
    process = SERVER.Process(target=killed_before_publishing, args=(str(folder),))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    (draft,) = (folder / "runs").iterdir()
    assert runs.DRAFT.fullmatch(draft.name)
    assert train(SHORT, "r", None, as_json=True) == 0
    assert [path.name for path in (folder / "runs").iterdir()] == ["r"]


def killed_before_publishing(folder: str) -> None:
    os.chdir(folder)
    runs.publish = lambda *args: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    train(SHORT, "r", None, as_json=True)


def test_temporary_files_of_a_kill_are_gone_with_the_next_resume(run: Path) -> None:
    left = run / f".model.h5.{'0' * 16}.new"
    left.write_bytes(first_checkpoint(SMALL)[:100])
    (run / ".notes.new").write_text("mine")
    assert resume() == 0
    assert not left.exists()
    assert (run / ".notes.new").read_text() == "mine"


# The clock


def test_a_clock_that_was_set_back_hides_no_curve(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    assert resume(30) == 0
    assert resume(35) == 0
    names = sorted(path.name for path in run.glob("events.*"))
    stamps = [int(name.split(".")[3]) for name in names]
    assert stamps == [stamps[0], stamps[0] + 1, stamps[0] + 2]
    assert all(name.endswith(f".{socket.gethostname()}") for name in names[1:])
    from tests.board.reading import read

    assert [event.step for event in read(run).Scalars("cost/train")] == [*range(0, 35, 3), 35]
