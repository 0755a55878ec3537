"""Several processes train what one would: equal, unequal and empty shards; they fail together and go on together."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from backproof.commands.train import LOST, train
from backproof.errors import UserError
from backproof.training.options import Config
from backproof.training.ranks.group import ALONE, parts, told_by_torchrun
from backproof.training.ranks.session import refuse_other_engines
from tests.configs import options, with_options

from .children import wait_for
from .processes import TORCHRUN, distances, started, torchrun, trained_by

SAME = 1e-12
SMALL = options("flower", device="cpu", iterations=200, log_every=20, learning_rate=0.1, momentum=0.9, l2=0.3)
BATCHES = with_options(SMALL, batch_size=90)
DIGITS = options(
    "digits", device="cpu", first_layer="direct", iterations=200, log_every=20, learning_rate=0.05, activation=("tanh",)
)
LONG = with_options(SMALL, iterations=10**6, log_every=100, checkpoint_every=100)


def one(folder: Path, config: Config) -> Path:
    assert train(config, "one", None, as_json=True) == 0
    return folder / "runs/one"


def check_same(folder: Path, config: Config, world: int, shares: tuple[int, ...] = ()) -> None:
    expected = one(folder, config)
    assert trained_by(world, folder, config, "many", False, shares) == [0] * world, (folder / "error0").read_text()
    assert max(distances(expected, folder / "runs/many")) < SAME


def test_parts_are_each_example_once() -> None:
    for m, shares in ((9, (1, 1)), (10, (1, 1, 1, 1)), (7, (3, 0, 1)), (2, (1, 1, 1)), (0, (1, 1))):
        found = parts(m, shares)
        assert [i for part in found for i in range(m)[part]] == list(range(m))
    assert [part.stop - part.start for part in parts(12, (4, 0, 2))] == [8, 0, 4]
    assert ALONE.part(5) == slice(0, 5)


def test_three_processes_one_of_them_idle(folder: Path) -> None:
    check_same(folder, BATCHES, 3, (3, 0, 1))
    told = json.loads((folder / "output0").read_text())
    assert told["run"] == "runs/many"
    assert told["status"] == "finished"
    for rank in (1, 2):
        assert (folder / f"output{rank}").read_text() == ""
        assert (folder / f"error{rank}").read_text() == ""
    about = json.loads((folder / "runs/many/config.json").read_text())["processes"]
    assert (about["number"], about["machines"], about["backend"]) == (3, 1, "gloo")
    assert about["interface"]


@pytest.mark.minutes
@pytest.mark.parametrize("config", [SMALL, BATCHES, DIGITS, with_options(DIGITS, batch_size=100, momentum=0.0)])
@pytest.mark.parametrize(
    ("world", "shares"),
    [(1, ()), (2, ()), (3, ()), (4, ()), (2, (180, 29)), (3, (5, 1, 2)), (4, (1, 0, 2, 1)), (2, (0, 1))],
)
def test_as_one_process(world: int, shares: tuple[int, ...], config: Config, folder: Path) -> None:
    check_same(folder, config, world, shares)


@pytest.mark.minutes
@pytest.mark.parametrize("loss", [{"loss": "squared_error"}, {"layers": ()}])
def test_other_networks(loss: dict[str, str], folder: Path) -> None:
    check_same(folder, with_options(DIGITS, **loss, l2=0.5), 3)


@pytest.mark.minutes
def test_a_run_goes_on_with_another_number_of_processes(folder: Path) -> None:
    expected = one(folder, with_options(BATCHES, iterations=60))
    assert trained_by(2, folder, with_options(BATCHES, iterations=30), "many") == [0, 0]
    assert train(with_options(BATCHES, iterations=45), None, "many", as_json=True) == 0
    assert trained_by(1, folder, with_options(BATCHES, iterations=60), "many", resume=True) == [0]
    resumed = json.loads((folder / "runs/many/config.json").read_text())["resumed"]
    assert [entry["processes"] and entry["processes"]["number"] for entry in resumed] == [None, 1]
    assert max(list(distances(expected, folder / "runs/many"))[:-1]) < SAME  # the curves have ends of their own


def test_a_mistake_is_told_once_and_ends_all(folder: Path) -> None:
    assert trained_by(2, folder, with_options(SMALL, engine="numpy"), "many") == [2, 2]
    words = (folder / "error0").read_text()
    assert words.startswith("--engine numpy under torchrun: it computes by hand in one process")
    assert not (folder / "runs").exists()


@pytest.mark.minutes
def test_parity_over_all_shards(folder: Path) -> None:
    config = with_options(BATCHES, iterations=20, board=True, parity_every=5)
    assert trained_by(2, folder, config, "many", False, (2, 1)) == [0, 0], (folder / "error0").read_text()


def lost(folder: Path, rank: int, how: int, patience: int) -> tuple[list[int | None], float]:
    """Exit statuses after something happens to one process of three, and the seconds until the others have ended."""
    processes = started(folder, LONG, 3, "many", None, (), patience)
    wait_for(folder / "runs/many", processes[0])
    time.sleep(1)
    pid = processes[rank].pid
    assert pid is not None
    os.kill(pid, how)
    began = time.monotonic()
    others = [process for r, process in enumerate(processes) if r != rank]
    for process in others:
        process.join(60)
    seconds = time.monotonic() - began
    processes[rank].kill()
    return [process.exitcode for process in others], seconds


@pytest.mark.minutes
@pytest.mark.parametrize("rank", [0, 2])
def test_a_killed_process_ends_all(rank: int, folder: Path) -> None:
    statuses, seconds = lost(folder, rank, signal.SIGKILL, 300)
    assert statuses == [LOST, LOST]
    assert seconds < 60
    for other in {0, 1, 2} - {rank}:
        words = (folder / f"error{other}").read_text()
        assert f"process {other} of 3 ends: another process is gone" in words
        assert "go on with: torchrun ... -m backproof train --resume many" in words


@pytest.mark.minutes
def test_a_process_that_hangs_ends_all_when_patience_does(folder: Path) -> None:
    statuses, _ = lost(folder, 1, signal.SIGSTOP, 5)
    assert statuses == [LOST, LOST]
    assert "another process has not answered for 5 s" in "".join((folder / f"error{r}").read_text() for r in (0, 2))


WORDS = ("--data", "flower", "--device", "cpu", "--iterations", "20", "--no-board")


@pytest.mark.minutes
def test_torchrun_itself(folder: Path) -> None:
    run = torchrun(folder, 2, "backproof", "train", *WORDS, "--name", "named")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("runs/named") == 1
    assert "2 processes by gloo over" in run.stderr
    run = torchrun(folder, 2, "--", "backproof", "train", *WORDS, "--run", "old")
    assert run.returncode == 0, run.stderr
    assert (folder / "runs/old/summary.json").exists()
    run = torchrun(folder, 3, "backproof", "train", "--resume", "old", "--iterations", "40")
    assert run.returncode == 0, run.stderr
    run = torchrun(folder, 2, "backproof", "train", *WORDS, "--name", "named")
    assert run.returncode != 0
    assert run.stderr.count("runs/named: exists already") == 1


@pytest.mark.minutes
def test_torchrun_when_a_process_is_killed(folder: Path) -> None:
    words = ("backproof", "train", "--data", "flower", "--device", "cpu", "--iterations", "1000000", "--no-board")
    command = [*TORCHRUN, "--nproc-per-node", "2", "-m", *words, "--name", "long", "--log-every", "100"]
    with (folder / "all").open("w") as output:
        agent = subprocess.Popen(command, cwd=folder, stderr=output, stdout=output)
        limit = time.monotonic() + 120
        while not (folder / "runs/long").exists() and time.monotonic() < limit:
            time.sleep(0.1)
        time.sleep(2)
        children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)
        assert agent.wait(60) != 0
    words_said = (folder / "all").read_text()
    assert "backproof: process" in words_said
    assert "go on with: torchrun ... -m backproof train --resume long" in words_said


def test_torchrun_takes_none_of_our_options_for_its_own() -> None:
    from torch.distributed.run import get_args_parser

    from backproof.training.options import flag, known

    theirs = [option for action in get_args_parser()._actions for option in action.option_strings]
    ours = [*(flag(name) for name in known()), "--name", "--resume", "--config", "--sweep", "--shares", "--patience"]
    ours += ["--json", "--no-board", "--no-keep-best"]
    assert not [option for option in ours if any(other.startswith(option) for other in theirs)]
    assert any(other.startswith("--run") for other in theirs)


TOLD = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "GROUP_WORLD_SIZE": "1", "MASTER_PORT": "29500"}
NONSENSE = {
    "a letter": ({"RANK": "a"}, "RANK='a': expected an integer from 0 to 1000000, as torchrun sets it"),
    "another alphabet": ({"LOCAL_RANK": "٣"}, "LOCAL_RANK='٣': expected an integer"),
    "nobody": ({"WORLD_SIZE": "0"}, "WORLD_SIZE='0': expected an integer from 1 to 1000000"),
    "nothing": ({"GROUP_WORLD_SIZE": ""}, "GROUP_WORLD_SIZE='': expected an integer"),
    "a port too high": ({"MASTER_PORT": "65536"}, "MASTER_PORT='65536': expected an integer from 1 to 65535"),
    "too many letters": ({"WORLD_SIZE": "1" * 5000}, "expected an integer from 1 to 1000000"),
    "one too many": ({"RANK": "2"}, "RANK=2: expected less than WORLD_SIZE=2"),
}


@pytest.mark.parametrize(("changed", "message"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_the_place_of_what_torchrun_says(changed: dict[str, str], message: str) -> None:
    assert told_by_torchrun(TOLD) == (0, 2, 1)
    with pytest.raises(UserError, match=message):
        told_by_torchrun(TOLD | changed)


IN_ONE = {
    "gram": ({"first_layer": "gram"}, "--first-layer gram under torchrun: "),
    "proof": ({"prove": True}, "--prove under torchrun: the gradient is a sum over all processes"),
}


@pytest.mark.parametrize(("changed", "message"), IN_ONE.values(), ids=IN_ONE)
def test_what_one_process_alone_can_do(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        refuse_other_engines(options("flower", **changed))
