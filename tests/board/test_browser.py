"""TensorBoard in a browser: a person who opens it sees the runs, their curves, their pictures and their options."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.command import command

from .browser import ABSENT, chromium, curves, installed, pictures, tensorboard, wait_for, wait_for_text

pytestmark = pytest.mark.browser
RATES = ("0.1", "0.03")
RUNS = [f"short-learning_rate={rate}" for rate in RATES]


@pytest.fixture(scope="module")
def page() -> Iterator[Chrome]:
    """A browser; where there is none the tests are skipped, or fail where BACKPROOF_BROWSER=required."""
    if not installed():
        (pytest.fail if os.environ.get("BACKPROOF_BROWSER") == "required" else pytest.skip)(ABSENT)
    with chromium() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep and a verification."""
    folder = tmp_path_factory.mktemp("board")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        short = ("train", "--engine", "numpy", "--iterations", "60", "--log-every", "5", "--parity-every", "20")
        assert command(*short, "--run", "short", "--sweep", f"learning_rate={','.join(RATES)}") == 0
        assert command("verify", "deep.hidden_dZ", "--log", "proof") == 0
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """TensorBoard."""
    with tensorboard(folder / "runs", fast=True) as address:
        yield address


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where the screenshots go."""
    folder = Path(os.environ.get("BACKPROOF_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_curves_of_the_runs(page: Chrome, address: str, shots: Path) -> None:
    page.get(f"{address}?smoothing=0&tagFilter=^cost/#timeseries")
    wait_for_text(page, "cost\n/train", "cost\n/test", *RUNS)
    wait_for(lambda: curves(page, "cost/train") > 0.5)
    page.save_screenshot(shots / "time-series.png")


def test_no_curve_is_seen_where_there_is_none(page: Chrome, address: str) -> None:
    page.get(f"{address}?runFilter=^none$&tagFilter=^cost/#timeseries")
    wait_for_text(page, "cost\n/train")
    wait_for(lambda: curves(page, "cost/train") == 0)


def test_the_proof_beside_the_cost(page: Chrome, address: str, shots: Path) -> None:
    page.get(f"{address}?smoothing=0&tagFilter=^(cost/train|parity/dW)#timeseries")
    wait_for_text(page, "parity\n/dW1", "cost\n/train", *RUNS)
    wait_for(lambda: curves(page, "parity/dW1") > 0.3)
    page.save_screenshot(shots / "proof.png")


def test_the_pictures(page: Chrome, address: str, shots: Path) -> None:
    page.get(f"{address}#images")
    wait_for_text(page, "pictures/", *RUNS)
    assert all(min(size) > 8 for size in wait_for(lambda: pictures(page)))
    page.save_screenshot(shots / "images.png")


def test_a_row_of_options_and_results_for_each_run(page: Chrome, address: str, shots: Path, folder: Path) -> None:
    page.get(f"{address}#hparams")
    seen = wait_for_text(page, "learning_rate", "accuracy/test", "cost/train", *RUNS).split("\n")
    for name, rate in zip(RUNS, RATES, strict=True):
        summary = json.loads((folder / "runs" / name / "summary.json").read_text())
        row = numbers(seen[seen.index(name) :][:12])
        for value in (float(rate), summary["cost"], summary["test_accuracy"]):
            assert any(number == pytest.approx(value, rel=1e-4) for number in row), value
    page.save_screenshot(shots / "hparams.png")


def numbers(texts: list[str]) -> list[float]:
    """Those that are numbers."""
    return [float(text) for text in texts if re.fullmatch(r"[\d.]+", text)]


def test_the_network_in_the_symbols_of_the_notes(page: Chrome, address: str, shots: Path) -> None:
    page.get(f"{address}#graphs")
    wait_for_text(page, "Main Graph", "layer_1", "layer_4", "A0", "J")
    page.save_screenshot(shots / "graph.png")


def test_equations_are_no_latex(page: Chrome, address: str) -> None:
    page.get(f"{address}#text&tagFilter=formulas")
    seen = wait_for_text(page, "σ(z) = 1/(1 + e⁻ᶻ)", "dW^[l] = 1/m dZ^[l] A^[l-1]ᵀ")
    assert "\\frac" not in seen


def test_a_verification_as_a_table(page: Chrome, address: str, shots: Path) -> None:
    page.get(f"{address}?verification#text&tagFilter=verification")
    wait_for_text(page, "deep.hidden_dZ", "planted mistakes caught on these very inputs")
    page.save_screenshot(shots / "verification.png")
