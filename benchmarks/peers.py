"""What people would train the same network with instead; each is a step that returns its cost.

All start from the same parameters and do the same arithmetic, which a test holds.
"""

import copy
import importlib.util
import shutil
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .cases import ALPHA, Case, Drawn
from .measure import Contestant

Peer = Callable[[Case, Drawn], Contestant]


def textbook(case: Case, data: Drawn) -> Contestant:
    """Return the step of the course's programs: caches in tuples, dA[0] formed, the parameters copied."""
    parameters, L = data.parameters, len(case.layers) - 1
    velocity = {name: np.zeros_like(V) for name, V in parameters.items()}
    chosen = _columns(case)

    def step() -> Any:
        nonlocal parameters
        X, Y = data.X[:, chosen], data.Y[:, chosen]
        m, A, caches, grads = X.shape[1], X, [], {}
        for l in range(1, L + 1):
            W, b = parameters[f"W{l}"], parameters[f"b{l}"]
            Z = np.dot(W, A) + b
            caches.append((A, W, b, Z))
            A = np.maximum(0, Z) if l < L else 1 / (1 + np.exp(-Z))
        cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
        dA = -(np.divide(Y, A) - np.divide(1 - Y, 1 - A))
        for l in range(L, 0, -1):
            A_prev, W, b, Z = caches[l - 1]
            if l < L:
                dZ = np.array(dA, copy=True)
                dZ[Z <= 0] = 0
            else:
                s = 1 / (1 + np.exp(-Z))
                dZ = dA * s * (1 - s)
            grads[f"W{l}"] = np.dot(dZ, A_prev.T) / m
            grads[f"b{l}"] = np.sum(dZ, axis=1, keepdims=True) / m
            dA = np.dot(W.T, dZ)
        parameters = copy.deepcopy(parameters)
        for name in parameters:
            if case.momentum:
                velocity[name] = case.momentum * velocity[name] + grads[name]
            parameters[name] = parameters[name] - ALPHA * (velocity if case.momentum else grads)[name]
        return cost

    return Contestant(step)


def torch_loop(case: Case, data: Drawn, device: str = "cpu", compiled: bool = False) -> Contestant:
    """Return the step of torch's tutorials: Sequential, BCEWithLogitsLoss, SGD."""
    import torch
    from torch import nn

    modules: list[nn.Module] = []
    for l, (n_prev, n) in enumerate(zip(case.layers, case.layers[1:], strict=False), start=1):
        linear = nn.Linear(n_prev, n)
        with torch.no_grad():
            linear.weight = nn.Parameter(torch.tensor(data.parameters[f"W{l}"]))
            linear.bias = nn.Parameter(torch.tensor(data.parameters[f"b{l}"][:, 0]))
        modules += [linear, nn.ReLU()]
    model = nn.Sequential(*modules[:-1]).to(device)
    loss_function, optimizer = nn.BCEWithLogitsLoss(), torch.optim.SGD(model.parameters(), ALPHA, case.momentum)
    if compiled:
        torch.compiler.reset()  # what was compiled for another case counts against the limit of recompilations
    called = torch.compile(model) if compiled else model
    X, Y = (torch.from_numpy(V.T).to(device) for V in (data.X, data.Y))
    chosen = None if case.batch_size is None else torch.from_numpy(_columns(case)).to(device)

    def step() -> Any:
        x, y = (X, Y) if chosen is None else (X[chosen], Y[chosen])
        optimizer.zero_grad()
        loss = loss_function(called(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Contestant(step)


def torch_compiled(case: Case, data: Drawn) -> Contestant:
    """Return the same under torch.compile."""
    return torch_loop(case, data, compiled=True)


def scikit_learn(case: Case, data: Drawn) -> Contestant:
    """Return a fit of MLPClassifier over some full batches; its start is its own, and is timed with it."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    steps = 1000 if case.layers[0] < 100 else 20
    model = MLPClassifier(
        case.layers[1:-1],
        solver="sgd",
        alpha=0,
        batch_size=case.m,
        learning_rate_init=ALPHA,
        max_iter=steps,
        shuffle=False,
        tol=0,
        momentum=case.momentum,
        nesterovs_momentum=False,
        n_iter_no_change=steps + 1,
        random_state=0,
    )
    X, y = data.X.T, data.Y[0].astype(int)

    def fit() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
        return model.loss_curve_[-1]

    return Contestant(fit, steps)


def hips_autograd(case: Case, data: Drawn) -> Contestant:
    """Return a step of HIPS autograd through the forward pass in NumPy."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    names = list(data.parameters)
    value_and_slopes = value_and_grad(lambda values: _cost(anp, dict(zip(names, values, strict=True)), data, case))
    values = [V.copy() for V in data.parameters.values()]
    velocity = [np.zeros_like(V) for V in values]

    def step() -> Any:
        cost, slopes = value_and_slopes(values)
        for V, v, dV in zip(values, velocity, slopes, strict=True):
            v *= case.momentum
            v += dV
            V -= ALPHA * v
        return cost

    return Contestant(step)


def jax_jitted(case: Case, data: Drawn) -> Contestant:
    """Return a step of JAX, forward, backward and update compiled as one."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    X, Y = jnp.asarray(np.ascontiguousarray(data.X.T)).T, jnp.asarray(data.Y)
    values = {name: jnp.asarray(V) for name, V in data.parameters.items()}
    velocity = {name: jnp.zeros_like(V) for name, V in values.items()}

    def stepped(values: Any, velocity: Any, X: Any, Y: Any) -> Any:
        cost, slopes = jax.value_and_grad(lambda values: _cost(jnp, values, Drawn(X, Y, {}), case))(values)
        velocity = jax.tree.map(lambda v, dV: case.momentum * v + dV, velocity, slopes)
        return cost, jax.tree.map(lambda V, v: V - ALPHA * v, values, velocity), velocity

    compiled = jax.jit(stepped, donate_argnums=(0, 1))

    def step() -> Any:
        nonlocal values, velocity
        cost, values, velocity = compiled(values, velocity, X, Y)
        return jax.block_until_ready(cost)

    return Contestant(step)


def jax_products(case: Case, data: Drawn) -> Contestant:
    """Return the floor by JAX: the matrix products of a step, compiled as one program."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(2)
    X = jnp.asarray(np.ascontiguousarray(data.X.T)).T
    above = [jnp.asarray(rng.random((n, case.m)).astype(case.dtype)) for n in case.layers[1:]]
    W = [jnp.asarray(data.parameters[f"W{l}"]) for l in range(1, len(case.layers))]

    def products(A: Any, W: Any) -> Any:
        forward = [jnp.dot(W[l], A[l]) for l in range(len(W))]
        slopes = [jnp.dot(A[l + 1], A[l].T) for l in range(len(W))]
        return forward, slopes, [jnp.dot(W[l].T, A[l + 1]) for l in range(1, len(W))]

    compiled = jax.jit(products)
    return Contestant(lambda: jax.block_until_ready(compiled([X, *above], W)))


def _cost(library: Any, parameters: Mapping[str, Any], data: Drawn, case: Case) -> Any:
    chosen = _columns(case)
    A, L = data.X[:, chosen], len(case.layers) - 1
    for l in range(1, L):
        A = library.maximum(library.dot(parameters[f"W{l}"], A) + parameters[f"b{l}"], 0)
    Z = library.dot(parameters[f"W{L}"], A) + parameters[f"b{L}"]
    losses = library.maximum(Z, 0) - Z * data.Y[:, chosen] + library.log1p(library.exp(-library.abs(Z)))
    return library.sum(losses) / losses.shape[1]


def _columns(case: Case) -> Any:
    if case.batch_size is None:
        return slice(None)
    return np.random.default_rng(1).permutation(case.m)[: case.batch_size]


PEERS: Mapping[str, Peer] = {
    "textbook NumPy": textbook,
    "torch loop": torch_loop,
    "torch.compile": torch_compiled,
    "scikit-learn": scikit_learn,
    "HIPS autograd": hips_autograd,
    "JAX, jitted": jax_jitted,
}
NEEDS = {"scikit-learn": "sklearn", "HIPS autograd": "autograd", "JAX, jitted": "jax"}


def available() -> dict[str, Peer]:
    """Return the peers that are installed; torch.compile needs a C++ compiler."""
    found = {name for name in PEERS if name not in NEEDS or importlib.util.find_spec(NEEDS[name])}
    if not (shutil.which("g++") or shutil.which("c++") or shutil.which("clang++")):
        found.discard("torch.compile")
    return {name: peer for name, peer in PEERS.items() if name in found}
