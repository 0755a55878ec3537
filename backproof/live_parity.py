"""The proof while a network learns: every hand-derived gradient against autograd's, on live parameters and a batch."""

import numpy as np

from parity_tests.compare import compare, distance_u
from parity_tests.noise import RandomRounding
from parity_tests.witnesses import to_torch
from reference_numpy._formula import without_door
from reference_numpy.deep import deep_cost, deep_gradients
from torch_impl.descent import backward
from torch_impl.layout import gradients_of, to_rows
from torch_impl.models import Network

from .config import Config
from .engine import Array, Arrays


def gradient_errors(config: Config, parameters: Arrays, X: Array, Y: Array) -> dict[str, float]:
    """Distance of each hand-derived gradient, "dW1", "db1", ..., from autograd's, norm-wise in u = 2^-53.

    X (n_x, m), Y (n_L, m). Both sides compute in float64 whatever is given, with the L2 term; infinity stands for a
    wrong shape or for a gradient that must be exactly zero and is not, NaN where nothing can be told: autograd's is not
    finite, or drowns in its own rounding noise, as near an optimum.
    """
    live = {name: V.astype(np.float64) for name, V in parameters.items()}
    X, Y = (np.asarray(V, dtype=np.float64) for V in (X, Y))
    with without_door(), np.errstate(all="ignore"):
        _, cache = deep_cost(X, Y, live, config.activation, config.output, config.loss, config.l2)
        claims = deep_gradients(Y, live, cache, config.activation, config.output, config.loss, config.l2)
    truth = _by_autograd(config, live, X, Y)
    found = {name: compare(name, V, claims[name]) for name, V in truth.items()}
    if any(comparison.verdict == "disagrees" for comparison in found.values()):
        with RandomRounding(0):
            moved = _by_autograd(config, live, X, Y)
        noise = {name: distance_u(V, moved[name]) for name, V in truth.items()}
        found = {name: compare(name, V, claims[name], noise_u=noise[name]) for name, V in truth.items()}
    return {name: np.nan if c.verdict == "no power" else c.error_u for name, c in found.items()}


def _by_autograd(config: Config, parameters: Arrays, X: Array, Y: Array) -> Arrays:
    network = Network.from_parameters(to_torch(parameters), config.activation, config.output, config.loss)
    backward(network, to_rows(to_torch(X)).contiguous(), to_rows(to_torch(Y)).contiguous(), config.l2)
    return {name: V.numpy() for name, V in gradients_of(network.linears).items()}
