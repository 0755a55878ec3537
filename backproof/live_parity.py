"""The proof while a network learns: every hand-derived gradient against autograd's, on the parameters of the moment."""

import numpy as np

from parity_tests.compare import distance_u
from parity_tests.witnesses import to_torch
from reference_numpy._formula import without_door
from reference_numpy.deep import deep_cost, deep_gradients
from torch_impl.descent import backward
from torch_impl.layout import gradients_of, to_rows
from torch_impl.models import Network

from .config import Config
from .engine import Array, Arrays


def gradient_errors(config: Config, parameters: Arrays, X: Array, Y: Array) -> dict[str, float]:
    """Norm-wise relative error, in u, of each hand-derived gradient {"dW1", "db1", ...} against autograd's, in float64.

    X (n_x, m) and Y (n_L, m) are a batch.
    """
    exact = {name: V.astype(np.float64) for name, V in parameters.items()}
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    options = config.activation, config.output, config.loss
    with without_door():
        _, cache = deep_cost(X, Y, exact, *options, config.l2)
        grads = deep_gradients(Y, exact, cache, *options, config.l2)
    network = Network.from_parameters(to_torch(exact, "cpu"), *options)
    backward(network, to_rows(to_torch(X, "cpu")), to_rows(to_torch(Y, "cpu")), config.l2)
    return {name: distance_u(V.numpy(), grads[name]) for name, V in gradients_of(network.linears).items()}
