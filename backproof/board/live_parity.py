"""The proof while a network learns: every hand-derived gradient against autograd's, on live parameters and a batch."""

from collections.abc import Mapping

import numpy as np

from backproof.training.engine import Array, Arrays
from backproof.training.loop import Status, Stopped
from backproof.training.options import Config
from parity_tests.compare import THRESHOLD_U, compare, distance_u
from parity_tests.noise import RandomRounding
from parity_tests.witnesses import to_torch
from reference_numpy.deep import deep_cost, deep_gradients
from shapes.arguments import unchecked
from torch_impl.descent import backward
from torch_impl.layout import gradients_of, to_rows
from torch_impl.models import Network

Errors = Mapping[str, float]
HUGE = 1e150  # the square overflows, here or there


def gradient_errors(config: Config, parameters: Arrays, X: Array, Y: Array) -> dict[str, float]:
    """Return the distance of each hand-derived gradient, "dW1", "db1", ..., from autograd's, norm-wise in u = 2^-53.

    X (n_x, m), Y (n_L, m). Both sides are computed anew in float64, whatever is given, with the L2 term; infinity
    stands for a wrong shape or for a gradient that must be exactly zero and is not, NaN where nothing can be told:
    autograd's is not finite, or drowns in its own rounding noise, as near an optimum.
    """
    live, X, Y = _in_float64(parameters, X, Y)
    with unchecked(), np.errstate(all="ignore"):
        _, cache = deep_cost(X, Y, live, config.head)
        claims = deep_gradients(Y, live, cache, config.head)
    return _errors(config, live, X, Y, claims, "float64")


def run_errors(config: Config, parameters: Arrays, X: Array, Y: Array, gradients: Arrays) -> dict[str, float]:
    """Return the same for the gradients that the run itself learns from, on its device, in u of its dtype."""
    return _errors(config, *_in_float64(parameters, X, Y), gradients, config.place.dtype)


def refuse_disagreement(config: Config, iteration: int, by_hand: Errors, of_run: Errors) -> None:
    """Stop the run when any hand-derived gradient is not autograd's, or any that a run in float64 learns from.

    A run in float32 is left alone: a unit of ReLU on the other side of its kink is no mistake.
    """
    claims = [(f"{name} by hand", error) for name, error in by_hand.items()]
    claims += [(f"{name} of this run", error) for name, error in of_run.items() if config.place.dtype == "float64"]
    name, worst = max(claims, key=lambda claim: 0.0 if np.isnan(claim[1]) else claim[1], default=("", 0.0))
    if worst > THRESHOLD_U["float64"]:
        reason = f"iteration {iteration}: {name} disagrees with autograd by {worst:.1e} u; see backproof verify"
        raise Stopped(Status.DISAGREES, reason)


def _in_float64(parameters: Arrays, X: Array, Y: Array) -> tuple[Arrays, Array, Array]:
    live = {name: V.astype(np.float64) for name, V in parameters.items()}
    return live, np.asarray(X, np.float64), np.asarray(Y, np.float64)


def _errors(config: Config, live: Arrays, X: Array, Y: Array, claims: Arrays, dtype: str) -> dict[str, float]:
    if max(np.max(np.abs(V)) for V in live.values()) > HUGE:
        return dict.fromkeys((f"d{name}" for name in live), np.nan)
    truth = _by_autograd(config, live, X, Y)
    found = {name: compare(name, V, claims[name], dtype) for name, V in truth.items()}
    if any(comparison.verdict == "disagrees" for comparison in found.values()):
        with RandomRounding(0):
            moved = _by_autograd(config, live, X, Y)
        noise = {name: distance_u(V, moved[name]) for name, V in truth.items()}
        found = {name: compare(name, V, claims[name], dtype, noise[name]) for name, V in truth.items()}
    return {name: np.nan if c.verdict == "inconclusive" else c.error_u for name, c in found.items()}


def _by_autograd(config: Config, parameters: Arrays, X: Array, Y: Array) -> Arrays:
    network = Network.from_parameters(to_torch(parameters), config.head)
    backward(network, to_rows(to_torch(X)).contiguous(), to_rows(to_torch(Y)).contiguous())
    return {name: V.numpy() for name, V in gradients_of(network.linears).items()}
