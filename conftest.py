"""Options and fixtures of the tests."""

import os
from pathlib import Path
from typing import Any

import pytest

# Small matrices, and workers that share the cores: two BLAS threads spin while they wait for each other.
# NumPy reads this when it is imported; what a test starts in a process of its own inherits it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

EVALUATED: dict[Any, Any] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", choices=("cpu", "cuda"), help="where the torch side runs")


def pytest_configure(config: pytest.Config) -> None:
    torch.set_num_threads(1)
    # what a test starts in a process of its own, wherever that runs, imports this checkout
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


@pytest.fixture
def device(request: pytest.FixtureRequest) -> str:
    """The device of the torch side; without one the test is skipped, or fails where PARITY_REQUIRE=cuda."""
    chosen = str(request.config.getoption("--device"))
    if chosen == "cuda":
        if torch.cuda.is_available():
            torch.backends.cuda.matmul.fp32_precision = "ieee"
        elif os.environ.get("PARITY_REQUIRE") == "cuda":
            pytest.fail("PARITY_REQUIRE=cuda, and torch finds no CUDA device")
        else:
            pytest.skip("torch finds no CUDA device")
    return chosen


@pytest.fixture
def evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the witnesses say of a row, asked once in a process: they are the dear part of a proof."""
    from parity_tests import verify

    right = verify.evaluate

    def once(case: Any, seed: int = 0, dtype: str = "float64", device: str = "cpu") -> Any:
        key = case.formula.id, seed, dtype, device
        if key not in EVALUATED:
            EVALUATED[key] = right(case, seed, dtype, device)
        return EVALUATED[key]

    monkeypatch.setattr(verify, "evaluate", once)


@pytest.fixture(scope="session")
def cats_folder() -> Path:
    """The folder of the course's cat pictures."""
    folder = os.environ.get("BACKPROOF_CATS")
    if not folder:
        pytest.skip("BACKPROOF_CATS does not name the folder of the cat pictures")
    return Path(folder)
