"""The witnesses of a derivative: who else can say what it is.

    torch     autograd through the torch twin
    numpy     autograd through the NumPy forward itself, which torch.compile can trace
    complex   the complex step, exact to rounding, or differences where a function is not analytic

All differentiate phi = sum(U * result), U a random upstream gradient, or phi = J where the result is a cost.
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

from .sampling import Sample

Named = dict[str, Any]


def named(value: Any, name: str) -> Named:
    """All arrays in a value, by name: entries of dictionaries by key, caches of layer l by key and l."""
    if isinstance(value, Mapping):
        return {key: entry for key, entry in value.items() if not isinstance(entry, Mapping)}
    if not isinstance(value, list) or not value:
        return {name: value}
    if isinstance(value[0], Mapping):  # caches: A_prev of layer l is A of layer l - 1
        return {
            f"A{l}" if key == "A_prev" else f"{key}{l + 1}": entry
            for l, cache in enumerate(value)
            for key, entry in cache.items()
        }
    if isinstance(value[0], tuple):
        return {f"{name}[{i}][{j}]": entry for i, item in enumerate(value) for j, entry in enumerate(item)}
    return {f"{name}[{i}]": entry for i, entry in enumerate(value)}


def results_of(formula: Formula, value: Any) -> Named:
    """The results of a call by their declared names, those inside a cache included."""
    parts = value if isinstance(value, tuple) else (value,)
    found: Named = {}
    for name, part in zip(formula.results, parts, strict=True):
        for key, entry in named(part, name).items():
            found[f"{name}[{key}]" if key in found else key] = entry  # a cache repeats A, and could be right alone
    return found


def arguments_of(arguments: Mapping[str, Any]) -> Named:
    """The arguments of a call by name, the entries of dictionaries by key."""
    found: Named = {}
    for name, value in arguments.items():
        found |= named(value, name)
    return found


def is_float(value: Any) -> bool:
    """Whether a value is a NumPy array or number of a floating dtype."""
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"


def counterpart_of(formula: Formula) -> Callable[..., Any]:
    """The torch function of the same module and name."""
    twin = getattr(import_module(f"torch_impl.{formula.topic}"), formula.name)
    assert callable(twin)
    return twin


def to_torch(value: Any, device: str = "cpu") -> Any:
    """Arguments for a torch twin; a reference function becomes its twin."""
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
class Testimony:
    """What one witness says: the results of the formula, and the derivatives of phi by name."""

    who: str
    results: Named
    derivatives: Named


def upstream(result: Any, sample: Sample, random: bool) -> Any:
    """U: random, with both signs; 1 for a cost."""
    shape = np.shape(result) if isinstance(result, (np.ndarray, np.generic)) else ()
    return np.random.default_rng([sample.seed, 99]).standard_normal(shape) if random else np.ones(shape)


def autograd(
    who: str, function: Callable[..., Any], formula: Formula, arguments: Named, U: Any, device: str
) -> Testimony:
    """Results and derivatives by torch's autograd, by every argument and every intermediate value."""
    inputs = to_torch(arguments, device)
    leaves = {name: leaf for name, leaf in arguments_of(inputs).items() if _differentiable(leaf)}
    for leaf in leaves.values():
        leaf.requires_grad_()
    results = results_of(formula, function(**inputs))
    first = next(iter(results.values()))
    derivatives: Named = {}
    if isinstance(first, torch.Tensor) and first.requires_grad:
        phi = (torch.as_tensor(U, dtype=first.dtype, device=first.device) * first).sum()
        inner = {
            name: v for name, v in results.items() if _differentiable(v) and v.requires_grad and name not in leaves
        }
        wanted = leaves | inner
        found = torch.autograd.grad(phi, list(wanted.values()), allow_unused=True)
        derivatives = {
            name: (torch.zeros_like(v) if g is None else g).cpu().numpy()
            for (name, v), g in zip(wanted.items(), found, strict=True)
            if g is not None or name in leaves
        }
    plain = {name: v.detach().cpu().numpy() if isinstance(v, torch.Tensor) else v for name, v in results.items()}
    return Testimony(who, plain, derivatives)


def _differentiable(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def torch_witness(formula: Formula, sample: Sample, U: Any, device: str = "cpu") -> Testimony:
    """Autograd through the torch twin."""
    return autograd("torch", counterpart_of(formula), formula, sample.arguments, U, device)


def numpy_witness(formula: Formula, sample: Sample, U: Any) -> Testimony:
    """Autograd through the NumPy forward, traced by torch.compile; it runs no torch twin."""
    torch._dynamo.reset()  # the recompile limit counts per traced code object, and all formulas share one
    traced = torch.compile(torch.compiler.wrap_numpy(formula.function), backend="eager", fullgraph=True)
    with unchecked():
        return autograd("numpy", traced, formula, sample.arguments, U, "cpu")


def complex_witness(formula: Formula, sample: Sample, U: Any) -> Testimony:
    """Complex step by every float argument; five-point differences where the function is not analytic."""
    with unchecked():
        value = results_of(formula, formula.function(**copy.deepcopy(sample.arguments)))
    derivatives = {}
    for name, leaf in arguments_of(sample.arguments).items():
        if is_float(leaf):
            along = functools.partial(_phi, formula, sample.arguments, name, U)
            derivatives[name] = _by_entries(along, np.asarray(leaf, dtype=np.float64))
    return Testimony("complex", value, derivatives)


def _phi(formula: Formula, arguments: Named, name: str, U: Any, value: Any) -> Any:
    replaced = {
        key: {k: value if k == name else v for k, v in entry.items()} if isinstance(entry, Mapping) else entry
        for key, entry in arguments.items()
    }
    if name in replaced:
        replaced[name] = value
    with unchecked():
        first = next(iter(results_of(formula, formula.function(**replaced)).values()))
    return np.sum(U * first)


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
