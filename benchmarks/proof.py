"""What a proof costs: `verify` of a whole network against gradient checkers, and how each grows with the network."""

import importlib.util
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from backproof.training.engine import Arrays
from parity_tests.networks import verify_network
from reference_numpy.deep import deep_cost
from shapes.arguments import unchecked

from .cases import CATS, Case, Drawn, drawn, engine
from .measure import Contestant, Ratio, in_turns, one_thread
from .tables import Claim, Curves, Effort, Table, at_least, benchmark

DIFFERENTIATED = 40  # parameters of which finite differences are timed; the rest is multiplied
SLOW, SLOWLY = "gradcheck, slow", 15_000
FEATURES = (32, 128, 512, 2048, 12288)


def by_verify(case: Case, data: Drawn) -> Contestant:
    """Return the proof of all gradients by `verify`, the drawing of parameters included."""

    def prove() -> None:
        result = verify_network("drawn", "deep", data.X, data.Y)
        if result.verdict != "agrees":
            raise ArithmeticError(result.explain())

    return Contestant(prove)


def by_gradcheck(case: Case, data: Drawn, fast: bool = True) -> Contestant:
    """Return torch.autograd.gradcheck of the cost by all parameters."""
    import torch

    X, Y = (torch.from_numpy(V.T) for V in (data.X, data.Y))
    leaves = [torch.tensor(V if name[0] == "W" else V[:, 0], requires_grad=True) for name, V in data.parameters.items()]

    def cost(*leaves: torch.Tensor) -> torch.Tensor:
        A = X
        for l in range(0, len(leaves) - 2, 2):
            A = torch.relu(torch.nn.functional.linear(A, leaves[l], leaves[l + 1]))
        logits = torch.nn.functional.linear(A, *leaves[-2:])
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, Y)

    return Contestant(lambda: torch.autograd.gradcheck(cost, leaves, fast_mode=fast, raise_exception=False))


def by_check_grads(case: Case, data: Drawn) -> Contestant:
    """Return HIPS autograd's check of its own gradients, along one random direction."""
    import autograd.numpy as anp
    from autograd.test_util import check_grads

    names = list(data.parameters)

    def cost(values: Any) -> Any:
        A = data.X
        parameters = dict(zip(names, values, strict=True))
        L = len(names) // 2
        for l in range(1, L):
            A = anp.maximum(anp.dot(parameters[f"W{l}"], A) + parameters[f"b{l}"], 0)
        Z = anp.dot(parameters[f"W{L}"], A) + parameters[f"b{L}"]
        return anp.sum(anp.maximum(Z, 0) - Z * data.Y + anp.log1p(anp.exp(-anp.abs(Z)))) / Z.shape[1]

    checked = check_grads(cost, modes=["rev"], order=1)

    def check() -> None:
        with suppress(AssertionError):  # where the differences cross a kink of ReLU it rejects right gradients
            checked(list(data.parameters.values()))

    return Contestant(check)


def by_differences(case: Case, data: Drawn) -> Contestant:
    """Return central differences by some parameters, with the cost of the formulas."""

    def differences() -> None:
        with unchecked():
            for i in range(DIFFERENTIATED):
                for h in (1e-6, -1e-6):
                    deep_cost(data.X, data.Y, data.parameters | {"W2": _moved(data.parameters["W2"], i, h)})

    return Contestant(differences)


def _moved(W: Any, i: int, h: float) -> Any:
    W = W.copy()
    W.flat[i] += h
    return W


def _with_biases(data: Drawn) -> Drawn:
    """Draw biases too: where they are 0, a unit can stand on the kink of ReLU, where differences are wrong."""
    rng = np.random.default_rng(3)
    drawn_too = {name: rng.standard_normal(V.shape) for name, V in data.parameters.items() if name[0] == "b"}
    return data._replace(parameters=data.parameters | drawn_too)


def _count(parameters: Arrays) -> int:
    return sum(V.size for V in parameters.values())


CHECKERS: Mapping[str, Callable[[Case, Drawn], Contestant]] = {
    "verify": by_verify,
    "gradcheck, fast": by_gradcheck,
    "check_grads (HIPS)": by_check_grads,
    "finite differences": by_differences,
}


@benchmark
def proof(effort: Effort) -> Table:
    """The proof of every gradient of [n, 20, 7, 5, 1], for growing n."""
    rows: list[tuple[str, ...]] = []
    curves: dict[str, list[tuple[float, float]]] = {}
    over: dict[str, Ratio] = {}
    for n in FEATURES if not effort.quick else FEATURES[::2]:
        case = CATS[0]._replace(layers=(n, *CATS[0].layers[1:]))
        data = _with_biases(drawn(case))
        made = {name: make(case, data) for name, make in CHECKERS.items() if name[:5] != "check" or _has_autograd()}
        made["step"] = engine(case, "numpy", data)
        with one_thread():
            seconds = in_turns(made, max(3, effort.turns // 2))
        parameters = _count(data.parameters)
        of = {name: float(np.median(kept)) for name, kept in seconds.items()}
        of["finite differences"] *= parameters / DIFFERENTIATED
        if parameters < SLOWLY:
            of[SLOW] = _seconds(by_gradcheck(case, data, fast=False).call)
        step = of.pop("step")
        for name, value in of.items():
            curves.setdefault(name, []).append((float(parameters), value / step))
        over[f"{parameters} parameters"] = Ratio.of(seconds["gradcheck, fast"], seconds["verify"])
        names = [name for name in (*CHECKERS, SLOW) if name in curves]
        steps = {name: dict(curves[name]).get(parameters) for name in names}
        rows.append((f"{parameters}", *("" if steps[name] is None else f"{steps[name]:.3g}" for name in names)))
    largest = list(over)[-1]
    flat = [value for _, value in curves["verify"]]
    return Table(
        "The proof of a whole network",
        "[n, 20, 7, 5, 1] with 209 examples in float64, one thread: how many steps of training a check costs. `verify` "
        "draws parameters and compares every gradient, number by number, with autograd's through the module; fast "
        "gradcheck and check_grads compare one random direction. Finite differences were timed on some parameters, and "
        "multiplied; slow gradcheck was run up to some 10,000 parameters. Where its differences cross a kink of ReLU, "
        "each of the others rejects right gradients now and then; `verify` does not.",
        ("parameters", *names),
        rows,
        Curves("a proof in steps of training", "parameters", "steps of training", curves),
        (
            at_least({largest: over[largest]}, "fast gradcheck / `verify`, 250 k parameters", 1.0, ""),
            Claim(
                "`verify` in steps of training, by the number of parameters",
                "flat",
                f"{flat[0]:.3g} steps at {curves['verify'][0][0]:.0f}, {flat[-1]:.3g} at {curves['verify'][-1][0]:.0f}",
                flat[-1] <= flat[0],
            ),
        ),
    )


def _seconds(check: Callable[[], object]) -> float:
    began = time.process_time()
    check()
    return time.process_time() - began


def _has_autograd() -> bool:
    return importlib.util.find_spec("autograd") is not None
