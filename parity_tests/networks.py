"""Whole networks on given pictures: every hand-derived gradient against torch's nn.Module and its autograd."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference_numpy.deep import deep_cost, deep_gradients
from reference_numpy.initialization import initialize_parameters
from shapes.names import parse_name
from torch_impl.layout import gradients_of, to_rows
from torch_impl.models import Network

from .blame import Result
from .compare import compare
from .witnesses import to_torch

ARCHITECTURES: Mapping[str, tuple[int, ...]] = {
    "logistic": (1,),
    "shallow": (7, 1),
    "deep": (20, 7, 5, 1),
}


def verify_network(
    name: str, kind: str, X: Any, Y: Any, seed: int = 0, dtype: str = "float64", device: str = "cpu"
) -> Result:
    """Return the verdict on the cost and all gradients of one architecture, on pictures X (n_x, m), labels Y (1, m)."""
    result = Result(f"pictures.{name}_{kind}", "pictures", ("torch",))
    layers = [len(X), *ARCHITECTURES[kind]]
    drawn = initialize_parameters(layers, np.random.RandomState(seed), "scaled")
    rng = np.random.default_rng(seed)
    parameters = {
        k: (V + rng.standard_normal(V.shape) * (not parse_name(k).is_weight)).astype(dtype) for k, V in drawn.items()
    }
    X, Y = X.astype(dtype), Y.astype(dtype)
    J, cache = deep_cost(X, Y, parameters)
    claims = {"J": J} | deep_gradients(Y, parameters, cache)
    network = Network.from_parameters(to_torch(parameters, device))
    cost = network.cost(to_rows(to_torch(X, device)), to_rows(to_torch(Y, device)))
    cost.backward()
    truth = {"J": cost.detach()} | gradients_of(network.linears)
    context = f"{len(Y.T)} pictures, layers {layers}"
    for key, V in truth.items():
        result.add(0, "torch", compare(key, V.cpu().numpy(), claims[key], dtype), context)
    return result
