"""The proof while a network learns: every hand-derived gradient against autograd's, on live parameters and a batch."""

from collections.abc import Mapping

import numpy as np

from backproof.shell import program
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
    at = _in_float64(parameters, X, Y)
    return _errors(config, *at, _by_autograd(config, *at), _by_hand(config, *at), "float64")


def run_errors(config: Config, parameters: Arrays, X: Array, Y: Array, gradients: Arrays) -> dict[str, float]:
    """Return the distance of the gradients that the run learns from, on its device, from the other implementation's.

    That is autograd's for a run by hand, the hand-derived for one by torch, in float64; in u of the run's dtype.
    """
    at = _in_float64(parameters, X, Y)
    truth = (_by_hand if config.place.engine == "torch" else _by_autograd)(config, *at)
    return _errors(config, *at, truth, gradients, config.place.dtype)


def refuse_disagreement(config: Config, iteration: int, by_hand: Errors, of_run: Errors) -> None:
    """Stop the run when a hand-derived gradient is not autograd's, or one that a run in float64 learns from is neither.

    A run in float32 is left alone: a unit of ReLU on the other side of its kink is no mistake.
    """
    other = "the hand-derived one" if config.place.engine == "torch" else "autograd"
    run = of_run if config.place.dtype == "float64" else {}
    for errors, whose, differs_from in ((by_hand, "by hand", "autograd"), (run, "of this run", other)):
        known = {name: error for name, error in errors.items() if not np.isnan(error)}
        name = max(known, key=lambda name: known[name], default="")
        if known and known[name] > THRESHOLD_U["float64"]:
            raise Stopped(
                Status.DISAGREES,
                f"iteration {iteration}: {name} {whose} disagrees with {differs_from} by {known[name]:.1e} u; "
                f"see {program('backproof')} verify",
            )


def _in_float64(parameters: Arrays, X: Array, Y: Array) -> tuple[Arrays, Array, Array]:
    live = {name: V.astype(np.float64) for name, V in parameters.items()}
    return live, np.asarray(X, np.float64), np.asarray(Y, np.float64)


def _errors(
    config: Config, live: Arrays, X: Array, Y: Array, truth: Arrays, claims: Arrays, dtype: str
) -> dict[str, float]:
    if max(np.max(np.abs(V)) for V in live.values()) > HUGE:
        return dict.fromkeys(truth, np.nan)
    found = {name: compare(name, V, claims[name], dtype) for name, V in truth.items()}
    if any(comparison.verdict == "disagrees" for comparison in found.values()):
        exact = _by_autograd(config, live, X, Y)
        with RandomRounding(0):
            moved = _by_autograd(config, live, X, Y)
        noise = {name: distance_u(V, moved[name]) for name, V in exact.items()}
        found = {name: compare(name, V, claims[name], dtype, noise[name]) for name, V in truth.items()}
    return {name: np.nan if c.verdict == "inconclusive" else c.error_u for name, c in found.items()}


def _by_hand(config: Config, parameters: Arrays, X: Array, Y: Array) -> Arrays:
    with unchecked(), np.errstate(all="ignore"):
        _, cache = deep_cost(X, Y, parameters, config.head)
        grads = deep_gradients(Y, parameters, cache, config.head)
    return {f"d{name}": grads[f"d{name}"] for name in parameters}


def _by_autograd(config: Config, parameters: Arrays, X: Array, Y: Array) -> Arrays:
    network = Network.from_parameters(to_torch(parameters), config.head)
    backward(network, to_rows(to_torch(X)).contiguous(), to_rows(to_torch(Y)).contiguous())
    return {name: V.numpy() for name, V in gradients_of(network.linears).items()}
