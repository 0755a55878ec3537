"""The benchmarks: peers do the same arithmetic as the engines, floors the products, and a page says what was missed."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import cuda, tables
from benchmarks.cases import NETWORKS, Case, drawn, engine, multiplications, numpy_floor, torch_floor
from benchmarks.measure import TRIES, Contestant, Ratio, in_turns, one_thread, quieter
from benchmarks.page import page
from benchmarks.peers import NEEDS, PEERS
from benchmarks.tables import Table, at_least, at_most
from tests import ROOT

CASES = (
    Case((6, 5, 4, 1), 20),
    Case((6, 1), 20, momentum=0.9),
    Case((6, 4, 1), 20, batch_size=8),
    Case((6, 4, 1), 20, dtype="float32", momentum=0.5),
)
STEPS = 5
ELSEWHERE = ("torch.compile", "JAX, jitted")  # the one compiles for long, the other must not be in a process that forks


def costs(step: Contestant) -> list[float]:
    return [float(np.asarray(step.call())) for _ in range(STEPS)]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("name", ["numpy", "torch", *(name for name in PEERS if name not in ELSEWHERE)])
def test_a_peer_does_the_same_arithmetic(name: str, case: Case) -> None:
    data = drawn(case)
    expected = costs(engine(case, "numpy", data))
    if name in ("numpy", "torch"):
        found = costs(engine(case, name, data))
    else:
        pytest.importorskip(NEEDS.get(name, "numpy"))
        peer = PEERS[name](case, data)
        if name == "scikit-learn":  # its start is its own
            assert peer.steps > 1
            assert 0.3 < float(np.asarray(peer.call())) < 2
            return
        found = costs(peer)
    assert len(set(expected)) == STEPS
    np.testing.assert_allclose(found, expected, rtol=1e-12 if case.dtype == "float64" else 1e-5)


def test_jax_does_the_same_arithmetic() -> None:
    if not find_spec("jax"):
        pytest.skip("JAX is not installed")
    code = """
from tests.benchmarks.test_benchmarks import CASES, PEERS, costs, drawn
print([costs(PEERS["JAX, jitted"](case, drawn(case))) for case in CASES])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    for case, found in zip(CASES, ast.literal_eval(run.stdout), strict=True):
        expected = costs(engine(case, "numpy", drawn(case)))
        np.testing.assert_allclose(found, expected, rtol=1e-12 if case.dtype == "float64" else 1e-5)


def test_the_data_are_left_as_they_were() -> None:
    case = CASES[0]
    data, again = drawn(case), drawn(case)
    for name in ("textbook NumPy", "torch loop"):
        costs(PEERS[name](case, data))
    for name, V in again.parameters.items():
        np.testing.assert_array_equal(data.parameters[name], V)


def test_the_floor_is_all_products_and_no_others() -> None:
    case = Case((6, 5, 4, 1), 20)
    for floor in (numpy_floor, torch_floor):
        floor(case, drawn(case)).call()
    assert multiplications(case) == 20 * (2 * 6 * 5 + 3 * 5 * 4 + 3 * 4)
    assert {str(case) for case in NETWORKS} == {"12288-20-7-5-1", "12288-7-1", "12288-1", "784-512-512-1", "2-4-1"}


def test_contestants_take_turns_and_the_order_is_reversed() -> None:
    called: list[str] = []
    ticks = count()
    contestants = {name: Contestant(lambda name=name: called.append(name), steps=2) for name in "ab"}  # type: ignore[misc]
    seconds = in_turns(contestants, 2, clock=lambda: float(next(ticks)))
    assert "".join(called) == "aabb" + "bbaa" + "aabb"
    assert seconds["a"].tolist() == seconds["b"].tolist() == [0.5]


def test_what_is_not_quiet_is_repeated_and_the_quietest_try_counts() -> None:
    called: list[int] = []
    durations = iter([1.0, *(1, 9, 5, 9), *(1, 1.5, 9, 9), *(1, 2, 9, 9)])
    now = [0.0]

    def clock() -> float:
        return now[0]

    def call() -> None:
        called.append(1)
        now[0] += next(durations) if len(called) % 2 == 0 else 0.0  # the first of a turn is not timed

    found = in_turns({"a": Contestant(call)}, 4, clock)
    assert len(called) == 2 + TRIES * 2 * 4
    assert found["a"].tolist() == [1, 1.5]


def test_turns_in_which_all_took_long_are_left_out() -> None:
    seconds = {"a": np.array([1.0, 3, 1.1, 1, 9]), "b": np.array([2.0, 6, 2, 2.1, 2])}
    found = quieter(seconds)
    assert found["a"].tolist() == [1, 1.1, 1]
    assert found["b"].tolist() == [2, 2, 2.1]


def test_one_thread_means_one() -> None:
    torch = pytest.importorskip("torch")
    with one_thread():
        assert torch.get_num_threads() == 1


def test_a_ratio_has_its_quartiles() -> None:
    ratio = Ratio.of(np.array([1.0, 2, 3, 4, 5]), np.ones(5))
    assert ratio == (3, 2, 4)
    assert str(ratio) == "3 (2 to 4)"


RATIOS = {"one": Ratio(1.1, 1.0, 1.2), "two": Ratio(1.3, 1.2, 1.4)}


def test_a_claim_is_held_against_the_worst() -> None:
    assert at_most(RATIOS, "x", 1.3, "").met
    assert not at_most(RATIOS, "x", 1.2, "").met
    assert at_least(RATIOS, "x", 1.1, "").met
    assert not at_least(RATIOS, "x", 1.2, "").met
    assert at_most(RATIOS, "x", 1.2, "").measured == "1.3 (1.2 to 1.4) at worst, on two"
    assert at_least(RATIOS, "x", 1.2, "").measured == "1.1 (1 to 1.2) at worst, on one"


def test_the_page_says_what_was_missed_and_why() -> None:
    claims = (at_most(RATIOS, "steps", 1.2, "it is slow"), at_most(RATIOS, "others", 2, "not said"))
    text = page({"made_up": Table("Made up", "Words.", ("a", "b"), [("1", "2")], claims=claims)}, "make bench")
    assert "| steps | <= 1.2 | 1.3 (1.2 to 1.4) at worst, on two | **not met** |" in text
    assert "- steps: it is slow." in text
    assert "not said" not in text
    assert "## Made up\n\nWords.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |" in text


def test_every_benchmark_has_its_section_on_the_page() -> None:
    pytest.importorskip("benchmarks.__main__")
    written = (ROOT / "docs/benchmarks.md").read_text()
    for name in ("floor", "peers", "proof"):
        assert name in tables.BENCHMARKS
        assert f"](benchmarks/{name}.svg)" in written


def test_make_cuda_without_a_gpu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert cuda.main() == 2
    assert capsys.readouterr().err == "make cuda: torch finds no CUDA device on this machine\n"


def test_make_cuda_writes_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def run(command: Any, **options: Any) -> Any:
        asked.append((command, options["env"]["PARITY_REQUIRE"]))
        return type("Run", (), {"stdout": "...\n3 passed in 1 s\n", "returncode": 0})

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr(cuda, "subprocess", type("subprocess", (), {"run": run}))
    monkeypatch.setattr(cuda, "prepare_device", lambda device: "cpu")
    monkeypatch.setattr(cuda, "describe_device", lambda device: "cuda: a GPU")
    monkeypatch.setattr(cuda, "NETWORKS", [Case((4, 3, 1), 5)])
    monkeypatch.setattr(cuda, "PAGE", tmp_path / "cuda.md")
    assert cuda.main() == 0
    ((command, required),) = asked
    assert command[0] == sys.executable
    assert command[3:5] == ["--device", "cuda"]
    assert required == "cuda"
    assert all((ROOT / path).exists() for path in cuda.TESTS)
    written = (tmp_path / "cuda.md").read_text()
    assert "on cuda: a GPU." in written
    assert "Tests with `--device cuda`: 3 passed in 1 s." in written
    assert "| 4-3-1, float32 | " in written
