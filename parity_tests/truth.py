"""Samples with what the witnesses make of them: what a hand-written value or derivative is compared with."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils._pytree import tree_map

from reference_numpy.registry import FORMULAS, Formula
from shapes.arguments import unchecked
from shapes.names import parse_name

from .cases import Case
from .modules import MODULES, module_witness
from .noise import rounding_noise_u
from .sampling import Sample, samples
from .witnesses import (
    Named,
    OracleResult,
    arguments_of,
    complex_witness,
    counterpart_of,
    draw_cotangent,
    numpy_witness,
    results_of,
    to_torch,
    torch_witness,
)


@dataclass(frozen=True)
class Truth:
    """One sample of one case, with the results of the witnesses.

    `pool` holds by name what a gradient may ask for: arguments, results, and the entries of their dictionaries.
    `cotangent` is the upstream gradient of the first result.
    """

    case: Case
    sample: Sample
    pool: Named
    cotangent: Any
    per_example: bool
    oracles: tuple[OracleResult, ...]
    noise_u: dict[str, float]
    dtype: str

    def expected(self, oracle: OracleResult, name: str) -> Any:
        """Return the derivative by `name` in the notes' convention: dJ/dV, or m dJ/dV for a quantity per example."""
        m = self.sample.sizes.get("m", 1)
        scale = (1 / m if self.per_example else 1.0) * (m if self._is_per_example(name) else 1.0)
        return np.asarray(oracle.derivatives[name], dtype=np.float64) * scale

    def _is_per_example(self, name: str) -> bool:
        known = self.case.formula.known.get(name)
        if known is not None and known.dims is not None:
            return known.per_example
        return parse_name(name).is_per_example and "m" in self.sample.sizes

    @property
    def context(self) -> str:
        """Where a comparison was made, for a message."""
        fixed = {k: getattr(v, "__name__", v) for k, v in self.sample.arguments.items() if not is_data(v)}
        return f"{self.sample.kind} sample, {self.sample.sizes}" + (f", {fixed}" if fixed else "")


def is_data(value: Any) -> bool:
    """Return whether an argument holds numbers, as options do not."""
    return isinstance(value, (np.ndarray, np.generic, dict, list, float))


def gradients_for(formula: Formula) -> list[Formula]:
    """Return the declared gradients of a forward formula."""
    return [g for g in FORMULAS.values() if g.of is formula]


def loop_forms(formula: Formula) -> list[Formula]:
    """Return the other forms of a forward formula: with explicit loops, or in other terms."""
    return [f for f in FORMULAS.values() if f.same_as is formula]


def truths(
    case: Case, seed: int, dtype: str = "float64", device: str = "cpu", only_torch: bool = False
) -> Iterator[Truth]:
    """Yield every sample of a case with the results of its witnesses.

    torch is asked on every sample, and so is the module where there is one; the complex step on every float64 sample of
    a differentiated formula; numpy, which must be traced anew for each shape, on the first sample of each variant.
    `only_torch` leaves the last two out.
    """
    formula, gradients = case.formula, gradients_for(case.formula)
    random = any(upstream_of(g) or is_elementwise(g) for g in gradients)
    for i, fixed in enumerate(case.variants):
        drawn = samples(formula, fixed, case.draws, case.depths, seed + 1000 * i, dtype, case.corners)
        for j, sample in enumerate(drawn):
            with named("it"):
                pool, cotangent = run_forward(formula, sample, random)
            with named("its torch counterpart"):
                oracles = [torch_witness(formula, sample, cotangent, device)]
            if formula in MODULES:
                with named("its torch.nn module"):
                    oracles.append(module_witness(formula, sample, cotangent, device))
            noise: dict[str, float] = {}
            if gradients and dtype == "float64" and not only_torch and sample.kind != "kinks and extremes":
                with named("its complex step"):
                    oracles.append(complex_witness(formula, sample, cotangent))
                with named("its NumPy, traced by torch.compile,"):
                    oracles += [numpy_witness(formula, sample, cotangent)] if j == 0 else []
                noise = rounding_noise_u(formula, sample, cotangent, oracles[0]) if sample.kind == "proof" else {}
            per_example = next(iter(formula.results.values())).per_example
            yield Truth(case, sample, pool, cotangent, per_example, tuple(oracles), noise, dtype)


class CannotRun(Exception):
    """A formula, its counterpart or a witness raised an error; the message says which, and what."""


@contextmanager
def named(who: str) -> Iterator[None]:
    """Turn any error into CannotRun."""
    try:
        yield
    except Exception as error:
        first_line = str(error).splitlines()[0] if str(error) else ""
        raise CannotRun(f"{who} cannot be run: {type(error).__name__}: {first_line}".removeprefix("it ")) from error


def run_forward(formula: Formula, sample: Sample, random: bool) -> tuple[Named, Any]:
    """Return what a gradient may ask for on a sample, by name, and the upstream gradient of the first result."""
    arguments = copy.deepcopy(sample.arguments)
    with unchecked():
        value = formula.function(**arguments)
    pool = _pool(formula, arguments, value)
    return pool, draw_cotangent(pool[next(iter(formula.results))], sample, random)


def _pool(formula: Formula, arguments: Named, value: Any) -> Named:
    parts = value if isinstance(value, tuple) else (value,)
    declared = dict(zip(formula.results, parts, strict=True))
    return arguments_of(arguments) | arguments | results_of(formula, value) | declared


def pool_of_counterpart(truth: Truth) -> Named:
    """Return what a gradient may ask for as the torch counterpart computes it."""
    formula, arguments = truth.case.formula, copy.deepcopy(truth.sample.arguments)
    with unchecked():
        value = counterpart_of(formula)(**to_torch(arguments))
    return _pool(formula, arguments, tree_map(_array, value))


def _array(value: Any) -> Any:
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value


def upstream_of(gradient: Formula) -> str | None:
    """Return the argument of a gradient that is the upstream gradient: dV with V a result of the formula."""
    assert gradient.of
    results = gradient.of.results
    names = [(text, parse_name(text)) for text in gradient.arguments]
    return next((text for text, name in names if name.is_derivative and name.quantity in results), None)


def is_elementwise(gradient: Formula) -> bool:
    """Return whether a gradient is an element-wise derivative dA_dZ, to be multiplied by the upstream gradient."""
    return any(parse_name(name).of for name in gradient.results)
