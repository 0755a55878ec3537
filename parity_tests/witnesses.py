"""The witnesses of a derivative: independent oracles that compute it in other ways.

    torch     autograd through the torch counterpart
    module    autograd through a real torch.nn module with the same parameters, where there is one (see `modules`)
    numpy     autograd through the NumPy forward itself, which torch.compile can trace
    complex   the complex step, exact to rounding, or differences where a function is not analytic

All differentiate phi = sum(cotangent * result); the cotangent, the upstream gradient, is random, and 1 of a cost.
"""

import copy
import functools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import torch

from reference_numpy.registry import FORMULAS, Formula
from shapes.arguments import unchecked
from shapes.names import in_layer

from .sampling import Sample

Named = dict[str, Any]


def named(value: Any, name: str) -> Named:
    """Return all arrays in a value, by name: entries of dictionaries by key, caches of layer l by key and l."""
    if isinstance(value, Mapping):
        return {key: entry for key, entry in value.items() if not isinstance(entry, Mapping)}
    if not isinstance(value, list) or not value:
        return {name: value}
    if isinstance(value[0], Mapping):  # caches
        return {in_layer(key, l): entry for l, cache in enumerate(value, start=1) for key, entry in cache.items()}
    if isinstance(value[0], tuple):
        return {f"{name}[{i}][{j}]": entry for i, item in enumerate(value) for j, entry in enumerate(item)}
    return {f"{name}[{i}]": entry for i, entry in enumerate(value)}


def results_of(formula: Formula, value: Any) -> Named:
    """Return the results of a call by their declared names, those inside a cache included."""
    parts = value if isinstance(value, tuple) else (value,)
    found: Named = {}
    for name, part in zip(formula.results, parts, strict=True):
        for key, entry in named(part, name).items():
            found[f"{name}[{key}]" if key in found else key] = entry  # a cache repeats A, and could be right alone
    return found


def arguments_of(arguments: Mapping[str, Any]) -> Named:
    """Return the arguments of a call by name, the entries of dictionaries by key."""
    found: Named = {}
    for name, value in arguments.items():
        found |= named(value, name)
    return found


def is_float(value: Any) -> bool:
    """Return whether a value is a NumPy array or number of a floating dtype."""
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"


def counterpart_of(formula: Formula) -> Callable[..., Any]:
    """Return the torch function of the same module and name; LookupError where there is none."""
    try:
        counterpart = getattr(import_module(f"torch_impl.{formula.topic}"), formula.name)
    except (ModuleNotFoundError, AttributeError):
        raise LookupError(
            f"torch_impl/{formula.topic}.py has no {formula.name}, expected the torch counterpart of {formula.id}"
        ) from None
    assert callable(counterpart)
    return counterpart


def to_torch(value: Any, device: str = "cpu") -> Any:
    """Return arguments for a torch counterpart; a reference function becomes its own."""
    if isinstance(value, Mapping):
        return {key: to_torch(entry, device) for key, entry in value.items()}
    if isinstance(value, list):
        return [to_torch(entry, device) for entry in value]
    if isinstance(value, (np.ndarray, np.floating)):
        return torch.from_numpy(np.array(value)).to(device)
    if callable(value):
        return counterpart_of(FORMULAS[f"{value.__module__.rpartition('.')[2]}.{value.__name__}"])
    return value


@dataclass(frozen=True)
class OracleResult:
    """What one witness computes: the results of the formula, and the derivatives of phi by name."""

    witness: str
    results: Named
    derivatives: Named


def draw_cotangent(result: Any, sample: Sample, random: bool) -> Any:
    """Return the upstream gradient of a result: random, with both signs; 1 for a cost."""
    shape = np.shape(result) if isinstance(result, (np.ndarray, np.generic)) else ()
    return np.random.default_rng([sample.seed, 99]).standard_normal(shape) if random else np.ones(shape)


def autograd(
    witness: str, function: Callable[..., Any], formula: Formula, arguments: Named, cotangent: Any, device: str
) -> OracleResult:
    """Return results and derivatives by torch's autograd, by every argument and every intermediate value."""
    inputs = to_torch(arguments, device)
    leaves = {name: leaf for name, leaf in arguments_of(inputs).items() if is_differentiable(leaf)}
    for leaf in leaves.values():
        leaf.requires_grad_()
    results = results_of(formula, function(**inputs))
    first = next(iter(results.values()))
    derivatives: Named = {}
    if isinstance(first, torch.Tensor) and first.requires_grad:
        phi = (torch.as_tensor(cotangent, dtype=first.dtype, device=first.device) * first).sum()
        inner = {
            name: v for name, v in results.items() if is_differentiable(v) and v.requires_grad and name not in leaves
        }
        wanted = leaves | inner
        found = torch.autograd.grad(phi, list(wanted.values()), allow_unused=True)
        derivatives = {
            name: (torch.zeros_like(v) if g is None else g).cpu().numpy()
            for (name, v), g in zip(wanted.items(), found, strict=True)
            if g is not None or name in leaves
        }
    plain = {name: v.detach().cpu().numpy() if isinstance(v, torch.Tensor) else v for name, v in results.items()}
    return OracleResult(witness, plain, derivatives)


def is_differentiable(value: Any) -> bool:
    """Return whether a value is a tensor of a floating dtype."""
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def torch_witness(formula: Formula, sample: Sample, cotangent: Any, device: str = "cpu") -> OracleResult:
    """Differentiate by autograd through the torch counterpart."""
    return autograd("torch", counterpart_of(formula), formula, sample.arguments, cotangent, device)


def numpy_witness(formula: Formula, sample: Sample, cotangent: Any) -> OracleResult:
    """Differentiate by autograd through the NumPy forward, traced by torch.compile; it runs no torch counterpart."""
    torch._dynamo.reset()  # the recompile limit counts per traced code object, and all formulas share one
    traced = torch.compile(torch.compiler.wrap_numpy(formula.function), backend="eager", fullgraph=True)
    with unchecked():
        return autograd("numpy", traced, formula, sample.arguments, cotangent, "cpu")


def complex_witness(formula: Formula, sample: Sample, cotangent: Any) -> OracleResult:
    """Differentiate by the complex step along every float argument; by differences where it is not analytic."""
    with unchecked():
        value = results_of(formula, formula.function(**copy.deepcopy(sample.arguments)))
    derivatives = {}
    for name, leaf in arguments_of(sample.arguments).items():
        if is_float(leaf):
            along = functools.partial(_phi, formula, sample.arguments, name, cotangent)
            derivatives[name] = _by_entries(along, np.asarray(leaf, dtype=np.float64))
    return OracleResult("complex", value, derivatives)


def _phi(formula: Formula, arguments: Named, name: str, cotangent: Any, value: Any) -> Any:
    replaced = {
        key: {k: value if k == name else v for k, v in entry.items()} if isinstance(entry, Mapping) else entry
        for key, entry in arguments.items()
    }
    if name in replaced:
        replaced[name] = value
    with unchecked():
        first = next(iter(results_of(formula, formula.function(**replaced)).values()))
    return np.sum(cotangent * first)


def _by_entries(phi: Callable[[Any], Any], at: Any) -> Any:
    derivative = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        derivative[index] = _complex_step(phi, at, index)
    return derivative


def _complex_step(phi: Callable[[Any], Any], at: Any, index: tuple[int, ...], h: float = 1e-40) -> float:
    shifted = at.astype(np.complex128)
    shifted[index] += 1j * h
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # a write into a real buffer drops h
            value = phi(shifted[()])
        if np.iscomplexobj(value):
            return float(value.imag / h)
    except (TypeError, np.exceptions.ComplexWarning):
        pass
    return _difference(phi, at, index)


def _difference(phi: Callable[[Any], Any], at: Any, index: tuple[int, ...], h: float = 1e-3) -> float:
    def shifted(steps: int) -> float:
        moved = at.copy()
        moved[index] += steps * h
        return float(phi(moved[()]))

    return (8 * (shifted(1) - shifted(-1)) - (shifted(2) - shifted(-2))) / (12 * h)
