"""Options and fixtures of the tests."""

import gc
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Small matrices, and workers that share the cores: two BLAS threads spin while they wait for each other.
# NumPy reads this when it is imported; what a test starts in a process of its own inherits it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

from tests.sharing import shared_by

EVALUATED: dict[Any, Any] = {}
ASKED: dict[Any, Any] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", choices=("cpu", "cuda"), help="where the torch side runs")


def pytest_configure(config: pytest.Config) -> None:
    torch.set_num_threads(1)
    # what a test starts in a process of its own, wherever that runs, imports this checkout
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


def pytest_collection_finish() -> None:
    """Leave what was imported to itself: it is not looked through for garbage again, here and in what is forked."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests that share something to one of the workers, where nothing else was asked for."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = shared_by
    return scheduler


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: at the end one worker would have them alone."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


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


@pytest.fixture(scope="session", autouse=True)
def witnesses_asked_once() -> Iterator[None]:
    """The complex step, the traced NumPy and the noise of rounding are asked once for the same values in a process.

    They see the code of a formula and what it computes on a sample: a formula that a test breaks is asked anew.
    """
    from parity_tests import truth

    def once(witness: Callable[..., Any]) -> Callable[..., Any]:
        def ask(formula: Any, sample: Any, *more: Any) -> Any:
            try:
                results = truth.run_forward(formula, sample, random=False)
                values = pickle.dumps((witness.__name__, formula.id, sample, results, more))
            except Exception:  # what cannot be run cannot be kept
                return witness(formula, sample, *more)
            key = formula.function.__code__, values
            if key not in ASKED:
                ASKED[key] = witness(formula, sample, *more)
            return ASKED[key]

        return ask

    with pytest.MonkeyPatch.context() as patch:
        for name in ("complex_witness", "numpy_witness", "rounding_noise_u"):
            patch.setattr(truth, name, once(getattr(truth, name)))
        yield


@pytest.fixture
def evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the witnesses say of a row, asked once in a process: they are the dear part of a proof."""
    from backproof.commands import verify as command
    from parity_tests import verify

    right = verify.evaluate

    def once(case: Any, seed: int = 0, dtype: str = "float64", device: str = "cpu") -> Any:
        key = case.formula.id, seed, dtype, device
        if key not in EVALUATED:
            EVALUATED[key] = right(case, seed, dtype, device)
        return EVALUATED[key]

    for module in (verify, command):
        monkeypatch.setattr(module, "evaluate", once)


@pytest.fixture(scope="session")
def cats_folder() -> Path:
    """The folder of the course's cat pictures."""
    folder = os.environ.get("BACKPROOF_CATS")
    if not folder:
        pytest.skip("BACKPROOF_CATS does not name the folder of the cat pictures")
    return Path(folder)
