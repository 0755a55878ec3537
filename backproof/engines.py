"""Which engine trains, and from which parameters."""

import numpy as np

from reference_numpy.initialization import initialize_parameters

from .config import Config
from .devices import prepare_device
from .engine import Arrays, Engine


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
