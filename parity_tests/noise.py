"""How much rounding alone moves a derivative: autograd once more, with every operation rounded at random."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from reference_numpy.registry import Formula

from .compare import distance_u
from .sampling import Sample
from .witnesses import OracleResult, torch_witness


class RandomRounding(TorchDispatchMode):
    """Move the result of every float64 operation, forward and backward, by one unit in the last place or not at all.

    With `exact_integers` a result that is a whole number stays: it may be a label that a branch asks for.
    """

    def __init__(self, seed: int, exact_integers: bool = False) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)
        self.exact_integers = exact_integers

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False: to skip torch's compiler, torch would import it, which takes a second."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if any(returned.alias_info for returned in func._schema.returns):  # a view or an in-place write rounds nothing
            return result
        return tree_map(self._round, result)

    def _round(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or value.dtype != torch.float64 or value.is_meta:
            return value
        steps = torch.randint(-1, 2, value.shape, generator=self.generator).to(value)
        moved = value * (1 + steps * 2.0**-52)
        return torch.where(value == value.round(), value, moved) if self.exact_integers else moved


def rounding_noise_u(formula: Formula, sample: Sample, cotangent: Any, base: OracleResult) -> dict[str, float]:
    """Return the distance in u of each derivative from that of the torch witness, under random rounding."""
    with RandomRounding(sample.seed):
        moved = torch_witness(formula, sample, cotangent)
    return {name: distance_u(d, moved.derivatives[name]) for name, d in base.derivatives.items()}
