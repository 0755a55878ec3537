"""Where it is computed, and with how many threads."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from backproof.commands.train import train
from backproof.errors import UserError
from backproof.training import engines, loop
from backproof.training.config_files import read_json
from backproof.training.engines import VARIABLES, choose_threads, initial_parameters, prepare_device, with_threads
from tests.command import command
from tests.configs import SMALL, load, options, with_options


def test_cuda_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UserError, match="torch finds no CUDA device on this machine; use --device cpu"):
        prepare_device("cuda")


def test_the_seed_draws_the_weights() -> None:
    one, same, other = (initial_parameters(options(seed=seed), 64) for seed in (1, 1, 2))
    for l in range(1, 5):
        np.testing.assert_array_equal(one[f"W{l}"], same[f"W{l}"])
        assert not np.isclose(one[f"W{l}"], other[f"W{l}"]).any()


# Threads

DIGITS = load(options())


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of threads, on eight cores."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(engines, "available_cores", lambda: 8)
    return monkeypatch


@pytest.mark.parametrize(
    ("config", "threads"),
    [
        (options(), 1),
        (options(layers=(2000, 2000)), 4),
        (options(layers=(4000, 4000)), 8),
        (options(layers=(2000, 2000), batch_size=100), 1),
        (options(layers=(1000,)), 1),
        (options(layers=(2000, 1000)), 2),
    ],
    ids=["small", "for four", "larger than the cores", "large in small batches", "middling", "for two"],
)
def test_threads_suit_the_size_of_the_work(config: Any, threads: int, free: pytest.MonkeyPatch) -> None:
    assert choose_threads(config, DIGITS) == threads


def test_what_is_said_of_threads_comes_before_the_size(free: pytest.MonkeyPatch) -> None:
    free.setenv("OPENBLAS_NUM_THREADS", "5")
    assert choose_threads(options(), DIGITS) == 5
    free.setenv("OMP_NUM_THREADS", "3,2")  # of nested regions the first counts
    assert choose_threads(options(), DIGITS) == 3
    assert choose_threads(options(), DIGITS, recorded=2) == 2
    assert choose_threads(options(threads=4), DIGITS, recorded=2) == 4


@pytest.mark.parametrize("words", ["0", "-1", "many", "1e3", "99999", "9" * 5000])
def test_a_variable_that_is_no_number_of_threads(words: str, free: pytest.MonkeyPatch) -> None:
    free.setenv("OMP_NUM_THREADS", words)
    with pytest.raises(UserError, match=r"OMP_NUM_THREADS='.*expected a number of threads in \[1, 1024\]"):
        choose_threads(options(), DIGITS)


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_so_many_threads_compute_and_only_meanwhile() -> None:
    before = blas_threads(), torch.get_num_threads()
    with with_threads(2 if before[1] == 1 else 1):
        assert blas_threads() == {2 if before[1] == 1 else 1}
        assert torch.get_num_threads() == (2 if before[1] == 1 else 1)
    assert (blas_threads(), torch.get_num_threads()) == before


def test_a_run_keeps_the_threads_that_it_began_with(folder: Path, free: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []

    def noted(*args: Any) -> Any:
        seen.append(blas_threads())
        return loop.train(*args)

    free.setattr("backproof.commands.learning.train_network", noted)
    free.setenv("OMP_NUM_THREADS", "2")
    assert train(with_options(SMALL, iterations=5), "run", None, as_json=True) == 0
    free.setenv("OMP_NUM_THREADS", "1")
    assert command("train", "--resume", "run", "--iterations", "6", "--json") == 0
    assert command("train", "--resume", "run", "--iterations", "7", "--threads", "1", "--json") == 0
    assert seen == [{2}, {2}, {1}]
    saved = read_json("runs/run/config.json")
    assert saved["threads"] == 2
    assert ["threads" in entry for entry in saved["resumed"]] == [False, True]
    assert saved["resumed"][1]["threads"] == 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no affinity")
def test_cores_are_those_that_this_process_may_use() -> None:
    assert engines.available_cores() == len(os.sched_getaffinity(0))
