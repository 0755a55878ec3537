"""Torch counterparts of gradient descent: torch.optim.SGD and autograd in place of every hand-written formula."""

from collections.abc import Iterable, Mapping

import torch
from torch.utils.data import BatchSampler

from shapes.names import parse_name
from shapes.network import Head

from .checked import Parameters, checked
from .layout import linear_layers, to_rows
from .models import Network

T = torch.Tensor


def make_optimizer(network: Network, alpha: float, beta: float = 0.0) -> torch.optim.SGD:
    """Make an SGD with momentum beta, as update_with_momentum has it; L2 stands in the cost."""
    return torch.optim.SGD(network.parameters(), lr=float(alpha), momentum=float(beta))


def train_step(network: Network, optimizer: torch.optim.Optimizer, X: T, Y: T) -> T:
    """Take one step on the rows X (m, n_x), Y (m, n_L); return the cost before it, still on the device."""
    J = backward(network, X, Y)
    update(optimizer)
    return J


@torch.no_grad()
def update(optimizer: torch.optim.Optimizer) -> None:
    """Do what `optimizer.step()` does, for all parameters at once: a small network waits for its bookkeeping."""
    (group,) = optimizer.param_groups
    moved = [p for p in group["params"] if p.grad is not None]
    by = [p.grad for p in moved]
    if group["momentum"]:
        states = [optimizer.state[p] for p in moved]
        for p, state in zip(moved, states, strict=True):
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(p)
        velocity = [state["momentum_buffer"] for state in states]
        torch._foreach_mul_(velocity, group["momentum"])
        torch._foreach_add_(velocity, by)
        by = velocity
    torch._foreach_add_(moved, by, alpha=-group["lr"])


def train(network: Network, batches: Iterable[tuple[T, T]], alpha: float, beta: float = 0.0) -> T:
    """Take a step on each of the batches of rows; return the costs, each before its step."""
    optimizer = make_optimizer(network, alpha, beta)
    return torch.stack([train_step(network, optimizer, X, Y) for X, Y in batches]).double()


def backward(network: Network, X: T, Y: T) -> T:
    """Leave the gradients of the penalised cost in the parameters; return the cost, still on the device."""
    for parameter in network.leaves:
        parameter.grad = None
    J = penalised_cost(network, X, Y, network.head.l2)
    J.backward()
    return J.detach()


def penalised_cost(network: Network, X: T, Y: T, l2: float) -> T:
    """Return the cost on the rows X (m, n_x), Y (m, n_L), with the L2 penalty on the weights."""
    J = network.cost(X, Y)
    return J + penalty(network, len(X), l2) if l2 else J


def penalty(network: Network, m: int, l2: float) -> T:
    """Return the L2 penalty on the weights for m examples."""
    return float(l2) / (2 * m) * network.square()


@checked
def logistic_update(w: T, b: T, dw: T, db: T, alpha: float) -> tuple[T, T]:
    """Take one step of torch's optimiser with given gradients."""
    updated, _ = _apply({"w": w, "b": b}, {"dw": dw, "db": db}, {}, alpha, 0.0)
    return updated["w"], updated["b"]


@checked
def logistic_example_update(w: T, b: T, dw: T, db: T, alpha: float) -> tuple[T, T]:
    """Take one step of torch's optimiser with given gradients."""
    updated, _ = _apply({"w": w, "b": b}, {"dw": dw, "db": db}, {}, alpha, 0.0)
    return updated["w"], updated["b"]


@checked
def update_parameters(parameters: Parameters, grads: Parameters, alpha: float) -> Parameters:
    """Take one step of torch's optimiser with given gradients."""
    return _apply(parameters, grads, {}, alpha, 0.0)[0]


@checked
def update_with_momentum(
    parameters: Parameters, grads: Parameters, velocity: Parameters, alpha: float, beta: float
) -> tuple[Parameters, Parameters]:
    """Take one step of torch's optimiser with momentum, with given gradients and a given velocity."""
    return _apply(parameters, grads, velocity, alpha, beta)


@checked
def batch_indices(order: T, batch_size: int) -> list[T]:
    """Split the order, whose last part may be shorter."""
    return list(order.split(int(batch_size)))


@checked
def mini_batches(X: T, Y: T, batch_size: int, order: T) -> list[tuple[T, T]]:
    """Split the examples by torch's sampler."""
    batches = BatchSampler(order.tolist(), int(batch_size), drop_last=False)
    return [(X.index_select(1, i), Y.index_select(1, i)) for i in (torch.tensor(b, device=X.device) for b in batches)]


@checked
def descent_step(
    X: T,
    Y: T,
    parameters: Parameters,
    head: Head,
    velocity: Parameters,
    alpha: float,
    beta: float,
) -> tuple[T, Parameters, Parameters]:
    """Take one step of the module and its optimiser."""
    network = Network.from_parameters(parameters, head)
    optimizer = make_optimizer(network, alpha, beta)
    for l, layer in enumerate(linear_layers(network.linears), start=1):
        optimizer.state[layer.weight]["momentum_buffer"] = velocity[f"vW{l}"].detach().clone()
        optimizer.state[layer.bias]["momentum_buffer"] = velocity[f"vb{l}"].detach().flatten().clone()
    J = train_step(network, optimizer, to_rows(X), to_rows(Y))
    moved = {}
    for l, layer in enumerate(linear_layers(network.linears), start=1):
        moved[f"vW{l}"] = _buffer(optimizer, layer.weight, velocity[f"vW{l}"])
        moved[f"vb{l}"] = _buffer(optimizer, layer.bias, velocity[f"vb{l}"])
    return J, network.to_parameters(), moved


@checked
def gradient_descent(
    X: T,
    Y: T,
    parameters: Parameters,
    head: Head = Head(),
    alpha: float = 0.0075,
    beta: float = 0.0,
    iterations: int = 2500,
) -> tuple[Parameters, T]:
    """Train a module on all examples at once; the parameters given stay as they are."""
    network = Network.from_parameters(parameters, head)
    batch = to_rows(X).contiguous(), to_rows(Y).contiguous()
    costs = train(network, [batch] * iterations, alpha, beta)
    return network.to_parameters(), costs


def _apply(
    parameters: Parameters, grads: Parameters, velocity: Mapping[str, T], alpha: float, beta: float
) -> tuple[Parameters, Parameters]:
    leaves = {key: V.detach().clone() for key, V in parameters.items()}
    for key, V in leaves.items():
        V.grad = grads[f"d{key}"].detach().clone()
    optimizer = torch.optim.SGD(leaves.values(), lr=float(alpha), momentum=float(beta))
    for key, V in leaves.items():
        if f"v{key}" in velocity:
            optimizer.state[V]["momentum_buffer"] = velocity[f"v{key}"].detach().clone()
    optimizer.step()
    moved = {v: _buffer(optimizer, leaves[parse_name(v).quantity], velocity[v]) for v in velocity}
    return {key: V.detach() for key, V in leaves.items()}, moved


def _buffer(optimizer: torch.optim.Optimizer, parameter: T, like: T) -> T:
    """Return what the optimiser remembers of a parameter: without momentum nothing, and v is dV."""
    kept = optimizer.state[parameter].get("momentum_buffer") if optimizer.defaults["momentum"] else parameter.grad
    assert isinstance(kept, torch.Tensor)
    return kept.reshape(like.shape).clone()
