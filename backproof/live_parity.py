"""The proof while a network learns: every hand-derived gradient against autograd's, on live parameters and a batch."""

import numpy as np

from parity_tests.compare import compare
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
    wrong shape or for a gradient that must be exactly zero and is not, NaN where autograd's is not finite.
    """
    live = {name: V.astype(np.float64) for name, V in parameters.items()}
    X, Y = (np.asarray(V, dtype=np.float64) for V in (X, Y))
    with without_door(), np.errstate(all="ignore"):
        _, cache = deep_cost(X, Y, live, config.activation, config.output, config.loss, config.l2)
        claims = deep_gradients(Y, live, cache, config.activation, config.output, config.loss, config.l2)
    network = Network.from_parameters(to_torch(live), config.activation, config.output, config.loss)
    backward(network, to_rows(to_torch(X)).contiguous(), to_rows(to_torch(Y)).contiguous(), config.l2)
    truth = gradients_of(network.linears)
    return {name: compare(name, V.numpy(), claims[name]).error_u for name, V in truth.items()}
