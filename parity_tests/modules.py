"""The witness `module`: a real torch.nn module in the place of a formula, its parameters differentiated by autograd.

A row says which module stands for a formula, and in which form of the notes its parameters are written.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from reference_numpy import activations, blocks, deep, housing, linearity, logistic, losses, neuron, shallow, shards
from reference_numpy.registry import Formula, formula_of
from shapes.forms import FORMS, Form
from shapes.names import parse_name
from shapes.network import Head
from torch_impl.descent import penalised_cost
from torch_impl.layout import gradients_of, to_columns, to_rows
from torch_impl.models import LogisticRegression, Network, ShallowNetwork
from torch_impl.shards import Shard

from .sampling import Sample
from .witnesses import Named, OracleResult, arguments_of, is_differentiable, to_torch

T = torch.Tensor
ACTIVATIONS: Mapping[str, nn.Module] = {
    "identity": nn.Identity(),
    "leaky_relu": nn.LeakyReLU(activations.LEAK),
    "relu": nn.ReLU(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
}
ABSORBED = Form(("theta",), lambda t: {"W1": t.T, "b1": 0 * t[:1]}, lambda layers: (layers["W1"].T,))
ABSORBED_VECTOR = Form(("w",), lambda w: {"W1": w[None], "b1": 0 * w[None, :1]}, lambda layers: (layers["W1"][0],))


class Row(NamedTuple):
    """A network of a class with a head chosen by the arguments, and what is run on it; or a module alone."""

    run: Callable[..., T]  # the network, if any, and the arguments by name
    kind: type[Network] | None = Network
    form: Form | None = None  # None: layers already
    head: Callable[[Named], Head | None] = lambda given: None


def _alone(module: nn.Module | Callable[[Named], nn.Module], *names: str) -> Row:
    def run(given: Named) -> T:
        chosen = module if isinstance(module, nn.Module) else module(given)
        result: T = chosen(*(given[name] for name in names))
        return result

    return Row(run, None)


def _cost(X: str = "X", Y: str = "Y") -> Callable[..., T]:
    return lambda network, given: penalised_cost(network, to_rows(given[X]), to_rows(given[Y]), network.head.l2)


def _over_shards(network: Network, given: Named) -> T:
    """Return the mean of what each process hands in."""
    sizes, m = given["sizes"], given["X"].shape[1]
    rows = (to_rows(given[V]).split(sizes) for V in "XY")
    parts = zip(*rows, strict=True)
    return torch.stack([Shard(network, len(sizes))(X, Y, m) for X, Y in parts]).mean()


def _answer(X: str) -> Callable[..., T]:
    return lambda network, given: to_columns(network.predict(to_rows(given[X])))


def _linear(A: str) -> Callable[..., T]:
    return lambda network, given: to_columns(network(to_rows(given[A])))


def _one(network: Network, given: Named) -> T:
    x = given["x"]
    return network.cost(x[None], torch.as_tensor(given["y"], dtype=x.dtype, device=x.device).reshape(1, 1))


def _hidden(given: Named) -> Head:
    return Head(given["activation"])


def _output(given: Named) -> Head:
    return Head(output=given["activation"], loss="squared_error")


def _chosen(given: Named) -> Head:
    head: Head = given["head"]
    return head


def _plain(given: Named) -> Head:
    return Head(given.get("activation", "identity"), given.get("output", "identity"), "squared_error")


NEXT = FORMS["layer"]._replace(names=("W_next", "b_next"))
ROWS: Mapping[Callable[..., Any], Row] = {
    **{g: _alone(ACTIVATIONS[name], "Z") for name, (g, _) in activations.ACTIVATIONS.items() if name != "leaky_relu"},
    activations.leaky_relu: _alone(lambda given: nn.LeakyReLU(given["leak"]), "Z"),
    losses.cross_entropy_from_logits: _alone(nn.BCEWithLogitsLoss(reduction="none"), "Z", "Y"),
    logistic.logistic_example_loss: Row(_one, LogisticRegression, FORMS["vector"]),
    logistic.logistic_forward: Row(_answer("X"), LogisticRegression, FORMS["column"]),
    logistic.logistic_cost: Row(_cost(), LogisticRegression, FORMS["column"]),
    logistic.absorbed_example_loss: Row(_one, LogisticRegression, ABSORBED_VECTOR),
    logistic.absorbed_cost: Row(_cost("X_0"), LogisticRegression, ABSORBED),
    shallow.shallow_example_loss: Row(_cost("x", "y"), ShallowNetwork, FORMS["shallow"], _hidden),
    shallow.shallow_forward: Row(_answer("X"), ShallowNetwork, FORMS["shallow"], _hidden),
    shallow.shallow_cost: Row(_cost(), ShallowNetwork, FORMS["shallow"], _hidden),
    blocks.linear_example_forward: Row(_linear("a_prev"), Network, FORMS["layer"]),
    blocks.linear_forward: Row(_linear("A_prev"), Network, FORMS["layer"]),
    blocks.activation_example_forward: _alone(lambda given: ACTIVATIONS[given["activation"]], "z"),
    blocks.activation_forward: _alone(lambda given: ACTIVATIONS[given["activation"]], "Z"),
    blocks.linear_activation_forward: Row(_answer("A_prev"), Network, FORMS["layer"], _output),
    blocks.model_forward: Row(_answer("X"), head=_hidden),
    blocks.model_cost: Row(_cost(), head=_hidden),
    deep.deep_forward: Row(_answer("X"), head=_plain),
    shards.sharded_cost: Row(_over_shards, head=_chosen),
    deep.deep_example_loss: Row(_cost("x", "y"), head=_hidden),
    deep.deep_cost: Row(_cost(), head=_chosen),
    deep.next_linear: Row(
        lambda network, given: to_columns(network(to_rows(ACTIVATIONS[given["activation"]](given["Z"])))), form=NEXT
    ),
    neuron.neuron: Row(_answer("X"), form=FORMS["columns"]),
    neuron.neuron_cost: Row(_cost(), form=FORMS["columns"]),
    neuron.propagate_forward: Row(_cost()),
    housing.housing_cost: Row(_cost(), form=FORMS["number"], head=_output),
    linearity.linear_network: Row(_answer("X"), head=_plain),
}
MODULES: Mapping[Formula, Row] = {formula_of(function): row for function, row in ROWS.items()}


def module_witness(formula: Formula, sample: Sample, cotangent: Any, device: str = "cpu") -> OracleResult:
    """Differentiate by autograd through the module: by its parameters, and by the other arguments of the formula."""
    row = MODULES[formula]
    parameters = inspect.signature(formula.function).parameters
    defaults = {name: p.default for name, p in parameters.items() if p.default is not p.empty}
    given = to_torch(defaults | sample.arguments, device)
    names = row.form.names if row.form else ("parameters",) if row.kind else ()
    inputs = {name: V for name, V in arguments_of(given).items() if name not in names and is_differentiable(V)}
    for V in inputs.values():
        V.requires_grad_()
    if row.kind is None:
        result, network = row.run(given), None
    else:
        layers = row.form.to_layers(*(given[name] for name in names)) if row.form else given["parameters"]
        network = row.kind.from_parameters(layers, row.head(given))
        result = row.run(network, given)
    (torch.as_tensor(cotangent, dtype=result.dtype, device=result.device) * result).sum().backward()
    found = {name: V.grad for name, V in inputs.items() if V.grad is not None}
    if network is not None:
        slopes = {parse_name(name).quantity: V for name, V in gradients_of(network.linears).items()}
        found |= dict(zip(names, row.form.from_layers(slopes), strict=True)) if row.form else slopes
    first = next(iter(formula.results))
    plain = {name: V.cpu().numpy() for name, V in found.items()}
    return OracleResult("module", {first: result.detach().cpu().numpy()}, plain)
