"""Which engine trains, and from which parameters."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from backproof.errors import UserError
from reference_numpy.initialization import initialize_parameters

from .devices import prepare_device
from .engine import Arrays, Engine
from .options import Config


def make_engine(config: Config, parameters: Arrays, velocity: Arrays | None = None) -> Engine:
    """The engine that the options name, from these parameters on; UserError for CUDA where there is none."""
    start = {name: V.astype(config.dtype) for name, V in parameters.items()}
    moving = {name: V.astype(config.dtype) for name, V in (velocity or {}).items()}
    if config.engine == "numpy":
        from .numpy_engine import NumpyEngine

        return NumpyEngine(config, start, moving)
    from .torch_engine import TorchEngine

    return TorchEngine(config, start, moving, prepare_device(config.device))


def initial_parameters(config: Config, n_x: int) -> Arrays:
    """Parameters of [n_x, *layers, 1], drawn layer by layer from the legacy generator."""
    return initialize_parameters([n_x, *config.layers, 1], np.random.RandomState(config.seed), config.init)


@contextmanager
def enough_memory() -> Iterator[None]:
    """UserError where memory is short, which NumPy, torch on the CPU and torch on CUDA say each in a way of its own."""
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
