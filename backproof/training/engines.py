"""Which engine trains, from which parameters, on which device, with how many threads."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from backproof.data.sets import Dataset
from backproof.data.stream import Stream
from backproof.errors import UserError
from reference_numpy.initialization import initialize_parameters

from .engine import Array, Arrays, Engine
from .options import THREADS, Config

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
PER_THREAD = 4e9  # multiplications of a step that are worth a thread: see docs/benchmarks.md


def make_engine(
    config: Config,
    parameters: Arrays,
    velocity: Arrays | None = None,
    examples: Array | None = None,
    stream: Stream | None = None,
) -> Engine:
    """Return the engine that the options name, from these parameters on; UserError for CUDA where there is none.

    `examples` (n_x, m) are those that it will learn, without which --first-layer gram cannot be.
    """
    start = {name: V.astype(config.place.dtype) for name, V in parameters.items()}
    moving = {name: V.astype(config.place.dtype) for name, V in (velocity or {}).items()}
    if stream is not None:
        from .ranks.group import ALONE
        from .ranks.streamed import StreamedEngine

        return StreamedEngine(config, start, moving, prepare_device(config.place.device), ALONE, stream)
    if config.place.first_layer == "gram":
        if examples is None:
            raise ValueError("make_engine: no examples, expected those that are learned: --first-layer gram needs them")
        if config.place.engine == "numpy":
            from .gram.numpy_engine import GramNumpyEngine

            return GramNumpyEngine(config, start, moving, examples)
        from .gram.torch_engine import GramTorchEngine

        return GramTorchEngine(config, start, moving, prepare_device(config.place.device), examples)
    if config.place.engine == "numpy":
        from .numpy_engine import NumpyEngine

        return NumpyEngine(config, start, moving)
    from .torch_engine import TorchEngine

    return TorchEngine(config, start, moving, prepare_device(config.place.device))


def initial_parameters(config: Config, n_x: int) -> Arrays:
    """Return parameters of [n_x, *layers, 1], drawn layer by layer from the legacy generator."""
    layers = [n_x, *config.network.layers, 1]
    return initialize_parameters(layers, np.random.RandomState(config.descent.seed), config.network.init)


def prepare_device(device: str) -> str:
    """Return the device, `auto` resolved; on CUDA matrix products are in full precision, not TF32.

    Raises UserError for CUDA where there is none.
    """
    if device == "cpu":
        return device
    import torch

    if not torch.cuda.is_available():
        if device == "auto":
            return "cpu"
        raise UserError("--device cuda: torch finds no CUDA device on this machine; use --device cpu")
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    return "cuda"


def describe_device(device: str) -> str:
    """Return the device for people: the name of a GPU, or `cpu`."""
    if device != "cuda":
        return device
    import torch

    return f"cuda: {torch.cuda.get_device_name()}"


def choose_threads(config: Config, dataset: Dataset, recorded: int | None = None) -> int:
    """Return how many threads compute: as the option says, or as the run began, or the environment, or by the sizes.

    Small products wait for threads longer than they compute, above all where other processes want the cores.
    Raises UserError for a variable of the environment that is no number of threads.
    """
    if config.place.threads is not None:
        return config.place.threads
    if recorded is not None:
        return recorded
    for name in VARIABLES:
        if words := os.environ.get(name, "").partition(",")[0].strip():
            if not (words.isdecimal() and len(words) < 5 and int(words) in THREADS):
                raise UserError(f"{name}={words!r:.100}: expected a number of threads in {THREADS}")
            return int(words)
    m = config.descent.batch_size or dataset.m
    layers = [len(dataset.train.X), *config.network.layers, 1]
    products = 3 * m * sum(n_prev * n for n_prev, n in pairwise(layers))
    return int(min(max(1, products // PER_THREAD), available_cores()))


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def with_threads(threads: int) -> Iterator[None]:
    """Let NumPy's BLAS and, where it is in use, torch compute with so many threads."""
    with threadpool_limits(threads, user_api="blas"):
        torch = sys.modules.get("torch")
        before = torch.get_num_threads() if torch else 0
        try:
            if torch:
                torch.set_num_threads(threads)
            yield
        finally:
            if torch:
                torch.set_num_threads(before)


@contextmanager
def enough_memory() -> Iterator[None]:
    """Raise UserError where memory is short, which NumPy, torch on the CPU and torch on CUDA each say differently."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        words = f": {error}".splitlines()[0].rstrip(": ")[:200]
        by_torch = type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in words
        if not (by_torch or isinstance(error, MemoryError)):
            raise
        raise UserError(
            f"out of memory{words}; give smaller --layers or less data, or run where more is free"
        ) from None
